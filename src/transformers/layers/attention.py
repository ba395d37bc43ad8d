"""Attention: one call for every architecture, over a table of kernels that users can extend.

A kernel has the published signature `kernel(module, query, key, value, attention_mask, scaling=None,
dropout=0.0, **kwargs)` with query (B, H, T, D), key and value (B, K, S, D), and returns (output (B, T, H,
D), probabilities (B, H, T, S) or None).
"""

from __future__ import annotations

import contextvars
import inspect

import torch
import torch.nn.functional as F

from .kernel_table import GeneralInterface
from .mask_rules import (
    ALL_MASK_ATTENTION_FUNCTIONS,
    ChosenMask,
    causal_mask_function,
    everything,
    flash_attention_mask,
    ordinary,
    table_rule,
)


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
    if is_causal and attention_mask is None:
        attention_mask = torch.ones_like(scores[:1, :1], dtype=torch.bool).tril()
    extra = additive(attention_mask, bias, scores.dtype)
    if extra is not None:
        scores = scores + extra
    probabilities = F.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
    probabilities = F.dropout(probabilities, p=dropout, training=module.training)
    if head_mask is not None:
        probabilities = probabilities * head_mask
    return torch.matmul(probabilities, value).transpose(1, 2), probabilities  # (B, T, H, D)


# Layers of self-attention that get the same rows, for classes' attribute `joint` (`quantization.siblings`).
QUERY_KEY_VALUE = (("q_proj", "k_proj", "v_proj"),)
# A fused kernel that a framework has beside its own: PyTorch's `frameworks.pt.causal_blocks`.
FUSED = []


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
    groups, heads, length = query.shape[1] // key.shape[1], query.shape[1], query.shape[2]
    if bias is not None and is_causal and attention_mask is None:
        attention_mask = torch.ones_like(bias[:1, :1], dtype=torch.bool).tril()
    # Added, not bool: a query that may see no key then attends evenly, as in the eager kernel.
    attention_mask = additive(attention_mask, bias, query.dtype)
    together = groups > 1 and isinstance(length, int) and length == 1 and not is_causal
    if together and attention_mask is not None:
        together = attention_mask.dim() == 4 and attention_mask.shape[1] == 1
    if together:  # one token: the heads of a group are rows over the same keys, which need no copies
        query = query.reshape(query.shape[0], heads // groups, groups, query.shape[3])
    else:
        key, value = repeat_key_values(key, groups), repeat_key_values(value, groups)
    fused = FUSED[0] if FUSED else F.scaled_dot_product_attention
    output = fused(
        query,
        key,
        value,
        attn_mask=attention_mask,
        dropout_p=dropout if module.training else 0.0,
        is_causal=bool(is_causal) and attention_mask is None,
        scale=scaling,
    )
    if together:
        output = output.reshape(output.shape[0], heads, 1, output.shape[3])
    return output.transpose(1, 2), None  # (B, T, H, D)


class AttentionInterface(GeneralInterface):
    """Table of kernels by name.

    `AttentionInterface.register("mine", kernel)` adds one for every architecture.
    """

    _global_mapping = {"eager": eager_attention, "sdpa": sdpa_attention}


ALL_ATTENTION_FUNCTIONS = AttentionInterface()

# Keywords that a caller gave for a user's kernel: see `layers.kernel_options`.
OPTIONS = contextvars.ContextVar("transformers_kernel_options", default=None)

_OWN = (eager_attention, sdpa_attention)


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
    bias=None,
    is_causal=False,
    **kwargs,
):
    """Attention by the named kernel; head masks take the eager one for this call.

    mask: bool or additive, broadcastable to (B, H, T, S), None, or a `ChosenMask`.  bias: (B or 1, H, T, S)
    added to the scores.  is_causal: whether queries see only what came before, where there is no mask.
    kwargs: scaling, dropout, and what a registered kernel takes.  A kernel whose mask is a tensor of four
    dimensions finds the bias in it; one with masks of another form gets it as `bias`.  Probabilities are
    those that a user's kernel returns; where it returns none, and with the library's own kernels, the
    eager one's.
    Returns (output (B, T, H, D), probabilities (B, H, T, S) or None).
    Raises:
        ValueError: there is a bias, and the kernel has no place for it.
    """
    kernel = ALL_ATTENTION_FUNCTIONS[implementation]
    built_in = kernel in _OWN or getattr(kernel, "gives_no_probabilities", False)
    eagerly = {**kwargs, "head_mask": head_mask, "bias": bias}
    if head_mask is not None or (need_probabilities and built_in):
        mask, is_causal = ordinary(mask, is_causal)
        found = eager_attention(module, query, key, value, mask, is_causal=is_causal, **eagerly)
        return found[0], found[1] if need_probabilities else None
    if kernel in _OWN and not isinstance(mask, ChosenMask):
        options = {"bias": bias, "is_causal": is_causal}
        output, probabilities = kernel(module, query, key, value, mask, **options, **kwargs)
        return output, probabilities if need_probabilities else None
    form, options = for_kernel(module, query, key, mask, bias, is_causal, implementation)
    if options.get("bias") is not None:
        check_takes_bias(kernel, implementation)
    own = {} if built_in else OPTIONS.get() or {}
    output, probabilities = kernel(module, query, key, value, form, **{**kwargs, **options, **own})
    if need_probabilities and probabilities is None:
        mask, is_causal = ordinary(mask, is_causal)
        _, probabilities = eager_attention(module, query, key, value, mask, is_causal=is_causal, **eagerly)
    return output, probabilities if need_probabilities else None


def check_takes_bias(kernel, implementation):
    """Raise ValueError unless a kernel names an argument `bias`, or is a wrapper that takes anything."""
    known = inspect.signature(kernel).parameters
    if "bias" not in known and not any(one.kind is one.VAR_POSITIONAL for one in known.values()):
        raise ValueError(
            f"attn_implementation={implementation!r} has no place for the bias that this model adds to "
            "its scores: its masks are no tensors (B, H, T, S), and it has no argument `bias`; "
            "give it one, or use attn_implementation='sdpa'"
        )


def for_kernel(module, query, key, mask, bias, is_causal, implementation):
    """(mask, further arguments) of a kernel that knows the published arguments only.

    A kernel with no mask function of its own gets one term to add to the scores, bias included.
    """
    write, options = ALL_MASK_ATTENTION_FUNCTIONS.get(implementation), {}
    if isinstance(mask, ChosenMask):
        value, options = mask.value, mask.options
    elif write is None or (mask is not None and mask.is_floating_point()):
        value = mask
    else:
        value = rewritten(write, query, key, mask, is_causal, module)
        # The padding of an encoder says nothing of the decoder's tokens that look at it.
        options = {"all_queries": True} if write is flash_attention_mask else {}
    tensor = value is None or (isinstance(value, torch.Tensor) and value.dim() == 4)
    if tensor and (bias is not None or write is None):
        if value is None and is_causal:
            value = torch.ones_like(query[:1, :1, :, :1] * key[:1, :1, None, :, 0], dtype=torch.bool).tril()
        value, bias, is_causal = additive(value, bias, query.dtype), None, False
    if isinstance(value, torch.Tensor) and value.is_floating_point() and value.dtype != query.dtype:
        value = torch.clamp(value, min=torch.finfo(query.dtype).min).to(query.dtype)
    options = {"is_causal": is_causal and not (tensor and value is not None), **options}
    return value, options if bias is None else {**options, "bias": bias}


def rewritten(write, query, key, mask, is_causal, module):
    """A bool mask, or None and whether it is causal, as a mask function writes it."""
    T, S = query.shape[2], key.shape[2]
    rule, padding = causal_mask_function if is_causal else everything, None
    heads, rows = (1, 1) if mask is None else mask.shape[1:3]
    alike = isinstance(rows, int) and isinstance(heads, int) and heads == 1 and rows == 1
    if mask is not None and alike:
        padding = mask[:, 0, 0]  # (B, S)
    elif mask is not None:
        rule = table_rule(mask, S - T)
    return write(
        batch_size=query.shape[0],
        cache_position=torch.arange(T, device=query.device) + (S - T),
        kv_length=S,
        kv_offset=0,
        mask_function=rule,
        attention_mask=padding,
        allow_is_causal_skip=True,
        dtype=query.dtype,
        config=getattr(module, "config", None),
    )


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
    "OPTIONS",
    "attend",
    "eager_attention",
    "merge_heads",
    "repeat_key_values",
    "sdpa_attention",
    "split_heads",
]
