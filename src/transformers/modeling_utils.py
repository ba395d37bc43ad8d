"""`PreTrainedModel`: what a user holds in PyTorch.

The class is thin: the model itself is `layers.base.ModelBase`; loading, saving and changes of size live in
`loading` and `layers.resizing` and are imported when they are used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import nn

from .frameworks.dummies import dummy_input
from .frameworks.pt import kernels
from .frameworks.pt.helpers import ModelHelpers
from .frameworks.pt.parallel import ParallelMixin
from .frameworks.pt.trees import register
from .generation.utils import GenerationMixin
from .layers.attention import ALL_ATTENTION_FUNCTIONS, AttentionInterface
from .layers.base import ModelBase
from .loading.language_adapters import LanguageMixin
from .loading.sharing import PushToHubMixin, push_saved
from .quantization.mixin import WeightsMixin
from .utils.collecting import without_collections

register()
kernels.register()


class PreTrainedModel(
    WeightsMixin, ParallelMixin, ModelBase, ModelHelpers, GenerationMixin, PushToHubMixin, LanguageMixin
):
    """Base of all PyTorch models: a `torch.nn.Module` that loads and saves published checkpoints.

    Users' subclasses set `config_class`, build their modules in `__init__` after
    `super().__init__(config)`, and end it with `self.post_init()`.
    """

    framework: ClassVar[str] = "pt"
    _auto_class: ClassVar[str | None] = None
    _supports_flash_attn: ClassVar[bool] = True
    _supports_flex_attn: ClassVar[bool] = True
    _supports_attention_backend: ClassVar[bool] = True
    _skip_keys_device_placement: ClassVar[Any] = None
    is_parallelizable: ClassVar[bool] = False
    # Patterns that a user's class may set: names it may lack, may ignore in a file, and need not save.
    _keys_to_ignore_on_load_missing: ClassVar[list[str] | None] = None
    _keys_to_ignore_on_load_unexpected: ClassVar[list[str] | None] = None
    _keys_to_ignore_on_save: ClassVar[list[str] | None] = None

    def __init__(self, config: Any, *inputs: Any, **kwargs: Any) -> None:
        super().__init__(config, *inputs, **kwargs)
        self.name_or_path = config.name_or_path
        self.warnings_issued: dict[str, bool] = {}
        if config._attn_implementation is None:
            config._attn_implementation = self.default_attention()
        self.check_attention(config._attn_implementation)
        self.generation_config = self._first_generation_config()

    @classmethod
    def default_attention(cls) -> str:
        """The kernel used where the caller names none."""
        return "sdpa" if cls._supports_sdpa else "eager"

    @classmethod
    def check_attention(cls, name: str) -> None:
        """Raise ValueError unless `name` is a kernel that exists and suits this architecture.

        Raises:
            ImportError: the package behind it is not installed.
        """
        kernels.check(cls, name)

    @classmethod
    def _can_set_attn_implementation(cls) -> bool:
        """Whether the kernel can be chosen after the model is made, as in every model of the library."""
        return True

    def set_attn_implementation(self, attn_implementation: str | dict[str, str]) -> None:
        """Choose the attention kernel of this model by name.

        Args:
            attn_implementation: "sdpa", "eager", "flex_attention", "flash_attention_2", "flash_attention_3"
                or a registered name; for a model of several a dict from the config's parts ("" the rest) to
                names.

        Raises:
            ValueError: there is no such kernel or part, or the architecture cannot run it.
            ImportError: the package behind the kernel is not installed.
        """
        kernels.choose(self, attn_implementation)

    # ------------------------------------------------------------------ loading and saving

    @classmethod
    @without_collections()
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str] | None, *model_args: Any, **kwargs: Any
    ) -> Any:
        """A model with the weights of a checkpoint.

        Args:
            pretrained_model_name_or_path: folder, weights file, or name on the hub; None with `state_dict`.
            model_args: further arguments of the constructor.
            kwargs: `config`, `dtype` (or `torch_dtype`: a dtype, its name, or "auto" for the file's),
                `state_dict`, `attn_implementation`, `device_map` (a device, a dict from modules to devices,
                "auto", ...) with `max_memory`, `offload_folder` and `offload_buffers`,
                `ignore_mismatched_sizes`, `output_loading_info`, `revision`, `subfolder`, `token`,
                `cache_dir`, `local_files_only`, `force_download`, `variant`, `use_safetensors`, `from_tf`,
                `from_flax`; what is left over sets the config.

        Returns:
            The model in evaluation mode, with `output_loading_info` beside a dict of missing, unexpected and
            mismatched names.

        Raises:
            OSError: the checkpoint or its config cannot be found.
            ValueError: shapes differ; or a weight of the trunk is missing, or one is not expected, and
                `output_loading_info` is not asked for.
            RuntimeError: the default device is "meta".
        """
        from .loading.torch_model import load

        return load(cls, pretrained_model_name_or_path, *model_args, **kwargs)

    @classmethod
    def _from_config(cls, config: Any, **kwargs: Any) -> Self:
        """A model with fresh weights.  kwargs: `dtype` (or `torch_dtype`), `attn_implementation`."""
        from .loading.torch_model import fresh

        return fresh(cls, config, **kwargs)  # type: ignore[no-any-return]

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        is_main_process: bool = True,
        state_dict: Mapping[str, torch.Tensor] | None = None,
        save_function: Callable[..., None] | None = None,
        push_to_hub: bool = False,
        max_shard_size: int | str = "5GB",
        safe_serialization: bool = True,
        variant: str | None = None,
        token: str | bool | None = None,
        **kwargs: Any,
    ) -> None:
        """Write config.json and the weights to a folder; a file is either complete or not there.

        Args:
            save_directory: the folder; made if need be.
            is_main_process: False writes nothing; of processes that share the model, all of which must call
                this, only the first writes.
            state_dict: weights to write in place of the model's.
            save_function: accepted for compatibility; files are always written whole.
            push_to_hub: upload the folder afterwards; kwargs are those of `push_to_hub`.
            max_shard_size: bytes, or text such as "5GB"; larger models are split and get an index.
            safe_serialization: False writes pytorch_model.bin instead of model.safetensors.
            variant: a word put into the file names, such as "fp16".
            token: the hub's access token.
        """
        from .loading.torch_model import save, whole

        with whole(self, state_dict, is_main_process) as (state_dict, writes):
            if writes:
                save(self, Path(save_directory), state_dict, max_shard_size, safe_serialization, variant)
            if writes and push_to_hub:
                how: dict[str, Any] = {
                    "max_shard_size": max_shard_size,
                    "safe_serialization": safe_serialization,
                }
                how |= {"variant": variant, "state_dict": state_dict, "token": token}
                push_saved(self, save_directory, {**how, **kwargs})

    @classmethod
    def register_for_auto_class(cls, auto_class: str = "AutoModel") -> None:
        """Name the auto class that `save_pretrained` records for a class defined outside the library."""
        if not auto_class.startswith("AutoModel"):
            raise ValueError(f"auto_class must be an AutoModel class's name, got {auto_class!r}")
        cls._auto_class = auto_class

    # ------------------------------------------------------------------ surgery

    def active_ties(self) -> dict[str, str]:
        """The ties in force; a user's class that only overrides `get_output_embeddings` ties that."""
        ties: dict[str, str] = super().active_ties()
        own = type(self).get_output_embeddings is not ModelBase.get_output_embeddings
        if ties or not own or not self.config.tie_word_embeddings:
            return ties
        names = {id(module): name for name, module in self.named_modules()}
        pair = [names.get(id(part)) for part in (self.get_output_embeddings(), self.get_input_embeddings())]
        return {} if None in pair else {f"{pair[0]}.weight": f"{pair[1]}.weight"}

    def resize_token_embeddings(
        self,
        new_num_tokens: int | None = None,
        pad_to_multiple_of: int | None = None,
        mean_resizing: bool = True,
    ) -> nn.Embedding:
        """Change the number of token embeddings, and of the projection to the vocabulary where there is one.

        Args:
            new_num_tokens: the new vocabulary size; None only pads.
            pad_to_multiple_of: round the size up to a multiple of this.
            mean_resizing: draw new rows from the normal distribution with the old rows' mean and
                covariance, instead of the model's own initialisation.

        Returns:
            The input embedding.
        """
        from .layers.resizing import resize

        self._check_resizable()
        return resize(self, new_num_tokens, pad_to_multiple_of, mean_resizing)

    def prune_heads(self, heads_to_prune: Mapping[int, Iterable[int]]) -> None:
        """Remove attention heads, {layer: heads}.

        The config remembers them, so that loading removes them again.
        """
        from .layers.resizing import prune

        prune(self, heads_to_prune)

    # ------------------------------------------------------------------ training

    def post_init(self) -> None:
        """End a constructor: fresh weights, ties, and what older configs ask for."""
        super().post_init()
        if vars(self.config).get("gradient_checkpointing") and self.supports_gradient_checkpointing:
            self.gradient_checkpointing_enable()
            del self.config.gradient_checkpointing  # it belongs to the model, not to its files

    def gradient_checkpointing_enable(
        self, gradient_checkpointing_kwargs: dict[str, Any] | None = None
    ) -> None:
        """Trade time for memory: layers are computed again in the backward pass.

        Raises:
            ValueError: the architecture cannot do it.
        """
        if not self.supports_gradient_checkpointing:
            raise ValueError(f"{type(self).__name__} does not support gradient checkpointing")
        self._set_gradient_checkpointing(True)

    def gradient_checkpointing_disable(self) -> None:
        """Keep all intermediates again."""
        self._set_gradient_checkpointing(False)

    def _set_gradient_checkpointing(self, enable: bool) -> None:
        for module in self.modules():
            if hasattr(module, "gradient_checkpointing"):
                module.gradient_checkpointing = enable

    @property
    def is_gradient_checkpointing(self) -> bool:
        """Whether any part of the model recomputes its intermediates."""
        return any(getattr(module, "gradient_checkpointing", False) for module in self.modules())

    def enable_input_require_grads(self) -> None:
        """Make the embeddings' output require gradients, for adapters on a frozen model."""

        def require(module: nn.Module, inputs: Any, output: torch.Tensor) -> None:
            output.requires_grad_(True)

        self._require_grads_hook = self.get_input_embeddings().register_forward_hook(require)

    def disable_input_require_grads(self) -> None:
        """Undo `enable_input_require_grads`."""
        self._require_grads_hook.remove()

    def _put_parameters(self, arrays: Mapping[str, Any]) -> None:
        from .layers.resizing import put

        put(self, arrays)

    # ------------------------------------------------------------------ facts

    @classmethod
    def can_generate(cls) -> bool:
        """Whether the class predicts tokens, so that `generate` works."""
        own = cls.prepare_inputs_for_generation is not GenerationMixin.prepare_inputs_for_generation
        return bool(cls._generates) or own

    @property
    def dummy_inputs(self) -> dict[str, torch.Tensor]:
        """A small batch to try the model on."""
        name, array = dummy_input(self.config, self.main_input_name)
        return {name: torch.from_numpy(array)}


def __getattr__(name: str) -> Any:
    from .loading.torch_functions import find

    return find(name)


__all__ = ["ALL_ATTENTION_FUNCTIONS", "AttentionInterface", "PreTrainedModel"]
