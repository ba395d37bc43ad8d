"""The masks of a trunk whose kernel has a mask function of its own: each is made once in a forward."""

from __future__ import annotations

import torch

from .local_mask import local_mask
from .mask_rules import (
    ChosenMask,
    and_masks,
    causal_mask_function,
    everything,
    flash_attention_mask,
    mask_form,
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
    padding = padding_of(attention_mask, visible, B, size)
    visible = visible if padding is None else None
    rule = rule_of(visible, causal, offset, window, None if segments is None else segments.expand(B, T))
    places = torch.arange(T, device=device) + offset if cache_position is None else cache_position
    return ChosenMask(written(form, config, tokens, places, size, rule, padding), options, plain, narrowed)


def encoder_mask(config, attention_mask, tokens, *, key_length=None, asking=None):
    """The mask of attention that is not causal, in the form of the kernel that a config names.

    attention_mask: the published one, over the keys.  tokens: (B, T, ...) what asks.  key_length: S, where
    others are asked, an encoder's.  asking: (B, T) bool, where those that ask are tokens; None: everywhere.
    In a tensor padding sees everything: kernels disagree about the gradient where nothing is seen.
    Returns a `ChosenMask`, or without a mask function of the kernel's a bool or additive mask or None.
    """
    visible, form = padding_mask(attention_mask), mask_form(config)
    if visible is not None and asking is not None and not visible.is_floating_point():
        visible = visible | ~asking[:, None, :, None]  # (B, 1, T, S)
    if form is None:
        return visible

    def plain():
        return visible, False

    # The padding of an encoder says nothing of the decoder's tokens that look at it.
    options = {"all_queries": True} if key_length is not None and form is flash_attention_mask else {}
    if visible is not None and visible.is_floating_point():
        return ChosenMask(visible, options, plain, None)
    B, T = tokens.shape[:2]
    size = T if key_length is None else key_length
    rule, padding = everything, padding_of(attention_mask, padding_mask(attention_mask), B, size)
    if visible is not None and padding is None:
        rule = table_rule(visible, 0)
    elif visible is not None and asking is not None:
        rule = and_masks(rule, query_mask_function(asking))
    places = torch.arange(T, device=tokens.device)
    return ChosenMask(written(form, config, tokens, places, size, rule, padding), options, plain, None)


def query_mask_function(padding_mask):
    """The rule that queries are tokens; padding_mask: (B, T), True for a token."""

    def asks(batch_idx, head_idx, q_idx, kv_idx):
        return padding_mask[batch_idx, q_idx]

    return asks


def cross_mask(config, encoder_attention_mask, tokens, encoder_hidden_states):
    """`encoder_mask` of tokens (B, T, ...) that look at an encoder's (B, S, C), which may be None."""
    if encoder_hidden_states is None:
        return None
    size = encoder_hidden_states.shape[1]
    return encoder_mask(config, encoder_attention_mask, tokens, key_length=size)


def padding_of(attention_mask, visible, rows, size):
    """The padding (B, S), bool, that a mask states; None where there is none or it speaks of every query.

    visible: what `padding_mask` made of it.
    """
    if visible is None:
        return None
    if attention_mask.dim() == 2:
        return prepare_padding_mask(attention_mask.to(torch.bool), size, 0)
    heads, queries = visible.shape[1:3]
    alike = isinstance(heads, int) and isinstance(queries, int) and heads == 1 and queries == 1
    return visible[:, 0, 0].expand(rows, visible.shape[-1]) if alike else None


def written(form, config, tokens, places, size, rule, padding):
    """What a mask function answers about queries at `places` (T,) and so many keys."""
    return form(
        batch_size=tokens.shape[0],
        cache_position=places,
        kv_length=size,
        kv_offset=0,
        mask_function=rule,
        attention_mask=padding,
        allow_is_causal_skip=True,
        dtype=tokens.dtype if tokens.is_floating_point() else torch.get_default_dtype(),
        config=config,
    )


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


__all__ = ["chosen_mask", "cross_mask", "encoder_mask", "query_mask_function"]
