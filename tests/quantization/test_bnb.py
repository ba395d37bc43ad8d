"""Layers of bitsandbytes: which there are, their numbers beside NumPy's, and the published files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import transformers  # noqa: E402
from transformers import (  # noqa: E402  # noqa: E402
    BitsAndBytesConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaModel,
)
from transformers.quantization.formats import BnbFormat  # noqa: E402
from transformers.utils.optional import is_available  # noqa: E402

from ..models.adapters import ADAPTERS, installed  # noqa: E402

library = pytest.mark.skipif(not is_available("bitsandbytes"), reason="bitsandbytes is not installed")
IDS = torch.tensor([[4, 9, 7, 11, 5]])
LLAMA = LlamaConfig(
    vocab_size=101, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64,
)  # fmt: skip
NF4 = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}
KINDS = [
    NF4,
    {**NF4, "bnb_4bit_use_double_quant": True},
    {**NF4, "bnb_4bit_quant_storage": "bfloat16"},
    {"load_in_4bit": True},
    {"load_in_8bit": True},
]
# The 16 levels, in the order of their codes (QLoRA, arXiv:2305.14314, appendix E).
LEVELS = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023,
    1.0,
)  # fmt: skip


@pytest.fixture
def llama(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    LlamaForCausalLM(LLAMA).save_pretrained(tmp_path / "llama")
    return tmp_path / "llama"


def logits(model: Any) -> Any:
    with torch.no_grad():
        return model(IDS).logits.float()


def load(folder: Path, cls: Any = LlamaForCausalLM, dtype: Any = torch.float32, **values: Any) -> Any:
    return cls.from_pretrained(folder, quantization_config=BitsAndBytesConfig(**values), dtype=dtype)


def kinds(model: Any) -> dict[str, str]:
    return {
        name: type(part).__name__ for name, part in model.named_modules() if "Linear" in type(part).__name__
    }


def packed_4(weight: Any) -> dict[str, Any]:
    """A weight (out, in) as NF4 numbers in the published layout, by the nearest level of blocks of 64."""
    blocks = weight.reshape(-1, 64)
    scales = np.abs(blocks).max(1)
    distance = np.abs((blocks / scales[:, None])[..., None] - np.array(LEVELS, np.float32))
    codes = distance.argmin(-1).reshape(-1).astype(np.uint8)
    state = {"quant_type": "nf4", "blocksize": 64, "dtype": "float32", "shape": list(weight.shape)}
    return {
        "weight": (codes[::2] << 4 | codes[1::2])[:, None],
        "absmax": scales.astype(np.float32),
        "quant_map": np.array(LEVELS, np.float32),
        "state": np.frombuffer(json.dumps(state).encode(), np.uint8),
    }


def test_numbers_of_4_bits_are_read() -> None:
    weight = np.random.default_rng(0).normal(size=(6, 64)).astype(np.float32)
    parts = packed_4(weight)
    form = BnbFormat(None)
    expected = np.empty_like(weight)
    for row in range(6):
        for column in range(64):
            byte = int(parts["weight"][32 * row + column // 2, 0])
            code = byte >> 4 if column % 2 == 0 else byte & 15
            expected[row, column] = LEVELS[code] * parts["absmax"][row]
    assert np.array_equal(form.weight(parts), expected)
    turned = {**parts, "absmax": parts["absmax"].reshape(6, 1).T}
    assert np.array_equal(form.weight(turned), expected)
    again = np.random.default_rng(1).uniform(0.5, 1, 256).astype(np.float32)
    state = {"nested_blocksize": 4, "nested_offset": 0.25, "blocksize": 64, "shape": [6, 64]}
    nested = {
        **parts,
        "absmax": np.arange(6, dtype=np.uint8) * 40,
        "nested_absmax": np.array([2.0, 3.0], np.float32),
        "nested_quant_map": again,
        "state": np.frombuffer(json.dumps(state).encode(), np.uint8),
    }
    outer = np.array([2, 2, 2, 2, 3, 3], np.float32)
    scales = again[np.arange(6) * 40] * outer + 0.25
    np.testing.assert_allclose(
        form.weight(nested), expected / parts["absmax"][:, None] * scales[:, None], rtol=1e-6
    )


def test_numbers_of_8_bits_are_read_in_rows_only() -> None:
    parts = {"weight": np.arange(-6, 6, dtype=np.int8).reshape(3, 4), "SCB": np.array([1, 2, 4], np.float32)}
    expected = [[(4 * row + column - 6) * 2**row / 127 for column in range(4)] for row in range(3)]
    np.testing.assert_allclose(BnbFormat(None).weight(parts), expected, rtol=1e-6)
    with pytest.raises(ValueError, match="row order only"):
        BnbFormat(None).weight({**parts, "weight_format": np.array(2, np.uint8)})


@library
@pytest.mark.parametrize("values", KINDS, ids=str)
def test_model_is_quantised_saved_and_read(values: dict[str, Any], llama: Path, tmp_path: Path) -> None:
    plain = LlamaForCausalLM.from_pretrained(llama)
    model = load(llama, **values)
    kind = "Linear8bitLt" if "load_in_8bit" in values else "Linear4bit"
    found = kinds(model)
    assert found.pop("lm_head") == "Linear" and set(found.values()) == {kind} and len(found) == 14
    assert model.is_quantized and model.hf_quantizer.is_serializable() and not model.training
    model.save_pretrained(tmp_path / "few")
    expected = logits(model)
    assert (expected - logits(plain)).abs().max() < 0.25 * logits(plain).abs().max()
    again = LlamaForCausalLM.from_pretrained(tmp_path / "few", dtype=torch.float32)
    assert torch.equal(logits(again), expected) and kinds(again) == kinds(model)
    model.save_pretrained(tmp_path / "later")  # a kernel may have turned the scales by now
    later = LlamaForCausalLM.from_pretrained(tmp_path / "later", dtype=torch.float32)
    torch.testing.assert_close(logits(later), expected, atol=4e-3, rtol=0)
    again.dequantize()
    assert set(kinds(again).values()) == {"Linear"} and not again.is_quantized
    torch.testing.assert_close(logits(again), expected, atol=0.02, rtol=0)  # the library rounds activations


@library
def test_files_have_the_published_names(llama: Path, tmp_path: Path) -> None:
    from safetensors import safe_open

    def names(values: dict[str, Any]) -> dict[str, Any]:
        load(llama, **values).save_pretrained(tmp_path / "few")
        with safe_open(tmp_path / "few/model.safetensors", "np") as file:
            own = [name for name in file.keys() if "layers.0.mlp.up_proj" in name]  # noqa: SIM118
            return {name.partition("up_proj.")[2]: file.get_slice(name).get_shape() for name in own}

    small = names(NF4)
    state = small.pop("weight.quant_state.bitsandbytes__nf4")
    assert len(state) == 1
    assert small == {"weight": [4096, 1], "weight.absmax": [128], "weight.quant_map": [16]}
    nested = set(names(KINDS[1])) - set(small)
    assert nested == {
        "weight.nested_absmax", "weight.nested_quant_map", "weight.quant_state.bitsandbytes__nf4"
    }  # fmt: skip
    assert names(KINDS[4]) == {"weight": [128, 64], "SCB": [128], "weight_format": []}


@library
def test_levels_are_the_nearest(llama: Path) -> None:
    weight = LlamaForCausalLM.from_pretrained(llama).model.layers[0].mlp.up_proj.weight.detach().numpy()
    form = BnbFormat(None)
    model = load(llama, **NF4).dequantize()
    found = model.model.layers[0].mlp.up_proj.weight.detach().numpy()
    assert np.mean(np.abs(found - form.weight(packed_4(weight))) > 1e-6) < 1e-3  # ties between two levels


@library
def test_config_chooses_the_layers_and_dtype(llama: Path) -> None:
    model = load(
        llama, dtype=None, load_in_8bit=True, llm_int8_skip_modules=["q_proj"], llm_int8_threshold=3.0
    )
    assert model.dtype == torch.float16
    found = kinds(model)
    assert found["model.layers.0.self_attn.q_proj"] == "Linear" and found["lm_head"] == "Linear8bitLt"
    assert model.lm_head.state.threshold == 3.0
    trunk = load(llama, LlamaModel, load_in_8bit=True)
    assert set(kinds(trunk).values()) == {"Linear8bitLt"}
    with pytest.raises(ValueError, match="must ask for"):
        load(llama)


@library
@pytest.mark.parametrize("values", [KINDS[0], KINDS[1], KINDS[4]], ids=str)
def test_transposed_layers_and_every_framework(values: dict[str, Any], tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=101, n_embd=64, n_layer=1, n_head=4, n_positions=32)
    GPT2LMHeadModel(config).save_pretrained(tmp_path / "gpt2")
    load(tmp_path / "gpt2", GPT2LMHeadModel, **values).save_pretrained(tmp_path / "few")
    model = GPT2LMHeadModel.from_pretrained(tmp_path / "few", dtype=torch.float32)
    written = model.generate(IDS, max_new_tokens=4, do_sample=False, eos_token_id=None, pad_token_id=0)
    assert written.shape == (1, 9)
    whole = GPT2LMHeadModel.from_pretrained(tmp_path / "few", dtype=torch.float32).dequantize()
    for framework in installed():
        if framework != "pt":
            cls = getattr(transformers, f"{ADAPTERS[framework].prefix}GPT2LMHeadModel")
            found = ADAPTERS[framework].run(cls.from_pretrained(tmp_path / "few"), {"input_ids": IDS.numpy()})
            np.testing.assert_allclose(found["logits"], logits(whole).numpy(), atol=2e-4, rtol=1e-3)
