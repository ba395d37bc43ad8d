"""Key/value caches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from transformers.cache_utils import Cache, DynamicCache, EncoderDecoderCache, StaticCache
from transformers.layers.cache import write
from transformers.layers.cache_pair import as_cache, cached, cached_cross


def some(tokens: int, start: int = 0) -> torch.Tensor:
    """(B=2, K=3, tokens, D=4), every token its own numbers."""
    token = torch.arange(start, start + tokens, dtype=torch.float32)
    return token[None, None, :, None] + torch.arange(24, dtype=torch.float32).reshape(2, 3, 1, 4) * 100


def test_dynamic_cache_grows() -> None:
    cache = DynamicCache()
    assert cache.get_seq_length() == 0
    cache.update(some(2), some(2), 0)
    keys, values = cache.update(some(3, 2), some(3, 2), 0)
    assert torch.equal(keys, some(5))
    assert torch.equal(values, some(5))
    assert cache.get_seq_length() == 5
    assert cache.get_seq_length(1) == 0
    assert cache.get_max_cache_shape() == -1
    assert len(cache) == 1
    assert torch.equal(cache[0][0], some(5))


def test_static_cache_writes_in_place_and_keeps_its_shape() -> None:
    cache = StaticCache(max_cache_len=6)
    keys, _ = cache.update(some(2), some(2), 0)
    again, _ = cache.update(some(1, 2), some(1, 2), 0)
    assert again.data_ptr() == keys.data_ptr()
    assert again.shape == (2, 3, 6, 4)
    assert torch.equal(again[:, :, :3], some(3))
    assert not again[:, :, 3:].any()
    assert (cache.get_seq_length(), cache.get_max_cache_shape()) == (3, 6)
    cache.update(some(1, 9), some(1, 9), 0, {"cache_position": torch.tensor([4])})
    assert torch.equal(cache[0][0][:, :, 4:5], some(1, 9))
    cache.reset()
    assert cache.get_seq_length() == 0
    with pytest.raises(ValueError, match="max_cache_len"):
        StaticCache()


def test_static_cache_steps_equal_one_pass_under_jit() -> None:
    """A compiled decoder step: fixed shapes, the place of the new token a traced number."""
    jax = pytest.importorskip("jax")
    from tests.models.adapters import ADAPTERS
    from transformers.frameworks.loader import ring_module

    model = ADAPTERS["jax"].build("bert", "BertLMHeadModel", None, is_decoder=True)
    ids = np.arange(1, 13).reshape(2, 6)
    whole = model.apply(model.params, ids, use_cache=False).logits
    cache = ring_module("jax", "layers.cache").StaticCache(max_cache_len=8)
    pair = ring_module("jax", "layers.cache_pair").EncoderDecoderCache(cache)

    traces = []

    @jax.jit
    def step(params: Any, token: Any, place: Any, past: Any) -> Any:
        traces.append(place)
        out = model.apply(params, token, past_key_values=past, cache_position=place, use_cache=True)
        return out.logits, out.past_key_values

    for index in range(6):
        logits, pair = step(model.params, ids[:, index : index + 1], np.array([index]), pair)
        np.testing.assert_allclose(logits[:, 0], whole[:, index], atol=2e-5)
    assert len(traces) <= 2  # the first call has an empty cache, all others one form


def test_write_takes_a_tensor_as_start() -> None:
    buffer = torch.zeros(2, 3, 5, 4)
    write(buffer, some(2), torch.tensor(1))
    assert torch.equal(buffer[:, :, 1:3], some(2))


def test_rows_are_chosen_and_repeated() -> None:
    cache = DynamicCache([(some(2), some(2))])
    cache.reorder_cache(torch.tensor([1, 1]))
    assert torch.equal(cache[0][0], some(2)[[1, 1]])
    cache.batch_repeat_interleave(2)
    assert cache[0][0].shape[0] == 4
    cache.batch_select_indices(torch.tensor([0]))
    assert cache[0][0].shape[0] == 1


@pytest.mark.parametrize(("length", "left"), [(1, 1), (-1, 2)])
def test_crop_forgets_the_last_tokens(length: int, left: int) -> None:
    cache = DynamicCache([(some(3), some(3))])
    cache.crop(length)
    assert torch.equal(cache[0][0], some(left))


@pytest.mark.parametrize("cross", [False, True])
def test_legacy_tuples_go_both_ways(cross: bool) -> None:
    layer = (some(2), some(2), some(5), some(5)) if cross else (some(2), some(2))
    cache = as_cache((layer, layer), cross=cross)
    assert isinstance(cache, EncoderDecoderCache if cross else DynamicCache)
    back = cache.to_legacy_cache()
    assert len(back) == 2
    assert all(torch.equal(a, b) for a, b in zip(back[1], layer, strict=True))
    assert as_cache(cache) is cache
    assert as_cache(None).get_seq_length() == 0
    assert [len(item) for item in cache] == [len(layer)] * 2


def test_encoder_keys_are_projected_once() -> None:
    cache, calls = EncoderDecoderCache(), []

    def project() -> tuple[torch.Tensor, torch.Tensor]:
        calls.append(1)
        return some(5), some(5)

    for _ in range(2):
        keys, _ = cached_cross(cache, 0, project)
        assert torch.equal(keys, some(5))
    assert len(calls) == 1
    cached_cross(None, 0, project)
    assert len(calls) == 2
    own, _ = cached(cache, some(2), some(2), 0)
    assert torch.equal(own, some(2))
    assert torch.equal(cached(None, some(2), some(2), 0)[0], some(2))
    cache.reset()
    assert cache.is_updated == {}


@pytest.mark.parametrize("kind", ["dynamic", "static", "pair"])
def test_flattened_cache_is_rebuilt(kind: str) -> None:
    cache: Cache = {"dynamic": DynamicCache, "pair": EncoderDecoderCache}.get(
        kind, lambda: StaticCache(None, 4)
    )()
    cache.update(some(2), some(2), 0)
    if isinstance(cache, EncoderDecoderCache):
        cached_cross(cache, 0, lambda: (some(3), some(3)))
    arrays, description = cache.flatten()
    hash(description)
    again = type(cache).unflatten(description, [array + 1 for array in arrays])
    assert type(again) is type(cache)
    assert again.get_seq_length() == 2
    assert torch.equal(again[0][0], cache[0][0] + 1)
    assert isinstance(again, EncoderDecoderCache) or again.new_layer().__dict__ == cache.new_layer().__dict__
    import transformers.modeling_utils  # noqa: F401  registers caches with PyTorch

    leaves, spec = torch.utils._pytree.tree_flatten(cache)
    assert len(leaves) == len(arrays)
    assert torch.utils._pytree.tree_unflatten(leaves, spec).get_seq_length() == 2


def test_cache_says_what_it_can_hold_and_what_a_mask_must_cover() -> None:
    new, key = torch.arange(3), some(3)
    growing, fixed = DynamicCache(), StaticCache(max_cache_len=7)
    for cache, keys in ((growing, 3), (fixed, 7)):
        assert not cache.is_initialized and cache.max_batch_size is None
        assert cache.get_mask_sizes(new) == (keys, 0)
        cache.update(key, key, 0)
        assert cache.is_initialized and cache.max_batch_size == 2 and cache.is_sliding == [False]
    assert growing.get_mask_sizes(new) == (6, 0) and fixed.get_mask_sizes(new) == (7, 0)
    assert (growing.is_compileable, growing.max_cache_len) == (False, -1)
    assert (fixed.is_compileable, fixed.max_cache_len) == (True, 7)


def test_rows_may_be_named_by_a_sequence() -> None:
    cache = DynamicCache()
    rows = torch.arange(3.0).reshape(3, 1, 1, 1)
    cache.update(rows, rows, 0)
    cache.batch_select_indices((0, 2))
    assert cache.layers[0].keys.flatten().tolist() == [0.0, 2.0]


def test_pair_may_be_made_of_layers_as_tuples_or_stacked() -> None:
    layers = [(some(2), some(2, 1), some(4), some(4, 1)), (some(2, 3), some(2), some(4, 3), some(4))]
    pair = EncoderDecoderCache(layers)
    assert [len(part) for part in pair.parts] == [2, 2] and pair.is_updated == {0: True, 1: True}
    for held, given in zip(pair, layers, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(held, given, strict=True))
    stacked = EncoderDecoderCache(tuple(torch.stack([some(2, n)] * 4) for n in range(2)))
    assert stacked.get_seq_length() == 2 and torch.equal(stacked[1][3], some(2, 1))
    own = EncoderDecoderCache([layer[:2] for layer in layers])
    assert own.get_seq_length(1) == 2 and len(own.cross_attention_cache) == 0 and own.is_updated == {}
    with pytest.raises(TypeError, match="two caches"):
        EncoderDecoderCache(layers, DynamicCache())
