"""What all distributions have in common, and `Independent`.

Nothing is checked by value: `validate_args` is taken and left alone, for values are not known where a
framework traces.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..creation import as_tensor
from ..grad import no_grad
from ..promotion import get_default_dtype
from ..reductions import sum
from ..shapes import broadcast_tensors
from ..tensor import Size, Tensor


def broadcast_all(*values: Any) -> list[Tensor]:
    """Numbers and tensors as tensors of common sizes; numbers get the dtype of the first tensor."""
    kinds = [value.dtype for value in values if isinstance(value, Tensor)]
    kind = kinds[0] if kinds else get_default_dtype()
    tensors = [value if isinstance(value, Tensor) else as_tensor(value, dtype=kind) for value in values]
    return list(broadcast_tensors(*tensors)) if len(tensors) > 1 else tensors


class Distribution:
    """A distribution of values of sizes `event_shape`, one for each place of `batch_shape`.

    A subclass names its parameters in `_parameters_`; they hold `batch_shape` in front.
    """

    has_rsample = False
    has_enumerate_support = False
    arg_constraints: dict[str, Any] = {}
    _parameters_: tuple[str, ...] = ()

    def __init__(
        self,
        batch_shape: Sequence[Any] = (),
        event_shape: Sequence[Any] = (),
        validate_args: bool | None = None,
    ) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)

    @property
    def batch_shape(self) -> Size:
        """Sizes of the parameters."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """Sizes of one value."""
        return self._event_shape

    def _missing(self, what: str) -> NotImplementedError:
        return NotImplementedError(f"{type(self).__name__} has no {what}")

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        raise self._missing("mean")

    @property
    def mode(self) -> Tensor:
        """The likeliest value."""
        raise self._missing("mode")

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        raise self._missing("variance")

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return self.variance.sqrt()

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values (*sample_shape, *batch_shape, *event_shape) through which gradients flow."""
        raise self._missing("rsample")

    def sample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values (*sample_shape, *batch_shape, *event_shape) through which no gradient flows."""
        with no_grad():
            return self.rsample(sample_shape)

    def sample_n(self, n: int) -> Tensor:
        """`n` values."""
        return self.sample((n,))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density (or probability) at `value`."""
        raise self._missing("log_prob")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to `value`."""
        raise self._missing("cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """Inverse of `cdf`."""
        raise self._missing("icdf")

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the density."""
        raise self._missing("entropy")

    def perplexity(self) -> Tensor:
        """exp of the entropy."""
        return self.entropy().exp()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values, along a new first axis."""
        raise self._missing("finite support")

    def expand(self, batch_shape: Sequence[Any], _instance: Any = None) -> Any:
        """The same distribution over a larger batch."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        for name in self._parameters_:
            held = getattr(self, name)
            if held is not None:
                tail = held.shape[len(self.batch_shape) :]
                new.__dict__[name] = held.expand(*batch_shape, *tail)
        Distribution.__init__(new, batch_shape, self.event_shape)
        return new

    def _extended_shape(self, sample_shape: Sequence[Any] = ()) -> Size:
        return Size((*sample_shape, *self.batch_shape, *self.event_shape))

    def __repr__(self) -> str:
        names = [name for name in self._parameters_ if self.__dict__.get(name) is not None]
        shown = ", ".join(
            f"{name}: {self.__dict__[name] if math.prod(self.batch_shape) == 1 else list(self.batch_shape)}"
            for name in names
        )
        return f"{type(self).__name__}({shown})"


def sum_rightmost(value: Tensor, count: int) -> Tensor:
    """The sum over the last `count` axes."""
    return sum(value, tuple(range(value.ndim - count, value.ndim))) if count else value


class Independent(Distribution):
    """A distribution whose last batch axes count as parts of one event."""

    def __init__(
        self,
        base_distribution: Distribution,
        reinterpreted_batch_ndims: int,
        validate_args: bool | None = None,
    ) -> None:
        batch = base_distribution.batch_shape
        if reinterpreted_batch_ndims > len(batch):
            raise ValueError(
                f"reinterpreted_batch_ndims ({reinterpreted_batch_ndims}) must be at most the number of "
                f"batch axes ({len(batch)})"
            )
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        cut = len(batch) - reinterpreted_batch_ndims
        super().__init__(batch[:cut], batch[cut:] + base_distribution.event_shape)

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether gradients flow through samples."""
        return self.base_dist.has_rsample

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        return self.base_dist.mean

    @property
    def mode(self) -> Tensor:
        """The likeliest value."""
        return self.base_dist.mode

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        return self.base_dist.variance

    def sample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values of the base."""
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values of the base, with gradients."""
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        """The sum of the base's over the parts of an event."""
        return sum_rightmost(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Tensor:
        """The sum of the base's over the parts of an event."""
        return sum_rightmost(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def expand(self, batch_shape: Sequence[Any], _instance: Any = None) -> Any:
        """The same distribution over a larger batch."""
        inner = self.event_shape[: self.reinterpreted_batch_ndims]
        return Independent(self.base_dist.expand((*batch_shape, *inner)), self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"Independent({self.base_dist}, {self.reinterpreted_batch_ndims})"


__all__ = ["Distribution", "Independent", "broadcast_all", "sum_rightmost"]
