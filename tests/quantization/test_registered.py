"""Quantisers that users register: which hooks are called, with what, and what they decide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import transformers.quantizers.auto as auto  # noqa: E402
from transformers import LlamaConfig, LlamaForCausalLM, LlamaModel  # noqa: E402
from transformers.loading.matching import CheckpointMismatchError  # noqa: E402
from transformers.quantizers import (  # noqa: E402
    AutoHfQuantizer,
    AutoQuantizationConfig,
    HfQuantizer,
    get_module_from_name,
    register_quantization_config,
    register_quantizer,
)
from transformers.utils.quantization_config import CONFIGS, QuantizationConfigMixin  # noqa: E402

IDS = torch.tensor([[4, 9, 7, 11, 5]])


class RowsConfig(QuantizationConfigMixin):
    """As users write one: a constructor of its own."""

    def __init__(self, leave: Any = None, **kwargs: Any) -> None:
        self.quant_method = "rows"
        self.leave = leave


class RowsLinear(torch.nn.Module):
    """int8 rows with a scale each, held as buffers."""

    def __init__(self, inputs: int, outputs: int, bias: bool) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(outputs, inputs, dtype=torch.int8))
        self.register_buffer("steps", torch.zeros(outputs, 1))
        self.register_buffer("bias", torch.zeros(outputs) if bias else None)

    def forward(self, x: Any) -> Any:
        return torch.nn.functional.linear(x, self.weight * self.steps.to(x.dtype), self.bias)


class RowsQuantizer(HfQuantizer):
    """As users write one."""

    requires_parameters_quantization = True
    calls: list[str] = []

    def validate_environment(self, *args: Any, **kwargs: Any) -> None:
        self.calls.append(f"validate {kwargs['dtype']}")

    def update_dtype(self, dtype: Any) -> Any:
        return torch.bfloat16 if dtype is None else dtype

    def _process_model_before_weight_loading(self, model: Any, **kwargs: Any) -> Any:
        for name, layer in list(model.named_modules()):
            if isinstance(layer, torch.nn.Linear) and not any(
                part in name for part in self.quantization_config.leave or ()
            ):
                parent, own = get_module_from_name(model, name)
                parent._modules[own] = RowsLinear(
                    layer.in_features, layer.out_features, layer.bias is not None
                )
        return model

    def param_needs_quantization(self, model: Any, param_name: str, **kwargs: Any) -> bool:
        module, own = get_module_from_name(model, param_name)
        return isinstance(module, RowsLinear) and own == "weight" and not self.pre_quantized

    def create_quantized_param(
        self, model: Any, param_value: Any, param_name: str, target_device: Any, **kwargs: Any
    ) -> None:
        module, _ = get_module_from_name(model, param_name)
        scale = param_value.float().abs().amax(dim=1, keepdim=True) / 127
        module._buffers["weight"] = (param_value.float() / scale).round().to(torch.int8).to(target_device)
        module._buffers["steps"] = scale

    def update_missing_keys(self, model: Any, missing_keys: list[str], prefix: str) -> list[str]:
        self.calls.append(f"missing {len(missing_keys)} {prefix}")
        return [key for key in missing_keys if self.pre_quantized or not key.endswith(".steps")]

    def update_unexpected_keys(self, model: Any, unexpected_keys: list[str]) -> list[str]:
        return [key for key in unexpected_keys if not key.endswith(".note")]

    def _process_model_after_weight_loading(self, model: Any, **kwargs: Any) -> Any:
        self.calls.append("after")
        return model

    def is_serializable(self, safe_serialization: bool | None = None) -> bool:
        return self.quantization_config.leave != ["q_proj"]

    @property
    def is_trainable(self) -> bool:
        return False

    def _dequantize(self, model: Any) -> Any:
        for name, layer in list(model.named_modules()):
            if isinstance(layer, RowsLinear):
                parent, own = get_module_from_name(model, name)
                plain = torch.nn.Linear(1, 1, bias=False)
                plain.weight = torch.nn.Parameter((layer.weight * layer.steps).to(model.dtype))
                parent._modules[own] = plain
        return model


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    RowsQuantizer.calls = []
    register_quantization_config("rows")(RowsConfig)
    register_quantizer("rows")(RowsQuantizer)
    yield
    CONFIGS.pop("rows", None)
    auto.REGISTERED.clear()


@pytest.fixture
def llama(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    sizes = {"vocab_size": 101, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    LlamaForCausalLM(LlamaConfig(**sizes, num_attention_heads=4)).save_pretrained(tmp_path / "llama")
    return tmp_path / "llama"


def logits(model: Any) -> Any:
    with torch.no_grad():
        return model(IDS).logits.float()


def test_hooks_quantise_and_read_again(llama: Path, tmp_path: Path) -> None:
    plain = LlamaForCausalLM.from_pretrained(llama)
    model = LlamaForCausalLM.from_pretrained(llama, quantization_config=RowsConfig(), dtype=torch.float32)
    assert RowsQuantizer.calls == ["validate torch.float32", "missing 15 model", "after"]
    assert type(model.hf_quantizer) is RowsQuantizer and model.is_quantized
    assert model.quantization_method == "rows" and not model.hf_quantizer.is_trainable
    weight = plain.lm_head.weight
    expected = (weight / (weight.abs().amax(1, keepdim=True) / 127)).round()
    assert torch.equal(model.lm_head.weight.float(), expected)
    assert (logits(model) - logits(plain)).abs().max() < 0.05 * logits(plain).abs().max()
    model.save_pretrained(tmp_path / "rows")
    data = json.loads((tmp_path / "rows/config.json").read_text())["quantization_config"]
    assert data == {"quant_method": "rows", "leave": None}
    again = LlamaForCausalLM.from_pretrained(tmp_path / "rows", dtype="float32")
    assert again.hf_quantizer.pre_quantized and torch.equal(logits(again), logits(model))
    trunk = LlamaModel.from_pretrained(tmp_path / "rows", dtype="float32")
    assert type(trunk.layers[0].mlp.up_proj) is RowsLinear


def test_hook_chooses_the_dtype(llama: Path) -> None:
    model = LlamaForCausalLM.from_pretrained(llama, quantization_config=RowsConfig(["lm_head"]))
    assert model.dtype == torch.bfloat16 and type(model.lm_head) is torch.nn.Linear
    assert model.lm_head.weight.dtype == torch.bfloat16 and not model.lm_head.weight.is_meta


def test_older_hooks_are_called(llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def check(self: Any, model: Any, param_value: Any, param_name: str, state_dict: Any, **more: Any) -> bool:
        seen.append(tuple(param_value.shape) == tuple(state_dict[param_name].shape))
        return RowsQuantizer.param_needs_quantization(self, model, param_name)

    def create(
        self: Any,
        model: Any,
        value: Any,
        name: str,
        device: Any,
        state_dict: Any,
        unexpected_keys: Any = None,
    ) -> None:
        assert name in state_dict and unexpected_keys == []
        original(self, model, value, name, device)

    original = RowsQuantizer.create_quantized_param
    monkeypatch.setattr(RowsQuantizer, "check_quantized_param", check)
    monkeypatch.setattr(RowsQuantizer, "create_quantized_param", create)
    monkeypatch.setattr(RowsQuantizer, "update_torch_dtype", lambda self, dtype: torch.float16)
    model = LlamaForCausalLM.from_pretrained(llama, quantization_config=RowsConfig())
    assert all(seen) and model.dtype == torch.float16 and model.lm_head.steps.amax() > 0


def test_hooks_may_allow_further_names(llama: Path) -> None:
    state = LlamaForCausalLM.from_pretrained(llama).state_dict()
    config = LlamaConfig.from_pretrained(llama)
    settings: dict[str, Any] = {"config": config, "quantization_config": RowsConfig()}
    LlamaForCausalLM.from_pretrained(None, state_dict={**state, "x.note": torch.ones(1)}, **settings)
    with pytest.raises(CheckpointMismatchError, match=r"x\.word"):
        LlamaForCausalLM.from_pretrained(None, state_dict={**state, "x.word": torch.ones(1)}, **settings)


def test_model_is_made_whole_and_saved_only_where_the_hooks_allow(llama: Path, tmp_path: Path) -> None:
    model = LlamaForCausalLM.from_pretrained(llama, quantization_config=RowsConfig(["q_proj"]))
    with pytest.raises(ValueError, match="quantised by rows cannot be saved"):
        model.save_pretrained(tmp_path / "no")
    assert model.dequantize() is model and not model.is_quantized
    assert type(model.lm_head) is torch.nn.Linear and not hasattr(model.config, "quantization_config")


def test_classes_find_what_is_registered(llama: Path, tmp_path: Path) -> None:
    assert AutoHfQuantizer.supports_quant_method({"quant_method": "rows"})
    assert not AutoHfQuantizer.supports_quant_method({"quant_method": "columns"})
    assert AutoHfQuantizer.supports_quant_method({"load_in_8bit": True})
    found = AutoHfQuantizer.from_config({"quant_method": "rows", "leave": ["a"]}, pre_quantized=False)
    assert (
        type(found) is RowsQuantizer and not found.pre_quantized and found.quantization_config.leave == ["a"]
    )
    model = LlamaForCausalLM.from_pretrained(llama, quantization_config=RowsConfig(["b"]))
    model.save_pretrained(tmp_path / "rows")
    assert AutoQuantizationConfig.from_pretrained(tmp_path / "rows").leave == ["b"]
    assert AutoHfQuantizer.from_pretrained(tmp_path / "rows").pre_quantized
    merged = AutoHfQuantizer.merge_quantization_configs({"quant_method": "rows"}, RowsConfig(["c"]))
    assert type(merged) is RowsConfig and merged.leave is None
    with pytest.raises(ValueError, match="not quantised"):
        AutoQuantizationConfig.from_pretrained(llama)


def test_what_cannot_be_registered_is_refused() -> None:
    with pytest.raises(ValueError, match="'rows' has a config already"):
        register_quantization_config("rows")(RowsConfig)
    with pytest.raises(TypeError, match="subclass of QuantizationConfigMixin"):
        register_quantization_config("columns")(int)
    with pytest.raises(ValueError, match="'gptq' has a quantiser already"):
        register_quantizer("gptq")(RowsQuantizer)
    with pytest.raises(ValueError, match="subclass of HfQuantizer"):
        register_quantizer("columns")(int)


def test_base_says_what_is_missing(llama: Path) -> None:
    class Learned(RowsQuantizer):
        requires_calibration = True

    with pytest.raises(ValueError, match="Learned needs data"):
        Learned(RowsConfig(), pre_quantized=False)
    bare = RowsQuantizer(RowsConfig(), modules_to_not_convert=["a"])
    assert bare.pre_quantized and bare.modules_to_not_convert == ["a"]
    with pytest.raises(NotImplementedError, match="must define create_quantized_param"):
        HfQuantizer.create_quantized_param(bare)
    with pytest.raises(NotImplementedError, match="cannot make the weights whole"):
        HfQuantizer._dequantize(bare, None)
    model = LlamaForCausalLM.from_pretrained(llama)
    skips = HfQuantizer.get_modules_to_not_convert
    assert skips(model) == ["lm_head"] and skips(model, ["a"]) == ["a"] and skips(model.model) == []
    assert skips(model, ["a"], ["b"], True) == ["lm_head", "a", "b"]
