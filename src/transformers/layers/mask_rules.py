"""Masks in the form that a kernel of one's own takes: rules, and a table of functions that write them down.

A rule answers whether a query may look at a key: `rule(batch, head, query, key)`, called with tensors of
places that broadcast to (B, H, T, S) and answering with bool ones.  A mask function makes of a rule, and of
the published mask of padding, what its kernel takes: a tensor, a block mask, the padding alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

from .kernel_table import GeneralInterface

# ------------------------------------------------------------------ rules


def causal_mask_function(batch_idx, head_idx, q_idx, kv_idx):
    """Every query sees itself and what came before."""
    return kv_idx <= q_idx


def everything(batch_idx, head_idx, q_idx, kv_idx):
    """Every query sees every key."""
    return (q_idx >= 0) & (kv_idx >= 0)


def and_masks(*mask_functions):
    """The rule that holds where all of these do."""
    return _joined(mask_functions, torch.logical_and)


def or_masks(*mask_functions):
    """The rule that holds where one of these does."""
    return _joined(mask_functions, torch.logical_or)


def _joined(rules, join):
    if not rules or not all(callable(rule) for rule in rules):
        raise ValueError(f"give rules (batch, head, query, key) -> bool to join, got {rules!r}")

    def rule(batch_idx, head_idx, q_idx, kv_idx):
        answer = rules[0](batch_idx, head_idx, q_idx, kv_idx)
        for other in rules[1:]:
            answer = join(answer, other(batch_idx, head_idx, q_idx, kv_idx))
        return answer

    rule.is_table = any(getattr(one, "is_table", False) for one in rules)
    return rule


def sliding_window_overlay(sliding_window):
    """The rule that a query sees no key `sliding_window` or more places before it."""

    def near(batch_idx, head_idx, q_idx, kv_idx):
        return q_idx - kv_idx < sliding_window

    return near


def chunked_overlay(chunk_size, left_padding):
    """The rule that a query sees its own chunk only; left_padding: (B,) tokens before each row's first."""

    def together(batch_idx, head_idx, q_idx, kv_idx):
        start = left_padding[batch_idx]
        return (q_idx - start) // chunk_size == (kv_idx - start) // chunk_size

    return together


def sliding_window_causal_mask_function(sliding_window):
    """`sliding_window_overlay` that is causal too."""
    return and_masks(sliding_window_overlay(sliding_window), causal_mask_function)


def chunked_causal_mask_function(chunk_size, left_padding):
    """`chunked_overlay` that is causal too."""
    return and_masks(chunked_overlay(chunk_size, left_padding), causal_mask_function)


def padding_mask_function(padding_mask):
    """The rule that keys are tokens; padding_mask: (B, S), True for a token."""

    def is_token(batch_idx, head_idx, q_idx, kv_idx):
        return padding_mask[batch_idx, kv_idx]

    return is_token


def packed_sequence_mask_function(packed_sequence_mask):
    """The rule that query and key are of one sequence; packed_sequence_mask: (B, T) numbers of sequences."""

    def same(batch_idx, head_idx, q_idx, kv_idx):
        return packed_sequence_mask[batch_idx, q_idx] == packed_sequence_mask[batch_idx, kv_idx]

    return same


def add_offsets_to_mask_function(mask_function, q_offset, kv_offset):
    """A rule whose places are counted from these offsets."""

    def moved(batch_idx, head_idx, q_idx, kv_idx):
        return mask_function(batch_idx, head_idx, q_idx + q_offset, kv_idx + kv_offset)

    return moved


def table_rule(visible, offset):
    """The rule that a bool mask (B or 1, H or 1, T or 1, S) states; offset: place of its first query."""
    rows, heads, queries = visible.shape[:3]

    def written(batch_idx, head_idx, q_idx, kv_idx):
        return visible[batch_idx % rows, head_idx % heads, (q_idx - offset) % queries, kv_idx]

    written.is_table = True
    return written


def find_packed_sequence_indices(position_ids):
    """Number (B, T) of the sequence each token belongs to: one begins where positions do not go on by one."""
    breaks = (position_ids[:, 1:] - position_ids[:, :-1] != 1).to(torch.long)
    return torch.cumsum(F.pad(breaks, (1, 0)), dim=-1)


def packed_sequences(position_ids):
    """`find_packed_sequence_indices` where each sequence begins as the row does; all 0 in other rows.

    Position ids that jump otherwise are not taken for several sequences.
    """
    anew = position_ids[:, 1:] == position_ids[:, :1]
    goes_on = position_ids[:, 1:] - position_ids[:, :-1] == 1
    regular = (anew | goes_on).all(dim=-1, keepdim=True)
    return torch.where(regular, find_packed_sequence_indices(position_ids), 0)


# ------------------------------------------------------------------ mask functions


def prepare_padding_mask(attention_mask, kv_length, kv_offset, _slice=True):
    """A published (B, S) mask over the keys from kv_offset on: as long as they are, missing ones hidden."""
    if attention_mask is None:
        return None
    attention_mask = F.pad(attention_mask, (0, max(0, kv_length + kv_offset - attention_mask.shape[-1])))
    return attention_mask[:, kv_offset : kv_offset + kv_length] if _slice else attention_mask


def written_down(batch_size, cache_position, kv_length, kv_offset, mask_function, attention_mask):
    """A rule as a bool tensor (B, 1, T, S), with the padding of a (B, S) mask hidden."""
    device = cache_position.device
    rows = torch.arange(batch_size, device=device)[:, None, None, None]
    head = torch.zeros_like(rows[:1])
    keys = torch.arange(kv_length, device=device)[None, None, None, :] + kv_offset
    seen = mask_function(rows, head, cache_position[None, None, :, None], keys)
    seen = seen.expand(batch_size, 1, cache_position.shape[0], kv_length)
    padding = prepare_padding_mask(attention_mask, kv_length, kv_offset)
    return seen if padding is None else seen & padding.to(torch.bool)[:, None, None, :]


def sdpa_mask(
    batch_size,
    cache_position,
    kv_length,
    kv_offset=0,
    mask_function=causal_mask_function,
    attention_mask=None,
    local_size=None,
    allow_is_causal_skip=True,
    **kwargs,
):
    """A bool mask (B, 1, T, S), True where a query may look.

    batch_size: B.  cache_position: (T,) places of the queries.  kv_length: S.  kv_offset: place of the first
    key.  attention_mask: (B, S), 1 = token.  local_size: keys that a query sees at most, if limited.
    allow_is_causal_skip: give None for plain causality, which the kernel does by itself, or for a rule
    that hides nothing.
    """
    length = cache_position.shape[0]
    if allow_is_causal_skip and attention_mask is None and (local_size is None or kv_length < local_size):
        plain = mask_function is causal_mask_function and kv_offset == 0 and kv_length == length
        if plain or mask_function is everything:
            return None
    return written_down(batch_size, cache_position, kv_length, kv_offset, mask_function, attention_mask)


def eager_mask(
    batch_size,
    cache_position,
    kv_length,
    kv_offset=0,
    mask_function=causal_mask_function,
    attention_mask=None,
    dtype=torch.float32,
    **kwargs,
):
    """What to add to scores: (B, 1, T, S) of `dtype`, 0 where a query may look, else the lowest number.

    The other arguments are those of `sdpa_mask`.
    """
    seen = written_down(batch_size, cache_position, kv_length, kv_offset, mask_function, attention_mask)
    return torch.zeros_like(seen, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min)


def flash_attention_mask(
    batch_size,
    cache_position,
    kv_length,
    kv_offset=0,
    mask_function=causal_mask_function,
    attention_mask=None,
    **kwargs,
):
    """The padding alone, (B, S) of True for a token: the kernel does causality and windows by itself.

    Raises:
        ValueError: the rule is a mask of 3 or 4 dimensions.
    """
    if getattr(mask_function, "is_table", False):
        raise ValueError(
            "flash attention takes an attention_mask of padding, (batch, tokens), and no mask of 3 or 4 "
            "dimensions: use attn_implementation='sdpa' or 'flex_attention'"
        )
    return attention_mask if attention_mask is None else attention_mask[:, -kv_length:]


class AttentionMaskInterface(GeneralInterface):
    """Table of mask functions by the name of the kernel they are for.

    `AttentionMaskInterface.register("mine", function)` makes every architecture whose attn_implementation is
    "mine" call `function(batch_size, cache_position, kv_length, kv_offset, mask_function, attention_mask,
    allow_is_causal_skip, dtype, config)` once for each kind of mask; what it returns goes to the kernel.
    """

    _global_mapping = {"eager": eager_mask, "sdpa": sdpa_mask}


ALL_MASK_ATTENTION_FUNCTIONS = AttentionMaskInterface()

_OWN = (eager_mask, sdpa_mask)


def mask_form(config):
    """The function that writes masks for the kernel a config names; None for the library's own kernels."""
    name = None if config is None else config._attn_implementation
    found = ALL_MASK_ATTENTION_FUNCTIONS.get(name) if isinstance(name, str) else None
    return None if found in _OWN and name in ("eager", "sdpa") else found


class ChosenMask(NamedTuple):
    """A mask in the form of a user's kernel.

    value: what the mask function gave.  options: further arguments of the kernel.  plain: () -> (mask,
    is_causal) as `layers.masks` gives them, for the calls that take the library's own kernel.  narrowed:
    window -> the ChosenMask of queries that see so many keys.
    """

    value: Any
    options: Any
    plain: Any
    narrowed: Any

    def speaks_not(self, length):
        """Whether causality is left to the kernel: the value hides no key of any query of its own."""
        known = isinstance(self.value, torch.Tensor) and self.value.dim() == 4
        return not known and not (isinstance(length, int) and length == 1)


def ordinary(mask, is_causal):
    """(mask, is_causal) for the library's own kernels."""
    return mask.plain() if isinstance(mask, ChosenMask) else (mask, is_causal)


__all__ = [
    "ALL_MASK_ATTENTION_FUNCTIONS",
    "AttentionMaskInterface",
    "ChosenMask",
    "add_offsets_to_mask_function",
    "and_masks",
    "causal_mask_function",
    "chunked_causal_mask_function",
    "chunked_overlay",
    "eager_mask",
    "everything",
    "find_packed_sequence_indices",
    "flash_attention_mask",
    "mask_form",
    "or_masks",
    "ordinary",
    "packed_sequence_mask_function",
    "packed_sequences",
    "padding_mask_function",
    "prepare_padding_mask",
    "sdpa_mask",
    "sliding_window_causal_mask_function",
    "sliding_window_overlay",
    "table_rule",
    "written_down",
]
