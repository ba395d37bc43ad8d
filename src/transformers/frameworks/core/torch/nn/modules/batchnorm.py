"""`torch.nn.modules.batchnorm`: the classes of batch normalisation."""

from __future__ import annotations

from ..batch_norms import BatchNorm1d, BatchNorm2d, BatchNorm3d, SyncBatchNorm
from ..batch_norms import _BatchNorm as _BatchNorm

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"]
