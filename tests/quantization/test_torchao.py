"""Weights as tensors of torchao: which layers get them, what they cannot do, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers import LlamaConfig, LlamaForCausalLM, TorchAoConfig  # noqa: E402
from transformers.utils import optional  # noqa: E402
from transformers.utils.optional import is_available  # noqa: E402

IDS = torch.tensor([[4, 9, 7, 11, 5]])
installed = pytest.mark.skipif(not is_available("torchao"), reason="torchao is not installed")


@pytest.fixture
def llama(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    sizes = {"vocab_size": 101, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
    config = LlamaConfig(**sizes, num_attention_heads=4, num_key_value_heads=4, tie_word_embeddings=True)
    LlamaForCausalLM(config).save_pretrained(tmp_path / "llama")
    return tmp_path / "llama"


def logits(model: Any) -> Any:
    with torch.no_grad():
        return model(IDS).logits.float()


def packed(model: Any) -> set[str]:
    return {
        name
        for name, part in model.named_modules()
        if type(part) is torch.nn.Linear and type(part.weight) is not torch.nn.Parameter
    }


@installed
@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"quant_type": "int8_weight_only"}, 0.03),
        ({"quant_type": "int4_weight_only", "group_size": 32}, 0.3),
        ({"quant_type": "int8_dynamic_activation_int8_weight"}, 0.06),
    ],
)
def test_model_is_quantised_and_made_whole(values: dict[str, Any], error: float, llama: Path) -> None:
    plain = LlamaForCausalLM.from_pretrained(llama)
    model = LlamaForCausalLM.from_pretrained(llama, quantization_config=TorchAoConfig(**values))
    names = {f"model.layers.{i}." for i in range(2)}
    assert len(packed(model)) == 14 and all(name.startswith(tuple(names)) for name in packed(model))
    assert model.dtype == (torch.bfloat16 if "int4" in values["quant_type"] else torch.float32)
    assert (logits(model) - logits(plain)).abs().max() < error * logits(plain).abs().max()
    assert packed(model.dequantize()) == set() and not model.is_quantized


@installed
def test_config_chooses_the_layers(llama: Path) -> None:
    how = TorchAoConfig("int8_weight_only", ["q_proj"], True, True)
    model = LlamaForCausalLM.from_pretrained(llama, quantization_config=how)
    assert "lm_head" in packed(model) and not any("q_proj" in name for name in packed(model))
    assert not model.config.tie_word_embeddings


@installed
def test_config_objects_of_torchao_are_taken(llama: Path) -> None:
    from torchao.quantization import Int8WeightOnlyConfig

    how = TorchAoConfig(Int8WeightOnlyConfig())
    assert how.get_apply_tensor_subclass() is how.quant_type
    again = TorchAoConfig.from_dict(how.to_dict())
    assert type(again.quant_type) is Int8WeightOnlyConfig
    assert packed(LlamaForCausalLM.from_pretrained(llama, quantization_config=again))


@installed
def test_unknown_arguments_are_refused(llama: Path) -> None:
    with pytest.raises(TypeError, match="group_size only, got layout"):
        how = TorchAoConfig("int4_weight_only", layout="plain")
        LlamaForCausalLM.from_pretrained(llama, quantization_config=how)
    with pytest.raises(ValueError, match="autoquant"):
        LlamaForCausalLM.from_pretrained(llama, quantization_config=TorchAoConfig("autoquant"))


@installed
def test_config_of_another_release_is_kept_as_it_is() -> None:
    stored = {"default": {"_type": "Int8WeightOnlyConfig", "_version": 99, "_data": {}}}
    how = TorchAoConfig.from_dict({"quant_method": "torchao", "quant_type": stored})
    assert how.to_dict()["quant_type"] == stored
    with pytest.raises(ValueError, match="installed torchao cannot make the config"):
        how.get_apply_tensor_subclass()


def test_missing_library_is_named_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optional, "is_available", lambda package: package != "torchao")
    with pytest.raises(ImportError, match=r"needs torchao: pip install 'transformers\[quantization\]'"):
        LlamaForCausalLM.from_pretrained(
            None, config=LlamaConfig(), state_dict={}, quantization_config=TorchAoConfig("int8_weight_only")
        )
    with pytest.raises(ImportError, match="TorchAoConfig needs torchao"):
        TorchAoConfig("int8_weight_only").get_apply_tensor_subclass()
