"""The steps of `generate` one by one, for loops and clients that call or replace them.

Names and arguments are those that such code knows. `generate` itself makes encoders' outputs by
`_prepare_encoder_decoder_kwargs_for_generation`, so that a client may bring its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import torch

    from .configuration_utils import GenerationConfig


class HelperMixin:
    """What stands between the arguments of `generate` and a loop."""

    config: Any
    generation_config: Any
    _is_stateful: ClassVar[bool] = False
    _can_compile_fullgraph: ClassVar[bool] = True

    @classmethod
    def _supports_default_dynamic_cache(cls) -> bool:
        """Whether the past is a `Cache`, and not something that the class keeps in its own way."""
        return cls._reorder_cache is _of_mixin("_reorder_cache")  # type: ignore[attr-defined,no-any-return]

    def _supports_logits_to_keep(self) -> bool:
        """Whether `forward` can leave out the logits of all but the last tokens."""
        from .utils import forward_names

        return "logits_to_keep" in forward_names(self)[0]

    def _prepare_generation_config(
        self,
        generation_config: GenerationConfig | None = None,
        use_model_defaults: bool | None = None,
        **kwargs: Any,
    ) -> tuple[GenerationConfig, dict[str, Any]]:
        """The settings of a call, and the keywords that are none."""
        from . import prepare

        return prepare.settle_config(self, generation_config, kwargs, use_model_defaults)

    def _prepare_special_tokens(
        self,
        generation_config: GenerationConfig,
        kwargs_has_attention_mask: bool | None = None,
        device: Any = None,
    ) -> None:
        """Fill in special tokens that follow from others, and put each beside its id as a tensor."""
        from . import prepare

        prepare.settle_tokens(generation_config, bool(kwargs_has_attention_mask))
        from .custom import place_tokens

        place_tokens(generation_config, device)

    def _validate_model_kwargs(self, model_kwargs: dict[str, Any]) -> None:
        """Raise ValueError for inputs that the model does not take."""
        from . import prepare
        from .torch_task import accepted
        from .utils import forward_names

        prepare.check_kwargs(self, accepted(self, forward_names(self)[0]), model_kwargs)

    def _validate_model_class(self) -> None:
        """Raise TypeError unless the class predicts tokens."""
        from .face_utils import check_class

        check_class(self)

    def _prepare_model_inputs(
        self,
        inputs: torch.Tensor | None = None,
        bos_token_id: Any = None,
        model_kwargs: dict[str, Any] | None = None,
    ) -> tuple[Any, str, dict[str, Any]]:
        """What the model reads first, its name, and the other inputs."""
        from . import prepare
        from .runtime import runtime

        given = {name: value for name, value in (model_kwargs or {}).items() if value is not None}
        bos = bos_token_id.tolist() if hasattr(bos_token_id, "tolist") else bos_token_id
        name, value = prepare.main_input(self, runtime("pt"), inputs, given, prepare.single(bos))
        if name == "input_ids" and given.get("inputs_embeds") is not None:
            given["input_ids"] = value
            return given["inputs_embeds"], "inputs_embeds", given
        return value, name, given

    def _maybe_initialize_input_ids_for_generation(
        self,
        inputs: torch.Tensor | None = None,
        bos_token_id: Any = None,
        model_kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """`inputs`, or ids to begin with where there are none."""
        return self._prepare_model_inputs(inputs, bos_token_id, model_kwargs)[0]

    def _prepare_attention_mask_for_generation(
        self, inputs_tensor: torch.Tensor, generation_config: Any, model_kwargs: Any = None
    ) -> torch.Tensor:
        """A mask (B, T) that hides the padding of ids, as far as it can be told.

        generation_config: or, with the end's id in place of `model_kwargs`, the id of padding.
        """
        import torch

        from . import prepare
        from .configuration_utils import GenerationConfig

        config = generation_config
        if not isinstance(config, GenerationConfig):
            config = GenerationConfig(pad_token_id=generation_config, eos_token_id=model_kwargs)
        name = "input_ids" if not inputs_tensor.is_floating_point() else "inputs_embeds"
        found: torch.Tensor = prepare.default_mask(torch, name, inputs_tensor, config)
        return found

    def _prepare_encoder_decoder_kwargs_for_generation(
        self,
        inputs_tensor: torch.Tensor,
        model_kwargs: dict[str, Any],
        model_input_name: str | None = None,
        generation_config: GenerationConfig | None = None,
    ) -> dict[str, Any]:
        """The inputs with `encoder_outputs` among them."""
        from . import prepare
        from .torch_driver import encode

        config = self.generation_config if generation_config is None else generation_config
        name = model_input_name or self.main_input_name  # type: ignore[attr-defined]
        found = encode(self, {name: inputs_tensor, **model_kwargs}, prepare.state_flags(config))
        return {**model_kwargs, "encoder_outputs": found}

    def _prepare_decoder_input_ids_for_generation(
        self,
        batch_size: int,
        model_input_name: str,
        model_kwargs: dict[str, Any],
        decoder_start_token_id: Any = None,
        device: Any = None,
        **_: Any,
    ) -> tuple[torch.Tensor, dict[str, Any]]:
        """Ids (B, T) that a decoder begins with, and the other inputs."""
        from . import prepare
        from .torch_task import first_ids

        given, start = dict(model_kwargs), decoder_start_token_id
        start = start.tolist() if hasattr(start, "tolist") else start
        if start is None:
            start = prepare.decoder_start(self.generation_config, given.get("decoder_input_ids") is not None)
        place = self.device if device is None else device  # type: ignore[attr-defined]
        return first_ids(given, model_input_name, start, batch_size, place), given

    @staticmethod
    def _expand_inputs_for_generation(
        expand_size: int = 1, is_encoder_decoder: bool = False, input_ids: Any = None, **model_kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Every row `expand_size` times: ids, and all tensors among the other inputs."""
        import torch

        from .torch_driver import on_rows

        def repeated(name: str, value: Any) -> Any:
            if name == "encoder_outputs" and value is not None:
                return on_rows(value, lambda x: x.repeat_interleave(expand_size, dim=0))
            if isinstance(value, torch.Tensor) and value.dim() and name != "cache_position":
                return value.repeat_interleave(expand_size, dim=0)
            return value

        return repeated("", input_ids), {name: repeated(name, value) for name, value in model_kwargs.items()}

    def _get_logits_processor(
        self,
        generation_config: GenerationConfig,
        input_ids_seq_length: int | None = None,
        encoder_input_ids: Any = None,
        prefix_allowed_tokens_fn: Callable[[int, Any], Any] | None = None,
        logits_processor: Any = None,
        device: Any = None,
        model_kwargs: dict[str, Any] | None = None,
        negative_prompt_ids: Any = None,
        negative_prompt_attention_mask: Any = None,
    ) -> Any:
        """The LogitsProcessorList that settings ask for, with the caller's processors."""
        from . import rules
        from .runtime import runtime

        guidance = {
            "model": self,
            "unconditional_ids": negative_prompt_ids,
            "unconditional_attention_mask": negative_prompt_attention_mask,
            "use_cache": bool((model_kwargs or {}).get("use_cache", True)),
        }
        return rules.processors_of(
            runtime("pt"),
            generation_config,
            length=input_ids_seq_length or 0,
            encoder_ids=encoder_input_ids,
            prefix_fn=prefix_allowed_tokens_fn,
            own=logits_processor,
            guidance=guidance,
            vocabulary=self.config.get_text_config(decoder=True).vocab_size,
            device=device,
        )

    def _get_stopping_criteria(
        self,
        generation_config: GenerationConfig,
        stopping_criteria: Any = None,
        tokenizer: Any = None,
        **_: Any,
    ) -> Any:
        """The StoppingCriteriaList that settings ask for, with the caller's criteria."""
        from . import rules

        return rules.criteria_of(self, generation_config, stopping_criteria, tokenizer)

    def _has_unfinished_sequences(
        self, this_peer_finished: bool, synced_gpus: bool, device: Any = None, **_: Any
    ) -> bool:
        """Whether a loop goes on, here or on another device of the group."""
        if not synced_gpus:
            return not this_peer_finished
        import torch

        from .torch_task import synchronised

        go_on: bool = synchronised(True, torch.empty(0, device=device))(not this_peer_finished)
        return go_on

    def _get_initial_cache_position(
        self, seq_length: int, device: Any, model_kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        """The inputs with the places (T,) of the tokens that are not in the cache yet."""
        if model_kwargs.get("cache_position") is not None:
            return model_kwargs
        import torch

        from .utils import cached_tokens

        embedded = model_kwargs.get("inputs_embeds")
        total = seq_length if embedded is None or self.config.is_encoder_decoder else embedded.shape[1]
        known = cached_tokens(model_kwargs.get("past_key_values"))
        return {**model_kwargs, "cache_position": torch.arange(known, total, device=device)}

    def heal_tokens(self, input_ids: torch.Tensor, tokenizer: Any = None) -> torch.Tensor:
        """Prompts (B, T) whose last tokens are chosen again, since the text may be cut within a word.

        Raises:
            ValueError: there is no tokenizer.
        """
        from .healing import heal_tokens

        return heal_tokens(self, input_ids, tokenizer)  # type: ignore[no-any-return]

    def load_custom_generate(
        self, pretrained_model_name_or_path: Any = None, trust_remote_code: bool | None = None, **kwargs: Any
    ) -> Any:
        """The function of `custom_generate/generate.py` in a folder or repository that the caller trusts.

        Raises:
            ValueError: the caller does not.
            OSError: there is no such file.
        """
        from .custom import load_custom_generate

        source = pretrained_model_name_or_path
        found = load_custom_generate(source, trust_remote_code, **kwargs)
        return functools.partial(found, model=self)


def _of_mixin(name: str) -> Any:
    from .utils import GenerationMixin

    return getattr(GenerationMixin, name)


__all__ = ["HelperMixin"]
