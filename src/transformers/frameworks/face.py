"""What the JAX, TensorFlow and NumPy faces have in common.

Building, filling and saving a re-executed model.
"""

from __future__ import annotations

import copy
import functools
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from ..generation.face_utils import FaceGenerationMixin
from ..loading.language_adapters import LanguageMixin, adapt_loaded
from ..loading.sharing import PushToHubMixin
from ..modeling_outputs import ModelOutput
from .arguments import FLAGS, bind_arguments, input_names
from .loader import ring_module, torch_module

_HALVES = ("float16", "bfloat16")


class FaceMixin(FaceGenerationMixin, PushToHubMixin, LanguageMixin):
    """What the models of all faces have beside their framework's own manners.

    Class attributes:
        framework: how the published library calls it: "flax", "tf" or "np".
        network_class: the re-executed model that does the work; `model.network` is one.
        config_class, base_model_prefix, main_input_name: as in PyTorch.
    """

    framework: ClassVar[str] = ""
    network_class: ClassVar[Any] = None
    config_class: ClassVar[Any] = None
    base_model_prefix: ClassVar[str] = ""
    main_input_name: ClassVar[str] = "input_ids"
    network: Any

    @classmethod
    def _from_config(cls, config: Any, **kwargs: Any) -> Self:
        """A model with fresh weights; kwargs: `attn_implementation`, and those of the class."""
        config = copy.deepcopy(config)
        if (attention := kwargs.pop("attn_implementation", None)) is not None:
            config._attn_implementation = attention
        return cls(config, **kwargs)  # type: ignore[call-arg]

    def num_parameters(self, only_trainable: bool = False) -> int:
        """Number of parameters, each shared one counted once."""
        counted = (p for p in self.network.parameters() if p.requires_grad or not only_trainable)
        return sum(int(p.numel()) for p in counted)

    def get_memory_footprint(self, return_buffers: bool = True) -> int:
        """Bytes of all parameters and, unless told otherwise, buffers."""
        from .core.recipe import numpy_dtype

        held = [*self.network.parameters(), *(self.network.buffers() if return_buffers else ())]
        return sum(int(slot.numel()) * numpy_dtype(slot.dtype.name).itemsize for slot in held)

    def resize_token_embeddings(
        self,
        new_num_tokens: int | None = None,
        pad_to_multiple_of: int | None = None,
        mean_resizing: bool = True,
    ) -> Any:
        """Change the number of token embeddings, and of the projection to the vocabulary where there is one.

        The model has other weights afterwards: a Keras model must be compiled again, an optimiser's state
        made anew.  Arguments as for `PreTrainedModel.resize_token_embeddings`.

        Returns:
            The embedding: the Keras layer in TensorFlow, the table (vocabulary, width) in JAX and NumPy.
        """
        self._operate("resize", new_num_tokens, pad_to_multiple_of, mean_resizing)
        return self._embedding()

    def prune_heads(self, heads_to_prune: Mapping[int, Iterable[int]]) -> None:
        """Remove attention heads, {layer: heads}; the config remembers them, as in PyTorch."""
        self._operate("prune", heads_to_prune)

    def _operate(self, operation: str, *args: Any) -> None:
        """Run a function of `layers.resizing` on a copy of the module, then take that."""
        module = copy.deepcopy(self.network, {id(self.config): self.config})
        self._fill(module)
        framework = "jax" if self.framework == "flax" else self.framework
        getattr(ring_module(framework, "layers.resizing"), operation)(module, *args)
        name_paths(module)
        self._take(module)

    def _fill(self, module: Any) -> None:
        """Put the model's weights into a copy of its module, where copies lack them."""

    def _take(self, module: Any) -> None:
        """Use another module, with its weights, from now on."""
        self.network = module

    def _embedding(self) -> Any:
        """What `resize_token_embeddings` returns."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}{repr(self.network).removeprefix(type(self.network).__name__)}"


def build(
    framework: str, module_class: Any, config: Any, *args: Any, seed: int | None = None, **kwargs: Any
) -> Any:
    """A module in evaluation mode whose parts know their paths.

    Initial values are recipes until they are read.

    Raises:
        TypeError: the class is a base without a model of its own, or the config is another model's.
        ValueError: the config names an attention kernel that does not exist.
    """
    if module_class is None or module_class.forward is torch_module(framework).nn.Module.forward:
        name = "this" if module_class is None else module_class.__name__
        raise TypeError(f"{name} is a base class: choose one of the models made from it")
    if seed is not None:
        torch_module(framework).manual_seed(seed)
    module = module_class(config, *args, **kwargs)
    if config._attn_implementation is None:
        config._attn_implementation = "sdpa" if module_class._supports_sdpa else "eager"
    kernels = ring_module(framework, "layers.attention").ALL_ATTENTION_FUNCTIONS
    if config._attn_implementation not in kernels:
        known = ", ".join(sorted(kernels))
        raise ValueError(f"attn_implementation {config._attn_implementation!r} is unknown; there are {known}")
    name_paths(module)
    return module.eval()


def name_paths(module: Any) -> None:
    """Tell every part of a module its path."""
    for path, part in module.named_modules():
        part._path = path


def slots(module: Any) -> dict[str, Any]:
    """Parameters and saved buffers by name, each once: the names that files hold."""
    saved = module.state_dict()
    found = dict(module.named_parameters())
    return {**found, **{name: buffer for name, buffer in module.named_buffers() if name in saved}}


def load(
    framework: str, cls: Any, name: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Any, Any]:
    """(module, request, plan) of `cls.from_pretrained(name, ...)`; the module holds the file's values."""
    from ..loading import request as requests

    request = requests.parse(cls, name, kwargs)
    checkpoint = requests.open_request(request)
    as_stored = framework == "jax" and request.dtype is None
    dtype = requests.file_dtype(checkpoint) if as_stored else requests.resolve_dtype(request, checkpoint)
    request.config.dtype = dtype
    module = build(framework, cls.network_class, request.config, *args, **request.model_kwargs)
    places = {**module.state_dict(), **slots(module)}
    expected = {key: tuple(int(size) for size in slot.shape) for key, slot in places.items()}
    checkpoint = requests.in_model_form(module, checkpoint)
    plan = requests.plan_loading(module, expected, checkpoint, request, cls)
    own = slots(module)
    for key, source in plan.sources.items():
        if key in own:
            array = checkpoint.get(source, "np")
            kept = "float32" if module.keeps_float32(key, dtype) else dtype
            kept = _stored(array) if as_stored else kept
            own[key].set(_converted(array, own[key].dtype, kept))
    adapt_loaded(module, request, framework, ring_module(framework, "layers.resizing").put)
    return module, request, plan


def settle_writing(model: Any, request: Any) -> None:
    """Give a loaded model the settings of `generate` that stand beside its weights."""
    from ..loading.request import writing_settings

    model.generation_config = writing_settings(model, request)


def _stored(array: Any) -> str:
    """The dtype that an array of a file keeps in a tree: 16 bits, or float32."""
    return array.dtype.name if array.dtype.name in _HALVES else "float32"


def _converted(array: Any, old: Any, dtype: str) -> Any:
    """A file's array in the dtype of its slot: floating-point ones in `dtype`."""
    from .core.recipe import numpy_dtype

    wanted = numpy_dtype(dtype if old.is_floating_point else old.name)
    return array if array.dtype == wanted else array.astype(wanted)


def save(model: Any, folder: str | os.PathLike[str], arrays: Mapping[str, Any], **options: Any) -> None:
    """Write config.json and model.safetensors; arrays by checkpoint name."""
    from ..loading.config_files import write_config
    from ..loading.folder_update import replacing
    from ..loading.request import save_writing_settings
    from ..loading.saving import is_stale, save_checkpoint

    folder = Path(folder)
    if folder.is_file():
        raise ValueError(f"save_directory must be a folder, got the file {folder}")
    config = copy.deepcopy(model.config)
    config.architectures = [model.network_class.__name__]
    ties = model.network.active_ties()  # files hold what is shared under its source's name
    arrays = {ties.get(name, name): array for name, array in arrays.items()}
    floating = [str(getattr(a.dtype, "name", a.dtype)) for a in arrays.values()]
    config.dtype = next((name for name in floating if "float" in name), "float32")
    with replacing(folder, functools.partial(is_stale, variant=options.get("variant"))) as place:
        save_writing_settings(model, place)
        save_checkpoint(place, arrays, **options)
        write_config(config, place)


def map_tree(function: Callable[[Any], Any], value: Any, leaf: Callable[[Any], bool]) -> Any:
    """Apply `function` to the leaves in outputs, caches, dicts, lists and tuples; other values stay."""
    if leaf(value):
        return function(value)
    if isinstance(value, ModelOutput):
        return type(value)(**{key: map_tree(function, item, leaf) for key, item in value.items()})
    if isinstance(value, dict):
        return {key: map_tree(function, item, leaf) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [map_tree(function, item, leaf) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if hasattr(value, "flatten") and hasattr(value, "unflatten") and not hasattr(value, "dtype"):
        arrays, description = value.flatten()
        return value.unflatten(description, [map_tree(function, item, leaf) for item in arrays])
    return value


def holds(value: Any, leaf: Callable[[Any], bool]) -> bool:
    """Whether lists and tuples hold a leaf somewhere."""
    return leaf(value) or (isinstance(value, list | tuple) and any(holds(item, leaf) for item in value))


def capabilities(module_class: Any) -> dict[str, Any]:
    """Class attributes that a face takes over from the model it stands for."""
    names = (
        "config_class",
        "base_model_prefix",
        "main_input_name",
        "_tied_weights_keys",
        "_no_split_modules",
    )
    return {name: getattr(module_class, name) for name in names}


__all__ = [
    "FLAGS",
    "FaceMixin",
    "bind_arguments",
    "build",
    "capabilities",
    "holds",
    "input_names",
    "load",
    "map_tree",
    "save",
    "settle_writing",
    "slots",
]
