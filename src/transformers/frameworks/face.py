"""What the JAX, TensorFlow and NumPy faces have in common.

Building, filling and saving a re-executed model.
"""

from __future__ import annotations

import copy
import importlib
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..modeling_outputs import ModelOutput
from .loader import torch_module

# Keywords of a forward that are choices, not arrays.
FLAGS = frozenset({"output_attentions", "output_hidden_states", "return_dict", "use_cache"})


def build(
    framework: str, module_class: type, config: Any, *args: Any, seed: int | None = None, **kwargs: Any
) -> Any:
    """A module in evaluation mode whose parts know their paths.

    Initial values are recipes until they are read.
    """
    if config._attn_implementation is None:
        config._attn_implementation = "sdpa" if module_class._supports_sdpa else "eager"  # type: ignore[attr-defined]
    if seed is not None:
        torch_module(framework).manual_seed(seed)
    module = module_class(config, *args, **kwargs)
    for path, part in module.named_modules():
        part._path = path
    return module.eval()


def slots(module: Any) -> dict[str, Any]:
    """Parameters and saved buffers by name, each once: the names that files hold."""
    saved = module.state_dict()
    found = dict(module.named_parameters())
    return {**found, **{name: buffer for name, buffer in module.named_buffers() if name in saved}}


def load(
    framework: str, cls: Any, name: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Any, Any]:
    """(module, request, plan) of `cls.from_pretrained(name, *args, **kwargs)`.

    The module holds the file's values.
    """
    from ..loading import request as requests

    request = requests.parse(cls, name, kwargs)
    checkpoint = requests.open_request(request)
    dtype = requests.resolve_dtype(request, checkpoint)
    request.config.dtype = dtype
    module = build(framework, cls.module_class, request.config, *args, **request.model_kwargs)
    places = {**module.state_dict(), **slots(module)}
    expected = {key: tuple(int(size) for size in slot.shape) for key, slot in places.items()}
    plan = requests.plan_loading(module, expected, checkpoint, request, cls)
    own = slots(module)
    for key, source in plan.sources.items():
        if key in own:
            own[key].set(_converted(checkpoint.get(source, "np"), own[key].dtype, dtype))
    return module, request, plan


def _converted(array: Any, old: Any, dtype: str) -> Any:
    """A file's array in the dtype of its slot: floating-point ones in `dtype`."""
    from .core.recipe import numpy_dtype

    wanted = numpy_dtype(dtype if old.is_floating_point else old.name)
    return array if array.dtype == wanted else array.astype(wanted)


def save(model: Any, folder: str | os.PathLike[str], arrays: Mapping[str, Any], **options: Any) -> None:
    """Write config.json and model.safetensors; arrays by checkpoint name."""
    from ..loading.config_files import write_config
    from ..loading.saving import save_checkpoint

    folder = Path(folder)
    if folder.is_file():
        raise ValueError(f"save_directory must be a folder, got the file {folder}")
    config = copy.deepcopy(model.config)
    config.architectures = [model.module_class.__name__]
    floating = [str(getattr(a.dtype, "name", a.dtype)) for a in arrays.values()]
    config.dtype = next((name for name in floating if "float" in name), "float32")
    folder.mkdir(parents=True, exist_ok=True)
    save_checkpoint(folder, arrays, **options)
    write_config(config, folder)


def bind_arguments(
    module: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arguments of a forward by name, None left out: (arrays, flags).

    Raises:
        TypeError: too many arguments, or one given twice.
    """
    import inspect

    names = [
        name for name in inspect.signature(type(module).forward).parameters if name not in ("self", "kwargs")
    ]
    if len(args) > len(names):
        raise TypeError(f"{type(module).__name__} takes at most {len(names)} inputs, got {len(args)}")
    given = dict(zip(names, args, strict=False))
    if twice := sorted(set(given) & set(kwargs)):
        raise TypeError(f"{type(module).__name__} got {twice[0]!r} twice")
    given.update(kwargs)
    present = {name: value for name, value in given.items() if value is not None}
    return (
        {name: value for name, value in present.items() if name not in FLAGS},
        {name: value for name, value in present.items() if name in FLAGS},
    )


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


def model_classes(module: Any, base: type) -> Iterable[str]:
    """Names of the models that a ring module makes public."""
    public = module.__all__
    return [
        name
        for name in public
        if isinstance(getattr(module, name), type) and issubclass(getattr(module, name), base)
    ]


def import_base(framework: str) -> type:
    """ModelBase as executed over `framework`."""
    return importlib.import_module(f"{__package__}.{framework}.ring.layers.base").ModelBase  # type: ignore[no-any-return]


__all__ = ["FLAGS", "bind_arguments", "build", "capabilities", "load", "map_tree", "save", "slots"]
