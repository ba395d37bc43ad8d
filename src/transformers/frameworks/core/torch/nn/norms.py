"""Normalising layers and dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..tensor import Tensor
from . import functional as F
from . import init
from .layers import make_parameter
from .module import Module


def reset_affine(layer: Module) -> None:
    """Scales 1 and shifts 0, where there are any."""
    if layer.weight is not None:
        init.ones_(layer.weight)
    if getattr(layer, "bias", None) is not None:
        init.zeros_(layer.bias)


class _Affine(Module):
    """A layer with scales and perhaps shifts."""

    def reset_parameters(self) -> None:
        """Scales 1 and shifts 0."""
        reset_affine(self)


class LayerNorm(_Affine):
    """Mean 0 and variance 1 over the last axes, then `* weight + bias`."""

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = (
            (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        )
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        sizes, where = self.normalized_shape, {"dtype": dtype, "device": device}
        self.register_parameter(
            "weight", make_parameter(*sizes, fill=1.0, **where) if elementwise_affine else None
        )
        self.register_parameter(
            "bias", make_parameter(*sizes, **where) if elementwise_affine and bias else None
        )

    def forward(self, input: Tensor) -> Tensor:
        """The same sizes."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Sizes and settings."""
        affine, bias = self.elementwise_affine, self.bias is not None
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={affine}, bias={bias}"


class RMSNorm(_Affine):
    """Mean square 1 over the last axes, then `* weight`."""

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = (
            (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        )
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        weight = (
            make_parameter(*self.normalized_shape, dtype=dtype, device=device, fill=1.0)
            if elementwise_affine
            else None
        )
        self.register_parameter("weight", weight)

    def forward(self, input: Tensor) -> Tensor:
        """The same sizes."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Sizes and settings."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(_Affine):
    """Mean 0 and variance 1 over groups of channels, then per channel `* weight + bias`."""

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be a multiple of num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        where = {"dtype": dtype, "device": device}
        self.register_parameter("weight", make_parameter(num_channels, fill=1.0, **where) if affine else None)
        self.register_parameter("bias", make_parameter(num_channels, **where) if affine and bias else None)

    def forward(self, input: Tensor) -> Tensor:
        """The same sizes."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Sizes and settings."""
        sizes = f"{self.num_groups}, {self.num_channels}"
        return f"{sizes}, eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"


class LocalResponseNorm(Module):
    """`local_response_norm` over `size` neighbouring channels."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        """The same sizes."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """Settings."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class _Dropout(Module):
    """In training, zeros with probability `p` and scales what stays by 1 / (1 - p)."""

    _apply_to = staticmethod(F.dropout)

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"dropout probability must lie between 0 and 1, not {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input: Tensor) -> Tensor:
        """The same sizes."""
        return self._apply_to(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """Settings."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """Dropout of elements."""


class Dropout1d(_Dropout):
    """Dropout of channels of (N, C, L)."""

    _apply_to = staticmethod(F.dropout1d)


class Dropout2d(_Dropout):
    """Dropout of channels of (N, C, H, W)."""

    _apply_to = staticmethod(F.dropout2d)


class Dropout3d(_Dropout):
    """Dropout of channels of (N, C, T, H, W)."""

    _apply_to = staticmethod(F.dropout3d)


__all__ = [
    "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "GroupNorm", "LayerNorm", "LocalResponseNorm",
    "RMSNorm",
]  # fmt: skip
