"""Invertible transforms of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..filled import full_like
from ..nn.functional import softplus
from ..pointwise import abs, exp, log, log1p, sigmoid, tanh
from ..tensor import Tensor
from .distribution import sum_rightmost


class Transform:
    """y = transform(x); `inv` goes back."""

    bijective = True
    event_dim = 0

    def __init__(self, cache_size: int = 0) -> None:
        self._cache_size = cache_size

    def __call__(self, x: Tensor) -> Tensor:
        """y."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it computes")

    def inverse(self, y: Tensor) -> Tensor:
        """x."""
        raise NotImplementedError(f"{type(self).__name__} has no inverse")

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log |dy / dx|, summed over the axes of an event."""
        raise NotImplementedError(f"{type(self).__name__} has no derivative")

    @property
    def inv(self) -> Transform:
        """The transform that goes back."""
        return _Inverse(self)

    @property
    def sign(self) -> Any:
        """1 where y rises with x, -1 where it falls."""
        return 1


class _Inverse(Transform):
    """Another transform backwards."""

    def __init__(self, base: Transform) -> None:
        super().__init__()
        self.base, self.event_dim = base, base.event_dim

    def __call__(self, x: Tensor) -> Tensor:
        return self.base.inverse(x)

    def inverse(self, y: Tensor) -> Tensor:
        """What the base computes."""
        return self.base(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The base's, negated."""
        return -self.base.log_abs_det_jacobian(y, x)

    @property
    def inv(self) -> Transform:
        """The base."""
        return self.base

    @property
    def sign(self) -> Any:
        """The base's."""
        return self.base.sign


class AffineTransform(Transform):
    """y = loc + scale * x; the last `event_dim` axes are one event."""

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc, self.scale, self.event_dim = loc, scale, event_dim

    def __call__(self, x: Tensor) -> Tensor:
        return self.loc + self.scale * x

    def inverse(self, y: Tensor) -> Tensor:
        """(y - loc) / scale."""
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log |scale|."""
        scale = self.scale if isinstance(self.scale, Tensor) else full_like(x, self.scale)
        return sum_rightmost(log(abs(scale)) + x.detach() * 0, self.event_dim)

    @property
    def sign(self) -> Any:
        """The sign of the scale."""
        return self.scale.sign() if isinstance(self.scale, Tensor) else (self.scale > 0) - (self.scale < 0)


class ExpTransform(Transform):
    """y = exp(x)."""

    def __call__(self, x: Tensor) -> Tensor:
        return exp(x)

    def inverse(self, y: Tensor) -> Tensor:
        """log(y)."""
        return log(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """x."""
        return x


class SigmoidTransform(Transform):
    """y = 1 / (1 + exp(-x))."""

    def __call__(self, x: Tensor) -> Tensor:
        return sigmoid(x).clamp(1.1754944e-38, 1 - 2.0**-24)

    def inverse(self, y: Tensor) -> Tensor:
        """The logit."""
        y = y.clamp(1.1754944e-38, 1 - 2.0**-24)
        return log(y) - log1p(-y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log(y (1 - y))."""
        return -softplus(-x) - softplus(x)


class TanhTransform(Transform):
    """y = tanh(x)."""

    def __call__(self, x: Tensor) -> Tensor:
        return tanh(x)

    def inverse(self, y: Tensor) -> Tensor:
        """atanh(y)."""
        return y.atanh()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log(1 - y * y), computed from x."""
        return 2.0 * (0.6931471805599453 - x - softplus(-2.0 * x))


class ComposeTransform(Transform):
    """Transforms one after the other."""

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts = list(parts)
        self.event_dim = max((part.event_dim for part in self.parts), default=0)

    def __call__(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part(x)
        return x

    def inverse(self, y: Tensor) -> Tensor:
        """Backwards, last to first."""
        for part in reversed(self.parts):
            y = part.inverse(y)
        return y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The sum of the parts'."""
        total: Any = 0
        for part in self.parts:
            after = part(x)
            found = part.log_abs_det_jacobian(x, after)
            total = total + sum_rightmost(found, self.event_dim - part.event_dim)
            x = after
        return total

    @property
    def sign(self) -> Any:
        """The product of the parts'."""
        product: Any = 1
        for part in self.parts:
            product = product * part.sign
        return product


__all__ = [
    "AffineTransform", "ComposeTransform", "ExpTransform", "SigmoidTransform", "TanhTransform", "Transform",
]  # fmt: skip
