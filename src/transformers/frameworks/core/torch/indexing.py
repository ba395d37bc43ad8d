"""Functions that pick elements: by condition, by index, by cuts."""

from __future__ import annotations

import builtins
from typing import Any

from ...core import dtypes
from .. import backend as B
from .promotion import axis_of, cast, long, operand, result_type
from .tensor import Raw, Tensor, method, unwrap, wrap


def _integers(index: Tensor, name: str) -> Raw:
    if index.dtype.kind != dtypes.INTEGER:
        raise IndexError(f"{name}: the index must be an integer tensor, not {index.dtype}")
    return index.a


def _source(value: Any, input: Tensor) -> Raw:
    """`value` (tensor or number) in the dtype of `input`."""
    return operand(value, input.dtype)


# ------------------------------------------------------------------ choice by condition
def where(condition: Tensor, input: Any = None, other: Any = None) -> Tensor:
    """`input` where `condition`, else `other`."""
    if input is None or other is None:
        raise TypeError(
            "where(condition) alone has a shape that depends on values, which the torch-API layer has not: "
            "write torch.where(condition, x, y), or mask and reduce"
        )
    common = result_type(input, other)
    boolean = cast(condition.a, dtypes.DTYPES["bool"])
    return wrap(B.where(boolean, operand(input, common), operand(other, common)))


def _where_method(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """`self` where `condition`, else `other`."""
    return where(condition, self, other)


@method
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """`value` where `mask`, else `input`."""
    if mask.dtype.kind != dtypes.BOOL:
        raise RuntimeError(f"masked_fill needs a bool mask, not {mask.dtype}")
    return wrap(B.where(mask.a, _source(value, input), input.a))


@method
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The elements of `source`, in order, where `mask`; sizes stay static."""
    if input.dtype is not source.dtype:
        raise RuntimeError(f"masked_scatter of {source.dtype} into {input.dtype}: convert one of them")
    full = B.broadcast_to(mask.a, B.shape(input.a))
    order = B.cumsum(B.cast(B.reshape(full, (-1,)), long().name), 0)
    place = B.maximum(B.subtract(order, B.scalar(1, long().name)), B.scalar(0, long().name))
    flat = B.reshape(source.a, (-1,))
    last = B.subtract(B.asarray(B.shape(flat)[0], long().name), B.scalar(1, long().name))
    values = B.take(flat, B.minimum(place, last), 0)
    return wrap(B.where(full, B.reshape(values, B.shape(input.a)), input.a))


# ------------------------------------------------------------------ picking
@method
def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """`out[i][j] = input[index[i][j]][j]` for dim 0, and so on."""
    if not input.ndim:
        return input.expand_as(index) if index.ndim else input
    return wrap(B.take_along(input.a, _integers(index, "gather"), axis_of(dim, input.ndim)))


@method
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """`gather`, where the other axes broadcast; of the flattened tensors without `dim`."""
    if dim is None:
        flat = [wrap(B.reshape(x.a, (-1,))) for x in (input, indices)]
        return gather(flat[0], 0, flat[1])
    sizes = list(B.shape(input.a))
    picks = list(B.shape(indices.a))
    axis = axis_of(dim, input.ndim)
    common = [a if isinstance(b, int) and b == 1 else b for a, b in zip(sizes, picks, strict=True)]
    sizes_for_input = [sizes[i] if i == axis else size for i, size in enumerate(common)]
    sizes_for_index = [picks[i] if i == axis else size for i, size in enumerate(common)]
    return gather(input.expand(sizes_for_input), dim, indices.expand(sizes_for_index))


@method
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices of `input` at the 1-D `index` along `dim`."""
    positions = _integers(index, "index_select")
    positions = positions if B.rank(positions) else B.reshape(positions, (1,))
    if not input.ndim:
        return wrap(B.reshape(B.take(B.reshape(input.a, (1,)), positions, 0), ()))
    return wrap(B.take(input.a, positions, axis_of(dim, input.ndim)))


@method
def take(input: Tensor, index: Tensor) -> Tensor:
    """Elements of the flattened tensor."""
    return wrap(B.take(B.reshape(input.a, (-1,)), _integers(index, "take"), 0))


def _lowest(dtype: dtypes.dtype) -> Any:
    return float("-inf") if dtype.is_floating_point else dtypes.iinfo(dtype).min


def _highest(dtype: dtypes.dtype) -> Any:
    return float("inf") if dtype.is_floating_point else dtypes.iinfo(dtype).max


@method
def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: Any = 0) -> Tensor:
    """Elements at the places `storage_offset + sum(i * stride)` of the flattened tensor.

    Every tensor here counts as contiguous, so strides must be those of `stride()`, or made from them.
    """
    places: Any = storage_offset
    rank = len(size)
    for axis, (length, step) in enumerate(zip(size, stride, strict=True)):
        steps = wrap(B.arange(0, unwrap(length), 1, long().name)) * step
        places = steps.reshape((1,) * axis + (-1,) + (1,) * (rank - axis - 1)) + places
    return take(input, places if isinstance(places, Tensor) else wrap(B.asarray(places, long().name)))


@method
def stride(input: Tensor, dim: int | None = None) -> Any:
    """By how many elements neighbours along each axis (or along `dim`) lie apart."""
    strides: list[Any] = []
    step: Any = 1
    for size in reversed(input.shape):
        strides.insert(0, step)
        step = step * size
    return tuple(strides) if dim is None else strides[axis_of(dim, input.ndim)]


# ------------------------------------------------------------------ cuts
@method
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The slice at `index` along `dim`, without that axis."""
    cut: tuple[Any, ...] = (slice(None),) * axis_of(dim, input.ndim)
    return input[(*cut, index)]


@method
def narrow(input: Tensor, dim: int, start: Any, length: Any) -> Tensor:
    """`length` slices from `start` along `dim`."""
    cut: tuple[Any, ...] = (slice(None),) * axis_of(dim, input.ndim)
    return input[(*cut, slice(start, start + length))]


@method
def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along `dim`: of one size (the last may be smaller), or of the given sizes."""
    axis = axis_of(dim, tensor.ndim)
    if isinstance(split_size_or_sections, (tuple, list)):
        sections = list(split_size_or_sections)
        total = tensor.shape[axis]
        if builtins.all(isinstance(n, int) for n in (*sections, total)) and builtins.sum(sections) != total:
            raise RuntimeError(f"split: the sections {sections} must add up to the size {total} of dim {dim}")
    else:
        total, step = tensor.shape[axis], split_size_or_sections
        sections = [builtins.min(step, total - start) for start in range(0, total, step)] or [0]
    starts = [0]
    for section in sections:
        starts.append(starts[-1] + section)
    return tuple(narrow(tensor, axis, start, size) for start, size in zip(starts[:-1], sections, strict=True))


@method
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` pieces of equal size along `dim` (the last may be smaller)."""
    total = input.shape[dim]
    if isinstance(total, Tensor):  # a size of the graph: the pieces must come out even
        size = total // chunks
        return tuple(narrow(input, dim, size * i, size) for i in range(chunks))
    return split(input, builtins.max(-(-total // chunks), 1), dim)


@method
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """All slices along `dim`, without that axis."""
    return tuple(select(input, dim, i) for i in range(input.shape[dim]))


Tensor.where = _where_method  # type: ignore[attr-defined]

__all__ = [
    "as_strided", "chunk", "gather", "index_select", "masked_fill", "masked_scatter", "narrow", "select",
    "split", "take", "take_along_dim", "unbind", "where",
]  # fmt: skip
