"""torch.nn.attention.flex_attention: masks are rules over blocks, and hidden blocks are skipped."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import torch

from ..layers.mask_rules import and_masks, causal_mask_function, padding_mask_function, prepare_padding_mask

Rule = Callable[[Any, Any, Any, Any], Any]


@functools.cache
def _compiled() -> Callable[..., Any]:
    from torch.nn.attention.flex_attention import flex_attention

    return torch.compile(flex_attention)


def flex_attention_mask(
    batch_size: int,
    cache_position: torch.Tensor,
    kv_length: int,
    kv_offset: int = 0,
    mask_function: Rule = causal_mask_function,
    attention_mask: torch.Tensor | None = None,
    **kwargs: Any,
) -> Any:
    """The `BlockMask` of a rule and a (B, S) mask of padding.

    Args:
        batch_size: B.
        cache_position: (T,) places of the queries, one behind the other.
        kv_length: S.
        kv_offset: place of the first key.
        mask_function: the rule, `(batch, head, query, key)` -> bool tensor.
        attention_mask: (B, S), 1 for a token.
        kwargs: what other mask functions take.
    """
    from torch.nn.attention.flex_attention import create_block_mask

    device = cache_position.device
    if attention_mask is not None:
        padding = prepare_padding_mask(attention_mask.to(torch.bool), kv_length + kv_offset, 0)
        mask_function = and_masks(mask_function, padding_mask_function(padding))
    first = cache_position[0]

    def placed(batch: Any, head: Any, query: Any, key: Any) -> Any:
        return mask_function(batch, head, query + first, key + kv_offset)

    length = cache_position.shape[0]
    return create_block_mask(placed, batch_size, None, length, kv_length, device=str(device), _compile=False)


def flex_attention_forward(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: Any,
    scaling: float | None = None,
    dropout: float = 0.0,
    softcap: float | None = None,
    bias: torch.Tensor | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attention over a `BlockMask`.

    Args:
        module: the attention module.
        query: (B, H, T, D).
        key: (B, K, S, D).
        value: (B, K, S, D).
        attention_mask: a BlockMask, or (B or 1, H or 1, T or 1, S) to add to the scores, or None.
        scaling: factor of the scores; None: 1 / sqrt(D).
        dropout: refused in training.
        softcap: scores are squeezed into this range.
        bias: (B or 1, H or 1, T or 1, S) to add to the scores.
        kwargs: arguments of other kernels.

    Returns:
        The output (B, T, H, D), and None for the probabilities.

    Raises:
        ValueError: dropout in training, or gradients on the CPU.
    """
    if dropout and module.training:
        raise ValueError("flex_attention has no dropout: set it to 0, or use attn_implementation='sdpa'")
    if query.device.type == "cpu" and torch.is_grad_enabled() and query.requires_grad:
        raise ValueError(
            "flex_attention has no gradients on the CPU: use torch.no_grad(), another device, or "
            "attn_implementation='sdpa'"
        )
    added = attention_mask if isinstance(attention_mask, torch.Tensor) else None
    block_mask = None if added is not None else attention_mask
    terms = [term.to(query.dtype) for term in (added, bias) if term is not None]
    output = _call(
        query.device.type != "cpu",
        query,
        key,
        value,
        score_mod=_score(terms, softcap),
        block_mask=block_mask,
        scale=scaling,
        enable_gqa=query.shape[1] != key.shape[1],
    )
    return output.transpose(1, 2).contiguous(), None  # (B, T, H, D)


def _score(terms: list[torch.Tensor], softcap: float | None) -> Callable[..., Any] | None:
    """What changes each score: the cap, then what is added; None where nothing does."""
    if not terms and softcap is None:
        return None

    def changed(score: Any, batch: Any, head: Any, query: Any, key: Any) -> Any:
        if softcap is not None:
            score = softcap * torch.tanh(score / softcap)
        for term in terms:
            B, H, T, _ = term.shape
            score = score + term[batch % B, head % H, query % T, key]
        return score

    return changed


def _call(fused: bool, *args: Any, **kwargs: Any) -> torch.Tensor:
    """Compiled where that pays, so that scores are never held whole; on the CPU as it stands."""
    from torch.nn.attention.flex_attention import flex_attention

    if torch.compiler.is_compiling():
        return flex_attention(*args, **kwargs)  # type: ignore[no-any-return]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="flex_attention called without torch.compile")
        kernel = _compiled() if fused else flex_attention
        return kernel(*args, **kwargs)  # type: ignore[no-any-return]


__all__ = ["flex_attention_forward", "flex_attention_mask"]
