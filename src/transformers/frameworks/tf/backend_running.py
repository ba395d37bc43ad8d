"""TensorFlow primitives: positions of extremes, running sums and products."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

Raw = Any

_HALF = (tf.float16, tf.bfloat16)


def _comparable(x: Raw, undefined: float) -> Raw:
    """`x` for a search of its extreme, where undefined elements win as in PyTorch."""
    if x.dtype == tf.bool:
        return tf.cast(x, tf.int32)
    return tf.where(tf.math.is_nan(x), tf.constant(undefined, x.dtype), x) if x.dtype.is_floating else x


def argmax(x: Raw, axis: int) -> Raw:
    """Position of the first largest element."""
    return tf.argmax(_comparable(x, math.inf), axis)


def argmin(x: Raw, axis: int) -> Raw:
    """Position of the first smallest element."""
    return tf.argmin(_comparable(x, -math.inf), axis)


def _running(fn: Callable[[Raw, int], Raw]) -> Callable[[Raw, int], Raw]:
    def primitive(x: Raw, axis: int) -> Raw:
        return tf.cast(fn(tf.cast(x, tf.float32), axis), x.dtype) if x.dtype in _HALF else fn(x, axis)

    return primitive


cumsum = _running(tf.cumsum)


def _products(x: Raw, axis: int) -> Raw:
    """Running products by doubling, where the size is known: TensorFlow's own gradient fails at zeros."""
    if (size := x.shape[axis]) is None:
        return tf.math.cumprod(x, axis)
    reach = 1
    while reach < size:
        head, _ = tf.split(x, [reach, size - reach], axis)
        before, _ = tf.split(x, [size - reach, reach], axis)
        _, rest = tf.split(x, [reach, size - reach], axis)
        x = tf.concat([head, rest * before], axis)
        reach *= 2
    return x


cumprod = _running(_products)

PRIMITIVES = ["argmax", "argmin", "cumprod", "cumsum"]

__all__ = ["PRIMITIVES"]
