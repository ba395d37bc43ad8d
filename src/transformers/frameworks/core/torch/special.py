"""`torch.special`: functions that go by other names in `torch`, and a few of their kin."""

from __future__ import annotations

import math
from typing import Any

from .bounded import log_softmax, logit, softmax
from .filled import zeros_like
from .indexing import where
from .pointwise import digamma, erf, erfinv, exp2, expm1, lgamma, log, log1p, sigmoid
from .reductions import logsumexp
from .tensor import Tensor

expit, gammaln, psi = sigmoid, lgamma, digamma


def xlogy(input: Any, other: Any) -> Tensor:
    """`input * log(other)`, 0 where `input` is 0 (also beside log(0))."""
    zeros = zeros_like(input * 1.0) if isinstance(input, Tensor) else zeros_like(other * 1.0)
    first, second = zeros + input, zeros + other
    zero = (first == 0) & ((second <= 0) | (second == math.inf))
    return first * log(where(zero, 1.0, second))


def entr(input: Tensor) -> Tensor:
    """`-input * log(input)`: 0 at 0, -inf below."""
    return where(input < 0, -math.inf, -xlogy(input, where(input < 0, 1, input)))


def erfc(input: Tensor) -> Tensor:
    """1 - erf."""
    return 1 - erf(input)


def ndtr(input: Tensor) -> Tensor:
    """The distribution function of the normal distribution."""
    return 0.5 * (1 + erf(input * math.sqrt(0.5)))


def ndtri(input: Tensor) -> Tensor:
    """Inverse of `ndtr`."""
    return erfinv(2 * input - 1) * math.sqrt(2)


def sinc(input: Tensor) -> Tensor:
    """sin(pi x) / (pi x), 1 at 0."""
    zero = input == 0
    turned = where(zero, 1, input) * math.pi
    return where(zero, 1.0, turned.sin() / turned).to((turned * 1.0).dtype)


__all__ = [
    "digamma", "entr", "erf", "erfc", "erfinv", "exp2", "expit", "expm1", "gammaln", "log1p", "log_softmax",
    "logit", "logsumexp", "ndtr", "ndtri", "psi", "sinc", "softmax", "xlogy",
]  # fmt: skip
