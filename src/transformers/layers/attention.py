"""Attention: one call for every architecture, over a table of kernels that users can extend.

A kernel has the published signature `kernel(module, query, key, value, attention_mask, scaling=None,
dropout=0.0, **kwargs)` with query (B, H, T, D), key and value (B, K, S, D), and returns (output (B, T, H,
D), probabilities (B, H, T, S) or None).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F


def repeat_key_values(x, groups):
    """(B, K, S, D) -> (B, K * groups, S, D): each key/value head serves `groups` query heads."""
    if groups == 1:
        return x
    B, K, S, D = x.shape
    return x[:, :, None].expand(B, K, groups, S, D).reshape(B, K * groups, S, D)


def additive(mask, bias, dtype):
    """Mask and bias as one term to add to scores, or None; hidden keys get the smallest finite number."""
    if mask is None:
        return bias
    if mask.dtype != torch.bool:
        return mask if bias is None else mask + bias
    hidden = torch.zeros_like(mask, dtype=dtype).masked_fill(~mask, torch.finfo(dtype).min)
    return hidden if bias is None else bias.masked_fill(~mask, torch.finfo(dtype).min)


def eager_attention(
    module,
    query,
    key,
    value,
    attention_mask,
    scaling=None,
    dropout=0.0,
    bias=None,
    head_mask=None,
    is_causal=False,
    softcap=None,
    **kwargs,
):
    """Softmax attention spelled out; the kernel that can return probabilities (arXiv:1706.03762)."""
    groups = query.shape[1] // key.shape[1]
    key, value = repeat_key_values(key, groups), repeat_key_values(value, groups)
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = torch.matmul(query, key.transpose(2, 3)) * scaling  # (B, H, T, S)
    if softcap is not None:
        scores = torch.tanh(scores / softcap) * softcap
    if is_causal:
        attention_mask = torch.ones_like(scores[:1, :1], dtype=torch.bool).tril()
    extra = additive(attention_mask, bias, scores.dtype)
    if extra is not None:
        scores = scores + extra
    probabilities = F.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
    probabilities = F.dropout(probabilities, p=dropout, training=module.training)
    if head_mask is not None:
        probabilities = probabilities * head_mask
    return torch.matmul(probabilities, value).transpose(1, 2), probabilities  # (B, T, H, D)


def sdpa_attention(
    module,
    query,
    key,
    value,
    attention_mask,
    scaling=None,
    dropout=0.0,
    bias=None,
    is_causal=False,
    **kwargs,
):
    """The framework's fused scaled_dot_product_attention; gives no probabilities."""
    groups = query.shape[1] // key.shape[1]
    key, value = repeat_key_values(key, groups), repeat_key_values(value, groups)
    if bias is not None and is_causal:
        attention_mask, is_causal = torch.ones_like(bias[:1, :1], dtype=torch.bool).tril(), False
    # Added, not bool: a query that may see no key then attends evenly, as in the eager kernel.
    attention_mask = additive(attention_mask, bias, query.dtype)
    output = F.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=attention_mask,
        dropout_p=dropout if module.training else 0.0,
        is_causal=is_causal,
        scale=scaling,
    )
    return output.transpose(1, 2), None  # (B, T, H, D)


class AttentionInterface(dict):
    """Table of kernels by name.

    `AttentionInterface.register("mine", kernel)` adds one for every architecture.
    """

    def __getitem__(self, name):
        if name not in self:
            raise ValueError(
                f"attn_implementation {name!r} is unknown; registered are {', '.join(sorted(self))}"
            )
        return super().__getitem__(name)

    @classmethod
    def register(cls, key, value):
        ALL_ATTENTION_FUNCTIONS[key] = value

    def valid_keys(self):
        return list(self)

    def get_interface(self, name, default):
        return self.get(name, default)


ALL_ATTENTION_FUNCTIONS = AttentionInterface(eager=eager_attention, sdpa=sdpa_attention)


def attend(
    module,
    query,
    key,
    value,
    mask=None,
    *,
    implementation,
    need_probabilities=False,
    head_mask=None,
    **kwargs,
):
    """Attention by the named kernel; probabilities and head masks take the eager one for this call.

    mask: bool or additive, broadcastable to (B, H, T, S), or None.  kwargs: scaling, dropout, bias (B or 1,
    H, T, S added to the scores), is_causal, and what a registered kernel takes. Returns (output (B, T, H,
    D), probabilities (B, H, T, S) or None).
    """
    if need_probabilities or head_mask is not None:
        implementation, kwargs["head_mask"] = "eager", head_mask
    output, probabilities = ALL_ATTENTION_FUNCTIONS[implementation](module, query, key, value, mask, **kwargs)
    return output, probabilities if need_probabilities else None


def split_heads(x, heads):
    """(B, T, H * D) -> (B, H, T, D)"""
    B, T, width = x.shape
    return x.reshape(B, T, heads, width // heads).transpose(1, 2)


def merge_heads(x):
    """(B, T, H, D) -> (B, T, H * D)"""
    B, T, H, D = x.shape
    return x.reshape(B, T, H * D)


__all__ = [
    "ALL_ATTENTION_FUNCTIONS",
    "AttentionInterface",
    "attend",
    "eager_attention",
    "merge_heads",
    "repeat_key_values",
    "sdpa_attention",
    "split_heads",
]
