"""TensorFlow primitives: products, convolution, pooling, softmax.

Tensors are channels first outside and channels last inside, because the CPU kernels are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from .backend_shape import rank, shape

Raw = Any
Sizes = Sequence[int]

_HALF = (tf.float16, tf.bfloat16)


def matmul(a: Raw, b: Raw) -> Raw:
    """Matrix product over the last two axes, the others broadcast."""
    if a.dtype == tf.bool or (a.dtype.is_integer and a.dtype not in (tf.int32, tf.int64)):
        return tf.cast(tf.matmul(tf.cast(a, tf.int32), tf.cast(b, tf.int32)), a.dtype)
    if rank(b) == 2 and rank(a) > 2:  # one large product instead of many small ones
        sizes = shape(a)
        flat = tf.matmul(tf.reshape(a, [-1, a.shape[-1] or tf.shape(a)[-1]]), b)
        lead = sizes[:-1]
        out = tf.reshape(flat, tf.concat([tf.shape(a)[:-1], tf.shape(b)[-1:]], 0))
        out.set_shape([size if isinstance(size, int) else None for size in lead] + [b.shape[-1]])
        return out
    return tf.matmul(a, b)


def einsum(equation: str, *operands: Raw) -> Raw:
    """Sum of products by Einstein's notation."""
    return tf.einsum(equation, *operands)


def softmax(x: Raw, axis: int) -> Raw:
    """exp(x) over its sum along `axis`."""
    if not rank(x):
        return tf.ones_like(x)
    return (
        tf.cast(tf.nn.softmax(tf.cast(x, tf.float32), axis), x.dtype)
        if x.dtype in _HALF
        else tf.nn.softmax(x, axis)
    )


def log_softmax(x: Raw, axis: int) -> Raw:
    """Logarithm of `softmax`."""
    if x.dtype in _HALF:
        return tf.cast(tf.nn.log_softmax(tf.cast(x, tf.float32), axis), x.dtype)
    return tf.nn.log_softmax(x, axis)


def _last(x: Raw) -> Raw:
    return tf.transpose(x, [0, *range(2, rank(x)), 1])


def _first(x: Raw) -> Raw:
    return tf.transpose(x, [0, rank(x) - 1, *range(1, rank(x) - 1)])


def _spread(w: Raw, dilation: Sizes) -> Raw:
    """The kernel (..., I, O) with zeros between its taps, which is what dilation means."""
    for axis, step in enumerate(dilation):
        size = w.shape[axis]
        if step == 1 or size == 1:
            continue
        pairs = tf.stack([w] + [tf.zeros_like(w)] * (step - 1), axis + 1)
        merged = [*w.shape[:axis], size * step, *w.shape[axis + 1 :]]
        w = tf.reshape(pairs, merged)
        w = tf.gather(w, tf.range(size * step - step + 1), axis=axis)
    return w


def _padded(x: Raw, padding: Sequence[tuple[Any, Any]]) -> Raw:
    """Channels-last `x` with zeros around its inner axes."""
    known = [width for pair in padding for width in pair if isinstance(width, int)]
    if len(known) == 2 * len(padding) and not any(known):
        return x
    return tf.pad(x, [(0, 0), *padding, (0, 0)])


def conv(
    x: Raw, w: Raw, stride: Sizes, padding: Sequence[tuple[Any, Any]], dilation: Sizes, groups: int
) -> Raw:
    """Cross-correlation of channels-first `x` (N, C, ...) with `w` (O, C / groups, ...)."""
    if x.dtype in _HALF:
        wide = conv(tf.cast(x, tf.float32), tf.cast(w, tf.float32), stride, padding, dilation, groups)
        return tf.cast(wide, x.dtype)
    if rank(x) == 3:
        flat = conv(x[:, :, None], w[:, :, None], (1, *stride), [(0, 0), *padding], (1, *dilation), groups)
        return tf.squeeze(flat, [2])
    kernel = tf.transpose(w, [*range(2, rank(w)), 1, 0])
    x = tf.ensure_shape(x, [None, w.shape[1] * groups] + [None] * (rank(x) - 2))
    inner = _padded(_last(x), padding)
    if groups > 1:
        return _first(_grouped(inner, kernel, stride, dilation, groups))
    return _first(_plain(inner, kernel, stride, dilation))


def _plain(x: Raw, kernel: Raw, stride: Sizes, dilation: Sizes) -> Raw:
    spread = _spread(kernel, dilation)
    if rank(x) == 5:
        return tf.nn.conv3d(x, spread, [1, *stride, 1], "VALID")
    if kernel.shape[-2] == 1 and stride[0] == 1 < stride[1]:
        # TensorFlow's CPU kernel is wrong for one channel, such strides, and a result one element wide.
        turned = tf.nn.conv2d(
            tf.transpose(x, [0, 2, 1, 3]), tf.transpose(spread, [1, 0, 2, 3]), [stride[1], 1], "VALID"
        )
        return tf.transpose(turned, [0, 2, 1, 3])
    return tf.nn.conv2d(x, spread, list(stride), "VALID")


def _grouped(x: Raw, kernel: Raw, stride: Sizes, dilation: Sizes, groups: int) -> Raw:
    """The CPU has no gradient of grouped convolutions: depthwise has a kernel of its own, others run group
    by group.
    """
    per_group, outs = kernel.shape[-2], kernel.shape[-1]
    if per_group == 1 and rank(x) == 4 and _one_stride(x, stride) is not None:
        spread = _spread(kernel, dilation)
        step = _one_stride(x, stride)
        depthwise = tf.reshape(
            tf.transpose(spread, [0, 1, 3, 2]), [*spread.shape[:2], groups, outs // groups]
        )
        return tf.nn.depthwise_conv2d(x, depthwise, [1, step, step, 1], "VALID")
    pieces = zip(tf.split(x, groups, -1), tf.split(kernel, groups, -1), strict=True)
    return tf.concat([_plain(part, taps, stride, dilation) for part, taps in pieces], -1)


def _one_stride(x: Raw, stride: Sizes) -> int | None:
    """The stride of both axes where one serves for both; an axis of size 1 does not care."""
    first, second = stride
    if first == second or x.shape[1] == 1:
        return second
    return first if x.shape[2] == 1 else None


def pool(x: Raw, kernel: Sizes, stride: Sizes, dilation: Sizes, kind: str) -> Raw:
    """Maximum ("max") or sum ("sum") over windows of channels-first `x`, without padding."""
    if x.dtype in _HALF:
        return tf.cast(pool(tf.cast(x, tf.float32), kernel, stride, dilation, kind), x.dtype)
    if any(step != 1 for step in dilation) or any(s > k for s, k in zip(stride, kernel, strict=True)):
        return _pool_taps(x, kernel, stride, dilation, kind)
    inner = _last(x)
    if kind == "max":
        return _first(tf.nn.pool(inner, list(kernel), "MAX", strides=list(stride), padding="VALID"))
    mean = tf.nn.pool(inner, list(kernel), "AVG", strides=list(stride), padding="VALID")
    return _first(mean * tf.cast(math.prod(kernel), x.dtype))


def _pool_taps(x: Raw, kernel: Sizes, stride: Sizes, dilation: Sizes, kind: str) -> Raw:
    """Pooling with dilation or gaps, axis by axis, as combinations of shifted slices: the windowed form has
    neither.
    """
    combine = tf.maximum if kind == "max" else tf.add
    for i, (size, step, spread) in enumerate(zip(kernel, stride, dilation, strict=True)):
        axis = i + 2
        outs = (shape(x)[axis] - spread * (size - 1) - 1) // step + 1
        taps = []
        for tap in range(size):
            cut = slice(tap * spread, tap * spread + (outs - 1) * step + 1, step)
            taps.append(x[(slice(None),) * axis + (cut,)])
        total = taps[0]
        for tap_values in taps[1:]:
            total = combine(total, tap_values)
        x = total
    return x


PRIMITIVES = ["conv", "einsum", "log_softmax", "matmul", "pool", "softmax"]

__all__ = ["PRIMITIVES"]
