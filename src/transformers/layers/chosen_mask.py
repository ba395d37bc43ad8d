"""The mask of a trunk whose kernel has a mask function of its own."""

from __future__ import annotations

import torch

from .local_mask import local_mask
from .mask_rules import (
    ChosenMask,
    and_masks,
    causal_mask_function,
    everything,
    flash_attention_mask,
    packed_sequence_mask_function,
    prepare_padding_mask,
    sliding_window_overlay,
    table_rule,
)
from .masks import causal_mask, padding_mask


def chosen_mask(
    form,
    config,
    attention_mask,
    tokens,
    causal,
    offset=0,
    key_length=None,
    cache_position=None,
    position_ids=None,
    segments=None,
    window=None,
):
    """What the mask function `form` makes of a trunk's mask, as a `ChosenMask`.

    attention_mask: the published one.  tokens: (B, T, ...) the input.  causal: whether queries see only what
    came before.  offset, key_length, segments: as for `layers.masks.causal_mask`.  cache_position: (T,) or
    None.  position_ids: those that the caller gave.  window: number of keys that a query sees, None: all.
    """
    B, T, device = tokens.shape[0], tokens.shape[1], tokens.device
    visible = padding_mask(attention_mask)

    def plain():
        if not causal:
            return padding_mask(attention_mask), False
        mask, is_causal = causal_mask(
            attention_mask, T, offset=offset, key_length=key_length, device=device, segments=segments
        )
        if window is None:
            return mask, is_causal
        return local_mask(mask, T, window, offset=offset, device=device), False

    def narrowed(width):
        given = (offset, key_length, cache_position, position_ids, segments, width)
        return chosen_mask(form, config, attention_mask, tokens, causal, *given)

    check_length(form, key_length)
    options = {} if window is None else {"sliding_window": window}
    if position_ids is not None:
        options["position_ids"] = position_ids
    if visible is not None and visible.is_floating_point():
        value = visible if window is None else plain()[0]
        return ChosenMask(value, options, plain, narrowed)
    size = offset + T if key_length is None else key_length
    padding = None
    if visible is not None and attention_mask.dim() == 2:
        padding, visible = prepare_padding_mask(attention_mask.to(torch.bool), size, 0), None
    rule = rule_of(visible, causal, offset, window, None if segments is None else segments.expand(B, T))
    value = form(
        batch_size=B,
        cache_position=torch.arange(T, device=device) + offset if cache_position is None else cache_position,
        kv_length=size,
        kv_offset=0,
        mask_function=rule,
        attention_mask=padding,
        allow_is_causal_skip=True,
        dtype=tokens.dtype if tokens.is_floating_point() else torch.get_default_dtype(),
        config=config,
    )
    return ChosenMask(value, options, plain, narrowed)


def check_length(form, key_length):
    """Raise ValueError where a kernel that takes padding alone would see the empty rest of a cache."""
    if form is flash_attention_mask and key_length is not None:
        raise ValueError("flash attention takes no cache of fixed length: use attn_implementation='sdpa'")


def rule_of(visible, causal, offset, window, segments):
    """The rule of a mask that speaks of every query, or of causality; and of a window, and of sequences."""
    rule = causal_mask_function if causal else everything
    rule = rule if visible is None else table_rule(visible, offset)
    if segments is not None:
        rule = and_masks(rule, packed_sequence_mask_function(segments))
    return rule if window is None else and_masks(sliding_window_overlay(window), rule)


__all__ = ["chosen_mask"]
