"""Many texts written together: requests come and go at every step, over one paged cache (PyTorch)."""

from __future__ import annotations

from ..batch_utils import ContinuousMixin
from .cache import PagedAttentionCache
from .continuous_api import ContinuousBatchingManager
from .requests import GenerationOutput, RequestState, RequestStatus

__all__ = [
    "ContinuousBatchingManager",
    "ContinuousMixin",
    "GenerationOutput",
    "PagedAttentionCache",
    "RequestState",
    "RequestStatus",
]
