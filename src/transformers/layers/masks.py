"""Attention masks: bool, True where a query may look, broadcastable to (B, 1, T, S).

None where nothing is hidden.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F


def padding_mask(mask):
    """A published attention mask as the ring uses it.

    mask: None; (B, S) or (B, T, S) of 1 = attend and 0 = padding, any dtype; (B, 1, T, S) bool or integer of
        that kind, or additive float, which is passed on as it is and added to the scores.
    Returns None, or a mask of four dimensions.
    """
    if mask is None:
        return None
    if mask.dim() == 4:
        return mask if mask.is_floating_point() else mask.to(torch.bool)
    if mask.dim() == 2:
        return mask.to(torch.bool)[:, None, None, :]  # (B, 1, 1, S)
    if mask.dim() == 3:
        return mask.to(torch.bool)[:, None, :, :]  # (B, 1, T, S)
    raise ValueError(f"attention_mask must have 2, 3 or 4 dimensions, got shape {tuple(mask.shape)}")


def causal_mask(mask, query_length, *, offset=0, key_length=None, device=None, segments=None):
    """Combine a published mask with causality.

    mask: as for `padding_mask`; one that speaks of every query (3-D, 4-D) is taken to be causal already.
    query_length: T.  offset: number of keys before the first query (the length of the cache).
    key_length: S, where it is not offset + T (a cache of fixed length).
    segments: (B or 1, T) numbers of the sequences that a row without a mask or a cache is packed of.
    Returns (mask, is_causal): with nothing padded and no cache the mask is None and is_causal True, so that
    fused kernels need no tensor; nor do they for a single token, which sees the whole cache.
    """
    visible = padding_mask(mask)
    if visible is not None and mask.dim() > 2:
        return visible, False
    if segments is not None:
        return (segments[:, :, None] == segments[:, None, :]).tril()[:, None], False  # (B, 1, T, T)
    if key_length is None:
        if visible is None and isinstance(offset, int) and offset == 0:
            return None, True
        if visible is None and isinstance(query_length, int) and query_length == 1:
            return None, False
        key_length = offset + query_length
    elif visible is not None:
        visible = F.pad(visible, (0, key_length - visible.shape[-1]), value=False)
    rows = torch.arange(query_length, device=device)[:, None] + offset  # (T, 1)
    past = torch.arange(key_length, device=device)[None, :] <= rows  # (T, S)
    if visible is None:
        return past[None, None], False  # (1, 1, T, S)
    seen = visible & past  # (B, 1, T, S)
    # A row of padding that sees nothing would give NaN; it may look anywhere, its result is never used.
    return seen | ~seen.any(dim=-1, keepdim=True), False


def positions(mask, length, *, offset=0, device=None):
    """Position ids (B or 1, T) of the queries: 0 at the first token that is not left padding.

    mask: the published (B, S) mask over cached and new tokens, or None.  offset: number of cached tokens.
    """
    index = torch.arange(length, device=device)[None, :] + offset  # (1, T)
    if mask is None or mask.dim() != 2:
        return index
    leading = (
        (torch.cumsum(mask.to(torch.long), dim=-1) == 0).to(torch.long).sum(dim=-1, keepdim=True)
    )  # (B, 1)
    leading = leading % mask.shape[-1]  # a row without any token counts as if it had no mask
    return torch.clamp(index - leading, min=0)


def counted_places(mask):
    """Place of each token of a published (B, S) mask among the tokens of its row, -1 where it is padding."""
    seen = mask.to(torch.bool).to(torch.long)
    return torch.cumsum(seen, dim=-1) * seen - 1


__all__ = ["causal_mask", "counted_places", "padding_mask", "positions"]
