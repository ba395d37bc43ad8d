"""Conformance cases: order, running functions, statistics, special functions."""

from __future__ import annotations

import math

from .cases import b, f, h16, i, op, u

op(
    "torch.sort",
    lambda t, x: (
        *t.sort(x, dim=1, descending=True, stable=True),
        *x.sort(dim=-1, stable=True),
        x.argsort(0, True) // 9,
        t.argsort(x, dim=-1, descending=True, stable=True),
    ),
    i(4, 5, 12),
)
op("torch.sort", lambda t, x: (*x.sort(), x.sum().sort().values), h16(4, 6), grad=False)
op("torch.sort", lambda t, x: x.sort(stable=True), b(3, 7))
op(
    "torch.topk",
    lambda t, x: (
        *x.topk(3, largest=False),
        *t.topk(x, 2, 0, True, True),
        t.topk(x, 2, sorted=False).values.sort().values,
    ),
    f(4, 5),
)
op("torch.topk", lambda t, x: (t.topk(x, 3).values, t.topk(x, 2, largest=False).values), i(90, 4, 6))
op("torch.kthvalue", lambda t, x: (*t.kthvalue(x, 2), *x.kthvalue(1, 0, True)), f(4, 5))
op("torch.median", lambda t, x: (x.median(), *t.median(x, 1), *x.median(0, keepdim=True)), f(4, 5))
op(
    "torch.searchsorted",
    lambda t, x, y: (
        t.searchsorted(x.sort().values, y),
        t.searchsorted(x.sort().values, y, right=True),
        t.searchsorted(x[0].sort().values, y, side="right"),
        t.searchsorted(x, y, sorter=x.argsort(), out_int32=True),
        t.searchsorted(x[0].sort().values, 0.5),
    ),
    f(3, 6),
    f(3, 4),
    grad=False,
)
op("torch.searchsorted", lambda t, x, y: t.searchsorted(x.sort().values, y, right=True), i(5, 6), i(5, 3, 4))
op(
    "torch.bucketize",
    lambda t, x: (
        t.bucketize(x, t.tensor([-1.0, 0.0, 1.0])),
        t.bucketize(x.round(), t.tensor([-1.0, 0.0, 1.0]), right=True, out_int32=True),
        t.bucketize(0.3, t.tensor([-1.0, 0.0, 1.0])),
    ),
    f(3, 4),
    grad=False,
)
op(
    "torch.isin",
    lambda t, x, y: (
        t.isin(x, y),
        t.isin(x, y, invert=True),
        t.isin(x, 2),
        t.isin(x.float(), t.tensor([1.0, 3.0])),
    ),
    i(6, 3, 4),
    i(6, 2),
)

for _name in ("cummax", "cummin"):
    op(f"torch.{_name}", lambda t, x, n=_name: (*getattr(t, n)(x, 1), *getattr(x, n)(0)), f(5, 7))
    op(f"torch.{_name}", lambda t, x, n=_name: getattr(t, n)(x, dim=-1), i(4, 3, 9))
op(
    "torch.logcumsumexp",
    lambda t, x: (t.logcumsumexp(x * 3, 1), x.logcumsumexp(0), t.logcumsumexp(x * 200, -1)),
    f(5, 7),
    tolerance=5e-5,
)
op("torch.cumprod", lambda t, x, y: (x.cumprod(1), y.cumprod(0), (x * y).cumprod(-1)), f(3, 4), i(3, 3, 4))
op(
    "torch.diff",
    lambda t, x, y: (x.diff(), t.diff(x, 2, 0), x.diff(prepend=x[:, :1]), (y > 1).diff()),
    f(4, 5),
    i(4, 5),
)

for _method in ("linear", "lower", "higher", "nearest", "midpoint"):
    op(
        "torch.quantile",
        lambda t, x, m=_method: (
            t.quantile(x, 0.3, interpolation=m),
            t.quantile(x, t.tensor([0.0, 0.25, 0.6, 1.0]), dim=1, interpolation=m),
            x.quantile(0.7, 0, True, interpolation=m),
            x.quantile(t.tensor([0.1, 0.9]), -1, keepdim=True, interpolation=m),
        ),
        f(4, 5),
        tolerance=5e-5,
    )
op(
    "torch.nanquantile",
    lambda t, x: (
        t.nanquantile(t.where(x > 0.5, math.nan, x), 0.4, 1),
        t.nanquantile(t.where(x > 0.5, math.nan, x), t.tensor([0.2, 0.8])),
        t.quantile(t.where(x > 0.5, math.nan, x), 0.4, 1),
    ),
    f(4, 5),
    grad=False,
    tolerance=5e-5,
)
op(
    "torch.histc",
    lambda t, x: (t.histc(x, 5), t.histc(x, bins=4, min=-1, max=1), t.histc(x * 0 + 1, 4), x.histc(3, -1, 2)),
    f(30),
    grad=False,
)
op(
    "torch.bincount",
    lambda t, x, w: (
        t.bincount(x, minlength=9),
        x.bincount(weights=w, minlength=9),
        t.bincount(x, minlength=10),
    ),
    i(9, 20),
    f(20),
    grad=False,
)
op(
    "torch.bincount",
    lambda t, x: (t.bincount(x), t.bincount(x[:0], minlength=2)),
    i(9, 20),
    jit=False,
    dynamic=False,
)
op(
    "torch.cov",
    lambda t, x, y: (
        t.cov(x),
        x.cov(correction=0),
        t.cov(x[0]),
        t.cov(x, fweights=y + 1),
        t.cov(x, fweights=y + 1, aweights=(y + 1) / 3.0, correction=0),
        t.corrcoef(x),
    ),
    f(3, 6),
    i(4, 6),
    tolerance=5e-5,
)
op(
    "torch.nansum",
    lambda t, x: (t.nansum(t.where(x > 0, math.nan, x), 1), x.nanmean(0, True), x.nansum()),
    f(3, 4),
)
op("torch.nanmean", lambda t, x: t.nanmean(t.where(x > 0, math.nan, x)), f(3, 4))
op("torch.aminmax", lambda t, x: (*t.aminmax(x), *x.aminmax(dim=1, keepdim=True)), f(3, 4))
op("torch.std_mean", lambda t, x: (*t.std_mean(x, 1), *t.std_mean(x, correction=0)), f(3, 4))
op(
    "torch.nan_to_num",
    lambda t, x: (
        t.nan_to_num(t.where(x > 0.5, math.nan, x), 2.0),
        t.nan_to_num(t.where(x > 0.5, math.inf, x), posinf=5.0),
        t.nan_to_num(t.where(x > 0.5, -math.inf, x), neginf=-5.0),
    ),
    f(3, 4),
)

for _name in ("digamma", "erfc", "sinc"):
    op(
        f"torch.{_name}",
        lambda t, x, n=_name: (getattr(t, n)(x), getattr(x, n)()),
        u(0.3, 4, 3, 4),
        tolerance=1e-4,
    )
op("torch.digamma", lambda t, x: t.digamma(x), u(-3.9, -0.1, 3, 4), tolerance=2e-3, grad=False)
op("torch.sinc", lambda t, x: t.sinc(x * 0), f(3), grad=False)
op(
    "torch.xlogy",
    lambda t, x, y: (t.xlogy(y, x), y.xlogy(x), t.xlogy(y, x * 0)),
    u(0.2, 2, 3, 4),
    i(3, 3, 4),
    grad=False,
)
op("torch.xlogy", lambda t, x, y: t.xlogy(x, y), u(0.2, 2, 3, 4), u(0.2, 2, 3, 4))
_SPECIAL = (
    "digamma",
    "entr",
    "erf",
    "erfc",
    "expit",
    "expm1",
    "exp2",
    "gammaln",
    "log1p",
    "ndtr",
    "sinc",
    "psi",
)
op(
    "torch.special",
    lambda t, x: (
        *(getattr(t.special, name)(x) for name in _SPECIAL),
        t.special.logit(x / 3),
        t.special.erfinv(x / 3),
        t.special.ndtri(x / 3),
        t.special.softmax(x, 1),
        t.special.log_softmax(x, 0),
        t.special.logsumexp(x, 1),
        t.special.xlogy(x, x),
        t.special.logit(x, eps=0.1),
    ),
    u(0.2, 2.8, 3, 4),
    tolerance=2e-4,
)
op("torch.addcdiv", lambda t, x, y: (t.addcdiv(x, x, y, value=0.5), x.addcdiv(y, y)), f(3, 4), u(0.5, 2, 4))
op("torch.hypot", lambda t, x, y: (t.hypot(x, y), t.hypot(x * 1e30, y * 1e30)), f(3, 4), f(4))
op(
    "torch.float_power",
    lambda t, x: (t.float_power(x, 2), x.float_power(0.5)),
    u(0.5, 2, 3, 4),
    tolerance=1e-4,
)
op("torch.heaviside", lambda t, x, y: t.heaviside(x.round(), y), f(3, 4), f(4), grad=False)
op(
    "torch.isclose",
    lambda t, x: (
        t.isclose(x, x + 1e-9),
        x.isclose(x.round(), 0.1, 0.2),
        t.isclose(x / 0.0, x / 0.0),
        t.isclose(x * math.nan, x * math.nan, equal_nan=True),
        t.isposinf(x / 0.0),
        t.isneginf(x / 0.0),
    ),
    f(3, 4),
    grad=False,
)
op(
    "torch.allclose",
    lambda t, x: t.tensor([t.allclose(x, x + 1e-9), x.allclose(x + 1), t.equal(x, x), x.equal(x[:1])]),
    f(3, 4),
    grad=False,
    jit=False,
    dynamic=False,
)
op("torch.deg2rad", lambda t, x: (t.deg2rad(x), t.rad2deg(x)), f(3, 4), tolerance=1e-4)
op("torch.clone", lambda t, x: (t.clone(x), t.detach(x), t.tensor(t.numel(x))), f(3, 4))
op(
    "torch.bitwise_xor",
    lambda t, x, y: (x ^ y, t.bitwise_left_shift(x, 2), x.bitwise_right_shift(y)),
    i(60, 3, 4),
    i(3, 4),
)
