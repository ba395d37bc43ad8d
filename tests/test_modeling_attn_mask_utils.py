"""Additive 4-D masks by their published names, against rules written out in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from transformers.modeling_attn_mask_utils import (
    AttentionMaskConverter,
    _create_4d_causal_attention_mask,
    _prepare_4d_attention_mask,
    _prepare_4d_attention_mask_for_sdpa,
    _prepare_4d_causal_attention_mask,
    _prepare_4d_causal_attention_mask_for_sdpa,
)

PADDED = torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 1, 0]])
LEAST = torch.finfo(torch.float32).min


def expected(mask: torch.Tensor | None, queries: int, keys: int, causal: bool, window: int | None) -> Any:
    seen = np.ones((2, 1, queries, keys), bool) if mask is None else np.zeros((2, 1, queries, keys), bool)
    if mask is not None:
        seen[:] = mask.numpy().astype(bool)[:, None, None, :]
    for query in range(queries):
        for key in range(keys):
            behind = key - (query + keys - queries)
            if causal and (behind > 0 or (window is not None and -behind > window)):
                seen[:, :, query, key] = False
    return np.where(seen, np.float32(0), np.float32(LEAST))


@pytest.mark.parametrize("window", [None, 1, 3])
@pytest.mark.parametrize("queries", [1, 2, 5])
def test_causal_masks_follow_the_rules(queries: int, window: int | None) -> None:
    embeds = torch.zeros(2, queries, 3)
    past = 5 - queries
    converter = AttentionMaskConverter(is_causal=True, sliding_window=window)
    padded = converter.to_4d(PADDED, queries, key_value_length=5, dtype=torch.float32)
    assert np.array_equal(padded.numpy(), expected(PADDED, queries, 5, True, window))
    made = _prepare_4d_causal_attention_mask(PADDED, (2, queries), embeds, past, window)
    assert made is not None and torch.equal(made, padded)
    fused = _prepare_4d_causal_attention_mask_for_sdpa(PADDED, (2, queries), embeds, past, window)
    assert fused is not None and torch.equal(fused, padded)
    plain = _create_4d_causal_attention_mask((2, queries), torch.float32, "cpu", past, window)
    if queries == 1 and window is None:
        assert plain is None
    else:
        assert plain is not None
        assert np.array_equal(plain.numpy(), expected(None, queries, 5, True, window))


def test_masks_of_encoders() -> None:
    found = _prepare_4d_attention_mask(PADDED, torch.float32, tgt_len=3)
    assert np.array_equal(found.numpy(), expected(PADDED, 3, 5, False, None))
    assert _prepare_4d_attention_mask(PADDED, torch.bfloat16).shape == (2, 1, 5, 5)
    assert _prepare_4d_attention_mask_for_sdpa(torch.ones(2, 5), torch.float32) is None
    fused = _prepare_4d_attention_mask_for_sdpa(PADDED, torch.float32, tgt_len=3)
    assert fused is not None and torch.equal(fused, found)
    same = AttentionMaskConverter(is_causal=False).to_4d(PADDED, 3, torch.float32)
    assert torch.equal(same, found)


def test_fused_attention_needs_no_mask_where_its_own_mode_says_it() -> None:
    embeds = torch.zeros(2, 5, 3)
    for mask in (None, torch.ones(2, 5)):
        assert _prepare_4d_causal_attention_mask_for_sdpa(mask, (2, 5), embeds, 0) is None
        later = None if mask is None else torch.ones(2, 9)
        assert _prepare_4d_causal_attention_mask_for_sdpa(later, (2, 5), embeds, 4) is not None
    given = torch.ones(2, 1, 5, 5)
    assert _prepare_4d_causal_attention_mask_for_sdpa(given, (2, 5), embeds, 0) is given
    added = _prepare_4d_causal_attention_mask(given, (2, 5), embeds, 0)
    assert added is not None and not added.any()


def test_rows_that_see_nothing_are_opened() -> None:
    mask = torch.tensor([[[[LEAST, LEAST], [0.0, LEAST]]]])
    assert AttentionMaskConverter._unmask_unattended(mask, LEAST).tolist() == [[[[0, 0], [0, LEAST]]]]
    with pytest.raises(ValueError, match=r"torch\.bool"):
        AttentionMaskConverter._unmask_unattended(mask == 0, LEAST)


def test_converters_compare_by_their_values() -> None:
    one, other = AttentionMaskConverter(True, 3), AttentionMaskConverter(True, sliding_window=3)
    assert one == other and hash(one) == hash(other) and one != AttentionMaskConverter(False)
    assert repr(one) == "AttentionMaskConverter(is_causal=True, sliding_window=3)"


def test_wrong_uses_are_refused() -> None:
    with pytest.raises(ValueError, match="greater than 0, got 0"):
        AttentionMaskConverter(True, sliding_window=0)
    with pytest.raises(ValueError, match="needs is_causal=True"):
        AttentionMaskConverter(False).to_causal_4d(1, 2, 2)
    with pytest.raises(ValueError, match="needs key_value_length"):
        AttentionMaskConverter(True).to_4d(PADDED, 5)
    with pytest.raises(NotImplementedError, match="is_causal=True only"):
        AttentionMaskConverter(False, 2).to_4d(PADDED, 5)
    with pytest.raises(ValueError, match=r"must have shape \(2, 1, 5, 5\), got \(2, 1, 5, 4\)"):
        _prepare_4d_causal_attention_mask(torch.ones(2, 1, 5, 4), (2, 5), torch.zeros(2, 5, 3), 0)
