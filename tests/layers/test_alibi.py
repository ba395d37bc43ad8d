"""ALiBi: slopes worked out by hand, and places that padding does not move."""

from __future__ import annotations

import pytest
import torch

from transformers.layers import alibi
from transformers.layers.cache import DynamicCache
from transformers.layers.masks import counted_places
from transformers.layers.trunk import prepare


@pytest.mark.parametrize(
    ("heads", "powers"),
    [
        (1, [8]),
        (2, [4, 8]),
        (3, [4, 8, 2]),
        (6, [2, 4, 6, 8, 1, 3]),
        (8, [1, 2, 3, 4, 5, 6, 7, 8]),
        (12, [1, 2, 3, 4, 5, 6, 7, 8, 0.5, 1.5, 2.5, 3.5]),
    ],
)
def test_slopes_are_powers_of_two(heads: int, powers: list[float]) -> None:
    expected = torch.tensor([2.0**-power for power in powers])
    torch.testing.assert_close(alibi.alibi_slopes(heads), expected)


def test_steepest_slope_can_be_chosen() -> None:
    torch.testing.assert_close(alibi.alibi_slopes(2, steepest=4), torch.tensor([0.25, 0.0625]))


def test_places_count_what_the_mask_shows() -> None:
    mask = torch.tensor([[0, 1, 1, 0, 1], [1, 1, 0, 0, 0]])
    assert counted_places(mask).tolist() == [[-1, 0, 1, -1, 2], [0, 1, -1, -1, -1]]
    found = alibi.alibi_tensor(mask, 2, torch.float32)
    assert found.shape == (4, 1, 5)
    assert (found[0, 0] * 16).tolist() == [0, 0, 1, 0, 2]
    assert (found[3, 0] * 256).tolist() == [0, 1, 0, 0, 0]


def test_products_can_be_rounded() -> None:
    places = torch.tensor([[0, 257]])
    rounded = alibi.alibi_bias(places, 2, torch.float32, rounded=torch.bfloat16)
    assert (rounded[0, 0, 0] * 16).tolist() == [0, 256]  # eight binary digits
    assert (alibi.alibi_bias(places, 2, torch.float32)[0, 0, 0] * 16).tolist() == [0, 257]


@pytest.mark.parametrize("offset", [0, 2])
@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("padded", [False, True])
def test_masks_with_alibi_hide_what_comes_after(offset: int, length: int, padded: bool) -> None:
    cache, total = DynamicCache(), offset + length
    if offset:
        cache.update(torch.ones(2, 1, offset, 2), torch.ones(2, 1, offset, 2), 0)
    mask = torch.ones(2, total, dtype=torch.long) if padded else None
    if mask is not None and total > 1:
        mask[1, 0] = 0
    ids = torch.ones(2, length, dtype=torch.long)
    ready = prepare(ids, None, mask, causal=True, past_key_values=cache)
    places = alibi.key_places(ready, mask, length)
    found, is_causal = alibi.with_alibi(ready, alibi.alibi_bias(places, 2, torch.float32), length)
    assert not is_causal
    found = found.expand(2, 2, length, total)
    for query in range(length):
        for key in range(total):
            score = found[0, 1, query, key].item()
            assert score == (key / 256 if key <= offset + query else torch.finfo(torch.float32).min)
            if mask is not None and 0 < key <= offset + query:
                assert found[1, 1, query, key].item() == (key - 1) / 256


def test_masks_that_speak_of_queries_leave_places_alone() -> None:
    ids, mask = torch.ones(2, 3, dtype=torch.long), torch.ones(2, 3, 3).tril()
    ready = prepare(ids, None, mask, causal=True)
    assert alibi.key_places(ready, mask, 3).tolist() == [[0, 1, 2]]
