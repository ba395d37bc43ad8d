"""What is GPT-NeoX's own: its rotary fields, old checkpoints, padding, and the switches of its tokenizer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, GPTNeoXModel, GPTNeoXTokenizerFast
from transformers.tokenization.byte_bpe import bytes_to_unicode

IDS = torch.tensor([[5, 7, 9, 3, 2], [4, 8, 6, 10, 1]])
END = "<|endoftext|>"


def make(model_class: Any, **changes: Any) -> Any:
    sizes = {"vocab_size": 23, "hidden_size": 24, "intermediate_size": 14, "num_hidden_layers": 2}
    torch.manual_seed(0)
    more = {"num_attention_heads": 3, "rotary_pct": 0.5, "initializer_range": 0.5, **changes}
    return model_class(GPTNeoXConfig(**sizes, **more)).eval()


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_rotary_fields_have_two_names() -> None:
    config = GPTNeoXConfig(rotary_pct=0.5, rotary_emb_base=500, rope_theta=7.0)
    assert (config.partial_rotary_factor, config.rope_theta) == (0.5, 500)
    assert GPTNeoXConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hidden_size": 25, "num_attention_heads": 3}, r"hidden_size \(25\) must be a multiple"),
        ({"hidden_size": 24, "num_attention_heads": 3, "rotary_pct": 0.4}, r"must be an even number, got 3"),
    ],
)
def test_impossible_sizes_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GPTNeoXModel(GPTNeoXConfig(**given))


def test_left_padded_generation_steps_equal_single_rows() -> None:
    model = make(GPTNeoXForCausalLM)
    ids, mask = IDS.clone(), torch.ones_like(IDS)
    ids[1, :2] = mask[1, :2] = 0
    with torch.no_grad():
        first = model(ids[:, :4], attention_mask=mask[:, :4])
        second = model(ids[:, 4:], attention_mask=mask, past_key_values=first.past_key_values)
        close(second.logits[0], model(ids[:1]).logits[0, 4:])
        close(second.logits[1], model(ids[1:, 2:]).logits[0, 2:])


def test_masked_heads_add_nothing() -> None:
    model = make(GPTNeoXModel)
    keep = torch.ones(2, 3)
    keep[0, 1] = 0
    with torch.no_grad():
        found = model(IDS, head_mask=keep)[0]
        model.layers[0].attention.dense.weight[:, 8:16] = 0
        close(found, model(IDS)[0])


def test_old_files_with_masks_load(tmp_path: Path) -> None:
    model = make(GPTNeoXForCausalLM)
    model.save_pretrained(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    old = {
        "bias": torch.ones(1, 1, 4, 4),
        "masked_bias": torch.tensor(-1e9),
        "rotary_emb.inv_freq": torch.ones(2),
    }
    weights |= {f"gpt_neox.layers.0.attention.{name}": value for name, value in old.items()}
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    close(GPTNeoXForCausalLM.from_pretrained(tmp_path)(IDS).logits, model(IDS).logits)


def tokenizer(folder: Path, **options: Any) -> GPTNeoXTokenizerFast:
    tokens = [*bytes_to_unicode().values(), END]
    (folder / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return GPTNeoXTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"), **options)


@pytest.mark.parametrize(
    ("options", "one", "two"),
    [
        ({}, "a", "ab"),
        ({"add_bos_token": True}, f"{END}a", f"{END}a{END}b"),
        ({"add_eos_token": True}, f"a{END}", f"a{END}b{END}"),
        ({"add_prefix_space": True}, " a", " a b"),
    ],
)
def test_switches_frame_texts(tmp_path: Path, options: dict[str, Any], one: str, two: str) -> None:
    made = tokenizer(tmp_path, **options)
    made.save_pretrained(tmp_path / "saved")
    for tok in (made, GPTNeoXTokenizerFast.from_pretrained(tmp_path / "saved")):
        assert tok.decode(tok("a").input_ids) == one
        assert tok.decode(tok("a", "b").input_ids) == two


def test_switches_turn_later(tmp_path: Path) -> None:
    tok = tokenizer(tmp_path)
    tok.add_bos_token = tok.add_eos_token = True
    assert (tok.add_bos_token, tok.add_eos_token) == (True, True)
    assert tok.decode(tok("a").input_ids) == f"{END}a{END}"
    with pytest.raises(ValueError, match="add_eos_token is True and eos_token is None"):
        tokenizer(tmp_path, eos_token=None, add_eos_token=True)
