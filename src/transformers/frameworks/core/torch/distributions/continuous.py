"""Distributions of real numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..bounded import clamp
from ..pointwise import abs, erf, erfinv, exp, expm1, log, log1p, sign, square
from ..randomness import rand, randn
from ..tensor import Tensor
from .distribution import Distribution, broadcast_all

_EULER = 0.57721566490153286060


class _LocScale(Distribution):
    """A distribution with the parameters `loc` and `scale`."""

    has_rsample = True
    _parameters_ = ("loc", "scale")

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape)

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """The likeliest value."""
        return self.loc

    def _uniform(self, sample_shape: Sequence[Any]) -> Tensor:
        """Uniform numbers, away from 0 and 1."""
        tiny = 1.1754944e-38
        drawn = rand(*self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return clamp(drawn, tiny, 1 - 2.0**-24)


class Normal(_LocScale):
    """The normal distribution of mean `loc` and deviation `scale`."""

    @property
    def stddev(self) -> Tensor:
        """`scale`."""
        return self.scale

    @property
    def variance(self) -> Tensor:
        """`scale` squared."""
        return square(self.scale)

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values with gradients."""
        return self.loc + randn(*self._extended_shape(sample_shape), dtype=self.loc.dtype) * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        away = square(value - self.loc) / (2 * square(self.scale))
        return -away - log(self.scale) - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to `value`."""
        return 0.5 * (1 + erf((value - self.loc) / self.scale / math.sqrt(2)))

    def icdf(self, value: Tensor) -> Tensor:
        """Inverse of `cdf`."""
        return self.loc + self.scale * erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the density."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + log(self.scale)


class Laplace(_LocScale):
    """Two exponential distributions, back to back at `loc`."""

    @property
    def variance(self) -> Tensor:
        """Twice `scale` squared."""
        return 2 * square(self.scale)

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return math.sqrt(2) * self.scale

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values with gradients."""
        u = self._uniform(sample_shape) * 2 - 1
        return self.loc - self.scale * sign(u) * log1p(-clamp(abs(u), max=1 - 2.0**-24))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return -log(2 * self.scale) - abs(value - self.loc) / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to `value`."""
        away = value - self.loc
        return 0.5 - 0.5 * sign(away) * expm1(-abs(away) / self.scale)

    def icdf(self, value: Tensor) -> Tensor:
        """Inverse of `cdf`."""
        term = value - 0.5
        return self.loc - self.scale * sign(term) * log1p(-2 * abs(term))

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the density."""
        return 1 + log(2 * self.scale)


class Gumbel(_LocScale):
    """The distribution of the largest of many values."""

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        return self.loc + self.scale * _EULER

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return (math.pi / math.sqrt(6)) * self.scale

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        return square(self.stddev)

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values with gradients."""
        return self.loc - self.scale * log(-log(self._uniform(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        away = (self.loc - value) / self.scale
        return away - exp(away) - log(self.scale)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to `value`."""
        return exp(-exp((self.loc - value) / self.scale))

    def icdf(self, value: Tensor) -> Tensor:
        """Inverse of `cdf`."""
        return self.loc - self.scale * log(-log(value))

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the density."""
        return log(self.scale) + (1 + _EULER)


class Uniform(Distribution):
    """All values from `low` to `high`, equally likely."""

    has_rsample = True
    _parameters_ = ("low", "high")

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast_all(low, high)
        super().__init__(self.low.shape)

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        return square(self.high - self.low) / 12

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return (self.high - self.low) / math.sqrt(12)

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values with gradients."""
        drawn = rand(*self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low + drawn * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density: -inf outside."""
        inside = (self.low <= value) & (self.high > value)
        return log(inside.to(self.low.dtype)) - log(self.high - self.low)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to `value`."""
        return clamp((value - self.low) / (self.high - self.low), 0, 1)

    def icdf(self, value: Tensor) -> Tensor:
        """Inverse of `cdf`."""
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the density."""
        return log(self.high - self.low)


__all__ = ["Gumbel", "Laplace", "Normal", "Uniform"]
