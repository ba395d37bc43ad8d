"""NumPy primitives: shapes, joining, padding, indexing, gathering and scattering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .backend_math import is_half

Raw = Any
Shape = Sequence[Any]

_PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def reshape(x: Raw, shape: Shape) -> Raw:
    """`x` with the sizes `shape`; one of them may be -1."""
    return np.reshape(x, tuple(shape))


def broadcast_to(x: Raw, shape: Shape) -> Raw:
    """`x` repeated along axes of size 1 up to `shape`."""
    return np.broadcast_to(x, tuple(shape))


def transpose(x: Raw, order: Sequence[int]) -> Raw:
    """Axes of `x` in the given order."""
    return np.transpose(x, order)


def expand_dims(x: Raw, axis: int) -> Raw:
    """A new axis of size 1 at `axis`."""
    return np.expand_dims(x, axis)


def squeeze(x: Raw, axes: tuple[int, ...]) -> Raw:
    """`x` without the axes `axes`, all of size 1."""
    return np.squeeze(x, axes)


def concat(arrays: Sequence[Raw], axis: int) -> Raw:
    """`arrays` one after the other along `axis`."""
    return np.concatenate(arrays, axis)


def stack(arrays: Sequence[Raw], axis: int) -> Raw:
    """`arrays` along a new axis."""
    return np.stack(arrays, axis)


def flip(x: Raw, axes: tuple[int, ...]) -> Raw:
    """`x` backwards along `axes`."""
    return np.flip(x, axes)


def roll(x: Raw, shifts: tuple[int, ...], axes: tuple[int, ...]) -> Raw:
    """`x` rotated by `shifts` along `axes`."""
    return np.roll(x, shifts, axes)


def tile(x: Raw, repeats: Shape) -> Raw:
    """`x` repeated as a whole, `repeats[i]` times along axis i."""
    return np.tile(x, tuple(repeats))


def pad(x: Raw, widths: Sequence[tuple[Any, Any]], mode: str, value: Any) -> Raw:
    """`x` with `widths[i]` = (before, after) more elements along axis i; mode as in
    `torch.nn.functional.pad`.
    """
    if mode == "constant":
        return np.pad(x, widths, constant_values=np.asarray(value, x.dtype))
    return np.pad(x, widths, mode=_PAD_MODES[mode])  # type: ignore[call-overload]


def where(condition: Raw, a: Raw, b: Raw) -> Raw:
    """`a` where `condition`, else `b`."""
    return np.where(condition, a, b)


def getitem(x: Raw, index: tuple[Any, ...]) -> Raw:
    """`x[index]` for ints, slices, None and Ellipsis."""
    return x[index]


def getitem_mask(x: Raw, mask: Raw, axis: int) -> Raw:
    """The elements where the bool array `mask`, standing on axes `axis` and following, is true."""
    return x[(slice(None),) * axis + (mask,)]


def gather(x: Raw, axes: Sequence[int], indices: Sequence[Raw]) -> Raw:
    """`x` indexed along `axes` by integer arrays that broadcast together; placed as NumPy places them."""
    index: list[Any] = [slice(None)] * x.ndim
    for axis, positions in zip(axes, indices, strict=True):
        index[axis] = positions
    return x[tuple(index)]


def setitem(x: Raw, index: tuple[Any, ...], value: Raw) -> Raw:
    """A copy of `x` with `value` at `index`."""
    out = np.array(x)
    out[index] = value
    return out


def take(x: Raw, indices: Raw, axis: int) -> Raw:
    """The slices of `x` at `indices` along `axis`."""
    return np.take(x, indices, axis=axis)


def _fit(x: Raw, shape: Shape, axis: int) -> Raw:
    """`x` cut to `shape` along every axis but `axis`."""
    cut = tuple(slice(None) if i == axis else slice(size) for i, size in enumerate(shape))
    return x[cut]


def take_along(x: Raw, indices: Raw, axis: int) -> Raw:
    """`out[i][j] = x[indices[i][j]][j]` for axis 0, and so on."""
    return np.take_along_axis(_fit(x, indices.shape, axis), indices, axis)


_UPDATES = {"add": np.add, "multiply": np.multiply, "amax": np.maximum, "amin": np.minimum}


def _update(x: Raw, index: tuple[Any, ...], source: Raw, how: str) -> Raw:
    wide = x.astype(np.float32) if is_half(x) else np.array(x)
    if how == "set":
        wide[index] = source
    else:
        _UPDATES[how].at(wide, index, np.asarray(source, wide.dtype))
    return wide.astype(x.dtype, copy=False)


def put_along(x: Raw, indices: Raw, source: Raw, axis: int, how: str) -> Raw:
    """`x[indices[i][j]][j] = source[i][j]` for axis 0; `how` is set, add, multiply, amax or amin."""
    grid: list[Any] = list(np.ogrid[tuple(slice(size) for size in indices.shape)])
    grid[axis] = indices
    cut = tuple(slice(size) for size in indices.shape)
    return _update(x, tuple(grid), source[cut] if np.ndim(source) else source, how)


def put_slices(x: Raw, indices: Raw, source: Raw, axis: int, how: str) -> Raw:
    """`x` with the slices `source` written at the 1-D `indices` along `axis`."""
    return _update(x, (slice(None),) * axis + (indices,), source, how)


def sort(x: Raw, axis: int, descending: bool) -> tuple[Raw, Raw]:
    """Sorted values and where they came from; equal elements keep their order."""
    keys = x.astype(np.float32) if is_half(x) else x
    if descending:
        order = x.shape[axis] - 1 - np.flip(np.argsort(np.flip(keys, axis), axis=axis, kind="stable"), axis)
    else:
        order = np.argsort(keys, axis=axis, kind="stable")
    return np.take_along_axis(x, order, axis), order


def topk(x: Raw, k: int, largest: bool) -> tuple[Raw, Raw]:
    """The `k` largest (or smallest) elements of the last axis, in order, and their positions."""
    values, order = sort(x, x.ndim - 1, largest)
    return values[..., :k], order[..., :k]


def searchsorted(sorted_: Raw, values: Raw, right: bool) -> Raw:
    """Positions in the 1-D `sorted_` where `values` would go."""
    return np.searchsorted(sorted_, values, side="right" if right else "left")


def repeat(x: Raw, counts: Raw, axis: int) -> Raw:
    """Every slice along `axis` repeated `counts` times (an int or one count per slice)."""
    return np.repeat(x, counts, axis)


PRIMITIVES = [
    "broadcast_to", "concat", "expand_dims", "flip", "gather", "getitem", "getitem_mask", "pad",
    "put_along", "put_slices", "repeat", "reshape", "roll", "searchsorted", "setitem", "sort", "squeeze",
    "stack", "take", "take_along", "tile", "topk", "transpose", "where",
]  # fmt: skip

__all__ = ["PRIMITIVES"]
