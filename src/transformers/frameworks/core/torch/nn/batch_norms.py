"""Normalising layers with running statistics: batch and instance normalisation."""

from __future__ import annotations

from typing import Any

from ....core.dtypes import DTYPES
from ..creation import tensor
from ..filled import ones, zeros
from ..tensor import Tensor
from . import functional as F
from . import init
from .layers import make_parameter
from .module import Module
from .norms import reset_affine


class _NormBase(Module):
    """Scale, shift and running statistics per channel."""

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        device: Any = None,
        dtype: Any = None,
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

    def reset_running_stats(self) -> None:
        """Running means 0 and variances 1, over no batch yet."""
        if self.running_mean is not None:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            init.zeros_(self.num_batches_tracked)

    def reset_parameters(self) -> None:
        """Scales 1, shifts 0, and fresh running statistics."""
        self.reset_running_stats()
        reset_affine(self)

    def extra_repr(self) -> str:
        """Sizes and settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_NormBase):
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
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input: Tensor) -> Tensor:
        """The same sizes."""
        if self._ranks and input.ndim not in self._ranks:
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


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L)."""

    _ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of (N, C, H, W)."""

    _ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of (N, C, T, H, W)."""

    _ranks = (5,)


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation of (N, C, ...); the statistics are of the batch that one call sees, which under
    JAX's sharding is the whole one.
    """

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: None = None) -> Module:
        """`module` with every batch normalisation in it replaced by this class, values kept."""
        if isinstance(module, _BatchNorm):
            given = (module.num_features, module.eps, module.momentum, module.affine)
            made = cls(*given, module.track_running_stats, bias=module.bias is not None)
            for table in ("_parameters", "_buffers"):
                getattr(made, table).update(getattr(module, table))
            made.training = module.training
            return made
        for name, child in module.named_children():
            module.add_module(name, cls.convert_sync_batchnorm(child))
        return module


class _InstanceNorm(_NormBase):
    """Mean 0 and variance 1 over the positions of each channel of each sample."""

    _axes = 1

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input: Tensor) -> Tensor:
        """The same sizes."""
        batched = self._axes + 2
        if input.ndim not in (batched - 1, batched):
            raise ValueError(f"{type(self).__name__} needs {batched - 1} or {batched} axes, not {input.ndim}")
        if input.ndim < batched:
            return self.forward(input.unsqueeze(0)).squeeze(0)
        own = self.training or not self.track_running_stats
        momentum = 0.0 if self.momentum is None else self.momentum
        running = (self.running_mean, self.running_var)
        return F.instance_norm(input, *running, self.weight, self.bias, own, momentum, self.eps)


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (N, C, L)."""


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of (N, C, H, W)."""

    _axes = 2


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of (N, C, T, H, W)."""

    _axes = 3


__all__ = [
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d",
    "SyncBatchNorm",
]  # fmt: skip
