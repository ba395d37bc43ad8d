"""Attention kernels against a plain NumPy computation of the paper's formula."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from transformers.layers import attention

B, H, K, T, S, D = 2, 6, 3, 4, 5, 8
QUIET = SimpleNamespace(training=False)


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def by_hand(
    query: Any, key: Any, value: Any, hidden: Any = None, bias: Any = None, scale: float | None = None
) -> Any:
    """softmax(QK^T * scale + bias) V with float64 loops over batch and heads."""
    query, key, value = (x.double().numpy() for x in (query, key, value))
    out, probabilities = np.zeros((B, T, H, D)), np.zeros((B, H, T, key.shape[2]))
    for b in range(B):
        for h in range(H):
            g = h // (H // key.shape[1])
            scores = query[b, h] @ key[b, g].T * (D**-0.5 if scale is None else scale)
            scores = scores + (0 if bias is None else bias[b, h].double().numpy())
            scores = scores if hidden is None else np.where(hidden[b], -np.inf, scores)
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            probabilities[b, h] = weights / weights.sum(-1, keepdims=True)
            out[b, :, h] = probabilities[b, h] @ value[b, g]
    return out, probabilities


@pytest.mark.parametrize("kernel", ["eager", "sdpa"])
@pytest.mark.parametrize("heads", [H, K])
@pytest.mark.parametrize("kind", ["none", "bool", "additive", "bias", "both", "scale"])
def test_kernels_compute_the_formula(kernel: str, heads: int, kind: str) -> None:
    query, key, value = draw(B, H, T, D), draw(B, heads, S, D), draw(B, heads, S, D)
    hidden = np.zeros((B, T, S), dtype=bool)
    hidden[0, :, 3:] = hidden[1, 0, 0] = True
    visible = torch.from_numpy(~hidden)[:, None]
    mask, bias, scale = None, None, None
    if kind in ("bool", "both"):
        mask = visible
    elif kind == "additive":
        mask = torch.zeros(B, 1, T, S).masked_fill(~visible, torch.finfo(torch.float32).min)
    if kind in ("bias", "both"):
        bias = draw(B, H, T, S)
    if kind == "scale":
        scale = 0.3
    found, _ = attention.attend(
        QUIET, query, key, value, mask, implementation=kernel, bias=bias, scaling=scale
    )
    expected, _ = by_hand(query, key, value, hidden if mask is not None else None, bias, scale)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("kernel", ["eager", "sdpa"])
@pytest.mark.parametrize("biased", [False, True])
def test_causal_flag_hides_the_future(kernel: str, biased: bool) -> None:
    query, key, value = draw(B, H, T, D), draw(B, H, T, D), draw(B, H, T, D)
    bias = draw(B, H, T, T) if biased else None
    found, _ = attention.attend(
        QUIET, query, key, value, None, implementation=kernel, bias=bias, is_causal=True
    )
    hidden = np.triu(np.ones((B, T, T), dtype=bool), 1)
    expected, _ = by_hand(query, key, value, hidden, bias)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)


def test_probabilities_and_head_masks_take_the_eager_kernel() -> None:
    query, key, value = draw(B, H, T, D), draw(B, K, S, D), draw(B, K, S, D)
    common = {"implementation": "sdpa"}
    out, probabilities = attention.attend(QUIET, query, key, value, need_probabilities=True, **common)
    expected, weights = by_hand(query, key, value)
    np.testing.assert_allclose(probabilities.numpy(), weights, atol=1e-6)
    np.testing.assert_allclose(out.numpy(), expected, atol=1e-5)
    keep = torch.tensor([1.0, 0, 1, 1, 0, 1])[None, :, None, None]
    out, nothing = attention.attend(QUIET, query, key, value, head_mask=keep, **common)
    assert nothing is None
    np.testing.assert_allclose(out.numpy(), expected * keep.numpy().transpose(0, 2, 1, 3), atol=1e-5)


def test_softcap_bounds_the_scores() -> None:
    query, key, value = draw(B, H, T, D) * 50, draw(B, H, S, D), draw(B, H, S, D)
    _, weights = attention.eager_attention(QUIET, query, key, value, None, softcap=2.0)
    assert weights.max() <= np.exp(4) / (np.exp(4) + S - 1) + 1e-6


def test_dropout_applies_in_training_only() -> None:
    query, key, value = draw(B, H, T, D), draw(B, H, S, D), draw(B, H, S, D)
    busy = SimpleNamespace(training=True)
    for kernel in ("eager", "sdpa"):
        call = {"implementation": kernel, "dropout": 0.5}
        calm = [attention.attend(QUIET, query, key, value, **call)[0] for _ in range(2)]
        assert torch.equal(*calm)
        wild = [attention.attend(busy, query, key, value, **call)[0] for _ in range(2)]
        assert not torch.equal(*wild)


def test_table_of_kernels_is_open_and_names_what_it_knows() -> None:
    table = attention.ALL_ATTENTION_FUNCTIONS
    assert {"eager", "sdpa"} <= set(table.valid_keys())
    assert table.get_interface("none", len) is len
    with pytest.raises(ValueError, match=r"'flash' is unknown; there are .*eager"):
        table["flash"]


def test_heads_are_split_and_merged() -> None:
    x = draw(B, T, H * D)
    split = attention.split_heads(x, H)
    assert split.shape == (B, H, T, D)
    assert torch.equal(split[:, 2, :, 3], x[:, :, 2 * D + 3])
    assert torch.equal(attention.merge_heads(split.transpose(1, 2)), x)
