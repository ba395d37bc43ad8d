"""NumPy primitives: special functions, and random numbers of given distributions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.recipe import host
from .backend_math import is_half, quiet

Raw = Any

# Coefficients B(2k) / 2k of the asymptotic series.
_SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)


@quiet
def digamma(x: Raw) -> Raw:
    """Derivative of `lgamma`: raised to 6 and above by its recurrence, then the asymptotic series."""
    wide = x.astype(np.float64)
    below = wide <= 0
    value = np.where(below, 1 - wide, wide)
    out = np.zeros_like(value)
    while (small := value < 6).any():
        out = np.where(small, out - 1 / value, out)
        value = np.where(small, value + 1, value)
    inverse = 1 / (value * value)
    series = np.zeros_like(value)
    for coefficient in reversed(_SERIES):
        series = (series + coefficient) * inverse
    out += np.log(value) - 0.5 / value - series
    fraction = wide - np.floor(wide)
    mirrored = out - np.pi / np.tan(np.pi * fraction)
    out = np.where(below, np.where(wide == 0, np.copysign(np.inf, -wide), mirrored), out)
    return np.where(below & (fraction == 0) & (wide != 0), np.nan, out).astype(x.dtype)


def random_gamma(concentration: Raw) -> Raw:
    """Numbers of the gamma distribution of rate 1, one for each concentration."""
    wide = concentration.astype(np.float32) if is_half(concentration) else concentration
    return np.asarray(host().standard_gamma(wide)).astype(concentration.dtype)


def random_poisson(rate: Raw) -> Raw:
    """Numbers of the Poisson distribution, one for each rate."""
    return np.asarray(host().poisson(rate.astype(np.float64))).astype(rate.dtype)


PRIMITIVES = ["digamma", "random_gamma", "random_poisson"]

__all__ = ["PRIMITIVES"]
