"""Functions over PyTorch's modules and weights that programs import from `transformers.modeling_utils`."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.modules.module import _IncompatibleKeys

_INITIALISERS = (
    "uniform_", "normal_", "trunc_normal_", "constant_", "ones_", "zeros_", "eye_", "dirac_", "orthogonal_",
    "sparse_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_",
)  # fmt: skip
# Further names of that module, and where they live.
_ELSEWHERE = {
    **dict.fromkeys(("PoolerAnswerClass", "PoolerEndLogits", "PoolerStartLogits"), "layers.beam_span"),
    **dict.fromkeys(
        ("apply_chunking_to_forward", "find_pruneable_heads_and_indices", "prune_layer"),
        "frameworks.pt.pytorch_utils",
    ),
    "Conv1D": "layers.conv1d",
    "PretrainedConfig": "configuration_utils",
    "SequenceSummary": "layers.summary",
    "prune_conv1d_layer": "layers.conv1d",
    "prune_linear_layer": "layers.pruning",
}


def find(name: str) -> Any:
    """What `transformers.modeling_utils` offers under a name beside its own classes.

    Raises:
        AttributeError: nothing.
    """
    if name in __all__ and name != "find":
        return globals()[name]
    package = __name__.partition(".")[0]
    if name not in _ELSEWHERE:
        raise AttributeError(f"module '{package}.modeling_utils' has no attribute {name!r}")
    return getattr(importlib.import_module(f"{package}.{_ELSEWHERE[name]}"), name)


def load_state_dict(
    checkpoint_file: str | os.PathLike[str],
    is_quantized: bool = False,
    map_location: str | torch.device | None = "cpu",
    weights_only: bool = True,
) -> dict[str, torch.Tensor]:
    """The tensors of one weight file by name; nothing in it is executed.

    Args:
        checkpoint_file: safetensors, or a pickle of tensors.
        is_quantized, weights_only: accepted for compatibility.
        map_location: the device; "meta" gives shapes and dtypes only.

    Raises:
        ValueError: no weight file, or a damaged one.
    """
    from .checkpoint import open_file

    file = open_file(checkpoint_file)
    return {name: torch.as_tensor(file.get(name, "pt")).to(map_location) for name in file}


def load_sharded_checkpoint(
    model: nn.Module, folder: str | os.PathLike[str], strict: bool = True, prefer_safe: bool = True
) -> _IncompatibleKeys:
    """Fill a module of any kind from a folder's shards, one tensor after the other.

    Args:
        model: the module.
        folder: holds an index of shards, of safetensors or of pickled files.
        strict: whether missing and unexpected names are errors.
        prefer_safe: whether safetensors come first where there are both.

    Returns:
        The names that are missing and unexpected, as `load_state_dict` of a module gives them.

    Raises:
        ValueError: there is no index, or a shard is damaged.
        RuntimeError: names do not fit and `strict` is True, or shapes do not.
    """
    from .checkpoint import ShardedCheckpoint, folder_resolver

    names = ["model.safetensors.index.json", "pytorch_model.bin.index.json"]
    found = [Path(folder, name) for name in (names if prefer_safe else names[::-1])]
    index = next((path for path in found if path.is_file()), None)
    if index is None:
        raise ValueError(f"{folder} holds no index of shards: neither {names[0]} nor {names[1]}")
    checkpoint = ShardedCheckpoint(index, folder_resolver(folder))
    state = {name: torch.as_tensor(checkpoint.get(name, "pt")) for name in checkpoint}
    result: _IncompatibleKeys = model.load_state_dict(state, strict=strict)
    return result


def _first(module: nn.Module) -> torch.Tensor:
    found = next(module.parameters(), None)
    found = next(module.buffers(), None) if found is None else found
    if found is None:
        raise ValueError(f"this {type(module).__name__} has neither parameters nor buffers")
    return found


def get_parameter_device(parameter: nn.Module) -> torch.device:
    """The device of a module's first parameter, or buffer where it has no parameter.

    Raises:
        ValueError: it has neither.
    """
    return _first(parameter).device


def get_first_parameter_dtype(parameter: nn.Module) -> torch.dtype:
    """The dtype of a module's first parameter, or buffer where it has no parameter.

    Raises:
        ValueError: it has neither.
    """
    return _first(parameter).dtype


def get_parameter_dtype(parameter: nn.Module) -> torch.dtype:
    """The first floating-point dtype among a module's parameters and then its buffers; else the last dtype.

    Raises:
        ValueError: it has neither parameters nor buffers.
    """
    last = _first(parameter).dtype
    for tensor in (*parameter.parameters(), *parameter.buffers()):
        last = tensor.dtype
        if last.is_floating_point:
            break
    return last


def get_state_dict_dtype(state_dict: Mapping[str, torch.Tensor]) -> torch.dtype:
    """The first floating-point dtype of a state; else that of its first tensor.

    Raises:
        ValueError: it is empty.
    """
    dtypes = [tensor.dtype for tensor in state_dict.values()]
    if not dtypes:
        raise ValueError("an empty state_dict has no dtype")
    return next((dtype for dtype in dtypes if dtype.is_floating_point), dtypes[0])


def dtype_byte_size(dtype: torch.dtype) -> float:
    """Bytes that an element takes; an eighth for bool, which the published rule counts as one bit."""
    return 1 / 8 if dtype == torch.bool else dtype.itemsize


def unwrap_model(model: nn.Module, recursive: bool = False) -> nn.Module:
    """The module inside wrappers for distributed training, which hold it as `module`.

    recursive: also look for wrappers further inside.
    """
    while isinstance(inner := getattr(model, "module", None), nn.Module):
        model = inner
    if recursive:
        for name, child in model.named_children():
            setattr(model, name, unwrap_model(child, recursive=True))
    return model


@contextlib.contextmanager
def no_init_weights(_enable: bool = True) -> Iterator[None]:
    """While inside, constructors leave weights as memory gives them; for weights that are loaded anyway."""
    kept: dict[str, Any] = {name: getattr(nn.init, name) for name in _INITIALISERS}
    try:
        if _enable:
            for name in kept:
                setattr(nn.init, name, _unchanged)
        yield
    finally:
        for name, function in kept.items():
            setattr(nn.init, name, function)


def _unchanged(tensor: torch.Tensor, *arguments: Any, **options: Any) -> torch.Tensor:
    return tensor


__all__ = [
    "dtype_byte_size",
    "find",
    "get_first_parameter_dtype",
    "get_parameter_device",
    "get_parameter_dtype",
    "get_state_dict_dtype",
    "load_sharded_checkpoint",
    "load_state_dict",
    "no_init_weights",
    "unwrap_model",
]
