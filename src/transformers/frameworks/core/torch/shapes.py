"""Functions that rearrange elements without computing: views, joins, cuts, repetitions.

Nothing here aliases: what PyTorch would return as a view is a new tensor.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

from ...core import dtypes
from .. import backend as B
from .promotion import axes_of, axis_of, cast, raw_sizes, result_type
from .tensor import Tensor, method, unwrap, wrap


@method
def reshape(input: Tensor, *shape: Any) -> Tensor:
    """`input` with other sizes; one of them may be -1."""
    return wrap(B.reshape(input.a, raw_sizes(shape)))


@method
def view(input: Tensor, *shape: Any) -> Tensor:
    """`input` with other sizes, as `reshape`."""
    if len(shape) == 1 and isinstance(shape[0], dtypes.dtype):
        raise TypeError(
            "view(dtype) reinterprets bits, which the torch-API layer has not; use x.to(dtype) to convert"
        )
    return wrap(B.reshape(input.a, raw_sizes(shape)))


@method
def view_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` with the sizes of `other`."""
    return reshape(input, other.shape)


@method
def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` with the sizes of `other`."""
    return reshape(input, other.shape)


@method
def permute(input: Tensor, *dims: Any) -> Tensor:
    """Axes in the order `dims`."""
    order = raw_sizes(dims)
    rank = input.ndim
    if len(order) != rank:
        raise ValueError(f"permute needs all {rank} axes of the tensor, got {tuple(order)}")
    return wrap(B.transpose(input.a, tuple(axis_of(d, rank) for d in order)))


@method
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two axes exchanged."""
    rank = input.ndim
    order = list(range(rank))
    a, b = axis_of(dim0, rank), axis_of(dim1, rank)
    if a == b:
        return input
    order[a], order[b] = order[b], order[a]
    return wrap(B.transpose(input.a, tuple(order)))


swapaxes = swapdims = transpose


@method
def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; a vector as it is."""
    if input.ndim > 2:
        raise ValueError(f"t() is for matrices, not {input.ndim} axes; use x.transpose(-2, -1)")
    return transpose(input, 0, 1) if input.ndim == 2 else input


@method
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Axes `source` moved to the places `destination`."""
    rank = input.ndim
    sources, places = axes_of(source, rank), axes_of(destination, rank)
    order = [axis for axis in range(rank) if axis not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return wrap(B.transpose(input.a, tuple(order)))


moveaxis = movedim


@method
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A new axis of size 1 at `dim`."""
    return wrap(B.expand_dims(input.a, axis_of(dim, input.ndim + 1)))


@method
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Without the axes of size 1, or without those of `dim` that have size 1.

    A size known only when a graph runs counts as 1 where `dim` names it (the graph fails if it is not),
    else as more.
    """
    sizes = B.shape(input.a)
    axes = tuple(
        axis
        for axis in axes_of(dim, len(sizes))
        if (sizes[axis] == 1 if isinstance(sizes[axis], int) else dim is not None)
    )
    return wrap(B.squeeze(input.a, axes)) if axes else input


@method
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Axes `start_dim` to `end_dim` (included) joined into one."""
    rank = input.ndim
    if not rank:
        return reshape(input, 1)
    start, end = axis_of(start_dim, rank), axis_of(end_dim, rank)
    if start > end:
        raise ValueError(f"flatten: start_dim {start_dim} comes after end_dim {end_dim}")
    sizes = B.shape(input.a)
    joined = math.prod(sizes[start : end + 1])
    return wrap(B.reshape(input.a, (*sizes[:start], joined, *sizes[end + 1 :])))


@method
def unflatten(input: Tensor, dim: int, sizes: Sequence[Any]) -> Tensor:
    """Axis `dim` split into `sizes`; one of them may be -1."""
    axis = axis_of(dim, input.ndim)
    shape = B.shape(input.a)
    parts = list(raw_sizes((sizes,)))
    for place, part in enumerate(parts):
        if isinstance(part, int) and part == -1:
            others = math.prod(parts[:place] + parts[place + 1 :])
            parts[place] = shape[axis] // others
    return wrap(B.reshape(input.a, (*shape[:axis], *parts, *shape[axis + 1 :])))


@method
def ravel(input: Tensor) -> Tensor:
    """All elements in one axis."""
    return reshape(input, -1)


@method
def expand(input: Tensor, *sizes: Any) -> Tensor:
    """Axes of size 1 repeated up to `sizes`; -1 keeps a size; new axes come in front."""
    wanted = raw_sizes(sizes)
    have = B.shape(input.a)
    new = len(wanted) - len(have)
    if new < 0:
        raise ValueError(f"expand to {len(wanted)} sizes, but the tensor has {len(have)} axes")
    full = tuple(
        have[i - new] if isinstance(size, int) and size == -1 and i >= new else size
        for i, size in enumerate(wanted)
    )
    return wrap(B.broadcast_to(input.a, full))


@method
def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` expanded to the sizes of `other`."""
    return wrap(B.broadcast_to(input.a, B.shape(other.a)))


@method
def broadcast_to(input: Tensor, shape: Sequence[Any]) -> Tensor:
    """`input` expanded to `shape`."""
    return expand(input, *shape)


def broadcast_shapes(*shapes: Sequence[int]) -> Any:
    """The sizes that tensors of these static sizes have together."""
    import numpy as np

    from .tensor import make_size

    return make_size(np.broadcast_shapes(*(tuple(shape) for shape in shapes)))


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """All tensors expanded to their common sizes."""
    zero = builtins.sum((tensor * 0 for tensor in tensors[1:]), tensors[0] * 0)
    return tuple(expand_as(tensor, zero) for tensor in tensors)


@method
def repeat(input: Tensor, *repeats: Any) -> Tensor:
    """The whole tensor repeated along each axis; further axes come in front."""
    counts = raw_sizes(repeats)
    if len(counts) < input.ndim:
        raise ValueError(f"repeat needs at least {input.ndim} counts for this tensor, got {len(counts)}")
    raw = B.reshape(input.a, (1,) * (len(counts) - input.ndim) + tuple(B.shape(input.a)))
    return wrap(B.tile(raw, counts))


@method
def tile(input: Tensor, *dims: Any) -> Tensor:
    """`repeat`, where missing counts in front are 1."""
    counts = raw_sizes(dims)
    return repeat(input, *(1,) * (input.ndim - len(counts)), *counts)


@method
def repeat_interleave(
    input: Tensor, repeats: Any, dim: int | None = None, *, output_size: Any = None
) -> Tensor:
    """Every element along `dim` repeated in place; `repeats` is a count, or one count per element."""
    if dim is None:
        input, dim = ravel(input), 0
    axis = axis_of(dim, input.ndim)
    counts = unwrap(repeats)
    if isinstance(repeats, Tensor) and repeats.ndim:
        return wrap(B.repeat(input.a, counts, axis))
    sizes = B.shape(input.a)
    raw = B.expand_dims(input.a, axis + 1)
    raw = B.broadcast_to(raw, (*sizes[: axis + 1], counts, *sizes[axis + 1 :]))
    return wrap(B.reshape(raw, (*sizes[:axis], sizes[axis] * counts, *sizes[axis + 1 :])))


def _joined(tensors: Sequence[Tensor]) -> list[Any]:
    if not tensors:
        raise ValueError("at least one tensor is needed to join")
    common = result_type(*tensors)
    return [cast(tensor.a, common) for tensor in tensors]


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors one after the other along `dim`; empty 1-D tensors are passed over, as in torch."""
    tensors = list(tensors)
    rank = builtins.max((tensor.ndim for tensor in tensors), default=1)
    kept = [tensor for tensor in tensors if tensor.ndim == rank]
    raws = _joined(tensors)
    if len(kept) != len(tensors):
        raws = [raw for raw in raws if B.rank(raw) == rank]
    return wrap(B.concat(raws, axis_of(dim, rank)))


concat = concatenate = cat


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of equal sizes along a new axis `dim`."""
    raws = _joined(list(tensors))
    return wrap(B.stack(raws, axis_of(dim, B.rank(raws[0]) + 1)))


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Joined along the second axis (the first, for vectors)."""
    return cat(tensors, 0 if tensors[0].ndim < 2 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Joined along the first axis; vectors are rows."""
    return cat([tensor if tensor.ndim > 1 else reshape(tensor, 1, -1) for tensor in tensors], 0)


@method
def flip(input: Tensor, *dims: Any) -> Tensor:
    """Backwards along `dims`."""
    return wrap(B.flip(input.a, axes_of(raw_sizes(dims), input.ndim)))


@method
def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """Rotated by `shifts` along `dims`; flattened first if `dims` is None."""
    if dims is None:
        return reshape(roll(ravel(input), shifts, 0), input.shape)
    many = tuple(shifts) if isinstance(shifts, (tuple, list)) else (shifts,)
    return wrap(B.roll(input.a, tuple(unwrap(s) for s in many), axes_of(dims, input.ndim)))


Tensor.T = property(lambda self: permute(self, *reversed(range(self.ndim))), doc="Axes in reverse order.")  # type: ignore[attr-defined]
Tensor.mT = property(lambda self: transpose(self, -2, -1), doc="The last two axes exchanged.")  # type: ignore[attr-defined]
for _name in ("moveaxis", "swapaxes", "swapdims"):
    setattr(Tensor, _name, globals()[_name])

__all__ = [
    "broadcast_shapes", "broadcast_tensors", "broadcast_to", "cat", "concat", "concatenate", "flatten",
    "flip", "hstack", "moveaxis", "movedim", "permute", "ravel", "repeat_interleave", "reshape", "roll",
    "squeeze", "stack", "swapaxes", "swapdims", "t", "tile", "transpose", "unflatten", "unsqueeze",
    "vstack",
]  # fmt: skip
