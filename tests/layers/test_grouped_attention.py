"""One query token over grouped key/value heads: the fused kernel beside NumPy, with every sort of mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers.layers.attention import sdpa_attention  # noqa: E402

B, H, K, S, D = 2, 6, 2, 5, 8


def attended(query: Any, key: Any, value: Any, term: Any) -> Any:
    """Softmax attention, head by head."""
    out = np.empty((B, query.shape[2], H, D))
    for b in range(B):
        for h in range(H):
            scores = query[b, h] @ key[b, h // (H // K)].T / np.sqrt(D) + term[b, h]
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            out[b, :, h] = weights / weights.sum(-1, keepdims=True) @ value[b, h // (H // K)]
    return out


@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("form", ["none", "padding", "added", "heads", "bias", "both"])
def test_grouped_heads_see_the_keys_of_their_group(form: str, length: int) -> None:
    random = np.random.default_rng(0)
    query, key, value = (
        random.normal(size=(B, heads, size, D)).astype(np.float32)
        for heads, size in ((H, length), (K, S), (K, S))
    )
    seen = np.array([[True] * S, [False, False] + [True] * (S - 2)])[:, None, None]
    heads = random.normal(size=(B, H, length, S)).astype(np.float32)
    added = random.normal(size=(B, 1, length, S)).astype(np.float32)
    hidden = np.where(seen, 0.0, -np.inf)
    mask, bias, term = {
        "none": (None, None, np.zeros((B, H, length, S))),
        "padding": (torch.from_numpy(seen), None, np.broadcast_to(hidden, (B, H, length, S))),
        "added": (torch.from_numpy(added), None, np.broadcast_to(added, (B, H, length, S))),
        "heads": (torch.from_numpy(heads), None, heads),
        "bias": (None, torch.from_numpy(heads), heads),
        "both": (torch.from_numpy(seen), torch.from_numpy(heads), heads + hidden),
    }[form]
    tensors = (torch.from_numpy(array) for array in (query, key, value))
    found, probabilities = sdpa_attention(torch.nn.Identity().eval(), *tensors, mask, bias=bias)
    assert probabilities is None and found.shape == (B, length, H, D)
    np.testing.assert_allclose(found.numpy(), attended(query, key, value, term), atol=1e-5)


def test_first_token_alone_is_causal() -> None:
    query, key, value = torch.randn(1, 4, 1, 8), torch.randn(1, 2, 1, 8), torch.randn(1, 2, 1, 8)
    found, _ = sdpa_attention(torch.nn.Identity().eval(), query, key, value, None, is_causal=True)
    torch.testing.assert_close(found[0, 0], value[0, [0, 0, 1, 1], 0])
