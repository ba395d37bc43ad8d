"""Models with weights of 8 and 4 bits: the layers that get them, files, and every framework."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import transformers  # noqa: E402
from transformers import (  # noqa: E402
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    LlamaModel,
    T5Config,
    T5ForConditionalGeneration,
)
from transformers.loading.matching import CheckpointMismatchError  # noqa: E402
from transformers.loading.saving import save_checkpoint  # noqa: E402
from transformers.utils.quantization_config import WeightOnlyConfig  # noqa: E402

from ..models.adapters import ADAPTERS, installed  # noqa: E402

IDS = torch.tensor([[4, 9, 7, 11, 5]])
SIZES = {
    "vocab_size": 101, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 4, "max_position_embeddings": 64,
}  # fmt: skip


@pytest.fixture
def llama(tmp_path: Path) -> Path:
    """A folder with a small model in float32."""
    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(**SIZES, tie_word_embeddings=True)).save_pretrained(tmp_path / "llama")
    return tmp_path / "llama"


def logits(model: Any) -> Any:
    with torch.no_grad():
        return model(input_ids=IDS).logits


def load(folder: Path, bits: int = 8, **values: Any) -> Any:
    dtype = values.pop("dtype", None)
    how = WeightOnlyConfig(bits=bits, **values)
    return AutoModelForCausalLM.from_pretrained(folder, quantization_config=how, dtype=dtype)


# ---------------------------------------------------------------------- models


def kinds(model: Any) -> dict[str, str]:
    names = {name: type(part).__name__ for name, part in model.named_modules()}
    return {
        name: kind for name, kind in names.items() if kind in ("Linear", "Int8Linear", "Int4Linear", "Conv1D")
    }


def test_model_is_quantised_while_it_is_loaded(llama: Path) -> None:
    plain = AutoModelForCausalLM.from_pretrained(llama)
    model = load(llama)
    assert set(kinds(model).values()) == {"Int8Linear"} and model.dtype == torch.bfloat16
    assert model.is_quantized and model.quantization_method == "weight_only"
    assert model.hf_quantizer.quantization_config is model.config.quantization_config
    assert model.hf_quantizer.is_serializable() and not model.training
    inside = sum(p.numel() for name, p in plain.named_parameters() if "_proj" in name)
    expected = inside + 3 * SIZES["vocab_size"] * 64  # a byte a weight; the embedding has two, the head one
    assert expected < model.get_memory_footprint() < 1.1 * expected
    wide = load(llama, dtype="float32")
    assert (logits(wide) - logits(plain)).abs().max() < 0.03 * logits(plain).abs().max()


@pytest.mark.parametrize(
    ("values", "head", "query"),
    [
        ({"bits": 4}, "Int8Linear", "Int4Linear"),
        ({"bits": 4, "head_bits": None}, "Linear", "Int4Linear"),
        ({"bits": 4, "head_bits": 4}, "Int8Linear", "Int4Linear"),  # 101 rows do not divide by 64
        ({"bits": 8, "modules_to_not_convert": ["q_proj", "lm_head"]}, "Linear", "Linear"),
        ({"bits": 8, "modules_to_not_convert": ["model.layers.0"]}, "Int8Linear", "Linear"),
        ({"bits": 8, "min_features": 65}, "Linear", "Linear"),
        ({"bits": 4, "group_size": 128}, "Int8Linear", "Int8Linear"),  # 64 inputs do not divide by 128
    ],
)
def test_config_chooses_the_layers(values: dict[str, Any], head: str, query: str, llama: Path) -> None:
    found = kinds(load(llama, **values))
    assert found["lm_head"] == head and found["model.layers.0.self_attn.q_proj"] == query


def test_head_of_its_own_leaves_the_embedding(llama: Path) -> None:
    plain = AutoModelForCausalLM.from_pretrained(llama, dtype=torch.bfloat16)
    model = load(llama)
    assert torch.equal(model.get_input_embeddings().weight, plain.get_input_embeddings().weight)
    assert not model.config.tie_word_embeddings and "lm_head.weight" not in model.active_ties()
    tied = load(llama, head_bits=None)
    assert tied.lm_head.weight is tied.get_input_embeddings().weight and tied.config.tie_word_embeddings


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("values", [{"bits": 8}, {"bits": 4}, {"bits": 4, "head_bits": None}])
def test_saved_model_is_the_same(values: dict[str, Any], dtype: str, llama: Path, tmp_path: Path) -> None:
    model = load(llama, **values, dtype=dtype)
    model.save_pretrained(tmp_path / "few")
    data = json.loads((tmp_path / "few/config.json").read_text())["quantization_config"]
    assert data["quant_method"] == "weight_only" and data["bits"] == values["bits"]
    again, info = AutoModelForCausalLM.from_pretrained(tmp_path / "few", output_loading_info=True)
    assert not any(info.values()) and kinds(again) == kinds(model) and again.dtype == model.dtype
    assert torch.equal(logits(again), logits(model))
    for name, value in model.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])


def test_other_classes_read_the_saved_model(llama: Path, tmp_path: Path) -> None:
    model = load(llama)
    model.save_pretrained(tmp_path / "few", max_shard_size="40KB")
    trunk = LlamaModel.from_pretrained(tmp_path / "few")
    assert set(kinds(trunk).values()) == {"Int8Linear"}
    with torch.no_grad():
        assert torch.equal(trunk(IDS).last_hidden_state, model.model(IDS).last_hidden_state)
    head = LlamaForSequenceClassification.from_pretrained(tmp_path / "few", num_labels=3)
    assert kinds(head)["score"] == "Linear"  # new, and to be trained


def test_strictness_stays(llama: Path, tmp_path: Path) -> None:
    model = load(llama)
    model.save_pretrained(tmp_path / "few")
    state = model.state_dict()
    name = "model.layers.0.self_attn.q_proj.weight"
    (tmp_path / "few/model.safetensors").unlink()
    save_checkpoint(tmp_path / "few", {**state, name: state[name].float()})
    with pytest.raises(CheckpointMismatchError, match=r"q_proj\.weight is float32"):
        LlamaForCausalLM.from_pretrained(tmp_path / "few")
    save_checkpoint(tmp_path / "few", {k: v for k, v in state.items() if k != f"{name}_scale"})
    with pytest.raises(CheckpointMismatchError, match=r"q_proj\.weight_scale"):
        LlamaForCausalLM.from_pretrained(tmp_path / "few")


@pytest.mark.parametrize("bits", [8, 4])
def test_whole_again(bits: int, llama: Path) -> None:
    model = load(llama, bits=bits, dtype="float32")
    before = logits(model)
    assert model.dequantize() is model
    assert set(kinds(model).values()) == {"Linear"} and not model.is_quantized
    assert not hasattr(model.config, "quantization_config")
    torch.testing.assert_close(logits(model), before, atol=1e-5, rtol=1e-4)
    with pytest.raises(ValueError, match="not quantised"):
        model.dequantize()


def test_model_can_be_copied_pickled_and_cast(llama: Path) -> None:
    model = load(llama)
    expected = logits(model)
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(logits(again), expected)
    wide = model.float()
    assert wide.lm_head.weight.dtype == torch.int8 and logits(wide).dtype == torch.float32


def test_model_writes(llama: Path) -> None:
    model = load(llama, dtype="float32")
    plain = copy.deepcopy(model).dequantize()
    settings = {"max_new_tokens": 9, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
    assert torch.equal(model.generate(IDS, **settings), plain.generate(IDS, **settings))


def test_quantised_vocabulary_keeps_its_size(llama: Path) -> None:
    with pytest.raises(ValueError, match="dequantize"):
        load(llama).resize_token_embeddings(110)
    assert load(llama, head_bits=None).resize_token_embeddings(110).num_embeddings == 110


def test_transposed_layers_are_quantised_too(tmp_path: Path) -> None:
    torch.manual_seed(0)
    plain = GPT2LMHeadModel(GPT2Config(vocab_size=101, n_embd=64, n_layer=2, n_head=4, n_positions=32)).eval()
    plain.save_pretrained(tmp_path / "gpt2")
    model = load(tmp_path / "gpt2", dtype="float32")
    assert set(kinds(model).values()) == {"Int8Linear"}
    assert (logits(model) - logits(plain)).abs().max() < 0.05 * logits(plain).abs().max()
    model.save_pretrained(tmp_path / "few")
    again = GPT2LMHeadModel.from_pretrained(tmp_path / "few")
    assert torch.equal(logits(again), logits(model))
    again.dequantize()
    assert {n: v.shape for n, v in again.state_dict().items()} == {
        n: v.shape for n, v in plain.state_dict().items()
    }
    torch.testing.assert_close(logits(again), logits(model), atol=1e-5, rtol=1e-4)


def test_parts_that_need_float32_stay(tmp_path: Path) -> None:
    T5ForConditionalGeneration(
        T5Config(vocab_size=101, d_model=64, d_kv=16, d_ff=128, num_layers=1, num_heads=4)
    ).save_pretrained(tmp_path / "t5")
    model = T5ForConditionalGeneration.from_pretrained(
        tmp_path / "t5", quantization_config=WeightOnlyConfig()
    )
    found = kinds(model)
    assert found["encoder.block.0.layer.1.DenseReluDense.wo"] == "Linear"
    assert found["encoder.block.0.layer.1.DenseReluDense.wi"] == "Int8Linear"


# ---------------------------------------------------------------------- other frameworks


@pytest.mark.parametrize("framework", [key for key in installed() if key != "pt"])
@pytest.mark.parametrize("bits", [8, 4])
def test_every_framework_reads_the_numbers(framework: str, bits: int, llama: Path, tmp_path: Path) -> None:
    model = load(llama, bits=bits, dtype="float32")
    model.save_pretrained(tmp_path / "few")
    cls = getattr(transformers, f"{ADAPTERS[framework].prefix}LlamaForCausalLM")
    found = ADAPTERS[framework].run(cls.from_pretrained(tmp_path / "few"), {"input_ids": IDS.numpy()})[
        "logits"
    ]
    np.testing.assert_allclose(found, logits(model).numpy(), atol=2e-4, rtol=1e-3)


def test_other_frameworks_do_not_quantise(llama: Path) -> None:
    with pytest.raises(ValueError, match="for PyTorch models"):
        transformers.NpLlamaForCausalLM.from_pretrained(llama, quantization_config=WeightOnlyConfig())


def test_other_frameworks_name_what_they_cannot_read(llama: Path) -> None:
    data = json.loads((llama / "config.json").read_text())
    (llama / "config.json").write_text(json.dumps({**data, "quantization_config": {"quant_method": "fp8"}}))
    with pytest.raises(ValueError, match="fp8 cannot be read here; those by awq, "):
        transformers.NpLlamaForCausalLM.from_pretrained(llama)
