"""TensorFlow primitives: transposed convolution, channels first outside and channels last inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from .backend_nn import _HALF, _first, _last, _spread, conv
from .backend_shape import dims, rank, shape

Raw = Any
Sizes = Sequence[int]


def conv_transpose(x: Raw, w: Raw, stride: Sizes, dilation: Sizes, groups: int) -> Raw:
    """Every element of channels-first `x` (N, C, ...) spread by `w` (C, O / groups, ...), all of it kept."""
    if x.dtype in _HALF:
        wide = conv_transpose(tf.cast(x, tf.float32), tf.cast(w, tf.float32), stride, dilation, groups)
        return tf.cast(wide, x.dtype)
    if rank(x) == 3:
        flat = conv_transpose(x[:, :, None], w[:, :, None], (1, *stride), (1, *dilation), groups)
        return tf.squeeze(flat, [2])
    x = tf.ensure_shape(x, [None, w.shape[0]] + [None] * (rank(x) - 2))
    if groups > 1 and w.shape[1] == 1 and w.shape[0] == groups:
        return _channelwise(x, w, stride, dilation)
    kernel = _spread(tf.transpose(w, [*range(2, rank(w)), 1, 0]), dilation)
    inner = _last(x)
    if groups == 1:
        return _first(_plain(inner, kernel, stride))
    pieces = zip(tf.split(inner, groups, -1), tf.split(kernel, groups, -1), strict=True)
    return _first(tf.concat([_plain(part, taps, stride) for part, taps in pieces], -1))


def _plain(x: Raw, kernel: Raw, stride: Sizes) -> Raw:
    batch, *sizes = shape(x)[:-1]
    reach = kernel.shape.as_list()[:-2]
    outs = [(n - 1) * s + k for n, s, k in zip(sizes, stride, reach, strict=True)]
    transposed = tf.nn.conv3d_transpose if rank(x) == 5 else tf.nn.conv2d_transpose
    sizes = tf.cast(dims([batch, *outs, kernel.shape[-2]]), tf.int32)
    return transposed(x, kernel, sizes, list(stride), "VALID")


def _channelwise(x: Raw, w: Raw, stride: Sizes, dilation: Sizes) -> Raw:
    """One kernel for each channel: a convolution of `x` with zeros between its elements."""
    for axis, step in enumerate(stride, 2):
        if step > 1:
            sizes = shape(x)
            spread = tf.stack([x] + [tf.zeros_like(x)] * (step - 1), axis + 1)
            x = tf.reshape(spread, dims([*sizes[:axis], sizes[axis] * step, *sizes[axis + 1 :]]))
            x = x[(slice(None),) * axis + (slice(None, 1 - step),)]
    reach = [d * (k - 1) for d, k in zip(dilation, w.shape[2:], strict=True)]
    turned = tf.reverse(w, list(range(2, rank(w))))
    return conv(x, turned, (1,) * len(reach), [(r, r) for r in reach], dilation, w.shape[0])


PRIMITIVES = ["conv_transpose"]

__all__ = ["PRIMITIVES"]
