"""Rotary positions: frequencies worked out by hand, rotation by complex numbers."""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np
import pytest
import torch

from transformers import LlamaConfig
from transformers.layers import rope
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS, rope_config_validation

PLAIN = np.array([1.0, 0.1, 0.01, 0.001])  # theta 10000, eight channels
LONG = {"rope_type": "longrope", "short_factor": [1, 1, 2, 2], "long_factor": [2, 2, 4, 8]}


def config(scaling: dict[str, Any] | None = None, **changes: Any) -> LlamaConfig:
    sizes = {"hidden_size": 16, "num_attention_heads": 2, "max_position_embeddings": 8}
    return LlamaConfig(**{**sizes, "rope_scaling": scaling, **changes})


def table(cfg: LlamaConfig, seq_len: int | None = None) -> tuple[np.ndarray, float]:
    frequencies, scale = ROPE_INIT_FUNCTIONS[rope.rope_kind(cfg)](cfg, None, seq_len=seq_len)
    assert frequencies.dtype == torch.float32
    return frequencies.numpy(), scale


def test_default_frequencies_are_powers_of_theta() -> None:
    found, scale = table(config())
    np.testing.assert_allclose(found, PLAIN, rtol=1e-6)
    assert scale == 1.0
    np.testing.assert_allclose(table(config(rope_theta=16.0))[0], [1, 0.5, 0.25, 0.125], rtol=1e-6)


def test_partial_factor_turns_fewer_channels() -> None:
    cfg = config()
    cfg.partial_rotary_factor = 0.5
    np.testing.assert_allclose(table(cfg)[0], [1.0, 0.01], rtol=1e-6)


@pytest.mark.parametrize("key", ["type", "rope_type"])
def test_linear_scaling_divides(key: str) -> None:
    found, _ = table(config({key: "linear", "factor": 4.0}))
    np.testing.assert_allclose(found, PLAIN / 4, rtol=1e-6)


def test_dynamic_scaling_begins_beyond_the_limit() -> None:
    cfg = config({"rope_type": "dynamic", "factor": 2.0})
    for length in (None, 1, 8):
        np.testing.assert_allclose(table(cfg, length)[0], PLAIN, rtol=1e-6)
    base = 10000 * (2 * 24 / 8 - 1) ** (8 / 6)
    np.testing.assert_allclose(table(cfg, 24)[0], base ** (-np.arange(4) / 4), rtol=1e-5)


def test_yarn_keeps_fast_channels_and_divides_slow_ones() -> None:
    scaling = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 2048}
    found, scale = table(config(scaling, rope_theta=100.0, hidden_size=128))
    plain = 100.0 ** (-np.arange(32) / 32)
    turns = 2048 * plain / (2 * math.pi)
    np.testing.assert_allclose(found[turns > 36], plain[turns > 36], rtol=1e-5)
    slow = turns < 0.95
    np.testing.assert_allclose(found[slow], plain[slow] / 4, rtol=1e-5)
    between = (turns < 28) & (turns > 5)
    assert (found[between] < plain[between]).all()
    assert (found[between] > plain[between] / 4).all()
    assert scale == pytest.approx(0.1 * math.log(4) + 1)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"attention_factor": 1.5}, 1.5),
        ({"mscale": 2.0, "mscale_all_dim": 1.0}, (0.2 * math.log(4) + 1) / (0.1 * math.log(4) + 1)),
        ({"factor": 1.0}, 1.0),
    ],
)
def test_yarn_scales_cos_and_sin(extra: dict[str, float], expected: float) -> None:
    assert table(config({"rope_type": "yarn", "factor": 4.0, **extra}))[1] == pytest.approx(expected)


def test_llama3_stretches_long_waves_only() -> None:
    scaling = {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 100,
    }
    # Turns over 100 positions: 15.9, 1.59, 0.159, 0.0159.
    share = (10 / (2 * math.pi) - 1) / 3
    expected = [1.0, 0.1 * (share + (1 - share) / 8), 0.01 / 8, 0.001 / 8]
    np.testing.assert_allclose(table(config(scaling))[0], expected, rtol=1e-5)


def test_longrope_chooses_by_the_length() -> None:
    cfg = config({**LONG, "factor": 4.0})
    np.testing.assert_allclose(table(cfg, 8)[0], PLAIN / [1, 1, 2, 2], rtol=1e-6)
    np.testing.assert_allclose(table(cfg, 9)[0], PLAIN / [2, 2, 4, 8], rtol=1e-6)
    assert table(cfg)[1] == pytest.approx(math.sqrt(1 + math.log(4) / math.log(8)))
    cfg.original_max_position_embeddings = 4
    assert table(cfg)[1] == pytest.approx(math.sqrt(1 + math.log(2) / math.log(4)))
    np.testing.assert_allclose(table(cfg, 5)[0], PLAIN / [2, 2, 4, 8], rtol=1e-6)


def test_longrope_without_a_factor_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 'factor' or 'attention_factor'"):
        rope.RotaryEmbedding(config(LONG))


def test_unknown_kind_is_refused_and_a_registered_one_used(monkeypatch: pytest.MonkeyPatch) -> None:
    cfg = config({"rope_type": "spiral"})
    with pytest.raises(ValueError, match=r"'spiral'; there are default, dynamic"):
        rope.RotaryEmbedding(cfg)
    monkeypatch.setitem(ROPE_INIT_FUNCTIONS, "spiral", lambda *a, **k: (torch.full((4,), 0.5), 2.0))
    cos, _ = rope.RotaryEmbedding(cfg)(torch.zeros(1), torch.tensor([[2]]))
    np.testing.assert_allclose(cos[0, 0].numpy(), np.full(8, 2 * math.cos(1.0)), rtol=1e-6)


@pytest.mark.parametrize("kind", ["dynamic", "longrope"])
def test_each_row_has_the_frequencies_of_its_own_length(kind: str) -> None:
    scaling = {**LONG, "factor": 2.0} if kind == "longrope" else {"rope_type": kind, "factor": 2.0}
    part = rope.RotaryEmbedding(config(scaling))
    short, long = torch.arange(6, 8)[None], torch.arange(20, 22)[None]
    both = part(torch.zeros(1), torch.cat([short, long]))
    for row, places in enumerate((short, long)):
        for table_, alone in zip(both, part(torch.zeros(1), places), strict=True):
            torch.testing.assert_close(table_[row : row + 1], alone)
    plain = rope.RotaryEmbedding(config())(torch.zeros(1), long)[0]
    assert (both[0][1] - plain[0]).abs().max() > 0.1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_frequencies_stay_in_float32(dtype: torch.dtype) -> None:
    part = rope.RotaryEmbedding(config())
    cast = torch.nn.Sequential(part).to(dtype)[0]
    assert cast.inv_freq.dtype == torch.float32
    np.testing.assert_allclose(cast.inv_freq.numpy(), PLAIN, rtol=1e-6)
    cos, sin = cast(torch.zeros(1, dtype=dtype), torch.tensor([[4001]]))
    assert cos.dtype == sin.dtype == dtype
    np.testing.assert_allclose(sin[0, 0, :4].float().numpy(), np.sin(4001 * PLAIN), atol=1e-2)


def turned(x: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Pairs (..., R / 2, 2) turned by `angles` (T, R / 2)."""
    product = (x[..., 0] + 1j * x[..., 1]) * np.exp(1j * angles)
    return np.stack([product.real, product.imag], axis=-1)


def some() -> tuple[torch.Tensor, np.ndarray]:
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((2, 3, 5, 8)).astype(np.float32))
    return x, np.arange(5)[:, None] * PLAIN


def test_halves_are_paired() -> None:
    x, angles = some()
    cos, sin = rope.RotaryEmbedding(config())(x, torch.arange(5)[None])
    q, k = rope.apply_rotary_pos_emb(x, 2 * x, cos, sin)
    pairs = turned(np.stack([x[..., :4].numpy(), x[..., 4:].numpy()], axis=-1), angles)
    expected = np.concatenate([pairs[..., 0], pairs[..., 1]], axis=-1)
    np.testing.assert_allclose(q.numpy(), expected, atol=1e-5)
    np.testing.assert_allclose(k.numpy(), 2 * expected, atol=1e-5)
    last = rope.apply_rotary_pos_emb(x.transpose(1, 2), x.transpose(1, 2), cos, sin, unsqueeze_dim=2)[0]
    np.testing.assert_allclose(last.transpose(1, 2).numpy(), expected, atol=1e-5)


def test_partial_rotation_leaves_the_other_channels() -> None:
    x, _ = some()
    cfg = config()
    cos, sin = rope.RotaryEmbedding(cfg)(x, torch.arange(5)[None])
    wide = torch.cat([x, 3 * x], dim=-1)
    q, k = rope.apply_partial_rotary(wide, wide, cos, sin)
    torch.testing.assert_close(q, torch.cat([rope.apply_rotary_pos_emb(x, x, cos, sin)[0], 3 * x], dim=-1))
    torch.testing.assert_close(k, q)


def test_neighbours_are_paired_when_interleaved() -> None:
    x, angles = some()
    cos, sin = (torch.from_numpy(f(angles).astype(np.float32)) for f in (np.cos, np.sin))
    found = rope.apply_interleaved_rotary(x, cos, sin)
    expected = turned(x.numpy().reshape(2, 3, 5, 4, 2), angles).reshape(x.shape)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("kind", sorted(set(ROPE_INIT_FUNCTIONS) - {"default"}))
def test_missing_keys_are_refused(kind: str) -> None:
    with pytest.raises(KeyError, match=f"{kind}.*needs"):
        config({"rope_type": kind})
    cfg = config()
    cfg.rope_scaling = {"type": kind}
    with pytest.raises(KeyError, match=f"{kind}.*needs"):
        rope_config_validation(cfg)


@pytest.mark.parametrize(
    ("scaling", "message"),
    [
        ({"type": "linear", "factor": 0.5}, "factor must be a number >= 1, got 0.5"),
        ({"type": "linear", "factor": "2"}, "factor must be a number >= 1, got '2'"),
        ({"type": "yarn", "factor": 2.0, "beta_fast": -1}, "beta_fast must be a number >= 0"),
        ({**LONG, "factor": 2.0, "long_factor": [1.0]}, "long_factor must be a list of 4 numbers"),
        (
            {
                "rope_type": "llama3",
                "factor": 2.0,
                "low_freq_factor": 4.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 8,
            },
            r"high_freq_factor \(4.0\) must be greater",
        ),
    ],
)
def test_impossible_values_are_refused(scaling: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        config(scaling)


def test_scaling_without_a_kind_is_refused() -> None:
    with pytest.raises(KeyError, match="needs 'rope_type', one of default"):
        config({"factor": 2.0})


def test_validation_warns_of_keys_that_are_not_used(caplog: pytest.LogCaptureFixture) -> None:
    cfg = config({"rope_type": "linear", "factor": 2.0, "sections": [1, 2]})
    logger = logging.getLogger("transformers.modeling_rope_utils")
    logger.addHandler(caplog.handler)
    try:
        rope_config_validation(cfg, ignore_keys={"sections"})
        assert not caplog.records
        rope_config_validation(cfg)
        assert "sections" in caplog.text
        rope_config_validation(config())
    finally:
        logger.removeHandler(caplog.handler)
