"""The paged cache by its published path."""

from __future__ import annotations

from ..torch_paged import PagedAttentionCache

__all__ = ["PagedAttentionCache"]
