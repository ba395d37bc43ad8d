"""Additive 4-D masks by their published names: for models of one's own, ours make theirs in `layers.masks`.

A mask here is 0 where a query attends and the dtype's least number where it does not, (batch, 1, query, key).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class AttentionMaskConverter:
    """Makes 4-D masks of 2-D ones.

    Args:
        is_causal: queries do not see keys behind them.
        sliding_window: how many keys before its own a query sees; None: all.

    Raises:
        ValueError: the window is not positive.
    """

    is_causal: bool
    sliding_window: int | None

    def __init__(self, is_causal: bool, sliding_window: int | None = None) -> None:
        if sliding_window is not None and sliding_window <= 0:
            raise ValueError(f"sliding_window must be greater than 0, got {sliding_window}")
        self.is_causal, self.sliding_window = is_causal, sliding_window

    def __repr__(self) -> str:
        return f"AttentionMaskConverter(is_causal={self.is_causal}, sliding_window={self.sliding_window})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AttentionMaskConverter) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.is_causal, self.sliding_window))

    def to_causal_4d(
        self,
        batch_size: int,
        query_length: int,
        key_value_length: int,
        dtype: torch.dtype | None = None,
        device: torch.device | str = "cpu",
    ) -> torch.Tensor | None:
        """The mask without padding; None where a single query sees everything.

        Args:
            batch_size: rows.
            query_length: new tokens, the last of all.
            key_value_length: all tokens.
            dtype: of the mask; float32 if None.
            device: of the mask.

        Raises:
            ValueError: the converter is not causal.
        """
        if not self.is_causal:
            raise ValueError(f"to_causal_4d needs is_causal=True; this is {self}")
        if query_length <= 1 and self.sliding_window is None:
            return None
        shape = (batch_size, query_length)
        past = key_value_length - query_length
        return self._make_causal_mask(shape, dtype, device, past, self.sliding_window)

    def to_4d(
        self,
        attention_mask_2d: torch.Tensor,
        query_length: int,
        dtype: torch.dtype | None = None,
        key_value_length: int | None = None,
    ) -> torch.Tensor:
        """The mask of a batch with padding.

        Args:
            attention_mask_2d: 1 for tokens and 0 for padding, shape (batch, key).
            query_length: new tokens, the last of all.
            dtype: of the mask; float32 if None.
            key_value_length: all tokens; needed by a causal converter.

        Raises:
            ValueError: a causal converter is not told how many keys there are.
            NotImplementedError: a window without causality.
        """
        hidden = self._expand_mask(attention_mask_2d, dtype, query_length)
        if not self.is_causal:
            if self.sliding_window is not None:
                raise NotImplementedError("sliding_window goes with is_causal=True only")
            return hidden
        if query_length <= 1 and self.sliding_window is None:
            return hidden
        if key_value_length is None:
            raise ValueError("a causal converter needs key_value_length, the number of all tokens")
        causal = self.to_causal_4d(
            attention_mask_2d.shape[0], query_length, key_value_length, hidden.dtype, hidden.device
        )
        return hidden if causal is None else causal.masked_fill(hidden != 0, _least(hidden.dtype))

    @staticmethod
    def _make_causal_mask(
        input_ids_shape: Sequence[int],
        dtype: torch.dtype | None,
        device: torch.device | str,
        past_key_values_length: int = 0,
        sliding_window: int | None = None,
    ) -> torch.Tensor:
        """The causal mask of (batch, query) new tokens after others."""
        import torch

        batch, queries = input_ids_shape
        keys = torch.arange(past_key_values_length + queries, device=device)
        distance = keys[past_key_values_length:, None] - keys  # of a query from a key before it
        seen = distance >= 0
        if sliding_window is not None:
            seen = seen & (distance <= sliding_window)
        return _additive(~seen, dtype)[None, None].expand(batch, 1, *seen.shape)

    @staticmethod
    def _expand_mask(
        mask: torch.Tensor, dtype: torch.dtype | None, tgt_len: int | None = None
    ) -> torch.Tensor:
        """(batch, key), 1 for tokens, as a mask for each of `tgt_len` queries (as many as keys if None)."""
        batch, keys = mask.shape
        hidden = _additive(mask == 0, dtype)
        return hidden[:, None, None, :].expand(batch, 1, keys if tgt_len is None else tgt_len, keys)

    @staticmethod
    def _unmask_unattended(expanded_mask: torch.Tensor, min_dtype: float) -> torch.Tensor:
        """The mask with rows that see nothing open to all, which some kernels need.

        Raises:
            ValueError: a mask of truth values.
        """
        import torch

        if expanded_mask.dtype == torch.bool:
            raise ValueError("an additive mask is needed, got one of dtype torch.bool")
        nothing = (expanded_mask == min_dtype).all(dim=-1, keepdim=True)
        return expanded_mask.masked_fill(nothing, 0.0)

    @staticmethod
    def _ignore_causal_mask_sdpa(
        attention_mask: torch.Tensor | None,
        inputs_embeds: torch.Tensor,
        past_key_values_length: int,
        sliding_window: int | None = None,
        is_training: bool = False,
    ) -> bool:
        """Whether the kernel's own causal mode, or none, says the same as the mask would."""
        import torch

        queries = inputs_embeds.shape[1]
        keys = queries + past_key_values_length
        if sliding_window is not None and keys >= sliding_window:
            return False
        if attention_mask is not None and (attention_mask.dim() == 4 or torch.compiler.is_compiling()):
            return False
        # After other tokens the kernel would count the queries from the first key.
        fits = queries in (1, keys)
        return fits and (attention_mask is None or bool((attention_mask == 1).all()))


def _least(dtype: torch.dtype | None) -> float:
    import torch

    return float(torch.finfo(dtype or torch.float32).min)


def _additive(hidden: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    """0, or the least number where `hidden` is true."""
    import torch

    zeros = torch.zeros(hidden.shape, dtype=dtype or torch.float32, device=hidden.device)
    return zeros.masked_fill(hidden, _least(zeros.dtype))


def _prepare_4d_causal_attention_mask(
    attention_mask: torch.Tensor | None,
    input_shape: Sequence[int],
    inputs_embeds: torch.Tensor,
    past_key_values_length: int,
    sliding_window: int | None = None,
) -> torch.Tensor | None:
    """The causal mask of a batch.

    Args:
        attention_mask: 1 for tokens: (batch, key), or (batch, 1, query, key); None: no padding.
        input_shape: (batch, query).
        inputs_embeds: whose dtype and device the mask takes.
        past_key_values_length: tokens before the new ones.
        sliding_window: how many keys before its own a query sees; None: all.

    Raises:
        ValueError: a 4-D mask of another shape.
    """
    converter = AttentionMaskConverter(is_causal=True, sliding_window=sliding_window)
    batch, queries = input_shape[0], input_shape[-1]
    keys, dtype, device = queries + past_key_values_length, inputs_embeds.dtype, inputs_embeds.device
    if attention_mask is None:
        return converter.to_causal_4d(batch, queries, keys, dtype, device)
    if attention_mask.dim() == 4:
        given, wanted = tuple(attention_mask.shape), (batch, 1, queries, keys)
        if given != wanted:
            raise ValueError(f"attention_mask must have shape {wanted}, got {given}")
        return _additive(attention_mask.to(device) == 0, dtype)
    return converter.to_4d(attention_mask, queries, dtype, keys)


def _prepare_4d_causal_attention_mask_for_sdpa(
    attention_mask: torch.Tensor | None,
    input_shape: Sequence[int],
    inputs_embeds: torch.Tensor,
    past_key_values_length: int,
    sliding_window: int | None = None,
) -> torch.Tensor | None:
    """The same for `scaled_dot_product_attention`: None where its causal mode says it; 4-D masks as given."""
    rules = AttentionMaskConverter(is_causal=True, sliding_window=sliding_window)
    if rules._ignore_causal_mask_sdpa(attention_mask, inputs_embeds, past_key_values_length, sliding_window):
        return None
    if attention_mask is not None and attention_mask.dim() == 4:
        return attention_mask
    mask = _prepare_4d_causal_attention_mask(
        attention_mask, input_shape, inputs_embeds, past_key_values_length, sliding_window
    )
    if mask is None or attention_mask is None or mask.device.type not in ("cuda", "xpu"):
        return mask
    return rules._unmask_unattended(mask, _least(mask.dtype))


def _prepare_4d_attention_mask(
    mask: torch.Tensor, dtype: torch.dtype, tgt_len: int | None = None
) -> torch.Tensor:
    """(batch, key), 1 for tokens, as (batch, 1, query, key); as many queries as keys if `tgt_len` is None."""
    return AttentionMaskConverter._expand_mask(mask, dtype, tgt_len)


def _prepare_4d_attention_mask_for_sdpa(
    mask: torch.Tensor, dtype: torch.dtype, tgt_len: int | None = None
) -> torch.Tensor | None:
    """The same; None where nothing is padded."""
    import torch

    if not torch.compiler.is_compiling() and bool((mask == 1).all()):
        return None
    return _prepare_4d_attention_mask(mask, dtype, tgt_len)


def _create_4d_causal_attention_mask(
    input_shape: Sequence[int],
    dtype: torch.dtype,
    device: Any,
    past_key_values_length: int = 0,
    sliding_window: int | None = None,
) -> torch.Tensor | None:
    """The causal mask of (batch, query) new tokens after others, nothing padded."""
    converter = AttentionMaskConverter(is_causal=True, sliding_window=sliding_window)
    keys = input_shape[-1] + past_key_values_length
    return converter.to_causal_4d(input_shape[0], input_shape[-1], keys, dtype, device)


__all__ = ["AttentionMaskConverter"]
