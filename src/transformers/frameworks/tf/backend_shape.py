"""TensorFlow primitives: shapes, joining, padding, indexing, gathering and scattering.

Sizes are Python ints where they are known and 0-d int64 tensors where they are not.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

Raw = Any
Shape = Sequence[Any]


def rank(x: Raw) -> int:
    """Number of axes."""
    return x.shape.rank


def shape(x: Raw) -> tuple[Any, ...]:
    """Sizes: ints where known, 0-d int64 tensors where not."""
    static = x.shape.as_list()
    if None not in static:
        return tuple(static)
    dynamic = tf.shape(x, tf.int64)
    return tuple(dynamic[i] if size is None else size for i, size in enumerate(static))


def dims(sizes: Shape) -> Any:
    """Sizes as TensorFlow takes them: a list of ints, or a tensor if any is one."""
    if builtins.any(tf.is_tensor(size) for size in sizes):
        return tf.stack([tf.cast(size, tf.int64) for size in sizes])
    return list(sizes)


def reshape(x: Raw, sizes: Shape) -> Raw:
    """`x` with the sizes `sizes`; one of them may be -1."""
    return tf.reshape(x, dims(sizes))


def broadcast_to(x: Raw, sizes: Shape) -> Raw:
    """`x` repeated along axes of size 1 up to `sizes`."""
    return tf.broadcast_to(x, dims(sizes))


def transpose(x: Raw, order: Sequence[int]) -> Raw:
    """Axes of `x` in the given order."""
    return tf.transpose(x, order)


def expand_dims(x: Raw, axis: int) -> Raw:
    """A new axis of size 1 at `axis`."""
    return tf.expand_dims(x, axis)


def squeeze(x: Raw, axes: tuple[int, ...]) -> Raw:
    """`x` without the axes `axes`, all of size 1."""
    return tf.squeeze(x, axes)


def concat(arrays: Sequence[Raw], axis: int) -> Raw:
    """`arrays` one after the other along `axis`."""
    return tf.concat(arrays, axis)


def stack(arrays: Sequence[Raw], axis: int) -> Raw:
    """`arrays` along a new axis."""
    return tf.stack(arrays, axis)


def flip(x: Raw, axes: tuple[int, ...]) -> Raw:
    """`x` backwards along `axes`."""
    return tf.reverse(x, axes)


def roll(x: Raw, shifts: tuple[Any, ...], axes: tuple[int, ...]) -> Raw:
    """`x` rotated by `shifts` along `axes`."""
    return tf.roll(x, [tf.cast(shift, tf.int64) for shift in shifts], axes)


def tile(x: Raw, repeats: Shape) -> Raw:
    """`x` repeated as a whole, `repeats[i]` times along axis i."""
    return tf.tile(x, dims(repeats))


def pad(x: Raw, widths: Sequence[tuple[Any, Any]], mode: str, value: Any) -> Raw:
    """`x` with `widths[i]` = (before, after) more elements along axis i; mode as in
    `torch.nn.functional.pad`.
    """
    if mode in ("replicate", "circular"):
        return _pad_by_index(x, widths, mode)
    pairs = [dims(pair) for pair in widths]
    if mode == "constant":
        return tf.pad(x, pairs, constant_values=tf.cast(value, x.dtype))
    return tf.pad(x, pairs, "REFLECT")


def _pad_by_index(x: Raw, widths: Sequence[tuple[Any, Any]], mode: str) -> Raw:
    for axis, (before, after) in enumerate(widths):
        if isinstance(before, int) and isinstance(after, int) and not before and not after:
            continue
        size = tf.shape(x, tf.int64)[axis]
        places = tf.range(-tf.cast(before, tf.int64), size + tf.cast(after, tf.int64))
        places = (
            tf.clip_by_value(places, tf.zeros((), tf.int64), size - 1)
            if mode == "replicate"
            else places % size
        )
        x = tf.gather(x, places, axis=axis)
    return x


def where(condition: Raw, a: Raw, b: Raw) -> Raw:
    """`a` where `condition`, else `b`."""
    return tf.where(condition, a, b)


def getitem(x: Raw, index: tuple[Any, ...]) -> Raw:
    """`x[index]` for ints, slices, None and Ellipsis."""
    return x[_one_type(index)]


def _one_type(index: tuple[Any, ...]) -> tuple[Any, ...]:
    """Bounds that are tensors, and the numbers beside them, as int64: TensorFlow refuses a mixture."""

    def bound(value: Any) -> Any:
        return None if value is None else tf.cast(value, tf.int64)

    parts = [(p.start, p.stop, p.step) if isinstance(p, slice) else (p,) for p in index]
    if not builtins.any(tf.is_tensor(value) for part in parts for value in part):
        return index
    return tuple(
        slice(*map(bound, part)) if isinstance(p, slice) else p if p is None or p is Ellipsis else bound(p)
        for p, part in zip(index, parts, strict=True)
    )


def getitem_mask(x: Raw, mask: Raw, axis: int) -> Raw:
    """The elements where the bool array `mask`, standing on axes `axis` and following, is true."""
    return tf.boolean_mask(x, mask, axis=axis)


def gather(x: Raw, axes: Sequence[int], indices: Sequence[Raw]) -> Raw:
    """`x` indexed along `axes` by integer arrays that broadcast together; placed as NumPy places them."""
    wide = [_forward(x, index, axis) for axis, index in zip(axes, indices, strict=True)]
    common = tf.shape(wide[0], tf.int64)
    for index in wide[1:]:
        common = tf.broadcast_dynamic_shape(common, tf.shape(index, tf.int64))
    picked_rank = builtins.max(rank(index) for index in wide)
    others = [axis for axis in range(rank(x)) if axis not in axes]
    front = tf.transpose(x, [*axes, *others])
    picked = tf.gather_nd(front, tf.stack([tf.broadcast_to(index, common) for index in wide], -1))
    first, n = axes[0], len(axes)
    if list(axes) != list(range(first, first + n)) or not first:
        return picked
    order = [*range(picked_rank, picked_rank + first), *range(picked_rank)]
    return tf.transpose(picked, [*order, *range(picked_rank + first, picked_rank + len(others))])


def _forward(x: Raw, indices: Raw, axis: int) -> Raw:
    """Integer positions along `axis` counted from the front, as int64."""
    wide = tf.cast(indices, tf.int64)
    if indices.dtype.is_unsigned:
        return wide
    return tf.where(wide < 0, wide + tf.cast(shape(x)[axis], tf.int64), wide)


def setitem(x: Raw, index: tuple[Any, ...], value: Raw) -> Raw:
    """A copy of `x` with `value` at `index`."""
    sizes = tf.shape(x, tf.int64)
    positions = getitem(tf.reshape(tf.range(tf.reduce_prod(sizes)), sizes), index)
    source = tf.broadcast_to(value, tf.shape(positions))
    flat = _write(tf.reshape(x, [-1]), tf.reshape(positions, [-1, 1]), tf.reshape(source, [-1]), "set")
    return _as_static(tf.reshape(flat, sizes), x)


def _as_static(out: Raw, x: Raw) -> Raw:
    out.set_shape(x.shape)
    return out


def take(x: Raw, indices: Raw, axis: int) -> Raw:
    """The slices of `x` at `indices` along `axis`."""
    return tf.gather(x, _forward(x, tf.convert_to_tensor(indices), axis), axis=axis)


def _grid(indices: Raw, axis: int) -> Raw:
    """The full coordinates of every element of `indices`, with its value along `axis`: (..., rank)."""
    sizes = tf.shape(indices, tf.int64)
    axes = [tf.range(sizes[i]) for i in range(rank(indices))]
    coordinates = tf.meshgrid(*axes, indexing="ij")
    coordinates[axis] = tf.cast(indices, tf.int64)
    return tf.stack(coordinates, -1)


def take_along(x: Raw, indices: Raw, axis: int) -> Raw:
    """`out[i][j] = x[indices[i][j]][j]` for axis 0, and so on."""
    out = tf.gather_nd(x, _grid(indices, axis))
    out.set_shape(indices.shape)
    return out


_UPDATES = {
    "set": tf.tensor_scatter_nd_update,
    "add": tf.tensor_scatter_nd_add,
    "amax": tf.tensor_scatter_nd_max,
    "amin": tf.tensor_scatter_nd_min,
}


def _write(x: Raw, places: Raw, source: Raw, how: str) -> Raw:
    if how == "multiply":  # there is no such kernel
        return _multiplied(x, places, source)
    through = tf.float32 if x.dtype in (tf.float16, tf.bfloat16) and how != "set" else x.dtype
    return tf.cast(_UPDATES[how](tf.cast(x, through), places, tf.cast(source, through)), x.dtype)


def _multiplied(x: Raw, places: Raw, source: Raw) -> Raw:
    sizes = tf.shape(x, tf.int64)
    flat_places = tf.reshape(
        tf.reduce_sum(places * tf.math.cumprod(sizes, exclusive=True, reverse=True), -1), [-1]
    )
    total = tf.reduce_prod(sizes)
    products = tf.math.unsorted_segment_prod(tf.reshape(source, [-1]), flat_places, total)
    return x * tf.reshape(products, sizes)


def put_along(x: Raw, indices: Raw, source: Raw, axis: int, how: str) -> Raw:
    """`x[indices[i][j]][j] = source[i][j]` for axis 0; `how` is set, add, multiply, amax or amin."""
    cut = tf.slice(source, [0] * rank(source), tf.shape(indices))
    return _as_static(_write(x, _grid(indices, axis), cut, how), x)


def put_slices(x: Raw, indices: Raw, source: Raw, axis: int, how: str) -> Raw:
    """`x` with the slices `source` written at the 1-D `indices` along `axis`."""
    order = [axis, *(i for i in range(rank(x)) if i != axis)]
    back = [int(i) for i in np.argsort(order)]
    if not rank(source):
        source = tf.broadcast_to(source, tf.shape(indices))
    front, rows = tf.transpose(x, order), tf.transpose(source, order)
    places = tf.expand_dims(_forward(x, indices, axis), -1)
    if how == "multiply":
        places = tf.reshape(_grid_of_rows(places, rows), [-1, rank(x)])
        rows = tf.reshape(rows, [-1])
    return _as_static(tf.transpose(_write(front, places, rows, how), back), x)


def _grid_of_rows(places: Raw, rows: Raw) -> Raw:
    coordinates = tf.meshgrid(
        *[tf.range(size) for size in tf.unstack(tf.shape(rows, tf.int64))], indexing="ij"
    )
    coordinates[0] = tf.gather(places[:, 0], coordinates[0])
    return tf.stack(coordinates, -1)


def sort(x: Raw, axis: int, descending: bool) -> tuple[Raw, Raw]:
    """Sorted values and where they came from; equal elements keep their order."""
    through = {tf.float16: tf.float32, tf.bfloat16: tf.float32, tf.bool: tf.int32}
    keys = tf.cast(x, through.get(x.dtype, x.dtype))
    if keys.dtype.is_floating:  # undefined elements are the largest
        keys = tf.where(tf.math.is_nan(keys), tf.constant(np.inf, keys.dtype), keys)
    order = tf.argsort(keys, axis, "DESCENDING" if descending else "ASCENDING", stable=True)
    return take_along(x, order, axis), order


def topk(x: Raw, k: Any, largest: bool) -> tuple[Raw, Raw]:
    """The `k` largest (or smallest) elements of the last axis, in order, and their positions."""
    if largest and x.dtype != tf.bool:
        found = tf.math.top_k(x, tf.cast(k, tf.int32))
        return found.values, found.indices
    values, order = sort(x, rank(x) - 1, largest)
    return values[..., :k], order[..., :k]


def searchsorted(sorted_: Raw, values: Raw, right: bool) -> Raw:
    """Positions in the 1-D `sorted_` where `values` would go."""
    flat = tf.searchsorted(sorted_, tf.reshape(values, [-1]), side="right" if right else "left")
    return tf.reshape(flat, tf.shape(values))


def repeat(x: Raw, counts: Raw, axis: int) -> Raw:
    """Every slice along `axis` repeated `counts` times (an int or one count per slice)."""
    return tf.repeat(x, counts, axis)


PRIMITIVES = [
    "broadcast_to", "concat", "expand_dims", "flip", "gather", "getitem", "getitem_mask", "pad",
    "put_along", "put_slices", "rank", "repeat", "reshape", "roll", "searchsorted", "setitem", "shape",
    "sort", "squeeze", "stack", "take", "take_along", "tile", "topk", "transpose", "where",
]  # fmt: skip

__all__ = ["PRIMITIVES", "dims"]
