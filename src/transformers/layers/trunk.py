"""What every trunk works out before its first layer: cache, positions and mask."""

from __future__ import annotations

from typing import Any, NamedTuple

from .cache_pair import as_cache
from .chosen_mask import chosen_mask
from .local_mask import local_mask
from .mask_rules import ChosenMask, mask_form
from .masks import causal_mask, padding_mask, positions
from .packing import segments_of


class Prepared(NamedTuple):
    """cache: a Cache or None.  position_ids: (B or 1, T).  mask, is_causal: as `layers.masks` gives them."""

    cache: Any
    position_ids: Any
    mask: Any
    is_causal: bool


def prepare(
    input_ids,
    inputs_embeds,
    attention_mask,
    position_ids=None,
    *,
    causal=False,
    past_key_values=None,
    use_cache=False,
    cross=False,
    cache_position=None,
    max_positions=None,
    config=None,
    window=None,
    whole=False,
):
    """Check and complete a trunk's inputs.

    causal: whether queries see only what came before.  cross: whether a new cache holds an encoder's keys.
    cache_position: (T,) places of the new tokens in a cache of fixed length.
    max_positions: length of the table of positions, if there is one.
    config: names the kernel, for the form of its masks; None where the trunk makes its mask by itself.
    window: keys that a query sees in every layer, for masks of the kernel's own form (else `window_mask`).
    whole: for a trunk whose published form packs nothing, as for `segments_of`.
    Position ids that begin anew within a row, with no mask and nothing cached, keep its sequences apart.
    Raises:
        ValueError: both or none of input_ids (B, T) and inputs_embeds (B, T, C) were given, or one of another
            rank; the sequence is longer than the table of positions, or the mask is not of its length (told
            where lengths are plain numbers); a cache of fixed length, with flash attention.
    """
    if (input_ids is None) == (inputs_embeds is None):
        raise ValueError("give either input_ids or inputs_embeds, and not both")
    tokens = input_ids if inputs_embeds is None else inputs_embeds
    if tokens.dim() != (2 if inputs_embeds is None else 3):
        shape = "input_ids must be (batch, tokens)"
        shape = shape if inputs_embeds is None else "inputs_embeds must be (batch, tokens, width)"
        raise ValueError(f"{shape}, got shape {tuple(tokens.shape)}")
    length, device = tokens.shape[1], tokens.device
    cache = as_cache(past_key_values, cross=cross) if use_cache or past_key_values is not None else None
    offset = cached_length(cache, cache_position)
    check_length(length, offset, max_positions)
    check_mask(attention_mask, length, offset, cache)
    fixed = -1 if cache is None else cache.get_max_cache_shape()
    fresh = fixed < 0 and isinstance(offset, int) and offset == 0
    segments = segments_of(position_ids, attention_mask, cache, whole) if causal and fresh else None
    given = position_ids
    if position_ids is None:
        position_ids = positions(attention_mask, length, offset=offset, device=device)
    form, size = mask_form(config), fixed if fixed > 0 else None
    if form is not None:
        window = None if all_near(length, offset, window) else window
        parts = (causal, offset, size, cache_position, given, segments, window)
        mask = chosen_mask(form, config, attention_mask, tokens, *parts)
        return Prepared(cache, position_ids, mask, causal and mask.speaks_not(length))
    if not causal:
        return Prepared(cache, position_ids, padding_mask(attention_mask), False)
    mask, is_causal = causal_mask(
        attention_mask, length, offset=offset, key_length=size, device=device, segments=segments
    )
    return Prepared(cache, position_ids, mask, is_causal)


def cached_length(cache, cache_position=None):
    """Number of tokens before the new ones: an int, or a scalar tensor for a cache of fixed length."""
    if cache is None:
        return 0
    return cache.get_seq_length() if cache_position is None else cache_position[0]


def all_near(length, offset, window):
    """Whether a window is known to hide nothing of so many new tokens after `offset` others."""
    known = isinstance(length, int) and isinstance(offset, int)
    return window is None or (known and offset + length <= window)


def window_mask(ready, length, window, *, cache_position=None, device=None):
    """(mask, is_causal) for layers whose queries see the last `window` keys only, themselves included.

    ready: what `prepare` gave.  length: T.  window: None for layers that see everything before them.
    """
    offset = cached_length(ready.cache, cache_position)
    if all_near(length, offset, window):
        return ready.mask, ready.is_causal
    if isinstance(ready.mask, ChosenMask):
        if ready.mask.options.get("sliding_window") == window:
            return ready.mask, ready.is_causal
        mask = ready.mask.narrowed(window)
        return mask, ready.is_causal and mask.speaks_not(length)
    return local_mask(ready.mask, length, window, offset=offset, device=device), False


def check_length(length, offset, max_positions):
    """Raise ValueError where so many new tokens after `offset` others are more than a table of positions."""
    # A gather beyond its table is undefined: JAX clips, TensorFlow on a GPU gives zeros.
    known = max_positions is not None and isinstance(length, int) and isinstance(offset, int)
    if known and offset + length > max_positions:
        raise ValueError(f"the sequence has {offset + length} tokens, and the model takes {max_positions}")


def check_mask(mask, length, offset, cache):
    """Raise ValueError for a (B, S) mask that does not cover the cached and the new tokens."""
    if mask is None or mask.dim() != 2 or (cache is not None and cache.get_max_cache_shape() > 0):
        return
    given = mask.shape[1]
    if all(isinstance(size, int) for size in (given, length, offset)) and given != offset + length:
        raise ValueError(
            f"attention_mask covers {given} tokens; there are {offset + length}"
            + (f", {offset} of them in the cache" if offset else "")
        )


__all__ = ["Prepared", "all_near", "cached_length", "prepare", "window_mask"]
