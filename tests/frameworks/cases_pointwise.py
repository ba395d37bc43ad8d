"""Conformance cases: pointwise functions, comparisons, operators, reductions."""

from __future__ import annotations

import math

from .cases import b, f, h, i, op, u

_ANY = [
    "abs", "atan", "cos", "cosh", "erf", "exp", "exp2", "expm1", "sigmoid", "sin", "sinh", "square", "tanh",
    "asinh", "neg", "relu",
]  # fmt: skip
_POSITIVE = ["log", "log10", "log1p", "log2", "lgamma", "reciprocal", "rsqrt", "sqrt"]
_UNIT = ["acos", "asin", "atanh", "erfinv", "tan", "logit"]

for _name in _ANY:
    op(f"torch.{_name}", lambda t, x, n=_name: getattr(t, n)(x), f(3, 4))
    op(f"Tensor.{_name}", lambda t, x, n=_name: getattr(x, n)(), f(3, 4), grad=False)
for _name in _POSITIVE:
    op(f"torch.{_name}", lambda t, x, n=_name: getattr(t, n)(x), u(0.3, 4.0, 3, 4))
    op(f"Tensor.{_name}", lambda t, x, n=_name: getattr(x, n)(), u(0.3, 4.0, 3, 4), grad=False)
for _name in _UNIT:
    options = {"grad": _name != "logit", "tolerance": 5e-5}
    op(
        f"torch.{_name}",
        lambda t, x, n=_name: getattr(t, n)(x * 0.5 + 0.5 if n == "logit" else x),
        u(-0.9, 0.9, 3, 4),
        **options,
    )
op("torch.acosh", lambda t, x: t.acosh(x), u(1.2, 3.0, 3, 4))
for _name in ["exp", "sqrt", "sigmoid", "tanh", "cos"]:
    op(f"torch.{_name}", lambda t, x, n=_name: getattr(t, n)(x), i(5, 3, 4))
    op(f"torch.{_name}", lambda t, x, n=_name: getattr(t, n)(x.abs()), h(3, 4), grad=False, tolerance=1e-2)
for _name in ["ceil", "floor", "round", "trunc", "sign", "frac"]:
    op(f"torch.{_name}", lambda t, x, n=_name: getattr(t, n)(x * 3), f(3, 4), grad=False)
for _name in ["ceil", "floor", "round", "trunc", "sign", "abs", "neg", "square", "positive"]:
    op(f"torch.{_name}", lambda t, x, n=_name: getattr(t, n)(x), i(5, 3, 4, low=-4))
op("torch.round", lambda t, x: t.round(x, decimals=2), f(3, 4), grad=False)
op("torch.logical_not", lambda t, x, y: (t.logical_not(x), t.logical_not(y), x.logical_not()), b(4), i(2, 4))
op("torch.bitwise_not", lambda t, x, y: (~x, ~y, t.bitwise_not(y)), b(4), i(9, 4))
op(
    "torch.isnan",
    lambda t, x: (t.isnan(x / 0.0 * 0.0), t.isinf(x / 0.0), t.isfinite(x / 0.0)),
    f(3),
    grad=False,
)
op("torch.isinf", lambda t, x: (t.isinf(x), t.isnan(x), t.isfinite(x)), i(9, 3))
op(
    "torch.nan_to_num",
    lambda t, x: t.nan_to_num(x / t.tensor([0.0, 1.0, -0.0])),
    f(3),
    grad=False,
    tolerance=1e-3,
)
op(
    "torch.clamp",
    lambda t, x: (t.clamp(x, -0.5, 0.5), x.clamp(min=0.1), x.clamp(max=0.1), t.clip(x, min=0)),
    f(3, 4),
)
op(
    "torch.clamp",
    lambda t, x, y: (t.clamp(x, min=y), x.clamp(max=y), x.clamp_min(0.2), x.clamp_max(0.2)),
    f(3, 4),
    f(4),
)
op("torch.clamp", lambda t, x: (x.clamp(1, 3), x.clamp(min=1.5), x.clamp(max=2)), i(5, 3, 4))
op(
    "torch.nn.functional.softmax",
    lambda t, x: (t.softmax(x, -1), x.softmax(0), t.nn.functional.softmax(x, dim=1)),
    f(3, 4),
)
op("torch.nn.functional.softmax", lambda t, x: t.softmax(x, -1), h(3, 40), tolerance=1e-2)
op("torch.nn.functional.softmax", lambda t, x: t.softmax(x, -1, dtype=t.float32), h(3, 40), tolerance=1e-2)
op(
    "torch.log_softmax",
    lambda t, x: (t.log_softmax(x, -1), x.log_softmax(0), t.nn.functional.log_softmax(x, 1)),
    f(3, 4),
)

_ARITHMETIC = ["add", "sub", "mul", "div", "maximum", "minimum", "atan2", "true_divide"]
for _name in _ARITHMETIC:
    op(f"torch.{_name}", lambda t, x, y, n=_name: getattr(t, n)(x, y), f(3, 4), f(4))
op("torch.add", lambda t, x, y: (t.add(x, y, alpha=2), x.add(3), x + 1.5, 2 + x, x + True), f(3, 4), f(3, 1))
op("torch.sub", lambda t, x, y: (t.sub(x, y, alpha=2), x - 1, 1 - x, x.sub(y)), f(3, 4), f(3, 1))
op("torch.mul", lambda t, x, y: (x * y, 2.5 * x, x * 2, x.mul(y), t.multiply(x, y)), f(3, 4), i(3, 4))
op(
    "torch.div",
    lambda t, x, y: (x / y, x / 2, 1 / y, x.div(2.0), x // y, x % y),
    i(9, 3, 4, low=-9),
    i(5, 4, low=1),
)
op(
    "torch.div",
    lambda t, x, y: (t.div(x, y, rounding_mode="floor"), x.div(y, rounding_mode="trunc")),
    i(9, 3, 4, low=-9),
    i(5, 4, low=1),
)
op(
    "torch.div",
    lambda t, x, y: (t.div(x, y, rounding_mode="floor"), x.div(y, rounding_mode="trunc"), x // y),
    f(3, 4),
    u(0.5, 2, 4),
    grad=False,
)
op(
    "torch.remainder",
    lambda t, x, y: (x % y, t.remainder(x, 2), x.fmod(2.0), 7 % y),
    f(3, 4),
    u(0.5, 2, 4),
    grad=False,
    tolerance=1e-4,
)
op("torch.fmod", lambda t, x, y: (t.fmod(x, y), t.remainder(x, y)), i(9, 3, 4, low=-9), i(5, 4, low=1))
op(
    "torch.pow",
    lambda t, x: (x**2, x.pow(3), t.pow(x, 0.5), x**-1, 2**x, t.pow(2.0, x), x**1),
    u(0.3, 2.0, 3, 4),
)
op("torch.pow", lambda t, x, y: (x**2, x.pow(y), t.pow(2, y), y**0.5), i(4, 3, 4), i(3, 4))
op("torch.logaddexp", lambda t, x, y: t.logaddexp(x, y), f(3, 4), f(4))
op("torch.lerp", lambda t, x, y: (t.lerp(x, y, 0.3), x.lerp(y, t.sigmoid(x))), f(3, 4), f(4))
op("torch.addcmul", lambda t, x, y, z: t.addcmul(x, y, z, value=0.5), f(3, 4), f(4), f(3, 1))
for _name in ["eq", "ne", "lt", "le", "gt", "ge", "greater", "less", "not_equal"]:
    op(
        f"torch.{_name}",
        lambda t, x, y, n=_name: (getattr(t, n)(x, y), getattr(x, n)(y), getattr(x, n)(1)),
        i(3, 3, 4),
        i(3, 4),
    )
op(
    "torch.eq",
    lambda t, x, y: (x == y, x != y, x < y, x <= 0.5, x > y, x <= 0),
    f(3, 4),
    b(4),
    grad=False,
)
op(
    "torch.logical_and",
    lambda t, x, y: (t.logical_and(x, y), t.logical_or(x, y), x.logical_xor(y)),
    i(2, 3, 4),
    b(4),
)
op("torch.bitwise_and", lambda t, x, y: (x & y, x | y, x ^ y, x << 1, x >> 1, x & 3), i(9, 3, 4), i(9, 4))
op("torch.bitwise_and", lambda t, x, y: (x & y, x | y, x ^ y, t.bitwise_or(x, y)), b(3, 4), b(4))
op(
    "bool arithmetic",
    lambda t, x, y: (x + y, x * y, x.float() + y, x + 1, x * 2.5, 1 - x.long()),
    b(3, 4),
    b(4),
)

for _name in ["sum", "mean", "amax", "amin", "logsumexp"]:
    _all = _name != "logsumexp"
    op(f"torch.{_name}", lambda t, x, n=_name: getattr(t, n)(x, 1), f(2, 3, 4))
    op(f"torch.{_name}", lambda t, x, n=_name: getattr(x, n)(dim=(0, -1), keepdim=True), f(2, 3, 4))
    if _all:
        op(f"Tensor.{_name}", lambda t, x, n=_name: getattr(x, n)(), f(2, 3, 4))
for _name in ["sum", "mean"]:
    op(f"torch.{_name}", lambda t, x, n=_name: getattr(x, n)(-1), h(3, 300), grad=False, tolerance=2e-2)
    op(
        f"torch.{_name}",
        lambda t, x, n=_name: getattr(x, n)(-1, dtype=t.float32),
        h(3, 30),
        grad=False,
        tolerance=2e-2,
    )
op(
    "torch.sum",
    lambda t, x, y: (x.sum(), y.sum(0), x.sum(1, dtype=t.float32), t.sum(y.int(), 0)),
    b(3, 4),
    i(5, 3, 4),
)
op("torch.prod", lambda t, x: (x.prod(), t.prod(x, 1), x.prod(0, keepdim=True)), u(0.5, 1.5, 3, 4))
op("torch.prod", lambda t, x: (x.prod(), t.prod(x, 1)), i(4, 3, 4))
op(
    "torch.var",
    lambda t, x: (
        x.var(),
        x.var(1),
        x.var(-1, unbiased=False),
        x.var(0, keepdim=True),
        x.var(1, correction=0),
    ),
    f(3, 5),
)
op(
    "torch.std",
    lambda t, x: (x.std(), x.std(1), t.std(x, -1, keepdim=True), x.std(0, unbiased=False)),
    f(3, 5),
)
op("torch.var_mean", lambda t, x: t.var_mean(x, 1, keepdim=True), f(3, 5))
op(
    "torch.any",
    lambda t, x, y: (x.any(), t.any(x, 1), y.any(-1, keepdim=True), x.any(dim=0)),
    b(3, 4),
    i(2, 3, 4),
)
op(
    "torch.all",
    lambda t, x, y: (x.all(), t.all(x, 1), y.all(-1, keepdim=True), x.all(dim=0)),
    b(3, 4),
    i(2, 3, 4),
)
op("torch.max", lambda t, x, y: (x.max(), *t.max(x, 1), *x.max(-1, keepdim=True), t.max(x, y)), f(3, 4), f(4))
op("torch.min", lambda t, x, y: (x.min(), *t.min(x, 1), x.min(dim=0).values, t.min(x, y)), f(3, 4), f(4))
op("torch.max", lambda t, x: (x.max(), x.max(0).indices, x.min()), i(50, 5))
op("torch.argmax", lambda t, x: (x.argmax(), t.argmax(x, 1), x.argmax(-1, keepdim=True)), f(3, 4))
op("torch.argmin", lambda t, x: (x.argmin(), t.argmin(x, 1), x.argmin(dim=0)), f(3, 4))
op("torch.cumsum", lambda t, x: (x.cumsum(1), t.cumsum(x, dim=0), x.cumsum(-1, dtype=t.float32)), f(3, 4))
op(
    "torch.cumsum",
    lambda t, x, y: (x.cumsum(1), t.cumsum(y, -1), x.cumsum(0, dtype=t.float32)),
    i(5, 3, 4),
    b(3, 4),
)
op("torch.cumprod", lambda t, x: (x.cumprod(1), t.cumprod(x, dim=0)), u(0.5, 1.5, 3, 4))
op(
    "torch.norm",
    lambda t, x: (
        x.norm(),
        x.norm(dim=1),
        t.norm(x, p=2, dim=-1, keepdim=True),
        x.norm(1),
        x.norm(p=math.inf, dim=0),
    ),
    f(3, 4),
)
op(
    "torch.norm",
    lambda t, x: (x.norm(3, 1), t.linalg.vector_norm(x, dim=1), t.linalg.norm(x, dim=-1, keepdim=True)),
    f(3, 4),
)
op("torch.dist", lambda t, x, y: t.dist(x, y), f(3, 4), f(3, 4))
op("torch.count_nonzero", lambda t, x: (t.count_nonzero(x), t.count_nonzero(x, 1)), i(2, 3, 4))
op("torch.logcumsumexp", lambda t, x: t.logcumsumexp(x, 1), f(3, 4))
