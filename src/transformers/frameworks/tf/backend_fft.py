"""TensorFlow primitives: complex numbers and Fourier transforms along one axis.

TensorFlow's kernels take the last axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

Raw = Any


def complex_(re: Raw, im: Raw) -> Raw:
    """re + i im."""
    return tf.complex(re, im)


def real(x: Raw) -> Raw:
    """The real parts."""
    return tf.math.real(x)


def imag(x: Raw) -> Raw:
    """The imaginary parts of a complex tensor."""
    return tf.math.imag(x)


def conj(x: Raw) -> Raw:
    """Imaginary parts negated."""
    return tf.math.conj(x)


def angle(x: Raw) -> Raw:
    """Angles in the complex plane, in radians, of a complex tensor."""
    return tf.atan2(tf.math.imag(x), tf.math.real(x))


def _along(fn: Callable[[Raw], Raw], x: Raw, axis: int) -> Raw:
    """`fn`, which works on the last axis, along another."""
    last = x.shape.rank - 1
    if axis == last:
        return fn(x)
    order = list(range(last + 1))
    order[axis], order[last] = last, axis
    return tf.transpose(fn(tf.transpose(x, order)), order)


def fft(x: Raw, axis: int) -> Raw:
    """Transform of a complex tensor, not scaled."""
    return _along(tf.signal.fft, x, axis)


def ifft(x: Raw, axis: int) -> Raw:
    """Inverse of `fft`."""
    return _along(tf.signal.ifft, x, axis)


def rfft(x: Raw, axis: int) -> Raw:
    """The first half of the transform of a real tensor, not scaled."""
    return _along(tf.signal.rfft, x, axis)


def irfft(x: Raw, n: Any, axis: int) -> Raw:
    """Inverse of `rfft`, `n` elements long."""
    length = tf.reshape(tf.cast(n, tf.int32), [1])
    return _along(lambda y: tf.signal.irfft(y, length), x, axis)


PRIMITIVES = ["angle", "complex_", "conj", "fft", "ifft", "imag", "irfft", "real", "rfft"]

__all__ = ["PRIMITIVES"]
