"""Distributions of whole numbers and of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import backend as B
from ..bounded import clamp, log_softmax, softmax
from ..creation import arange
from ..indexing import gather, where
from ..nn.functional import binary_cross_entropy_with_logits, logsigmoid
from ..pointwise import exp, lgamma, log, log1p, sigmoid
from ..randomness import rand
from ..reductions import sum
from ..special import xlogy
from ..tensor import Tensor, wrap
from .distribution import Distribution, broadcast_all

_EPS = 1.1920929e-07


def _one_of(probs: Any, logits: Any, name: str) -> None:
    if (probs is None) == (logits is None):
        raise ValueError(f"{name} needs either probs or logits, not both or none")


class _Chance(Distribution):
    """A distribution given by the probability of success, or by its logit."""

    _parameters_ = ("_probs", "_logits")

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        _one_of(probs, logits, type(self).__name__)
        self._probs = None if probs is None else broadcast_all(probs)[0]
        self._logits = None if logits is None else broadcast_all(logits)[0]
        super().__init__((self._probs if logits is None else self._logits).shape)

    @property
    def probs(self) -> Tensor:
        """Probabilities of success."""
        return sigmoid(self._logits) if self._probs is None else self._probs

    @property
    def logits(self) -> Tensor:
        """Logarithms of the odds."""
        if self._logits is not None:
            return self._logits
        p = clamp(self._probs, _EPS, 1 - _EPS)
        return log(p) - log1p(-p)

    @property
    def param_shape(self) -> Any:
        """Sizes of the parameter."""
        return (self._probs if self._logits is None else self._logits).shape


class Bernoulli(_Chance):
    """1 with probability `probs`, else 0."""

    has_enumerate_support = True

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        return self.probs

    @property
    def mode(self) -> Tensor:
        """The likelier value; undefined where both are equal."""
        p = self.probs
        return where(p == 0.5, float("nan"), (p >= 0.5).to(p.dtype)).to(p.dtype)

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values, through which no gradient flows."""
        p = self.probs.detach()
        return (rand(*self._extended_shape(sample_shape), dtype=p.dtype) < p).to(p.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value.to(logits.dtype), reduction="none")

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the probability."""
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0 and 1 along a new first axis."""
        values = arange(2, dtype=self.param_dtype).reshape(-1, *(1,) * len(self.batch_shape))
        return values.expand(2, *self.batch_shape) if expand else values

    @property
    def param_dtype(self) -> Any:
        """Dtype of the parameter."""
        return (self._probs if self._logits is None else self._logits).dtype


class NegativeBinomial(_Chance):
    """How many successes come before `total_count` failures."""

    _parameters_ = ("total_count", "_probs", "_logits")

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        _one_of(probs, logits, type(self).__name__)
        self.total_count, given = broadcast_all(total_count, logits if probs is None else probs)
        self.total_count = self.total_count.to(given.dtype)
        super().__init__(*((None, given) if probs is None else (given, None)))

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        return self.total_count * exp(self.logits)

    @property
    def mode(self) -> Tensor:
        """The likeliest value."""
        return clamp((self.total_count - 1) * exp(self.logits), min=0).floor()

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        return self.mean / sigmoid(-self.logits)

    def sample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values, through which no gradient flows: Poisson numbers of gamma rates."""
        shape = self._extended_shape(sample_shape)
        spread = exp(self.logits.detach()).expand(shape)
        rates = wrap(B.random_gamma(self.total_count.detach().expand(shape).a)) * spread
        return wrap(B.random_poisson(rates.detach().a))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        ahead = self.total_count * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        ways = -lgamma(self.total_count + value) + lgamma(1.0 + value) + lgamma(self.total_count)
        return ahead - where(self.total_count + value == 0.0, 0.0, ways).to(ahead.dtype)


class Poisson(Distribution):
    """How many events of the given rate happen in a time of 1."""

    _parameters_ = ("rate",)

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape)

    @property
    def mean(self) -> Tensor:
        """The rate."""
        return self.rate

    @property
    def mode(self) -> Tensor:
        """The rate rounded down."""
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        """The rate."""
        return self.rate

    def sample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values, through which no gradient flows."""
        return wrap(B.random_poisson(self.rate.detach().expand(self._extended_shape(sample_shape)).a))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        return xlogy(value, self.rate) - self.rate - lgamma(value + 1)


class Categorical(Distribution):
    """Class numbers, by probabilities (which need not sum to 1) or logits along the last axis."""

    has_enumerate_support = True
    _parameters_ = ("_probs", "logits")

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        _one_of(probs, logits, type(self).__name__)
        given = logits if probs is None else probs
        if given.ndim < 1:
            raise ValueError("Categorical needs a parameter with at least one axis, that of the classes")
        if probs is None:
            self._probs, self.logits = None, log_softmax(logits, -1)
        else:
            self._probs = probs / sum(probs, -1, True)
            self.logits = log(clamp(self._probs, _EPS, 1 - _EPS))
        self._num_events = given.shape[-1]
        super().__init__(given.shape[:-1])

    @property
    def probs(self) -> Tensor:
        """Probabilities of the classes."""
        return softmax(self.logits, -1) if self._probs is None else self._probs

    @property
    def param_shape(self) -> Any:
        """Sizes of the parameter."""
        return self.logits.shape

    @property
    def mean(self) -> Tensor:
        """Undefined: classes are no numbers."""
        return self.probs[..., 0] * float("nan")

    @property
    def variance(self) -> Tensor:
        """Undefined: classes are no numbers."""
        return self.mean

    @property
    def mode(self) -> Tensor:
        """The likeliest class."""
        return self.probs.argmax(-1)

    def sample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Class numbers."""
        logits = self.logits.detach().expand(*self._extended_shape(sample_shape), self._num_events)
        drawn = clamp(rand(*logits.shape, dtype=logits.dtype), 1.1754944e-38, 1 - 2.0**-24)
        return (logits - log(-log(drawn))).argmax(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of the class `value`."""
        value = value.long()
        shape = (value + self.logits.detach()[..., 0].long() * 0).shape
        logits = self.logits.expand(*shape, self._num_events)
        return gather(logits, -1, value.expand(shape).unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the probability."""
        lowest = -3.4028234663852886e38
        return -sum(clamp(self.logits, min=lowest) * self.probs, -1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All class numbers along a new first axis."""
        values = arange(self._num_events).reshape(-1, *(1,) * len(self.batch_shape))
        return values.expand(self._num_events, *self.batch_shape) if expand else values


class OneHotCategorical(Distribution):
    """One-hot vectors of classes; see `Categorical`."""

    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._categorical = Categorical(probs, logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:])

    def _one_hot(self, classes: Tensor) -> Tensor:
        return (classes.unsqueeze(-1) == arange(self.event_shape[0])).to(self.logits.dtype)

    @property
    def probs(self) -> Tensor:
        """Probabilities of the classes."""
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """Logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def mean(self) -> Tensor:
        """The probabilities."""
        return self.probs

    @property
    def mode(self) -> Tensor:
        """The vector of the likeliest class."""
        return self._one_hot(self._categorical.mode)

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Vectors, through which no gradient flows."""
        return self._one_hot(self._categorical.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of the class of every vector."""
        return self._categorical.log_prob(value.argmax(-1))

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the probability."""
        return self._categorical.entropy()


__all__ = ["Bernoulli", "Categorical", "NegativeBinomial", "OneHotCategorical", "Poisson"]
