"""Attention of several heads with its projections."""

from __future__ import annotations

import math
from typing import Any

from .....core.dtypes import BOOL
from ...bounded import softmax
from ...filled import zeros
from ...indexing import where
from ...shapes import cat
from ...tensor import Tensor
from .attention import scaled_dot_product_attention
from .image import pad
from .linear import dropout, linear


def _projected(
    inputs: tuple[Tensor, Tensor, Tensor], width: int, joint: Tensor | None, separate: Any, bias: Any
) -> list[Tensor]:
    """Queries, keys and values by one weight of three parts or by three weights."""
    weights = separate if joint is None else joint.split(width, 0)
    biases = (None, None, None) if bias is None else bias.split(width, 0)
    return [linear(x, w, c) for x, w, c in zip(inputs, weights, biases, strict=True)]


def _additive(mask: Tensor | None, dtype: Any) -> Tensor | None:
    """A mask to add: bool masks hide where they are true."""
    if mask is None or mask.is_floating_point():
        return mask
    if mask.dtype.kind != BOOL:
        raise TypeError(f"an attention mask must be bool or floating, not {mask.dtype}")
    return where(mask, -math.inf, zeros((), dtype=dtype))


def _joint_mask(attn_mask: Tensor | None, padding: Tensor | None, q: Tensor, more: int) -> Tensor | None:
    """Both masks as one to add, broadcastable to (N, H, T, S); `more` keys at the end are never hidden."""
    batch, heads = q.shape[:2]
    mask, hidden = (_extended(_additive(given, q.dtype), more) for given in (attn_mask, padding))
    if mask is not None:
        if mask.ndim not in (2, 3):
            raise ValueError(f"attn_mask must be (L, S) or (N * heads, L, S), not {list(mask.shape)}")
        mask = mask if mask.ndim == 2 else mask.reshape(batch, heads, *mask.shape[1:])
    if hidden is None:
        return mask
    hidden = hidden.unsqueeze(1).unsqueeze(1)  # (N, 1, 1, S)
    return hidden if mask is None else hidden + mask


def _extended(tensor: Tensor | None, by: int) -> Tensor | None:
    return pad(tensor, (0, by)) if tensor is not None and by else tensor


def _heads(x: Tensor, heads: int) -> Tensor:
    """(T, N, C) to (N, H, T, D)."""
    length, batch, width = x.shape
    return x.reshape(length, batch, heads, width // heads).permute(1, 2, 0, 3)


def _attended(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float, need_weights: bool
) -> tuple[Tensor, Tensor | None]:
    """The result (N, H, T, D), and probabilities (N, H, T, S) if they are needed."""
    if not need_weights:
        return scaled_dot_product_attention(q, k, v, mask, dropout_p), None
    scores = (q * (1.0 / math.sqrt(q.shape[-1]))) @ k.transpose(-2, -1)
    shares = softmax(scores if mask is None else scores + mask, -1)
    shares = dropout(shares, dropout_p, dropout_p > 0.0)
    return shares @ v, shares


def _check_width(width: Any, expected: int, heads: int) -> None:
    if isinstance(width, int) and (width != expected or width % heads):
        raise ValueError(
            f"queries are {width} wide, the layer {expected}, which must be a multiple of num_heads ({heads})"
        )


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Project, attend, project back; see `nn.MultiheadAttention`.

    Shape: query (T, N, C), key and value (S, N, ...), or all without N; masks hide where true, or are added.

    Returns:
        The result (T, N, C), and probabilities (N, T, S) or (N, heads, T, S) if `need_weights`, else None.
    """
    if static_k is not None or static_v is not None:
        raise ValueError("multi_head_attention_forward: static_k and static_v are not part of the layer")
    if is_causal and attn_mask is None:
        raise RuntimeError("is_causal only says what attn_mask is: give attn_mask too")
    _check_width(query.shape[-1], embed_dim_to_check, num_heads)
    single = query.ndim == 2
    if single:
        query, key, value = (x.unsqueeze(1) for x in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    joint = None if use_separate_proj_weight else in_proj_weight
    separate = (q_proj_weight, k_proj_weight, v_proj_weight)
    q, k, v = _projected((query, key, value), embed_dim_to_check, joint, separate, in_proj_bias)
    if bias_k is not None and bias_v is not None:
        k, v = (cat([x, c.expand(1, query.shape[1], -1)]) for x, c in ((k, bias_k), (v, bias_v)))
    q, k, v = (_heads(x, num_heads) for x in (q, k, v))
    if add_zero_attn:
        k, v = (pad(x, (0, 0, 0, 1)) for x in (k, v))
    more = (bias_k is not None) + bool(add_zero_attn)
    mask = _joint_mask(attn_mask, key_padding_mask, q, more)
    out, shares = _attended(q, k, v, mask, dropout_p if training else 0.0, need_weights)
    out = out.permute(2, 0, 1, 3).reshape(query.shape[0], query.shape[1], embed_dim_to_check)
    out = linear(out, out_proj_weight, out_proj_bias)
    shares = shares.mean(1) if shares is not None and average_attn_weights else shares
    if single:
        return out.squeeze(1), None if shares is None else shares.squeeze(0)
    return out, shares


__all__ = ["multi_head_attention_forward"]
