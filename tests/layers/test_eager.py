"""The published spelt-out attention of model files: the formula of arXiv:1706.03762 in NumPy."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

B, H, T, S, D = 2, 3, 4, 6, 5
WITH_HEADS = ["bart", "m2m_100", "marian", "mbart", "pegasus", "wav2vec2"]


def _function(name: str) -> Any:
    return import_module(f"transformers.models.{name}.modeling_{name}").eager_attention_forward


def _drawn() -> list[Any]:
    draw = np.random.default_rng(3)
    shapes = [(B, H, T, D), (B, H, S, D), (B, H, S, D), (B, 1, T, S), (H,)]
    return [draw.normal(size=shape) for shape in shapes]


def _expected(scores: Any, value: Any, factors: Any) -> tuple[Any, Any]:
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    probabilities = powers / powers.sum(-1, keepdims=True) * factors
    return np.einsum("bhts,bhsd->bthd", probabilities, value), probabilities


def _compare(found: Any, expected: Any) -> None:
    for ours, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours.numpy(), wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", WITH_HEADS)
@pytest.mark.parametrize("masked", [False, True])
def test_attention_with_heads_is_the_formula(name: str, masked: bool) -> None:
    query, key, value, mask, factors = _drawn()
    scores = np.einsum("bhtd,bhsd->bhts", query, key)
    given = [torch.tensor(array) for array in (query, key, value)]
    module, function = SimpleNamespace(training=False), _function(name)
    if not masked:
        found = function(module, *given, None, dropout=0.5, is_causal=True)
        _compare(found, _expected(scores / D**0.5, value, 1.0))
        assert found[0].is_contiguous()
        return
    found = function(module, *given, torch.tensor(mask), 0.3, 0.0, torch.tensor(factors))
    _compare(found, _expected(scores * 0.3 + mask, value, factors[:, None, None]))


@pytest.mark.parametrize("name", WITH_HEADS)
def test_attention_with_heads_drops_in_training_only(name: str) -> None:
    given = [torch.tensor(array) for array in _drawn()[:3]]
    _, kept = _function(name)(SimpleNamespace(training=True), *given, None, dropout=0.5)
    _, whole = _function(name)(SimpleNamespace(training=False), *given, None, dropout=0.5)
    assert (kept == 0).any()
    assert torch.allclose(kept[kept != 0], 2 * whole[kept != 0])


@pytest.mark.parametrize("cross", [False, True])
@pytest.mark.parametrize("scaled", [False, True])
def test_fused_attention_is_the_formula(cross: bool, scaled: bool) -> None:
    from transformers import GPT2Config
    from transformers.models.gpt2.modeling_gpt2 import GPT2Attention

    query, key, value, mask, factors = _drawn()
    options = {"scale_attn_weights": scaled, "scale_attn_by_inverse_layer_idx": not scaled}
    config = GPT2Config(n_embd=H * D, n_head=H, **options)
    module = GPT2Attention(config, is_cross_attention=cross, layer_idx=3).eval()
    scores = np.einsum("bhtd,bhsd->bhts", query, key) / (D**0.5 if scaled else 4)
    if not cross:
        scores = np.where(np.tri(T, S, S - T, dtype=bool), scores, -np.inf)
    given = [torch.tensor(array) for array in (query, key, value, np.pad(mask, [(0, 0)] * 3 + [(0, 2)]))]
    heads = torch.tensor(factors)[:, None, None]
    found = _function("gpt2")(module, *given, head_mask=heads, anything=1)
    _compare(found, _expected(scores + mask, value, factors[:, None, None]))
    if not scaled:
        _compare(_function("gpt2")(module, *given[:3], None), _expected(scores, value, 1.0))
