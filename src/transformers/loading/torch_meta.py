"""Building models on the meta device without the compiler that PyTorch imports for values there."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_FILLS = frozenset(
    {"__setitem__", "constant_", "copy_", "fill_", "normal_", "ones_", "trunc_normal_", "uniform_", "zero_"}
)
_QUOTIENTS = frozenset({"__rdiv__", "__rtruediv__", "__truediv__", "div", "divide", "true_divide"})
_OTHERS = frozenset({"__radd__", "__rmul__", "__rpow__", "__rsub__", "add", "mul", "multiply", "pow", "sub"})
_OTHERS |= {"__add__", "__mul__", "__pow__", "__sub__", "rsub"}
_CURVES = frozenset({"cos", "exp", "exp2", "log", "log2", "rsqrt", "sigmoid", "sin", "sqrt", "tanh"})


class WithoutValues(TorchFunctionMode):
    """Leaves tensors on the meta device alone, and makes sums, products, curves and ranges there itself.

    Only their shapes and types are right: there are no values, and PyTorch imports for a second to find that.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        target = args[0] if args else kwargs.get("tensor")
        if name in _FILLS and getattr(target, "is_meta", False):
            return target
        if len(args) == 2 and not kwargs and name in _QUOTIENTS | _OTHERS and any(map(_is_meta, args)):
            return _elementwise(*args, quotient=name in _QUOTIENTS)
        if name in _CURVES and len(args) == 1 and not kwargs and _is_meta(args[0]):
            return _elementwise(args[0], args[0], quotient=True)
        if name == "cat" and args and all(getattr(part, "is_meta", False) for part in args[0]):
            return _joined(*args, **kwargs)
        if name == "arange" and torch.empty(0).is_meta and (made := _range(args, kwargs)) is not None:
            return made
        return func(*args, **kwargs)


def _is_meta(part: Any) -> bool:
    return bool(getattr(part, "is_meta", False))


def _elementwise(one: Any, other: Any, *, quotient: bool) -> torch.Tensor:
    """What an operation gives that goes element by element, without values."""
    import numpy as np

    shapes = [tuple(part.shape) for part in (one, other) if isinstance(part, torch.Tensor)]
    dtype = torch.result_type(one, other)
    if quotient and not dtype.is_floating_point and not dtype.is_complex:
        dtype = torch.get_default_dtype()
    return torch.empty(np.broadcast_shapes(*shapes), dtype=dtype, device="meta")


def _joined(parts: Any, dim: int = 0) -> torch.Tensor:
    """Tensors one after another, without values."""
    shape = list(parts[0].shape)
    shape[dim] = sum(part.shape[dim] for part in parts)
    return torch.empty(shape, dtype=parts[0].dtype, device="meta")


def _range(args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor | None:
    """`torch.arange` without values; None for a call that is not plain."""
    start, end, step = {1: (0, *args, 1), 2: (*args, 1)}.get(
        len(args), args if len(args) == 3 else (None,) * 3
    )
    whole = all(type(number) is int for number in (start, end, step))
    if not whole or step == 0 or (end - start) * step < 0 or kwargs.keys() - {"device", "dtype"}:
        return None
    if kwargs.get("device") is not None and torch.device(kwargs["device"]).type != "meta":
        return None
    return torch.empty(math.ceil((end - start) / step), dtype=kwargs.get("dtype") or torch.int64)


__all__ = ["WithoutValues"]
