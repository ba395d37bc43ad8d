"""Attention spelled out under the signatures of published model files, for programs that import it there.

Queries are (B, H, T, D), keys and values (B, H, S, D); out come (B, T, H, D) and probabilities (B, H, T, S).
A mask is added to the scores.  Models themselves go through `attend`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F


def eager_with_heads(
    module,
    query,
    key,
    value,
    attention_mask,
    scaling=None,
    dropout=0.0,
    head_mask=None,
    **kwargs,
):
    """Attention whose `head_mask` has one factor for each head; `module` tells whether it is in training."""
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = torch.matmul(query, key.transpose(2, 3)) * scaling  # (B, H, T, S)
    probabilities = F.softmax(scores if attention_mask is None else scores + attention_mask, dim=-1)
    if head_mask is not None:
        probabilities = probabilities * head_mask.view(1, -1, 1, 1)
    probabilities = F.dropout(probabilities, p=dropout, training=module.training)
    return torch.matmul(probabilities, value).transpose(1, 2).contiguous(), probabilities


def eager_fused(module, query, key, value, attention_mask, head_mask=None, **kwargs):
    """GPT-2's: `module` tells the scale, the dropout, and whether a query sees later keys.

    Its queries are the last ones of its keys, so that the last query sees all of them.
    """
    scores = torch.matmul(query, key.transpose(2, 3))  # (B, H, T, S)
    if module.scale_attn_weights:
        scores = scores * value.shape[-1] ** -0.5
    if module.scale_attn_by_inverse_layer_idx:
        scores = scores / (module.layer_idx + 1)
    if not module.is_cross_attention:
        T, S = scores.shape[-2:]
        later = torch.arange(S, device=scores.device) > torch.arange(T, device=scores.device)[:, None] + S - T
        scores = scores.masked_fill(later, torch.finfo(scores.dtype).min)
    if attention_mask is not None:
        scores = scores + attention_mask[..., : key.shape[-2]]
    probabilities = module.attn_dropout(F.softmax(scores, dim=-1).to(value.dtype))
    if head_mask is not None:
        probabilities = probabilities * head_mask
    return torch.matmul(probabilities, value).transpose(1, 2), probabilities


__all__ = ["eager_fused", "eager_with_heads"]
