"""Distributions that transforms make of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..pointwise import exp
from ..tensor import Tensor
from .continuous import Normal
from .distribution import Distribution, Independent, sum_rightmost
from .transforms import ExpTransform, Transform


class TransformedDistribution(Distribution):
    """What a transform (or a list of them) makes of the values of another distribution."""

    def __init__(
        self, base_distribution: Distribution, transforms: Any, validate_args: bool | None = None
    ) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        if not all(isinstance(part, Transform) for part in self.transforms):
            raise ValueError(f"transforms must be a Transform or a list of them, not {transforms!r}")
        sizes = base_distribution.batch_shape + base_distribution.event_shape
        base_events = len(base_distribution.event_shape)
        depth = max([base_events, *(part.event_dim for part in self.transforms)])
        more = depth - base_events
        self.base_dist = Independent(base_distribution, more) if more else base_distribution
        cut = len(sizes) - depth
        super().__init__(sizes[:cut], sizes[cut:])

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether gradients flow through samples."""
        return self.base_dist.has_rsample

    def _forward(self, x: Tensor) -> Tensor:
        for part in self.transforms:
            x = part(x)
        return x

    def sample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values, through which no gradient flows."""
        return self._forward(self.base_dist.sample(sample_shape)).detach()

    def rsample(self, sample_shape: Sequence[Any] = ()) -> Tensor:
        """Values with gradients."""
        return self._forward(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        depth = len(self.event_shape)
        total: Any = 0.0
        y = value
        for part in reversed(self.transforms):
            x = part.inverse(y)
            total = total - sum_rightmost(part.log_abs_det_jacobian(x, y), depth - part.event_dim)
            y = x
        inner = depth - len(self.base_dist.event_shape)
        return total + sum_rightmost(self.base_dist.log_prob(y), inner)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values up to `value`, of transforms that rise or fall throughout."""
        direction: Any = 1
        for part in reversed(self.transforms):
            value = part.inverse(value)
            direction = direction * part.sign
        found = self.base_dist.cdf(value)
        if isinstance(direction, int) and direction == 1:
            return found
        return direction * (found - 0.5) + 0.5

    def icdf(self, value: Tensor) -> Tensor:
        """Inverse of `cdf`."""
        direction: Any = 1
        for part in self.transforms:
            direction = direction * part.sign
        if not (isinstance(direction, int) and direction == 1):
            value = direction * (value - 0.5) + 0.5
        return self._forward(self.base_dist.icdf(value))

    def expand(self, batch_shape: Sequence[Any], _instance: Any = None) -> Any:
        """The same distribution over a larger batch."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        events = len(self.event_shape) - len(self.base_dist.event_shape)
        new.base_dist = self.base_dist.expand((*batch_shape, *self.event_shape[:events]))
        Distribution.__init__(new, batch_shape, self.event_shape)
        return new

    def __repr__(self) -> str:
        names = ", ".join(type(part).__name__ for part in self.transforms)
        return f"{type(self).__name__}({self.base_dist}, [{names}])"


class LogNormal(TransformedDistribution):
    """exp of a normal number."""

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(loc, scale), ExpTransform())

    @property
    def loc(self) -> Tensor:
        """Mean of the logarithm."""
        return self.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """Deviation of the logarithm."""
        return self.base_dist.scale

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        return exp(self.loc + self.scale.square() / 2)

    @property
    def mode(self) -> Tensor:
        """The likeliest value."""
        return exp(self.loc - self.scale.square())

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        spread = self.scale.square()
        return spread.expm1() * exp(2 * self.loc + spread)

    def entropy(self) -> Tensor:
        """The expected negative logarithm of the density."""
        return self.base_dist.entropy() + self.loc


__all__ = ["LogNormal", "TransformedDistribution"]
