"""TensorFlow primitives: pointwise functions and reductions.

TensorFlow lacks CPU kernels for some element types (comparison of bools, most arithmetic of narrow
integers, some functions of bfloat16); such operands take a detour through a type that has one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

Raw = Any
Axes = tuple[int, ...]

_HALF = (tf.float16, tf.bfloat16)
_NARROW = (tf.int8, tf.uint8, tf.int16)


def cast(x: Raw, dtype: str) -> Raw:
    """`x` as element type `dtype`."""
    if dtype.startswith("complex") and not x.dtype.is_complex:  # the gradient of a cast would warn
        part = tf.cast(x, "float64" if dtype == "complex128" else "float32")
        return tf.complex(part, tf.zeros_like(part))
    return (
        tf.not_equal(x, tf.zeros((), x.dtype))
        if dtype == "bool" and x.dtype != tf.bool
        else tf.cast(x, dtype)
    )


def _unary(fn: Callable[[Raw], Raw]) -> Callable[[Raw], Raw]:
    def primitive(x: Raw) -> Raw:
        return tf.cast(fn(tf.cast(x, tf.float32)), x.dtype) if x.dtype in _HALF else fn(x)

    return primitive


def _predicate(fn: Callable[[Raw], Raw]) -> Callable[[Raw], Raw]:
    def primitive(x: Raw) -> Raw:
        return fn(tf.cast(x, tf.float32) if x.dtype in _HALF else x)

    return primitive


def _log10(x: Raw) -> Raw:
    return tf.math.log(x) / tf.constant(math.log(10.0), x.dtype)


def _log2(x: Raw) -> Raw:
    return tf.math.log(x) / tf.constant(math.log(2.0), x.dtype)


def _trunc(x: Raw) -> Raw:
    return tf.where(x < 0, tf.math.ceil(x), tf.floor(x))


def _narrow_unary(fn: Callable[[Raw], Raw]) -> Callable[[Raw], Raw]:
    """For functions of integers, too."""

    def primitive(x: Raw) -> Raw:
        return tf.cast(fn(tf.cast(x, tf.int32)), x.dtype) if x.dtype in _NARROW else fn(x)

    return primitive


abs_ = _narrow_unary(tf.abs)
acos = _unary(tf.acos)
acosh = _unary(tf.acosh)
asin = _unary(tf.asin)
asinh = _unary(tf.asinh)
atan = _unary(tf.atan)
atanh = _unary(tf.atanh)
ceil = _unary(tf.math.ceil)
cos = _unary(tf.cos)
cosh = _unary(tf.cosh)
digamma = _unary(tf.math.digamma)
erf = _unary(tf.math.erf)
erfinv = _unary(tf.math.erfinv)
exp = _unary(tf.exp)
exp2 = _unary(lambda x: tf.pow(tf.constant(2.0, x.dtype), x))
expm1 = _unary(tf.math.expm1)
floor = _unary(tf.floor)
lgamma = _unary(tf.math.lgamma)
log = _unary(tf.math.log)
log10 = _unary(_log10)
log1p = _unary(tf.math.log1p)
log2 = _unary(_log2)
negative = _narrow_unary(tf.negative)
reciprocal = _unary(tf.math.reciprocal)
relu = tf.nn.relu
round_ = _unary(tf.round)
rsqrt = _unary(tf.math.rsqrt)
sigmoid = _unary(tf.sigmoid)
sign = _narrow_unary(tf.sign)
silu = _unary(tf.nn.silu)
sin = _unary(tf.sin)
sinh = _unary(tf.sinh)
sqrt = _unary(tf.sqrt)
square = _narrow_unary(tf.square)
tan = _unary(tf.tan)
tanh = _unary(tf.tanh)
trunc = _unary(_trunc)
isfinite = _predicate(tf.math.is_finite)
isinf = _predicate(tf.math.is_inf)
isnan = _predicate(tf.math.is_nan)
logical_not = tf.logical_not
bitwise_not = tf.bitwise.invert


def gelu(x: Raw, tanh: bool) -> Raw:
    """Gaussian error linear unit, exact or by the tanh formula."""
    return _gelu_tanh(x) if tanh else _gelu_exact(x)


_gelu_tanh = _unary(lambda x: tf.nn.gelu(x, approximate=True))
_gelu_exact = _unary(lambda x: tf.nn.gelu(x, approximate=False))


def _binary(fn: Callable[[Raw, Raw], Raw], narrow: bool = True) -> Callable[[Raw, Raw], Raw]:
    def primitive(x: Raw, y: Raw) -> Raw:
        if x.dtype in _HALF:
            return tf.cast(fn(tf.cast(x, tf.float32), tf.cast(y, tf.float32)), x.dtype)
        if narrow and x.dtype in _NARROW:
            return tf.cast(fn(tf.cast(x, tf.int32), tf.cast(y, tf.int32)), x.dtype)
        return fn(x, y)

    return primitive


def _with_bools(
    fn: Callable[[Raw, Raw], Raw], on_bools: Callable[[Raw, Raw], Raw]
) -> Callable[[Raw, Raw], Raw]:
    general = _binary(fn)

    def primitive(x: Raw, y: Raw) -> Raw:
        return on_bools(x, y) if x.dtype == tf.bool else general(x, y)

    return primitive


def _comparison(fn: Callable[[Raw, Raw], Raw]) -> Callable[[Raw, Raw], Raw]:
    def primitive(x: Raw, y: Raw) -> Raw:
        if x.dtype == tf.bool or x.dtype in _NARROW:
            x, y = tf.cast(x, tf.int32), tf.cast(y, tf.int32)
        return fn(x, y)

    return primitive


def _bitwise(fn: Callable[[Raw, Raw], Raw], on_bools: Callable[[Raw, Raw], Raw]) -> Callable[[Raw, Raw], Raw]:
    def primitive(x: Raw, y: Raw) -> Raw:
        return on_bools(x, y) if x.dtype == tf.bool else fn(x, y)

    return primitive


def _power(x: Raw, y: Raw) -> Raw:
    if not x.dtype.is_integer:
        return tf.pow(x, y)
    one, zero = (
        tf.ones((), x.dtype),
        tf.zeros((), x.dtype),
    )  # the kernel refuses negative exponents of integers
    positive = tf.pow(x, tf.maximum(y, zero))
    odd = tf.equal(tf.math.floormod(y, 2 * one), one)
    inverse = tf.where(tf.equal(x, one), one, tf.where(tf.equal(x, -one), tf.where(odd, -one, one), zero))
    return tf.where(y < zero, inverse, positive)


def _fmod(x: Raw, y: Raw) -> Raw:
    if not x.dtype.is_floating:
        return tf.truncatemod(x, y)
    # TensorFlow's kernel has no gradient: 1 for x, minus the whole quotient for y.
    whole = tf.stop_gradient(_trunc(x / y))
    by = tf.where(tf.math.is_finite(y), (y - tf.stop_gradient(y)) * whole, tf.zeros_like(y))
    return tf.stop_gradient(tf.truncatemod(x, y)) + (x - tf.stop_gradient(x)) - by


def _logaddexp(x: Raw, y: Raw) -> Raw:
    first = tf.logical_or(x >= y, tf.math.is_nan(x))
    top = tf.where(first, x, y)
    same = tf.logical_and(tf.math.is_inf(top), tf.equal(x, y))
    away = tf.where(same, tf.zeros_like(top), tf.where(first, y - x, x - y))
    return tf.where(same, top, top + tf.math.log1p(tf.exp(away)))


add = _with_bools(tf.add, tf.logical_or)
subtract = _binary(tf.subtract)
multiply = _with_bools(tf.multiply, tf.logical_and)
divide = _binary(tf.divide)
floor_divide = _binary(tf.math.floordiv)
remainder = _binary(tf.math.floormod)
fmod = _binary(_fmod)
power = _binary(_power)
maximum = _with_bools(tf.maximum, tf.logical_or)
minimum = _with_bools(tf.minimum, tf.logical_and)
atan2 = _binary(tf.atan2)
logaddexp = _binary(_logaddexp)
equal = tf.equal
not_equal = tf.not_equal
less = _comparison(tf.less)
less_equal = _comparison(tf.less_equal)
greater = _comparison(tf.greater)
greater_equal = _comparison(tf.greater_equal)
logical_and = tf.logical_and
logical_or = tf.logical_or
logical_xor = tf.math.logical_xor
bitwise_and = _bitwise(tf.bitwise.bitwise_and, tf.logical_and)
bitwise_or = _bitwise(tf.bitwise.bitwise_or, tf.logical_or)
bitwise_xor = _bitwise(tf.bitwise.bitwise_xor, tf.math.logical_xor)
left_shift = tf.bitwise.left_shift
right_shift = tf.bitwise.right_shift


def _reduction(fn: Callable[..., Raw], narrow: bool = True) -> Callable[[Raw, Axes, bool], Raw]:
    def primitive(x: Raw, axes: Axes, keepdims: bool) -> Raw:
        through = (
            tf.float32
            if x.dtype in _HALF
            else tf.int32
            if narrow and x.dtype in (*_NARROW, tf.bool)
            else x.dtype
        )
        return tf.cast(fn(tf.cast(x, through), axis=axes, keepdims=keepdims), x.dtype)

    return primitive


sum_ = _reduction(tf.reduce_sum)
prod = _reduction(tf.reduce_prod)
mean = _reduction(tf.reduce_mean)
max_ = _reduction(tf.reduce_max)
min_ = _reduction(tf.reduce_min)
logsumexp = _reduction(tf.reduce_logsumexp)


def any_(x: Raw, axes: Axes, keepdims: bool) -> Raw:
    """Whether any element along `axes` is true."""
    return tf.reduce_any(x, axes, keepdims)


def all_(x: Raw, axes: Axes, keepdims: bool) -> Raw:
    """Whether all elements along `axes` are true."""
    return tf.reduce_all(x, axes, keepdims)


PRIMITIVES = [
    "abs_", "acos", "acosh", "add", "all_", "any_", "asin", "asinh", "atan", "atan2", "atanh",
    "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "cast", "ceil", "cos", "cosh", "digamma",
    "divide", "equal", "erf", "erfinv", "exp", "exp2", "expm1", "floor", "floor_divide", "fmod", "gelu",
    "greater", "greater_equal", "isfinite", "isinf", "isnan", "left_shift", "less", "less_equal", "lgamma",
    "log", "log10", "log1p", "log2", "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor",
    "logsumexp", "max_", "maximum", "mean", "min_", "minimum", "multiply", "negative", "not_equal", "power",
    "prod", "reciprocal", "relu", "remainder", "right_shift", "round_", "rsqrt", "sigmoid", "sign", "silu",
    "sin", "sinh", "sqrt", "square", "subtract", "sum_", "tan", "tanh", "trunc",
]  # fmt: skip

__all__ = ["PRIMITIVES"]
