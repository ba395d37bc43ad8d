"""NumPy primitives: pointwise functions and reductions.

Sixteen-bit floats are computed in float32 and rounded once, as torch does on the CPU; NumPy's warnings
about infinite and undefined values are off, because tensors may hold them.
"""

from __future__ import annotations

import functools
import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.recipe import numpy_dtype

Raw = Any
Axes = tuple[int, ...]

_HALF = ("float16", "bfloat16")


def is_half(x: Raw) -> bool:
    """Whether `x` holds 16-bit floats."""
    return x.dtype.itemsize == 2 and x.dtype.name in _HALF


def quiet(fn: Callable[..., Raw]) -> Callable[..., Raw]:
    """`fn` without NumPy's floating-point warnings."""
    return functools.wraps(fn)(np.errstate(all="ignore")(fn))


def _unary(fn: Callable[..., Raw]) -> Callable[[Raw], Raw]:
    @quiet
    def primitive(x: Raw) -> Raw:
        return fn(x.astype(np.float32)).astype(x.dtype) if is_half(x) else fn(x)

    return primitive


def _predicate(fn: Callable[..., Raw]) -> Callable[[Raw], Raw]:
    def primitive(x: Raw) -> Raw:
        return fn(x.astype(np.float32) if is_half(x) else x)

    return primitive


def _binary(fn: Callable[..., Raw]) -> Callable[[Raw, Raw], Raw]:
    @quiet
    def primitive(x: Raw, y: Raw) -> Raw:
        if is_half(x):
            return fn(x.astype(np.float32), y.astype(np.float32)).astype(x.dtype)
        return fn(x, y)

    return primitive


def _comparison(fn: Callable[..., Raw]) -> Callable[[Raw, Raw], Raw]:
    def primitive(x: Raw, y: Raw) -> Raw:
        return fn(x.astype(np.float32), y.astype(np.float32)) if is_half(x) else fn(x, y)

    return primitive


# x * P(x^2) / Q(x^2) on [-4, 4] is within 2e-7 of erf; the coefficients are those of XLA and Eigen.
_ERF_P = (
    2.2905065861350646e-4,
    3.4082910107109506e-3,
    5.0955695062380861e-2,
    1.8520832239976145e-1,
    1.128379143519084,
)
_ERF_Q = (
    -1.1791602954361697e-7,
    2.3547966471313185e-5,
    1.0179625278914885e-3,
    1.4070470171167667e-2,
    1.1098505178285362e-1,
    4.9746925110067538e-1,
    1.0,
)
_BLOCK = 1 << 14  # elements that stay in the cache over all steps of a polynomial


def _horner(coefficients: tuple[float, ...], x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    out = x * np.float32(coefficients[0])
    for coefficient in coefficients[1:-1]:
        out += np.float32(coefficient)
        out *= x
    out += np.float32(coefficients[-1])
    return out


def _erf(x: Raw) -> Raw:
    if x.dtype == np.float64:
        return np.asarray(np.vectorize(math.erf, otypes=[np.float64])(x))
    source = np.ascontiguousarray(x, np.float32).reshape(-1)
    out = np.empty_like(source)
    for start in range(0, source.size, _BLOCK):
        block = np.clip(source[start : start + _BLOCK], -4.0, 4.0)
        squared = block * block
        block *= _horner(_ERF_P, squared)
        block /= _horner(_ERF_Q, squared)
        np.clip(block, -1.0, 1.0, out=out[start : start + _BLOCK])
    return out.reshape(x.shape)


def _erfinv(x: Raw) -> Raw:
    quantile = statistics.NormalDist().inv_cdf

    def one(value: float) -> float:
        if abs(value) < 1.0:
            return quantile((value + 1.0) / 2.0) / math.sqrt(2.0)
        return math.copysign(math.inf, value) if abs(value) == 1.0 else math.nan

    return np.vectorize(one, otypes=[x.dtype])(x)


def _sigmoid(x: Raw) -> Raw:
    return 1 / (1 + np.exp(-x))


def _lgamma(x: Raw) -> Raw:
    return np.vectorize(math.lgamma, otypes=[x.dtype])(x)


abs_ = _unary(np.abs)
acos = _unary(np.arccos)
acosh = _unary(np.arccosh)
asin = _unary(np.arcsin)
asinh = _unary(np.arcsinh)
atan = _unary(np.arctan)
atanh = _unary(np.arctanh)
ceil = _unary(np.ceil)
cos = _unary(np.cos)
cosh = _unary(np.cosh)
erf = _unary(_erf)
erfinv = _unary(_erfinv)
exp = _unary(np.exp)
exp2 = _unary(np.exp2)
expm1 = _unary(np.expm1)
floor = _unary(np.floor)
lgamma = _unary(_lgamma)
log = _unary(np.log)
log10 = _unary(np.log10)
log1p = _unary(np.log1p)
log2 = _unary(np.log2)
negative = _unary(np.negative)
reciprocal = _unary(lambda x: 1 / x)
round_ = _unary(np.round)
rsqrt = _unary(lambda x: 1 / np.sqrt(x))
sigmoid = _unary(_sigmoid)
sign = _unary(np.sign)
sin = _unary(np.sin)
sinh = _unary(np.sinh)
sqrt = _unary(np.sqrt)
square = _unary(np.square)
tan = _unary(np.tan)
tanh = _unary(np.tanh)
trunc = _unary(np.trunc)
relu = _unary(lambda x: np.maximum(x, x.dtype.type(0)))
silu = _unary(lambda x: x * _sigmoid(x))
isfinite = _predicate(np.isfinite)
isinf = _predicate(np.isinf)
isnan = _predicate(np.isnan)
logical_not = _predicate(np.logical_not)
bitwise_not = np.invert


def gelu(x: Raw, tanh: bool) -> Raw:
    """Gaussian error linear unit, exact or by the tanh formula."""
    return (_gelu_tanh if tanh else _gelu_exact)(x)


@_unary
def _gelu_exact(x: Raw) -> Raw:
    out = _erf(x * x.dtype.type(math.sqrt(0.5)))
    out += 1
    out *= x
    out *= x.dtype.type(0.5)
    return out


@_unary
def _gelu_tanh(x: Raw) -> Raw:
    out = np.tanh(x.dtype.type(math.sqrt(2 / math.pi)) * (x + x.dtype.type(0.044715) * x * x * x))
    return x * x.dtype.type(0.5) * (1 + out)


def _power(x: Raw, y: Raw) -> Raw:
    if x.dtype.kind in "iu":  # NumPy refuses negative exponents of integers; torch truncates the reciprocal
        positive = np.power(x, np.maximum(y, 0))
        inverse = np.where(x == 1, 1, np.where(x == -1, np.where(y % 2 == 0, 1, -1), 0))
        return np.where(y < 0, inverse, positive).astype(x.dtype)
    return np.power(x, y)


add = _binary(np.add)
subtract = _binary(np.subtract)
multiply = _binary(np.multiply)
divide = _binary(np.divide)
floor_divide = _binary(np.floor_divide)
remainder = _binary(np.remainder)
fmod = _binary(np.fmod)
power = _binary(_power)
maximum = _binary(np.maximum)
minimum = _binary(np.minimum)
atan2 = _binary(np.arctan2)
logaddexp = _binary(np.logaddexp)
equal = _comparison(np.equal)
not_equal = _comparison(np.not_equal)
less = _comparison(np.less)
less_equal = _comparison(np.less_equal)
greater = _comparison(np.greater)
greater_equal = _comparison(np.greater_equal)
logical_and = _comparison(np.logical_and)
logical_or = _comparison(np.logical_or)
logical_xor = _comparison(np.logical_xor)
bitwise_and = np.bitwise_and
bitwise_or = np.bitwise_or
bitwise_xor = np.bitwise_xor
left_shift = np.left_shift
right_shift = np.right_shift


def _reduction(fn: Callable[..., Raw]) -> Callable[[Raw, Axes, bool], Raw]:
    @quiet
    def primitive(x: Raw, axes: Axes, keepdims: bool) -> Raw:
        if is_half(x):
            return fn(x.astype(np.float32), axis=axes, keepdims=keepdims).astype(x.dtype)
        return np.asarray(fn(x, axis=axes, keepdims=keepdims)).astype(x.dtype, copy=False)

    return primitive


sum_ = _reduction(np.sum)
prod = _reduction(np.prod)
mean = _reduction(np.mean)
max_ = _reduction(np.max)
min_ = _reduction(np.min)


@quiet
def logsumexp(x: Raw, axes: Axes, keepdims: bool) -> Raw:
    """log(sum(exp(x))) without overflow."""
    top = np.max(x.astype(np.float32) if is_half(x) else x, axis=axes, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    out = np.log(np.sum(np.exp(x - top), axis=axes, keepdims=True)) + top
    return np.asarray(out if keepdims else np.squeeze(out, axes)).astype(x.dtype)


def _test(fn: Callable[..., Raw]) -> Callable[[Raw, Axes, bool], Raw]:
    return lambda x, axes, keepdims: fn(x, axis=axes, keepdims=keepdims)


any_, all_ = _test(np.any), _test(np.all)


def _position(fn: Callable[..., Raw]) -> Callable[[Raw, int], Raw]:
    return lambda x, axis: fn(x.astype(np.float32) if is_half(x) else x, axis=axis)


argmax, argmin = _position(np.argmax), _position(np.argmin)


@quiet
def cumsum(x: Raw, axis: int) -> Raw:
    """Running sum."""
    wide = np.float32 if is_half(x) else x.dtype
    return np.cumsum(x, axis=axis, dtype=wide).astype(x.dtype, copy=False)


@quiet
def cumprod(x: Raw, axis: int) -> Raw:
    """Running product."""
    wide = np.float32 if is_half(x) else x.dtype
    return np.cumprod(x, axis=axis, dtype=wide).astype(x.dtype, copy=False)


@quiet
def cast(x: Raw, dtype: str) -> Raw:
    """`x` as `dtype`."""
    return np.asarray(x).astype(numpy_dtype(dtype), copy=False)


PRIMITIVES = [
    "abs_", "acos", "acosh", "add", "all_", "any_", "argmax", "argmin", "asin", "asinh", "atan", "atan2",
    "atanh", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "cast", "ceil", "cos", "cosh",
    "cumprod", "cumsum", "divide", "equal", "erf", "erfinv", "exp", "exp2", "expm1", "floor",
    "floor_divide", "fmod", "gelu", "greater", "greater_equal", "isfinite", "isinf", "isnan", "left_shift",
    "less", "less_equal", "lgamma", "log", "log10", "log1p", "log2", "logaddexp", "logical_and",
    "logical_not", "logical_or", "logical_xor", "logsumexp", "max_", "maximum", "mean", "min_", "minimum",
    "multiply", "negative", "not_equal", "power", "prod", "reciprocal", "relu", "remainder", "right_shift",
    "round_", "rsqrt", "sigmoid", "sign", "silu", "sin", "sinh", "sqrt", "square", "subtract", "sum_",
    "tan", "tanh", "trunc",
]  # fmt: skip

__all__ = ["PRIMITIVES", "is_half", "quiet"]
