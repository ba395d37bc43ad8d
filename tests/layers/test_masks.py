"""Masks and positions against ones worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from transformers.cache_utils import DynamicCache
from transformers.layers import masks
from transformers.layers.trunk import prepare, window_mask

PADDED = torch.tensor([[1, 1, 1, 0], [0, 0, 1, 1]])


def test_padding_mask_of_each_rank() -> None:
    assert masks.padding_mask(None) is None
    two = masks.padding_mask(PADDED)
    assert two.dtype == torch.bool
    assert two.shape == (2, 1, 1, 4)
    assert two[0, 0, 0].tolist() == [True, True, True, False]
    three = masks.padding_mask(PADDED[:, None, :].expand(2, 3, 4).float())
    assert three.shape == (2, 1, 3, 4)
    four = torch.zeros(2, 1, 3, 4)
    assert masks.padding_mask(four) is four
    with pytest.raises(ValueError, match="2, 3 or 4 dimensions"):
        masks.padding_mask(torch.ones(3))


def test_causal_mask_without_padding_needs_no_tensor() -> None:
    assert masks.causal_mask(None, 5) == (None, True)


@pytest.mark.parametrize("offset", [0, 2])
def test_causal_mask_hides_the_future_and_the_padding(offset: int) -> None:
    T = 4 - offset
    visible, is_causal = masks.causal_mask(PADDED, T, offset=offset)
    assert not is_causal
    expected = np.zeros((2, T, 4), dtype=bool)
    for row in range(2):
        for query in range(T):
            for key in range(query + offset + 1):
                expected[row, query, key] = bool(PADDED[row, key])
    blind = ~expected.any(-1)
    expected[blind] = True  # rows of padding look anywhere: their results are never used
    np.testing.assert_array_equal(visible[:, 0].numpy(), expected)


def test_causal_mask_reaches_the_length_of_a_fixed_cache() -> None:
    visible, is_causal = masks.causal_mask(PADDED[:, :3], 3, key_length=6)
    assert not is_causal
    assert visible.shape == (2, 1, 3, 6)
    assert not visible[0, 0, :, 3:].any()


def test_positions_start_after_left_padding() -> None:
    assert masks.positions(PADDED, 4).tolist() == [[0, 1, 2, 3], [0, 0, 0, 1]]
    assert masks.positions(PADDED, 1, offset=3).tolist() == [[3], [1]]
    assert masks.positions(None, 3, offset=2).tolist() == [[2, 3, 4]]
    hole = torch.tensor([[0, 1, 0, 1]])
    assert masks.positions(hole, 4).tolist() == [[0, 0, 1, 2]]


def test_prepare_checks_its_inputs() -> None:
    ids = torch.ones(1, 3, dtype=torch.long)
    with pytest.raises(ValueError, match="not both"):
        prepare(ids, torch.ones(1, 3, 2), None)
    with pytest.raises(ValueError, match="3 tokens, and the model takes 2"):
        prepare(ids, None, None, max_positions=2)


def test_single_token_sees_the_whole_cache_without_a_mask() -> None:
    assert masks.causal_mask(None, 1, offset=4) == (None, False)


@pytest.mark.parametrize("offset", [0, 2])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("length", [1, 2])
def test_window_hides_what_lies_too_far_back(offset: int, padded: bool, length: int) -> None:
    cache = DynamicCache()
    if offset:
        cache.update(torch.ones(2, 1, offset, 2), torch.ones(2, 1, offset, 2), 0)
    total = offset + length
    mask = torch.ones(2, total, dtype=torch.long)
    if padded:
        mask[1, 0] = 0
    ready = prepare(
        torch.ones(2, length, dtype=torch.long),
        None,
        mask if padded else None,
        causal=True,
        past_key_values=cache,
    )
    assert window_mask(ready, length, None) == (ready.mask, ready.is_causal)
    assert window_mask(ready, length, total) == (ready.mask, ready.is_causal)
    visible, is_causal = window_mask(ready, length, 1)
    assert not is_causal or visible is ready.mask
    if total > 1:
        for query in range(length):
            seen = visible.expand(2, 1, length, total)[0, 0, query]
            assert seen.nonzero().flatten().tolist() == [offset + query]


def test_jumping_positions_pack_nothing_where_only_whole_sequences_count() -> None:
    ids = torch.zeros(1, 5, dtype=torch.long)
    jumping, packed = torch.tensor([[4, 2, 9, 0, 1]]), torch.tensor([[2, 3, 4, 2, 3]])
    assert prepare(ids, None, None, jumping, causal=True).mask[0, 0, -1].tolist() == [False] * 3 + [True] * 2
    found = prepare(ids, None, None, jumping, causal=True, whole=True).mask
    assert found.tolist() == torch.ones(1, 1, 5, 5).tril().bool().tolist()
    found = prepare(ids, None, None, packed, causal=True, whole=True).mask
    assert found[0, 0, -1].tolist() == [False] * 3 + [True] * 2
