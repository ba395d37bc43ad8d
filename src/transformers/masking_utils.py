"""Masks by their published names, for models of one's own and kernels that take masks of another form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .layers.mask_rules import (
    ALL_MASK_ATTENTION_FUNCTIONS,
    AttentionMaskInterface,
    add_offsets_to_mask_function,
    and_masks,
    causal_mask_function,
    chunked_causal_mask_function,
    chunked_overlay,
    eager_mask,
    flash_attention_mask,
    or_masks,
    packed_sequence_mask_function,
    padding_mask_function,
    prepare_padding_mask,
    sdpa_mask,
    sliding_window_causal_mask_function,
    sliding_window_overlay,
)
from .layers.mask_rules import find_packed_sequence_indices as _numbered

if TYPE_CHECKING:
    import torch

sdpa_mask_recent_torch = sdpa_mask
sdpa_mask_older_torch = sdpa_mask

Rule = Callable[[Any, Any, Any, Any], Any]


def flex_attention_mask(*args: Any, **kwargs: Any) -> Any:
    """A `BlockMask`: see `transformers.integrations.flex_attention`."""
    from .integrations.flex_attention import flex_attention_mask as write

    return write(*args, **kwargs)


def find_packed_sequence_indices(position_ids: torch.Tensor) -> torch.Tensor | None:
    """Number (B, T) of the sequence each token of packed rows belongs to; None where no row is packed.

    Args:
        position_ids: (B, T); a sequence begins where they do not go on by one.
    """
    import torch

    numbers: torch.Tensor = _numbered(position_ids)
    if not torch.compiler.is_compiling() and bool((numbers[:, -1] == 0).all()):
        return None
    return numbers


def _sizes(
    cache: Any, cache_position: torch.Tensor, mask: torch.Tensor | None, layer: int
) -> tuple[int, int]:
    """(number of keys, place of the first) that the layer's cache gives."""
    if cache is not None and hasattr(cache, "get_mask_sizes"):
        length, offset = cache.get_mask_sizes(cache_position, layer)
        return int(length), int(offset)
    if cache is not None and cache.get_max_cache_shape() > 0:
        return int(cache.get_max_cache_shape()), 0
    held = 0 if cache is None else int(cache.get_seq_length())
    return max(held + int(cache_position.shape[0]), 0 if mask is None else int(mask.shape[-1])), 0


def _create(
    rule: Rule,
    config: Any,
    input_embeds: torch.Tensor,
    attention_mask: Any,
    cache_position: torch.Tensor,
    past_key_values: Any,
    position_ids: torch.Tensor | None,
    extra: tuple[Rule | None, Rule | None],
    local_size: int | None = None,
) -> Any:
    """The mask of `rule` in the form of the config's kernel."""
    name = config._attn_implementation
    if attention_mask is not None and getattr(attention_mask, "ndim", 4) == 4:
        return attention_mask  # made by the caller, in whatever form
    if name not in ALL_MASK_ATTENTION_FUNCTIONS:
        return None  # the kernel of a user who registered no mask function
    skip = True
    if position_ids is not None and attention_mask is None and past_key_values is None:
        numbers = find_packed_sequence_indices(position_ids.expand(input_embeds.shape[0], -1))
        if numbers is not None:
            rule, skip = and_masks(rule, packed_sequence_mask_function(numbers)), False
    for join, other in zip((or_masks, and_masks), extra, strict=True):
        if other is not None:
            rule, skip = join(rule, other), False
    length, offset = _sizes(past_key_values, cache_position, attention_mask, 0)
    options: dict[str, Any] = {} if local_size is None else {"local_size": local_size}
    return ALL_MASK_ATTENTION_FUNCTIONS[name](
        batch_size=input_embeds.shape[0],
        cache_position=cache_position,
        kv_length=length,
        kv_offset=offset,
        mask_function=rule,
        attention_mask=None if attention_mask is None else attention_mask.bool(),
        allow_is_causal_skip=skip,
        dtype=input_embeds.dtype,
        config=config,
        **options,
    )


def create_causal_mask(
    config: Any,
    input_embeds: torch.Tensor,
    attention_mask: torch.Tensor | None,
    cache_position: torch.Tensor,
    past_key_values: Any,
    position_ids: torch.Tensor | None = None,
    or_mask_function: Rule | None = None,
    and_mask_function: Rule | None = None,
) -> Any:
    """The causal mask of a model, in the form that its kernel takes.

    Args:
        config: names the kernel by `_attn_implementation`.
        input_embeds: (B, T, C).
        attention_mask: (B, S), 1 for a token; one of 4 dimensions is given back as it is.
        cache_position: (T,) places of the new tokens.
        past_key_values: the cache, or None.
        position_ids: (B, T); where they begin anew and there is neither mask nor cache, rows are packed.
        or_mask_function: a rule of keys to show beside those of the mask.
        and_mask_function: a rule that keys must fulfil too.

    Returns:
        What the kernel's mask function gives; None for a kernel without one.
    """
    extra = (or_mask_function, and_mask_function)
    given = (config, input_embeds, attention_mask, cache_position, past_key_values, position_ids)
    return _create(causal_mask_function, *given, extra)


def create_sliding_window_causal_mask(
    config: Any,
    input_embeds: torch.Tensor,
    attention_mask: torch.Tensor | None,
    cache_position: torch.Tensor,
    past_key_values: Any,
    position_ids: torch.Tensor | None = None,
    or_mask_function: Rule | None = None,
    and_mask_function: Rule | None = None,
) -> Any:
    """`create_causal_mask` whose queries see the last `config.sliding_window` keys only.

    Raises:
        ValueError: the config has no window.
    """
    window = vars(config).get("sliding_window")
    if window is None:
        raise ValueError("create_sliding_window_causal_mask needs config.sliding_window, which is None")
    extra = (or_mask_function, and_mask_function)
    given = (config, input_embeds, attention_mask, cache_position, past_key_values, position_ids)
    return _create(sliding_window_causal_mask_function(window), *given, extra, window)


def create_chunked_causal_mask(
    config: Any,
    input_embeds: torch.Tensor,
    attention_mask: torch.Tensor | None,
    cache_position: torch.Tensor,
    past_key_values: Any,
    position_ids: torch.Tensor | None = None,
    or_mask_function: Rule | None = None,
    and_mask_function: Rule | None = None,
) -> Any:
    """`create_causal_mask` whose queries see the keys of their own chunk only.

    Chunks have `config.attention_chunk_size` tokens and are counted from a row's first token.

    Raises:
        ValueError: the config has no size of chunks, or the kernel is flash attention, which has no chunks.
    """
    import torch

    size = vars(config).get("attention_chunk_size")
    if size is None:
        raise ValueError("create_chunked_causal_mask needs config.attention_chunk_size, which is None")
    if str(config._attn_implementation).startswith("flash"):
        raise ValueError("flash attention has no chunks: use attn_implementation='sdpa' or 'flex_attention'")
    left = torch.zeros(input_embeds.shape[0], dtype=torch.long, device=cache_position.device)
    if attention_mask is not None and attention_mask.dim() == 2:
        left = (attention_mask.long().cumsum(dim=-1) == 0).sum(dim=-1)
    extra = (or_mask_function, and_mask_function)
    given = (config, input_embeds, attention_mask, cache_position, past_key_values, position_ids)
    return _create(chunked_causal_mask_function(size, left), *given, extra, size)


def create_masks_for_generate(
    config: Any,
    input_embeds: torch.Tensor,
    attention_mask: torch.Tensor | None,
    cache_position: torch.Tensor,
    past_key_values: Any,
    position_ids: torch.Tensor | None = None,
    or_mask_function: Rule | None = None,
    and_mask_function: Rule | None = None,
    **kwargs: Any,
) -> Any:
    """The masks of all layers: one, or a dict by kind where `config.layer_types` names several.

    kwargs: accepted for compatibility.
    """
    extra = (or_mask_function, and_mask_function)
    given = (config, input_embeds, attention_mask, cache_position, past_key_values, position_ids, *extra)
    kinds = {
        "full_attention": create_causal_mask,
        "sliding_attention": create_sliding_window_causal_mask,
        "chunked_attention": create_chunked_causal_mask,
    }
    layers = vars(config).get("layer_types")
    if layers is not None:
        return {kind: kinds[kind](*given) for kind in dict.fromkeys(layers)}
    windowed = vars(config).get("sliding_window") is not None
    return (create_sliding_window_causal_mask if windowed else create_causal_mask)(*given)


__all__ = [
    "ALL_MASK_ATTENTION_FUNCTIONS",
    "AttentionMaskInterface",
    "add_offsets_to_mask_function",
    "and_masks",
    "causal_mask_function",
    "chunked_causal_mask_function",
    "chunked_overlay",
    "create_causal_mask",
    "create_chunked_causal_mask",
    "create_masks_for_generate",
    "create_sliding_window_causal_mask",
    "eager_mask",
    "find_packed_sequence_indices",
    "flash_attention_mask",
    "flex_attention_mask",
    "or_masks",
    "packed_sequence_mask_function",
    "padding_mask_function",
    "prepare_padding_mask",
    "sdpa_mask",
    "sdpa_mask_older_torch",
    "sdpa_mask_recent_torch",
    "sliding_window_causal_mask_function",
    "sliding_window_overlay",
]
