"""Distributions of positive numbers made of the gamma distribution, and Student's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ... import backend as B
from ..bounded import clamp
from ..filled import full_like, ones_like
from ..indexing import where
from ..pointwise import digamma, exp, lgamma, log, log1p, square
from ..randomness import rand, randn
from ..special import xlogy
from ..tensor import Tensor, wrap
from .distribution import Distribution, broadcast_all


class Gamma(Distribution):
    """The gamma distribution with the parameters `concentration` and `rate`."""

    has_rsample = True
    _parameters_ = ("concentration", "rate")

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.rate.shape)

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        """The likeliest value."""
        return clamp((self.concentration - 1) / self.rate, min=0)

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        return self.concentration / square(self.rate)

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values with gradients (over NumPy, without)."""
        shape = self._extended_shape(sample_shape)
        drawn = wrap(B.random_gamma(self.concentration.expand(shape).a))
        return clamp(drawn / self.rate.expand(shape), min=1.1754944e-38)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        scaled = xlogy(self.concentration, self.rate) + xlogy(self.concentration - 1, value)
        return scaled - self.rate * value - lgamma(self.concentration)

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the density."""
        a = self.concentration
        return a - log(self.rate) + lgamma(a) + (1.0 - a) * digamma(a)


class Chi2(Gamma):
    """The distribution of the sum of `df` squared normal numbers."""

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        super().__init__(0.5 * df, 0.5)

    @property
    def df(self) -> Tensor:
        """Degrees of freedom."""
        return self.concentration * 2


class Exponential(Gamma):
    """The distribution of waiting times, of the given rate."""

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        given = broadcast_all(rate)[0]
        super().__init__(ones_like(given), given)

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values with gradients."""
        drawn = rand(*self._extended_shape(sample_shape), dtype=self.rate.dtype)
        return -log1p(-drawn) / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return log(self.rate) - self.rate * value

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to `value`."""
        return 1 - exp(-self.rate * value)

    def icdf(self, value: Tensor) -> Tensor:
        """Inverse of `cdf`."""
        return -log1p(-value) / self.rate

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the density."""
        return 1.0 - log(self.rate)


class StudentT(Distribution):
    """Student's distribution of `df` degrees of freedom, moved by `loc` and scaled by `scale`."""

    has_rsample = True
    _parameters_ = ("df", "loc", "scale")

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        super().__init__(self.df.shape)

    @property
    def mean(self) -> Tensor:
        """`loc`, undefined for `df` up to 1."""
        return where(self.df <= 1, math.nan, self.loc).to(self.loc.dtype)

    @property
    def mode(self) -> Tensor:
        """`loc`."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """Finite above 2 degrees of freedom, infinite above 1, else undefined."""
        safe = where(self.df > 2, self.df, 3)
        finite = square(self.scale) * safe / (safe - 2)
        wide = where(self.df > 1, full_like(finite, math.inf), math.nan)
        return where(self.df > 2, finite, wide).to(self.loc.dtype)

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values with gradients."""
        normal = randn(*self._extended_shape(sample_shape), dtype=self.df.dtype)
        spread = Chi2(self.df).rsample(sample_shape)
        return self.loc + self.scale * normal * (spread / self.df).rsqrt()

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        y = (value - self.loc) / self.scale
        total = log(self.scale) + 0.5 * log(self.df) + 0.5 * math.log(math.pi)
        total = total + lgamma(0.5 * self.df) - lgamma(0.5 * (self.df + 1.0))
        return -0.5 * (self.df + 1.0) * log1p(square(y) / self.df) - total

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the density."""
        beta = lgamma(0.5 * self.df) + math.lgamma(0.5) - lgamma(0.5 * (self.df + 1))
        part = 0.5 * (self.df + 1) * (digamma(0.5 * (self.df + 1)) - digamma(0.5 * self.df))
        return log(self.scale) + part + 0.5 * log(self.df) + beta


__all__ = ["Chi2", "Exponential", "Gamma", "StudentT"]
