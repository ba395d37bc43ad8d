"""What is GPT-J's own: its table of positions, padding, old checkpoints, float32 scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from transformers import GPTJConfig, GPTJForCausalLM, GPTJModel

IDS = torch.tensor([[5, 7, 9, 3, 2], [4, 8, 6, 10, 1]])


def make(model_class: Any, **changes: Any) -> Any:
    sizes = {"vocab_size": 23, "n_positions": 7, "n_embd": 24, "n_layer": 2, "n_head": 3, "rotary_dim": 4}
    torch.manual_seed(0)
    return model_class(GPTJConfig(**{**sizes, "initializer_range": 0.5, **changes})).eval()


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_table_holds_sines_then_cosines() -> None:
    angles = np.arange(7)[:, None] * np.array([1.0, 0.01])
    found = make(GPTJModel).embed_positions.numpy()
    np.testing.assert_allclose(found, np.hstack([np.sin(angles), np.cos(angles)]), atol=1e-6)
    assert "embed_positions" not in make(GPTJModel).state_dict()


def test_positions_beyond_the_table_are_refused() -> None:
    with pytest.raises(ValueError, match="8 tokens, and the model takes 7"):
        make(GPTJModel)(torch.ones(1, 8, dtype=torch.long))


@pytest.mark.parametrize("rotary_dim", [0, 3, 10])
def test_impossible_rotations_are_refused(rotary_dim: int) -> None:
    with pytest.raises(
        ValueError, match=rf"even number from 2 to the width of a head \(8\), got {rotary_dim}"
    ):
        make(GPTJModel, rotary_dim=rotary_dim)
    with pytest.raises(ValueError, match=r"n_embd \(24\) must be a multiple of n_head \(5\)"):
        make(GPTJModel, n_head=5)


def test_left_padded_generation_steps_equal_single_rows() -> None:
    model = make(GPTJForCausalLM)
    ids, mask = IDS.clone(), torch.ones_like(IDS)
    ids[1, :2] = mask[1, :2] = 0
    with torch.no_grad():
        first = model(ids[:, :4], attention_mask=mask[:, :4])
        second = model(ids[:, 4:], attention_mask=mask, past_key_values=first.past_key_values)
        close(second.logits[0], model(ids[:1]).logits[0, 4:])
        close(second.logits[1], model(ids[1:, 2:]).logits[0, 2:])


def test_logits_are_float32_in_half_precision() -> None:
    model = make(GPTJForCausalLM).to(torch.bfloat16)
    assert model(IDS).logits.dtype == torch.float32
    assert model.transformer(IDS)[0].dtype == torch.bfloat16


def test_old_files_with_masks_load(tmp_path: Path) -> None:
    model = make(GPTJForCausalLM)
    model.save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    weights["transformer.h.0.attn.bias"] = torch.ones(1, 1, 7, 7)
    weights["transformer.h.0.attn.masked_bias"] = torch.tensor(-1e9)
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    close(GPTJForCausalLM.from_pretrained(tmp_path)(IDS).logits, model(IDS).logits)
