"""Distributions over numbers between 0 and 1 that come near to those of 0 and 1, with gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..bounded import clamp
from ..pointwise import exp, lgamma, log, log1p
from ..randomness import rand
from ..reductions import logsumexp, sum
from ..tensor import Tensor
from .discrete import Bernoulli, Categorical
from .distribution import Distribution
from .transformed import TransformedDistribution
from .transforms import ExpTransform, SigmoidTransform


def _between(sizes: Sequence[Any], dtype: Any) -> Tensor:
    return clamp(rand(*sizes, dtype=dtype), 1.1920929e-07, 1 - 1.1920929e-07)


class _LogitRelaxedBernoulli(Distribution):
    """The logit of a relaxed 0 or 1."""

    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None) -> None:
        self.temperature, self._chance = temperature, Bernoulli(probs, logits)
        super().__init__(self._chance.batch_shape)

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values with gradients."""
        logits = self._chance.logits
        drawn = _between(self._extended_shape(sample_shape), logits.dtype)
        return (log(drawn) - log1p(-drawn) + logits) / self.temperature

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        away = self._chance.logits - value * self.temperature
        return away - 2 * log1p(exp(away)) + _log(self.temperature)

    def expand(self, batch_shape: Sequence[Any], _instance: Any = None) -> Any:
        """The same distribution over a larger batch."""
        return _LogitRelaxedBernoulli(self.temperature, logits=self._chance.logits.expand(*batch_shape))


def _log(value: Any) -> Any:
    return log(value) if isinstance(value, Tensor) else math.log(value)


class RelaxedBernoulli(TransformedDistribution):
    """Numbers between 0 and 1, the nearer to them the lower the temperature."""

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(_LogitRelaxedBernoulli(temperature, probs, logits), SigmoidTransform())

    @property
    def temperature(self) -> Any:
        """How soft the numbers are."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Tensor:
        """Logarithms of the odds."""
        return self.base_dist._chance.logits

    @property
    def probs(self) -> Tensor:
        """Probabilities of 1."""
        return self.base_dist._chance.probs


class _LogRelaxedCategorical(Distribution):
    """The logarithm of a relaxed one-hot vector."""

    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None) -> None:
        self.temperature, self._classes = temperature, Categorical(probs, logits)
        super().__init__(self._classes.batch_shape, self._classes.param_shape[-1:])

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values with gradients."""
        logits = self._classes.logits
        drawn = _between(self._extended_shape(sample_shape), logits.dtype)
        scores = (logits - log(-log(drawn))) / self.temperature
        return scores - logsumexp(scores, -1, True)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        count = value[..., 0].detach() * 0 + self.event_shape[0]
        scale = lgamma(count) + (count - 1) * _log(self.temperature)
        score = self._classes.logits - value * self.temperature
        return sum(score - logsumexp(score, -1, True), -1) + scale

    def expand(self, batch_shape: Sequence[Any], _instance: Any = None) -> Any:
        """The same distribution over a larger batch."""
        logits = self._classes.logits.expand(*batch_shape, *self.event_shape)
        return _LogRelaxedCategorical(self.temperature, logits=logits)


class RelaxedOneHotCategorical(TransformedDistribution):
    """Vectors of numbers that sum to 1, the nearer to one-hot the lower the temperature."""

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(_LogRelaxedCategorical(temperature, probs, logits), ExpTransform())

    @property
    def temperature(self) -> Any:
        """How soft the vectors are."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Tensor:
        """Logarithms of the probabilities of the classes."""
        return self.base_dist._classes.logits

    @property
    def probs(self) -> Tensor:
        """Probabilities of the classes."""
        return self.base_dist._classes.probs


__all__ = ["RelaxedBernoulli", "RelaxedOneHotCategorical"]
