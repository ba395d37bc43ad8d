"""Caches that take less memory, against what they stand for."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers.frameworks.loader import ring_module, torch_module  # noqa: E402
from transformers.layers import cache_kinds as kinds  # noqa: E402
from transformers.layers.cache import DynamicCache  # noqa: E402

from ..models.test_generation import ids, write, writer  # noqa: E402


def states(length: int, seed: int = 0) -> torch.Tensor:
    """(2, 3, length, 16)"""
    return torch.randn(2, 3, length, 16, generator=torch.Generator().manual_seed(seed))


def nearest(x: np.ndarray, bits: int, axis: int, group: int) -> np.ndarray:
    """Values on the grid between the least and the greatest of each group, by definition."""
    out = np.empty_like(x)
    B, K, S, D = x.shape
    places = (
        [
            np.s_[b, k, s, g : g + group]
            for b in range(B)
            for k in range(K)
            for s in range(S)
            for g in range(0, D, group)
        ]
        if axis == 0
        else [np.s_[b, k, :, d] for b in range(B) for k in range(K) for d in range(D)]
    )
    for place in places:
        low, high = x[place].min(), x[place].max()
        grid = low + np.arange(2**bits) * (high - low) / (2**bits - 1)
        out[place] = grid[np.abs(x[place][:, None] - grid).argmin(1)]
    return out


@pytest.mark.parametrize("framework", ["pt", "np"])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_quantised_values_are_the_nearest_of_the_grid(bits: int, axis: int, framework: str) -> None:
    x = states(5)
    if framework == "pt":
        held = kinds.quantize(x, bits, axis, 8)
        found = kinds.dequantize(held, bits, torch.float32).numpy()
        assert held[0].numel() * held[0].element_size() == x.numel() * bits // 8
    else:
        part = ring_module("np", "layers.cache_kinds")
        given = torch_module("np").Tensor._wrap(x.numpy())
        held = part.quantize(given, bits, axis, 8)
        found = part.dequantize(held, bits, torch_module("np").float32).a
    np.testing.assert_allclose(found, nearest(x.numpy(), bits, axis, 8), atol=2e-6)


def test_new_tokens_stay_whole_until_there_are_enough() -> None:
    cache, plain = kinds.QuantizedCache(nbits=8, residual_length=4), DynamicCache()
    for step, length in enumerate((5, 1, 2, 1, 3)):
        new = states(length, step)
        key, _ = cache.update(new, new, 0)
        expected, _ = plain.update(new, new, 0)
        assert cache.get_seq_length() == expected.shape[2]
        torch.testing.assert_close(key, expected, atol=0.03, rtol=0)
        torch.testing.assert_close(key[:, :, -length:], new, atol=0, rtol=0)


def test_quantised_rows_can_be_chosen_and_forgotten() -> None:
    cache = kinds.QuantizedCache(nbits=8, residual_length=4)
    first, second = states(5), states(2, 1)
    for new in (first, second):
        cache.update(new, new, 0)
    cache.reorder_cache(torch.tensor([1, 0]))
    cache.crop(6)
    assert cache.get_seq_length() == 6
    key, _ = cache.update(states(1, 2), states(1, 2), 0)
    expected = torch.cat([first, second], dim=2)[[1, 0], :, :6]
    torch.testing.assert_close(key[:, :, :6], expected, atol=0.05, rtol=0)
    cache.reset()
    assert cache.get_seq_length() == 0


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"nbits": 3}, "nbits must be one of"),
        ({"axis_key": 2}, "axis_key and axis_value must be 0, 1 or -1"),
        ({"backend": "own"}, "'quanto' or 'hqq'"),
    ],
)
def test_impossible_settings_are_refused(given: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        kinds.QuantizedCache(**given)


def test_heads_that_fill_no_bytes_are_refused() -> None:
    odd = torch.zeros(1, 1, 2, 3)
    with pytest.raises(ValueError, match="do not fill bytes"):
        kinds.QuantizedCache(nbits=4).update(odd, odd, 0)


@pytest.mark.parametrize("name", ["llama", "bart"])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("offloaded", None),
        ("offloaded_static", None),
        ("sliding_window", None),
        ("hybrid", None),
        ("quantized", {"nbits": 8, "residual_length": 8}),
    ],
)
def test_text_is_that_of_the_growing_cache(kind: str, options: dict[str, int] | None, name: str) -> None:
    model, batch = writer("pt", name), ids(name, 2, 5)
    for beams in (1, 2):
        expected = write("pt", model, batch, num_beams=beams)
        found = write("pt", model, batch, num_beams=beams, cache_implementation=kind, cache_config=options)
        np.testing.assert_array_equal(found, expected)


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'stone' is unknown"):
        kinds.cache_of_kind("stone", None, 4, None)
