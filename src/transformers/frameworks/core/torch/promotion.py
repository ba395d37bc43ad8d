"""Which dtype an operation has: PyTorch's rules, and the conversion of operands to it.

Tensors with axes outrank 0-d tensors, which outrank Python numbers; a lower rank counts only where its kind
(bool, integer, float, complex) is higher.
"""

from __future__ import annotations

import builtins
import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core import dtypes
from .. import backend as B
from .tensor import Raw, Tensor, dtype_named, unwrap

_default = dtypes.DTYPES["float32"]
_NUMBERS = (builtins.bool, builtins.int, builtins.float, builtins.complex, np.generic)


def get_default_dtype() -> dtypes.dtype:
    """The dtype of floating results made from integers or Python floats."""
    return _default


def set_default_dtype(d: dtypes.dtype) -> None:
    """Change the default floating dtype of this framework's layer."""
    global _default
    if not isinstance(d, dtypes.dtype) or not d.is_floating_point:
        raise TypeError(f"the default dtype must be a floating dtype such as torch.float32, not {d!r}")
    _default = d


def long() -> dtypes.dtype:
    """What `torch.long` denotes here: int64, or int32 in JAX without 64-bit types."""
    return dtype_named("int64")


def is_number(value: object) -> builtins.bool:
    """Whether `value` is a Python or NumPy number."""
    return isinstance(value, _NUMBERS)


def number_dtype(value: Any) -> dtypes.dtype:
    """The dtype that `torch.tensor(value)` has for a number."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, builtins.bool):
        return dtypes.DTYPES["bool"]
    if isinstance(value, numbers.Integral):
        return long()
    if isinstance(value, numbers.Real):
        return _default
    return dtype_named("complex128" if _default.bits == 64 else "complex64")


def result_type(*operands: Any) -> dtypes.dtype:
    """The dtype of an operation on `operands`: tensors, numbers or dtypes."""
    ranks: list[dtypes.dtype | None] = [None, None, None]
    for operand in operands:
        if isinstance(operand, Tensor):
            rank, found = (0 if operand.ndim else 1), operand.dtype
        elif isinstance(operand, dtypes.dtype):
            rank, found = 0, operand
        elif is_number(operand):
            rank, found = 2, number_dtype(operand)
        elif B.is_raw(operand):
            rank, found = (0 if B.rank(operand) else 1), dtypes.DTYPES[B.dtype(operand)]
        else:
            raise TypeError(f"expected a tensor or a number, not {type(operand).__name__}")
        present = ranks[rank]
        ranks[rank] = found if present is None else dtypes.join(present, found)
    given = [found for found in ranks if found is not None]
    result = given[0]
    for found in given[1:]:
        if found.kind > result.kind:
            result = found
    return dtype_named(result.name)


def promote_types(type1: dtypes.dtype, type2: dtypes.dtype) -> dtypes.dtype:
    """The dtype of an operation on tensors of these dtypes."""
    return dtypes.join(type1, type2)


def can_cast(from_: dtypes.dtype, to: dtypes.dtype) -> builtins.bool:
    """Whether an in-place result of `from_` may be stored as `to`."""
    return from_.kind <= to.kind


def cast(raw: Raw, dtype: dtypes.dtype) -> Raw:
    """The raw array as `dtype`."""
    name = B.canonical(dtype.name)
    have = B.dtype(raw)
    if have.startswith("complex") and dtype.kind < dtypes.COMPLEX:
        if dtype.kind == dtypes.BOOL:
            return B.not_equal(raw, B.scalar(0, have))
        raw = B.real(raw)  # as torch, which drops the imaginary parts
        have = B.dtype(raw)
    return raw if have == name else B.cast(raw, name)


def operand(value: Any, dtype: dtypes.dtype) -> Raw:
    """A tensor or number as a raw operand of `dtype`."""
    value = unwrap(value)
    if is_number(value) and not (isinstance(value, np.generic) and B.is_raw(value)):
        if dtype.kind == dtypes.BOOL:
            value = builtins.bool(value)
        return B.scalar(value, dtype.name)
    return cast(value, dtype)


def pair(input: Any, other: Any) -> tuple[Raw, Raw]:
    """Both operands of a binary operation in their common dtype."""
    if isinstance(input, Tensor) and isinstance(other, Tensor):
        a, b = input.a, other.a
        if B.dtype(a) == B.dtype(b):
            return a, b
    common = result_type(input, other)
    return operand(input, common), operand(other, common)


def floating(value: Tensor) -> Raw:
    """The raw array; integers and bools become the default floating dtype."""
    raw = value.a
    return raw if value.dtype.kind >= dtypes.FLOAT else cast(raw, _default)


def raw_sizes(sizes: Sequence[Any]) -> tuple[Any, ...]:
    """Sizes given as `(2, 3)` or `((2, 3),)`, as ints and raw scalars."""
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = sizes[0]
    return tuple(unwrap(size) for size in sizes)


def named_sizes(sizes: Sequence[Any], others: dict[str, Any]) -> tuple[Any, ...]:
    """Sizes given in their places or as `size=`; an error for keywords that would change the values.

    others: the remaining keywords of a function that makes tensors; placement and layout are ignored.
    """
    if "size" in others:
        sizes = (others.pop("size"),)
    placing(others)
    return raw_sizes(sizes)


_PLACING = ("device", "layout", "memory_format", "names", "pin_memory", "requires_grad")


def placing(others: dict[str, Any]) -> None:
    """An error for keywords other than those of placement and layout, which the framework sees to."""
    if others.get("generator") is not None:
        raise TypeError(
            "a generator is not part of the torch-API layer: numbers come from the scope's key or, outside "
            "of one, from torch.manual_seed; leave generator out"
        )
    for name in others:
        if name not in (*_PLACING, "generator"):
            raise TypeError(f"{name!r} is no keyword of a function that makes tensors")


def axis_of(dim: Any, rank: int) -> int:
    """`dim` counted from the front; an error outside the tensor."""
    limit = rank or 1
    dim = dim.__index__()
    if not -limit <= dim < limit:
        raise IndexError(
            f"dim {dim} is outside a tensor with {rank} axes: allowed are {-limit} to {limit - 1}"
        )
    return dim % limit


def axes_of(dim: Any, rank: int) -> tuple[int, ...]:
    """One dim, several, or None for all, counted from the front."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(rank))
    if isinstance(dim, (tuple, list)):
        axes = tuple(axis_of(d, rank) for d in dim)
        if len(set(axes)) != len(axes):
            raise ValueError(f"dim {tuple(dim)} names an axis twice")
        return axes if rank else ()
    axis = axis_of(dim, rank)
    return (axis,) if rank else ()


__all__ = ["can_cast", "get_default_dtype", "promote_types", "result_type", "set_default_dtype"]
