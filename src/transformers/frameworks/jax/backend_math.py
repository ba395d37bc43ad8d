"""JAX primitives: pointwise functions, reductions, products, convolution, pooling."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

Raw = Any
Axes = tuple[int, ...]
Sizes = Sequence[int]


def abs_(x: Raw) -> Raw:
    """Distance from zero, with the gradient 0 there, as PyTorch has it."""
    return x * jnp.sign(x) if jnp.issubdtype(x.dtype, jnp.floating) else jnp.abs(x)


acos, acosh, asin, asinh, atan, atanh = (
    jnp.arccos,
    jnp.arccosh,
    jnp.arcsin,
    jnp.arcsinh,
    jnp.arctan,
    jnp.arctanh,
)
cos, cosh, sin, sinh, tan, tanh = jnp.cos, jnp.cosh, jnp.sin, jnp.sinh, jnp.tan, jnp.tanh
exp, exp2, expm1, log, log10, log1p, log2 = (
    jnp.exp,
    jnp.exp2,
    jnp.expm1,
    jnp.log,
    jnp.log10,
    jnp.log1p,
    jnp.log2,
)
ceil, floor, round_, trunc, sign, negative = jnp.ceil, jnp.floor, jnp.round, jnp.trunc, jnp.sign, jnp.negative
digamma, erf, erfinv, lgamma, rsqrt = lax.digamma, lax.erf, lax.erf_inv, lax.lgamma, lax.rsqrt
reciprocal, sqrt, square = jnp.reciprocal, jnp.sqrt, jnp.square
isfinite, isinf, isnan, logical_not, bitwise_not = (
    jnp.isfinite,
    jnp.isinf,
    jnp.isnan,
    jnp.logical_not,
    jnp.bitwise_not,
)
relu, sigmoid, silu = jax.nn.relu, jax.nn.sigmoid, jax.nn.silu

add, subtract, multiply, divide = jnp.add, jnp.subtract, jnp.multiply, jnp.divide
floor_divide, remainder, fmod, power = jnp.floor_divide, jnp.remainder, jnp.fmod, jnp.power
maximum, minimum, atan2, logaddexp = jnp.maximum, jnp.minimum, jnp.arctan2, jnp.logaddexp
equal, not_equal, less, less_equal, greater, greater_equal = (
    jnp.equal, jnp.not_equal, jnp.less, jnp.less_equal, jnp.greater, jnp.greater_equal,
)  # fmt: skip
logical_and, logical_or, logical_xor = jnp.logical_and, jnp.logical_or, jnp.logical_xor
bitwise_and, bitwise_or, bitwise_xor = jnp.bitwise_and, jnp.bitwise_or, jnp.bitwise_xor
left_shift, right_shift = jnp.left_shift, jnp.right_shift


def gelu(x: Raw, tanh: bool) -> Raw:
    """Gaussian error linear unit, exact or by the tanh formula."""
    return jax.nn.gelu(x, approximate=tanh)


def _reduction(fn: Callable[..., Raw]) -> Callable[[Raw, Axes, bool], Raw]:
    def primitive(x: Raw, axes: Axes, keepdims: bool) -> Raw:
        return fn(x, axis=axes, keepdims=keepdims)

    return primitive


def _same_type(fn: Callable[..., Raw]) -> Callable[[Raw, Axes, bool], Raw]:
    def primitive(x: Raw, axes: Axes, keepdims: bool) -> Raw:
        wide = jnp.float32 if x.dtype.itemsize == 2 and jnp.issubdtype(x.dtype, jnp.floating) else x.dtype
        return fn(x, axis=axes, keepdims=keepdims, dtype=wide).astype(x.dtype)

    return primitive


sum_, prod = _same_type(jnp.sum), _same_type(jnp.prod)
mean, max_, min_ = _reduction(jnp.mean), _reduction(jnp.max), _reduction(jnp.min)
any_, all_ = _reduction(jnp.any), _reduction(jnp.all)


def logsumexp(x: Raw, axes: Axes, keepdims: bool) -> Raw:
    """log(sum(exp(x))) without overflow."""
    return jax.scipy.special.logsumexp(x, axis=axes, keepdims=keepdims)


def argmax(x: Raw, axis: int) -> Raw:
    """Position of the first largest element."""
    return jnp.argmax(x, axis)


def argmin(x: Raw, axis: int) -> Raw:
    """Position of the first smallest element."""
    return jnp.argmin(x, axis)


def cumsum(x: Raw, axis: int) -> Raw:
    """Running sum."""
    return jnp.cumsum(x, axis, dtype=x.dtype)


def cumprod(x: Raw, axis: int) -> Raw:
    """Running product."""
    return jnp.cumprod(x, axis, dtype=x.dtype)


def cast(x: Raw, dtype: str) -> Raw:
    """`x` as element type `dtype`."""
    return lax.convert_element_type(x, np.dtype(dtype)) if dtype != "bool" else jnp.not_equal(x, 0)


def matmul(a: Raw, b: Raw) -> Raw:
    """Matrix product over the last two axes, the others broadcast."""
    return jnp.matmul(a, b)


def einsum(equation: str, *operands: Raw) -> Raw:
    """Sum of products by Einstein's notation."""
    return jnp.einsum(equation, *operands)


def _in_float32(fn: Callable[[Raw, int], Raw], x: Raw, axis: int) -> Raw:
    if x.dtype.itemsize == 2:
        return fn(x.astype(jnp.float32), axis).astype(x.dtype)
    return fn(x, axis)


def softmax(x: Raw, axis: int) -> Raw:
    """exp(x) over its sum along `axis`."""
    return _in_float32(jax.nn.softmax, x, axis)


def log_softmax(x: Raw, axis: int) -> Raw:
    """Logarithm of `softmax`."""
    return _in_float32(jax.nn.log_softmax, x, axis)


def conv(
    x: Raw, w: Raw, stride: Sizes, padding: Sequence[tuple[Any, Any]], dilation: Sizes, groups: int
) -> Raw:
    """Cross-correlation of channels-first `x` (N, C, ...) with `w` (O, C / groups, ...)."""
    axes = "DHW"[3 - (x.ndim - 2) :]
    names = ("NC" + axes, "OI" + axes, "NC" + axes)
    return lax.conv_general_dilated(
        x,
        w,
        tuple(stride),
        padding,
        rhs_dilation=tuple(dilation),
        feature_group_count=groups,
        dimension_numbers=names,
    )


def pool(x: Raw, kernel: Sizes, stride: Sizes, dilation: Sizes, kind: str) -> Raw:
    """Maximum ("max") or sum ("sum") over windows of channels-first `x`, without padding."""
    if any(step != 1 for step in dilation):
        return _pool_taps(x, kernel, stride, dilation, kind)
    start, combine = (-np.inf, lax.max) if kind == "max" else (0.0, lax.add)
    return lax.reduce_window(
        x, np.asarray(start, x.dtype), combine, (1, 1, *kernel), (1, 1, *stride), "VALID"
    )


def _pool_taps(x: Raw, kernel: Sizes, stride: Sizes, dilation: Sizes, kind: str) -> Raw:
    """Pooling with dilation, axis by axis, as combinations of shifted slices: the windowed form has no
    gradient.
    """
    combine = jnp.maximum if kind == "max" else jnp.add
    for axis, size, step, spread in zip(range(2, x.ndim), kernel, stride, dilation, strict=True):
        outs = (x.shape[axis] - spread * (size - 1) - 1) // step + 1
        taps = [
            lax.slice_in_dim(x, tap * spread, tap * spread + (outs - 1) * step + 1, step, axis)
            for tap in range(size)
        ]
        x = functools.reduce(combine, taps)
    return x


PRIMITIVES = [
    "abs_", "acos", "acosh", "add", "all_", "any_", "argmax", "argmin", "asin", "asinh", "atan", "atan2",
    "atanh", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "cast", "ceil", "conv", "cos",
    "cosh", "cumprod", "cumsum", "digamma", "divide", "einsum", "equal", "erf", "erfinv", "exp", "exp2",
    "expm1", "floor", "floor_divide", "fmod", "gelu", "greater", "greater_equal", "isfinite", "isinf",
    "isnan", "left_shift", "less", "less_equal", "lgamma", "log", "log10", "log1p", "log2", "log_softmax",
    "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor", "logsumexp", "matmul", "max_",
    "maximum", "mean", "min_", "minimum", "multiply", "negative", "not_equal", "pool", "power", "prod",
    "reciprocal", "relu", "remainder", "right_shift", "round_", "rsqrt", "sigmoid", "sign", "silu", "sin",
    "sinh", "softmax", "sqrt", "square", "subtract", "sum_", "tan", "tanh", "trunc",
]  # fmt: skip

__all__ = ["PRIMITIVES"]
