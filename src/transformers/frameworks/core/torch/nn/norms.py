"""Normalising layers and dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....core.dtypes import DTYPES
from ..creation import tensor
from ..filled import ones, zeros
from ..tensor import Tensor
from . import functional as F
from .layers import make_parameter
from .module import Module


class LayerNorm(Module):
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


class RMSNorm(Module):
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


class GroupNorm(Module):
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


class _BatchNorm(Module):
    """Per channel: the batch's statistics in training, running ones in evaluation.

    In training the running statistics move by `momentum` towards the batch's (None: their plain average
    over all batches); inside a scope the new ones are collected there.
    """

    _ranks: tuple[int, ...] = ()

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        where = {"dtype": dtype, "device": device}
        self.register_parameter("weight", make_parameter(num_features, fill=1.0, **where) if affine else None)
        self.register_parameter("bias", make_parameter(num_features, **where) if affine and bias else None)
        self.register_buffer("running_mean", zeros(num_features, **where) if track_running_stats else None)
        self.register_buffer("running_var", ones(num_features, **where) if track_running_stats else None)
        self.register_buffer(
            "num_batches_tracked", tensor(0, dtype=DTYPES["int64"]) if track_running_stats else None
        )

    def forward(self, input: Tensor) -> Tensor:
        """The same sizes."""
        if input.ndim not in self._ranks:
            raise ValueError(
                f"{type(self).__name__} needs {' or '.join(map(str, self._ranks))} axes, not {input.ndim}"
            )
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked = self.num_batches_tracked + 1
            if self.momentum is None:
                momentum = 1.0 / self.num_batches_tracked.to(self.running_mean.dtype)
        batch_statistics = self.training or self.running_mean is None
        return F.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            batch_statistics,
            momentum,
            self.eps,
        )

    def extra_repr(self) -> str:
        """Sizes and settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L)."""

    _ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of (N, C, H, W)."""

    _ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of (N, C, T, H, W)."""

    _ranks = (5,)


class _InstanceNorm(Module):
    """Mean 0 and variance 1 over the positions of each channel of each sample."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if track_running_stats:
            raise ValueError(f"{type(self).__name__}: track_running_stats is not part of the torch-API layer")
        self.num_features, self.eps, self.affine = num_features, eps, affine
        where = {"dtype": dtype, "device": device}
        self.register_parameter("weight", make_parameter(num_features, fill=1.0, **where) if affine else None)
        self.register_parameter("bias", make_parameter(num_features, **where) if affine else None)

    def forward(self, input: Tensor) -> Tensor:
        """The same sizes."""
        return F.instance_norm(input, weight=self.weight, bias=self.bias, eps=self.eps)

    def extra_repr(self) -> str:
        """Sizes and settings."""
        return f"{self.num_features}, eps={self.eps}, affine={self.affine}"


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (N, C, L)."""


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of (N, C, H, W)."""


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
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d",
    "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "LayerNorm", "RMSNorm",
]  # fmt: skip
