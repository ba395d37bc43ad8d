"""The mask of texts that stand one behind the other in a single row, as the published manager has them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any


def build_attention_mask(
    attention_mask: Any, cumulative_seqlens_q: Any, cumulative_seqlens_k: Any, sliding_window: int = 1
) -> None:
    """Write 0 into an additive mask wherever a query may look; the rest stays as it is.

    Args:
        attention_mask: (1, 1, T, S), written in place; filled with the least number beforehand.
        cumulative_seqlens_q: where the new tokens of each text begin among T, and where the last ones end.
        cumulative_seqlens_k: the same of its keys among S. Its last query is as late as its last key.
        sliding_window: number of keys that a query sees, itself counted; 1: all before it.
    """
    import torch

    queries, keys_of = (pairwise(map(int, given)) for given in (cumulative_seqlens_q, cumulative_seqlens_k))
    for (q, next_q), (k, next_k) in zip(queries, keys_of, strict=True):
        part = attention_mask[..., q:next_q, k:next_k]
        last = torch.arange(next_k - k - (next_q - q), next_k - k, device=part.device)[:, None]  # (T, 1)
        keys = torch.arange(next_k - k, device=part.device)  # (S,)
        seen = keys <= last
        if sliding_window > 1:
            seen = seen & (keys > last - sliding_window)
        part.masked_fill_(seen, 0)


__all__ = ["build_attention_mask"]
