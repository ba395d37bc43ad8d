"""The published functions that make masks, against masks written down by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from transformers import DynamicCache, StaticCache, masking_utils
from transformers.layers.kernel_table import GeneralInterface

WORDS = torch.zeros(2, 5, 8)
PLACES = torch.arange(5)
LEFT = torch.tensor([[0, 1, 1, 1, 1], [1, 1, 1, 1, 1]])


def config(kernel: str = "sdpa", **more: Any) -> Any:
    return SimpleNamespace(_attn_implementation=kernel, **more)


def by_hand(visible: Any, rows: int = 2, queries: Any = range(5), keys: int = 5) -> torch.Tensor:
    """visible(row, query, key) for every place, (B, 1, T, S)."""
    table = [[[bool(visible(b, q, k)) for k in range(keys)] for q in queries] for b in range(rows)]
    return torch.tensor(table)[:, None]


def cached(length: int) -> DynamicCache:
    cache = DynamicCache()
    cache.update(torch.zeros(2, 1, length, 4), torch.zeros(2, 1, length, 4), 0)
    return cache


def test_plain_causality_needs_no_tensor() -> None:
    assert masking_utils.create_causal_mask(config(), WORDS, None, PLACES, None) is None
    assert masking_utils.create_causal_mask(config("flash_attention_2"), WORDS, None, PLACES, None) is None
    assert masking_utils.create_causal_mask(config("a user's"), WORDS, LEFT, PLACES, None) is None
    eager = masking_utils.create_causal_mask(config("eager"), WORDS, None, PLACES, None)
    lowest = torch.finfo(torch.float32).min
    assert torch.equal(eager, torch.zeros(2, 1, 5, 5).masked_fill(~by_hand(lambda b, q, k: k <= q), lowest))


def test_padding_is_hidden() -> None:
    found = masking_utils.create_causal_mask(config(), WORDS, LEFT, PLACES, None)
    assert torch.equal(found, by_hand(lambda b, q, k: k <= q and LEFT[b, k]))
    flash = masking_utils.create_causal_mask(config("flash_attention_2"), WORDS, LEFT, PLACES, None)
    assert torch.equal(flash, LEFT.bool())
    whole = torch.ones(2, 1, 5, 5)
    assert masking_utils.create_causal_mask(config(), WORDS, whole, PLACES, None) is whole


def test_cached_keys_are_seen() -> None:
    found = masking_utils.create_causal_mask(config(), WORDS[:, :2], None, PLACES[3:], cached(3))
    assert torch.equal(found, by_hand(lambda b, q, k: k <= q, queries=(3, 4)))
    static = StaticCache(config=None, max_cache_len=7)
    found = masking_utils.create_causal_mask(config(), WORDS[:, :2], LEFT, PLACES[:2], static)
    assert torch.equal(
        found, by_hand(lambda b, q, k: k <= q and k < 5 and LEFT[b, k], queries=(0, 1), keys=7)
    )


def test_packed_rows_are_kept_apart() -> None:
    places = torch.tensor([[0, 1, 2, 0, 1]])
    expected = by_hand(lambda b, q, k: k <= q and (k < 3) == (q < 3))
    found = masking_utils.create_causal_mask(config(), WORDS, None, PLACES, None, position_ids=places)
    assert torch.equal(found, expected)
    together = masking_utils.create_causal_mask(config(), WORDS, LEFT, PLACES, None, position_ids=places)
    assert together[1, 0, 4].all()
    assert masking_utils.find_packed_sequence_indices(PLACES[None]) is None
    assert masking_utils.find_packed_sequence_indices(places).tolist() == [[0, 0, 0, 1, 1]]


def test_windows_and_chunks() -> None:
    windowed = config(sliding_window=2)
    found = masking_utils.create_sliding_window_causal_mask(windowed, WORDS, None, PLACES, None)
    assert torch.equal(found, by_hand(lambda b, q, k: k <= q and q - k < 2))
    chunked = config(attention_chunk_size=2)
    found = masking_utils.create_chunked_causal_mask(chunked, WORDS, LEFT, PLACES, None)
    start = (1, 0)
    expected = by_hand(lambda b, q, k: k <= q and LEFT[b, k] and (q - start[b]) // 2 == (k - start[b]) // 2)
    assert torch.equal(found, expected)
    with pytest.raises(ValueError, match="sliding_window, which is None"):
        masking_utils.create_sliding_window_causal_mask(config(), WORDS, None, PLACES, None)
    with pytest.raises(ValueError, match="attention_chunk_size, which is None"):
        masking_utils.create_chunked_causal_mask(config(), WORDS, None, PLACES, None)
    with pytest.raises(ValueError, match="has no chunks"):
        flash = config("flash_attention_2", attention_chunk_size=2)
        masking_utils.create_chunked_causal_mask(flash, WORDS, None, PLACES, None)


def test_every_kind_of_layer_gets_its_mask() -> None:
    mixed = config(layer_types=["full_attention", "sliding_attention", "full_attention"], sliding_window=2)
    found = masking_utils.create_masks_for_generate(mixed, WORDS, None, PLACES, None)
    assert list(found) == ["full_attention", "sliding_attention"]
    assert found["full_attention"] is None
    one = masking_utils.create_masks_for_generate(config(sliding_window=2), WORDS, None, PLACES, None)
    assert torch.equal(one, found["sliding_attention"])
    assert masking_utils.create_masks_for_generate(config(), WORDS, None, PLACES, None) is None


def test_rules_of_a_user_join_the_mask() -> None:
    def first(batch: Any, head: Any, query: Any, key: Any) -> Any:
        return key == 0

    def even(batch: Any, head: Any, query: Any, key: Any) -> Any:
        return key % 2 == 0

    windowed = config(sliding_window=2)
    found = masking_utils.create_sliding_window_causal_mask(
        windowed, WORDS, None, PLACES, None, or_mask_function=first, and_mask_function=even
    )
    assert torch.equal(found, by_hand(lambda b, q, k: ((k <= q and q - k < 2) or k == 0) and k % 2 == 0))
    with pytest.raises(ValueError, match="give rules"):
        masking_utils.or_masks()
    with pytest.raises(ValueError, match="give rules"):
        masking_utils.and_masks(first, 3)


def test_offsets_move_places() -> None:
    moved = masking_utils.add_offsets_to_mask_function(masking_utils.causal_mask_function, 2, 1)
    assert bool(moved(0, 0, torch.tensor(0), torch.tensor(1)))
    assert not bool(moved(0, 0, torch.tensor(0), torch.tensor(2)))


def test_flex_masks_are_blocks() -> None:
    block = masking_utils.create_causal_mask(config("flex_attention"), WORDS, LEFT, PLACES, None)
    rows, heads, queries, keys = torch.meshgrid(*(torch.arange(n) for n in (2, 1, 5, 5)), indexing="ij")
    assert torch.equal(
        block.mask_mod(rows, heads, queries, keys), by_hand(lambda b, q, k: k <= q and LEFT[b, k])
    )


def test_tables_are_shared_and_have_changes_of_their_own() -> None:
    class Table(GeneralInterface):
        _global_mapping: dict[str, Any] = {"one": min}

    table, other = Table(), Table()
    Table.register("two", max)
    table["one"] = sum
    assert (table["one"], other["one"], other["two"]) == (sum, min, max)
    assert len(table) == 2 and sorted(table.valid_keys()) == ["one", "two"]
    del table["one"]
    assert table["one"] is min
    for wrong in (ValueError, KeyError):
        with pytest.raises(wrong, match="'three' is unknown; there are one, two"):
            table["three"]
        with pytest.raises(wrong, match="'three' is unknown"):
            del table["three"]
    assert table.get("three") is None
