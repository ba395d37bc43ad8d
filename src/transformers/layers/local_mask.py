"""Causal attention to the nearest keys only."""

from __future__ import annotations

import torch


def local_mask(mask, query_length, window, *, offset=0, device=None):
    """A causal mask that also hides every key `window` or more places before its query.

    mask: as `layers.masks.causal_mask` gives it, None where it needs no tensor.
    query_length: T.  offset: place of the first query, the length of the cache.
    Returns a mask of four dimensions, bool or, if given so, additive.
    """
    key_length = offset + query_length if mask is None else mask.shape[-1]
    rows = torch.arange(query_length, device=device)[:, None] + offset  # (T, 1)
    keys = torch.arange(key_length, device=device)[None, :]  # (1, S)
    near = keys > rows - window  # (T, S)
    if mask is None:
        return (near & (keys <= rows))[None, None]  # (1, 1, T, S)
    if mask.is_floating_point():
        return mask.masked_fill(~near, torch.finfo(mask.dtype).min)
    return mask & near


__all__ = ["local_mask"]
