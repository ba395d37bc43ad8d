"""Quantiles, histograms, covariances, and reductions that pass over undefined elements."""

from __future__ import annotations

import builtins
import math
from typing import Any, NamedTuple

from ...core import dtypes
from .. import backend as B
from .bounded import clamp
from .filled import ones_like, zeros
from .indexing import where
from .ordering import sort
from .pointwise import isnan
from .promotion import axis_of, get_default_dtype, long
from .reductions import amax, amin, any, count_nonzero, mean, std, sum
from .shapes import reshape
from .tensor import Tensor, concrete, method, wrap


class min_and_max(NamedTuple):
    """What `aminmax` returns."""

    min: Tensor
    max: Tensor


@method
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> min_and_max:
    """The smallest and the largest element along `dim`."""
    return min_and_max(amin(input, dim, keepdim), amax(input, dim, keepdim))


def std_mean(
    input: Tensor, dim: Any = None, unbiased: bool = True, keepdim: bool = False, *, correction: Any = None
) -> tuple[Tensor, Tensor]:
    """`(std, mean)` along `dim`."""
    return std(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


@method
def nansum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """`sum`, where undefined elements count as 0."""
    return sum(where(isnan(input), 0, input).to(input.dtype), dim, keepdim, dtype=dtype)


@method
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """`mean` of the elements that are defined."""
    total = nansum(input, dim, keepdim, dtype=dtype)
    return total / sum(~isnan(input), dim, keepdim).to(total.dtype)


_METHODS = ("linear", "lower", "higher", "nearest", "midpoint")


def _quantile(input: Tensor, q: Any, dim: Any, keepdim: bool, method_: str, count: Any) -> Tensor:
    """Quantiles along `dim`, of the `count` first of the sorted elements."""
    if method_ not in _METHODS:
        raise RuntimeError(f"quantile: interpolation must be one of {', '.join(_METHODS)}, not {method_!r}")
    rank = input.ndim
    flat = reshape(input, -1) if dim is None else input
    axis = 0 if dim is None else axis_of(dim, flat.ndim)
    ordered = sort(flat, axis).values.movedim(axis, -1).unsqueeze(-1)
    points = q if isinstance(q, Tensor) else wrap(B.asarray(q, input.dtype.name))
    place = reshape(points, -1) * (count.movedim(axis, -1).unsqueeze(-1) - 1).to(input.dtype)
    below = clamp(place.floor(), 0)
    if method_ == "nearest":
        below = place.round()
    above = place.ceil()
    picks = {"lower": (below,), "higher": (above,), "nearest": (below,)}.get(method_, (below, above))
    found = [ordered.squeeze(-1).gather(-1, pick.squeeze(-2).long().clamp(0)) for pick in picks]
    part = 0.5 if method_ == "midpoint" else (place - below).squeeze(-2)
    out = found[0] if len(found) == 1 else found[0] + part * (found[1] - found[0])
    if dim is None:
        out = reshape(out, (*[1] * rank, -1)) if keepdim else reshape(out, -1)
    elif keepdim:
        out = out.unsqueeze(axis)
    return out.movedim(-1, 0) if isinstance(q, Tensor) and q.ndim else out.select(-1, 0)


@method
def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The elements below which the parts `q` (a number, or a vector for a new first axis) of all lie.

    interpolation: "linear", "lower", "higher", "nearest" or "midpoint" between two neighbours.
    """
    if not input.ndim:
        return quantile(reshape(input, 1), q, 0, interpolation=interpolation)
    axes = tuple(range(input.ndim)) if dim is None else dim
    undefined = any(isnan(input), axes, keepdim)
    flat = reshape(input, -1) if dim is None else input
    count = sum(ones_like(flat, dtype=long()), 0 if dim is None else dim, True)
    out = _quantile(input, q, dim, keepdim, interpolation, count)
    return where(undefined, math.nan, out).to(input.dtype)


@method
def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """`quantile` of the elements that are defined."""
    if not input.ndim:
        return nanquantile(reshape(input, 1), q, 0, interpolation=interpolation)
    flat = reshape(input, -1) if dim is None else input
    count = sum(~isnan(flat), 0 if dim is None else dim, True)
    out = _quantile(input, q, dim, keepdim, interpolation, count)
    none = count_nonzero(~isnan(flat), 0 if dim is None else dim) == 0
    if keepdim:
        none = none.unsqueeze(0 if dim is None else dim)
    return where(none, math.nan, out).to(input.dtype)


@method
def histc(input: Tensor, bins: int = 100, min: Any = 0, max: Any = 0) -> Tensor:
    """How many elements fall into each of `bins` equal intervals from `min` to `max`.

    Equal bounds mean the smallest and the largest element; elements outside do not count.
    """
    x = reshape(input, -1).detach()
    low, high = (amin(x), amax(x)) if min == max else (x.new_full((), min), x.new_full((), max))
    single = low == high
    low, high = where(single, low - 1, low), where(single, high + 1, high)
    place = ((x - low) / (high - low) * bins).floor().long().clamp(0, bins - 1)
    inside = ((x >= low) & (x <= high)).to(input.dtype)
    return zeros(bins, dtype=input.dtype).index_add(0, place, inside)


@method
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each whole number from 0 on occurs, or the sum of its `weights`.

    The length is that of the largest number, at least `minlength`.  Where the framework traces, numbers are
    not known: there the length is `minlength`, and all numbers must be below it.
    """
    if input.dtype.kind != dtypes.INTEGER or input.ndim != 1:
        raise RuntimeError(f"bincount needs a vector of integers, not {input.ndim} axes of {input.dtype}")
    length = minlength
    if not B.traced(input.a):
        values = B.to_numpy(concrete(input.a, "bincount"))
        length = builtins.max(minlength, int(values.max()) + 1 if values.size else 0)
    elif not minlength:
        raise TypeError(
            "the length of bincount depends on values, which are not known while tracing: give minlength, "
            "a bound of the numbers, or sum F.one_hot(x, n) over its first axis"
        )
    if weights is None:
        return zeros(length, dtype=long()).index_add(0, input, ones_like(input, dtype=long()))
    return zeros(length, dtype=weights.dtype).index_add(0, input, weights)


def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """Covariances of the rows of a matrix; its columns are observations, counted and weighted as given."""
    x = input.unsqueeze(0) if input.ndim < 2 else input
    if x.dtype.kind < dtypes.FLOAT:
        x = x.to(get_default_dtype())
    share = None if fweights is None else fweights.to(x.dtype)
    if aweights is not None:
        share = aweights if share is None else share * aweights
    if share is None:
        total = x.shape[-1]
        away = x - mean(x, 1, True)
        less = total - correction
    else:
        total = sum(share)
        away = x - (x * share).sum(1, keepdim=True) / total
        less = total - correction
        if aweights is not None:
            less = total - correction * (share * aweights).sum() / total
    scaled = away if share is None else away * share
    floor_ = builtins.max(less, 0) if isinstance(less, int) else clamp(less, min=0)
    out = scaled @ away.transpose(0, 1) / floor_
    return out.squeeze() if input.ndim < 2 else out


def corrcoef(input: Tensor) -> Tensor:
    """Correlations of the rows of a matrix."""
    c = cov(input)
    if not c.ndim:
        return c / c
    spread = c.diagonal().sqrt()
    return (c / spread.unsqueeze(1) / spread).clamp(-1, 1)


Tensor.cov = cov  # type: ignore[attr-defined]
Tensor.corrcoef = corrcoef  # type: ignore[attr-defined]

__all__ = [
    "aminmax", "bincount", "corrcoef", "cov", "histc", "nanmean", "nanquantile", "nansum", "quantile",
    "std_mean",
]  # fmt: skip
