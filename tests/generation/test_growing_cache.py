"""The cache of `generate`: rows change their places within the buffers, and nothing else notices."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers.generation.torch_caches import GrowingCache  # noqa: E402
from transformers.layers.cache import DynamicCache  # noqa: E402


def filled(kind: Any) -> tuple[Any, torch.Generator]:
    cache, draws = kind(), torch.Generator().manual_seed(0)
    add(cache, draws, 5)
    return cache, draws


def add(cache: Any, draws: torch.Generator, tokens: int, rows: int = 3) -> None:
    key = torch.randn(rows, 2, tokens, 4, generator=draws)
    value = torch.randn(rows, 2, tokens, 6, generator=draws)  # wider than the keys
    cache.update(key, value, 0)


def same(one: Any, other: Any) -> None:
    for name in ("keys", "values"):
        assert torch.equal(getattr(one.layers[0], name), getattr(other.layers[0], name))


def test_reordered_rows_stay_in_their_buffers() -> None:
    (cache, draws), (plain, twin) = filled(GrowingCache), filled(DynamicCache)
    add(cache, draws, 1)
    add(plain, twin, 1)
    places = [buffer.data_ptr() for buffer in cache.layers[0]._buffers]
    for order in ([2, 2, 0], [1, 0, 1], [0, 1, 2]):
        for one in (cache, plain):
            one.reorder_cache(torch.tensor(order))
        same(cache, plain)
        add(cache, draws, 1)
        add(plain, twin, 1)
        same(cache, plain)
    assert [buffer.data_ptr() for buffer in cache.layers[0]._buffers] == places


@pytest.mark.parametrize(
    "change",
    [
        lambda cache: cache.reorder_cache(torch.tensor([1])),
        lambda cache: cache.batch_repeat_interleave(2),
        lambda cache: cache.layers[0].transform(lambda x: x.double()),
        lambda cache: cache.layers[0].transform(lambda x: x[:, :, 1:]),
    ],
)
def test_rows_of_other_shapes_get_other_buffers(change: Any) -> None:
    (cache, _), (plain, _) = filled(GrowingCache), filled(DynamicCache)
    change(cache)
    change(plain)
    assert cache.layers[0]._buffers == []
    same(cache, plain)
    rows, dtype = plain.layers[0].keys.shape[0], plain.layers[0].keys.dtype
    new = torch.ones(rows, 2, 1, 4, dtype=dtype), torch.ones(rows, 2, 1, 6, dtype=dtype)
    cache.update(*new, 0)
    plain.update(*new, 0)
    same(cache, plain)


def test_an_empty_cache_has_nothing_to_change() -> None:
    cache = GrowingCache()
    cache.layers.append(cache.new_layer())
    cache.reorder_cache(torch.tensor([0]))
    assert cache.layers[0].keys is None
