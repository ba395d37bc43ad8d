"""Functions of each element with bounds, weights or neighbours: clamp, lerp, softmax and their kin."""

from __future__ import annotations

from typing import Any

from ...core import dtypes
from .. import backend as B
from .pointwise import add, div, log, mul, sub
from .promotion import axis_of, cast, operand, result_type
from .tensor import Tensor, method, wrap


@method
def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """`input`, at least `min` and at most `max`."""
    if min is None and max is None:
        raise ValueError("clamp needs min, max or both")
    common = result_type(*(value for value in (input, min, max) if value is not None))
    raw = operand(input, common)
    if min is not None:  # where, not maximum: at the bound itself the whole gradient is the input's
        low = operand(min, common)
        raw = B.where(B.less(raw, low), low, raw)
    if max is not None:
        high = operand(max, common)
        raw = B.where(B.greater(raw, high), high, raw)
    return wrap(raw)


clip = clamp
Tensor.clip = clamp  # type: ignore[attr-defined]


@method
def clamp_min(input: Tensor, min: Any) -> Tensor:
    """`input`, at least `min`."""
    return clamp(input, min=min)


@method
def clamp_max(input: Tensor, max: Any) -> Tensor:
    """`input`, at most `max`."""
    return clamp(input, max=max)


@method
def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """`input + weight * (end - input)`."""
    return add(input, mul(weight, sub(end, input)))


@method
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """`input + value * tensor1 * tensor2`."""
    return add(input, mul(tensor1, tensor2), alpha=value)


@method
def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """log(p / (1 - p)), with p kept `eps` away from 0 and 1."""
    p = input if eps is None else clamp(input, eps, 1.0 - eps)
    return log(div(p, sub(1.0, p)))


def _along(primitive: Any, raw: Any, dim: int) -> Tensor:
    axis = axis_of(dim, B.rank(raw))
    if B.rank(raw):
        empty = any(isinstance(size, int) and not size for size in B.shape(raw))
        return wrap(raw if empty else primitive(raw, axis))
    return wrap(B.reshape(primitive(B.reshape(raw, (1,)), 0), ()))


@method
def softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """exp(input) over its sum along `dim`."""
    raw = input.a if dtype is None else cast(input.a, dtype)
    return _along(B.softmax, raw, dim)


@method
def log_softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """Logarithm of `softmax`."""
    raw = input.a if dtype is None else cast(input.a, dtype)
    return _along(B.log_softmax, raw, dim)


@method
def relu(input: Tensor) -> Tensor:
    """`max(input, 0)`."""
    return wrap(B.relu(input.a))


@method
def nan_to_num(
    input: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Undefined and infinite elements replaced by numbers; infinities by the dtype's limits unless given."""
    if not input.is_floating_point():
        return input
    limits = dtypes.finfo(input.dtype)
    highest = limits.max if posinf is None else posinf
    lowest = limits.min if neginf is None else neginf
    raw, kind = input.a, input.dtype
    raw = B.where(B.isnan(raw), B.scalar(nan, kind.name), raw)
    infinite, positive_ = B.isinf(raw), B.greater(raw, B.scalar(0.0, kind.name))
    limit = B.where(positive_, B.asarray(highest, kind.name), B.asarray(lowest, kind.name))
    return wrap(B.where(infinite, limit, raw))


__all__ = [
    "addcmul", "clamp", "clamp_max", "clamp_min", "clip", "lerp", "log_softmax", "logit", "nan_to_num",
    "relu", "softmax",
]  # fmt: skip
