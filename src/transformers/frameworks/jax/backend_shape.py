"""JAX primitives: shapes, joining, padding, indexing, gathering and scattering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Raw = Any
Shape = Sequence[Any]

_PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def reshape(x: Raw, shape: Shape) -> Raw:
    """`x` with the sizes `shape`; one of them may be -1."""
    return jnp.reshape(x, tuple(shape))


def broadcast_to(x: Raw, shape: Shape) -> Raw:
    """`x` repeated along axes of size 1 up to `shape`."""
    return jnp.broadcast_to(x, tuple(shape))


def transpose(x: Raw, order: Sequence[int]) -> Raw:
    """Axes of `x` in the given order."""
    return jnp.transpose(x, order)


def expand_dims(x: Raw, axis: int) -> Raw:
    """A new axis of size 1 at `axis`."""
    return jnp.expand_dims(x, axis)


def squeeze(x: Raw, axes: tuple[int, ...]) -> Raw:
    """`x` without the axes `axes`, all of size 1."""
    return jnp.squeeze(x, axes)


def concat(arrays: Sequence[Raw], axis: int) -> Raw:
    """`arrays` one after the other along `axis`."""
    return jnp.concatenate(arrays, axis)


def stack(arrays: Sequence[Raw], axis: int) -> Raw:
    """`arrays` along a new axis."""
    return jnp.stack(arrays, axis)


def flip(x: Raw, axes: tuple[int, ...]) -> Raw:
    """`x` backwards along `axes`."""
    return jnp.flip(x, axes)


def roll(x: Raw, shifts: tuple[int, ...], axes: tuple[int, ...]) -> Raw:
    """`x` rotated by `shifts` along `axes`."""
    return jnp.roll(x, shifts, axes)


def tile(x: Raw, repeats: Shape) -> Raw:
    """`x` repeated as a whole, `repeats[i]` times along axis i."""
    return jnp.tile(x, tuple(repeats))


def pad(x: Raw, widths: Sequence[tuple[Any, Any]], mode: str, value: Any) -> Raw:
    """`x` with `widths[i]` = (before, after) more elements along axis i; mode as in
    `torch.nn.functional.pad`.
    """
    if mode == "constant":
        return lax.pad(x, jnp.asarray(value, x.dtype), [(before, after, 0) for before, after in widths])
    return jnp.pad(x, widths, mode=_PAD_MODES[mode])


def where(condition: Raw, a: Raw, b: Raw) -> Raw:
    """`a` where `condition`, else `b`."""
    return jnp.where(condition, a, b)


def getitem(x: Raw, index: tuple[Any, ...]) -> Raw:
    """`x[index]` for ints, slices, None and Ellipsis."""
    return x[index]


def getitem_mask(x: Raw, mask: Raw, axis: int) -> Raw:
    """The elements where the bool array `mask`, standing on axes `axis` and following, is true; not under
    jit.
    """
    if isinstance(mask, jax.core.Tracer):
        raise TypeError(
            "x[mask] has a shape that depends on values, which are not known while JAX traces: "
            "write torch.where(mask, x, y), or mask and reduce"
        )
    return x[(slice(None),) * axis + (mask,)]


def gather(x: Raw, axes: Sequence[int], indices: Sequence[Raw]) -> Raw:
    """`x` indexed along `axes` by integer arrays that broadcast together; placed as NumPy places them."""
    index: list[Any] = [slice(None)] * x.ndim
    for axis, positions in zip(axes, indices, strict=True):
        index[axis] = positions
    return x[tuple(index)]


def setitem(x: Raw, index: tuple[Any, ...], value: Raw) -> Raw:
    """A copy of `x` with `value` at `index`."""
    return jnp.asarray(x).at[index].set(value)


def take(x: Raw, indices: Raw, axis: int) -> Raw:
    """The slices of `x` at `indices` along `axis`; positions outside count as the nearest ("fill" costs a
    select).
    """
    size = x.shape[axis]
    indices = (
        jnp.where(indices < 0, indices + size, indices)
        if jnp.issubdtype(indices.dtype, jnp.signedinteger)
        else indices
    )
    return jnp.take(x, indices, axis=axis, mode="clip")


def _fit(x: Raw, shape: Shape, axis: int) -> Raw:
    """`x` cut to `shape` along every axis but `axis`."""
    wanted = tuple(x.shape[i] if i == axis else size for i, size in enumerate(shape))
    return x if wanted == x.shape else x[tuple(slice(size) for size in wanted)]


def take_along(x: Raw, indices: Raw, axis: int) -> Raw:
    """`out[i][j] = x[indices[i][j]][j]` for axis 0, and so on."""
    return jnp.take_along_axis(_fit(x, indices.shape, axis), indices, axis, mode="clip")


def _update(x: Raw, index: tuple[Any, ...], source: Raw, how: str) -> Raw:
    at = jnp.asarray(x).at[index]
    update = {"set": at.set, "add": at.add, "multiply": at.multiply, "amax": at.max, "amin": at.min}[how]
    return update(source)


def put_along(x: Raw, indices: Raw, source: Raw, axis: int, how: str) -> Raw:
    """`x[indices[i][j]][j] = source[i][j]` for axis 0; `how` is set, add, multiply, amax or amin."""
    grid: list[Any] = list(jnp.ogrid[tuple(slice(size) for size in indices.shape)])
    grid[axis] = indices
    cut = tuple(slice(size) for size in indices.shape)
    return _update(x, tuple(grid), source if source.shape == indices.shape else source[cut], how)


def put_slices(x: Raw, indices: Raw, source: Raw, axis: int, how: str) -> Raw:
    """`x` with the slices `source` written at the 1-D `indices` along `axis`."""
    return _update(x, (slice(None),) * axis + (indices,), source, how)


def sort(x: Raw, axis: int, descending: bool) -> tuple[Raw, Raw]:
    """Sorted values and where they came from; equal elements keep their order."""
    order = jnp.argsort(x, axis=axis, stable=True, descending=descending)
    return jnp.take_along_axis(x, order, axis), order


def topk(x: Raw, k: int, largest: bool) -> tuple[Raw, Raw]:
    """The `k` largest (or smallest) elements of the last axis, in order, and their positions."""
    if largest and x.dtype != jnp.bool_:
        values, order = lax.top_k(x, k)
        return values, order
    values, order = sort(x, x.ndim - 1, largest)
    return values[..., :k], order[..., :k]


def searchsorted(sorted_: Raw, values: Raw, right: bool) -> Raw:
    """Positions in the 1-D `sorted_` where `values` would go."""
    return jnp.searchsorted(sorted_, values, side="right" if right else "left")


def repeat(x: Raw, counts: Raw, axis: int) -> Raw:
    """Every slice along `axis` repeated `counts` times (an int or one count per slice; the latter not under
    jit).
    """
    return jnp.repeat(x, counts, axis)


PRIMITIVES = [
    "broadcast_to", "concat", "expand_dims", "flip", "gather", "getitem", "getitem_mask", "pad",
    "put_along", "put_slices", "repeat", "reshape", "roll", "searchsorted", "setitem", "sort", "squeeze",
    "stack", "take", "take_along", "tile", "topk", "transpose", "where",
]  # fmt: skip

__all__ = ["PRIMITIVES"]
