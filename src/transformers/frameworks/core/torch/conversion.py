"""`x.to(...)` and its short forms; methods about gradients and memory."""

from __future__ import annotations

import builtins
from typing import Any

from ...core import dtypes
from .. import backend as B
from .promotion import cast, dtype_named
from .tensor import Tensor, method, wrap


@method
def to(
    input: Tensor, *args: Any, dtype: dtypes.dtype | None = None, device: Any = None, **ignored: Any
) -> Tensor:
    """`input` as another dtype, given by itself or by a tensor; devices are accepted and ignored."""
    for argument in args:
        if isinstance(argument, dtypes.dtype):
            dtype = argument
        elif isinstance(argument, Tensor):
            dtype = argument.dtype
    if dtype is None or input.dtype is dtype_named(dtype.name):
        return input
    return wrap(cast(input.a, dtype))


@method
def type(input: Tensor, dtype: dtypes.dtype) -> Tensor:
    """`input` as another dtype."""
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"type needs a dtype such as torch.float32, not {dtype!r}")
    return to(input, dtype)


@method
def type_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` in the dtype of `other`."""
    return to(input, other.dtype)


def _short(name: str, target: str) -> None:
    def convert(input: Tensor, **ignored: Any) -> Tensor:
        return to(input, dtypes.DTYPES[target])

    convert.__name__ = name
    convert.__doc__ = f"`input` as {target}."
    method(convert)


for _name in ("bool", "bfloat16"):
    _short(_name, _name)
for _name in ("half", "float", "double", "short", "int", "long"):
    _short(_name, dtypes.ALIASES[_name])


@method
def detach(input: Tensor) -> Tensor:
    """`input`, through which no gradient flows."""
    return wrap(B.stop_gradient(input.a))


@method
def clone(input: Tensor, **ignored: Any) -> Tensor:
    """A new box with the same array (arrays never change)."""
    return wrap(input.a)


def _same(name: str, doc: str) -> None:
    def unchanged(input: Tensor, *args: Any, **ignored: Any) -> Tensor:
        return input

    unchanged.__name__ = name
    unchanged.__doc__ = doc
    method(unchanged)


_same("contiguous", "`input`: layout is the framework's business.")
_same("cpu", "`input`: placement is the framework's business.")
_same("cuda", "`input`: placement is the framework's business.")
_same("requires_grad_", "`input`: only parameters carry the flag.")
_same("pin_memory", "`input`: placement is the framework's business.")


@method
def is_nonzero(input: Tensor) -> builtins.bool:
    """Whether the one element is not zero."""
    return builtins.bool(input)


__all__: list[str] = []
