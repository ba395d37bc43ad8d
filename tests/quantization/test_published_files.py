"""Checkpoints in the file formats of GPTQ and AWQ, beside numbers that NumPy packs and unpacks bit by bit."""

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
from transformers import (  # noqa: E402  # noqa: E402
    AwqConfig,
    GPT2Config,
    GPT2LMHeadModel,
    GPTQConfig,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
)
from transformers.loading.matching import CheckpointMismatchError  # noqa: E402
from transformers.loading.saving import save_checkpoint  # noqa: E402
from transformers.quantization.formats import FORMATS  # noqa: E402

from ..models.adapters import ADAPTERS, installed  # noqa: E402

IDS = torch.tensor([[4, 9, 7, 11, 5]])
LLAMA = LlamaConfig(
    vocab_size=101, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64,
)  # fmt: skip
GPT2 = GPT2Config(vocab_size=101, n_embd=64, n_layer=1, n_head=4, n_positions=32)


def stream(numbers: Any, bits: int) -> Any:
    """Numbers (count, columns) as int32 words: one string of binary digits a column, cut in pieces of 32."""
    words = []
    for column in numbers.T:
        text = "".join(format(int(number), f"0{bits}b")[::-1] for number in column)
        words.append([int(text[i : i + 32][::-1], 2) for i in range(0, len(text), 32)])
    return np.array(words, dtype=np.uint32).view(np.int32).T.copy()


def gptq(shape: tuple[int, int], bits: int, size: int, act: bool, offset: int) -> tuple[dict[str, Any], Any]:
    """(the file's tensors of one layer, its weight (out, in))."""
    outputs, inputs = shape
    random = np.random.default_rng(outputs + 7 * inputs + bits)
    size = inputs if size == -1 else size
    groups = np.arange(inputs) // size
    if act:
        groups = random.permutation(groups)
    codes = random.integers(0, 1 << bits, (inputs, outputs))
    zeros = random.integers(offset, 1 << bits, (inputs // size, outputs))
    scales = random.uniform(0.5, 2, zeros.shape).astype(np.float16) / (1 << bits) / 4
    weight = np.empty((outputs, inputs), np.float32)
    for i in range(inputs):
        weight[:, i] = (codes[i] - zeros[groups[i]]) * scales[groups[i]].astype(np.float32)
    return {
        "qweight": stream(codes, bits),
        "qzeros": stream((zeros - offset).T, bits).T.copy(),
        "scales": scales,
        "g_idx": groups.astype(np.int32),
    }, weight


def awq(shape: tuple[int, int], size: int) -> tuple[dict[str, Any], Any]:
    """(the file's tensors of one layer, its weight (out, in))."""
    outputs, inputs = shape
    random = np.random.default_rng(outputs + 5 * inputs)
    size = inputs if size == -1 else size
    codes = random.integers(0, 16, (inputs, outputs))
    zeros = random.integers(0, 16, (inputs // size, outputs))
    scales = random.uniform(0.01, 0.03, zeros.shape).astype(np.float16)

    def words(numbers: Any) -> Any:
        found = np.zeros((numbers.shape[0], numbers.shape[1] // 8), np.uint32)
        for column in range(found.shape[1]):
            for place, own in enumerate((0, 2, 4, 6, 1, 3, 5, 7)):
                found[:, column] |= numbers[:, 8 * column + own].astype(np.uint32) << np.uint32(4 * place)
        return found.view(np.int32)

    weight = np.empty((outputs, inputs), np.float32)
    for i in range(inputs):
        weight[:, i] = (codes[i] - zeros[i // size]) * scales[i // size].astype(np.float32)
    return {"qweight": words(codes), "qzeros": words(zeros), "scales": scales}, weight


def write(folder: Path, model: Any, how: dict[str, Any], make: Any, **extra: Any) -> None:
    """A checkpoint whose linear layers in the trunk are packed; the model gets the numbers they stand for."""
    state = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.no_grad():
        for path, layer in model.named_modules():
            if type(layer).__name__ in ("Linear", "Conv1D") and path != "lm_head":
                turned = type(layer).__name__ == "Conv1D"
                shape = tuple(layer.weight.t().shape if turned else layer.weight.shape)
                parts, weight = make(shape)
                found = torch.from_numpy(weight)
                layer.weight.copy_(found.t() if turned else found)
                del state[f"{path}.weight"]
                state |= {f"{path}.{name}": torch.from_numpy(value) for name, value in parts.items()}
                if "bias" in extra:
                    state[f"{path}.bias"] = torch.full((shape[0],), extra["bias"])
    state.pop("lm_head.weight", None) if model.config.tie_word_embeddings else None
    folder.mkdir()
    save_checkpoint(folder, state)
    data = {**model.config.to_dict(), "dtype": "float32", "quantization_config": how}
    data["architectures"] = [type(model).__name__]
    (folder / "config.json").write_text(json.dumps(data))


def logits(model: Any, ids: Any = IDS) -> Any:
    with torch.no_grad():
        return model(ids).logits


CASES = [
    ({"bits": 4, "group_size": 32}, False),
    ({"bits": 4, "group_size": 16, "desc_act": True, "sym": False}, True),
    ({"bits": 4, "group_size": -1, "checkpoint_format": "gptq_v2"}, False),
    ({"bits": 2, "group_size": 32, "sym": False}, False),
    ({"bits": 3, "group_size": 32}, False),
    ({"bits": 3, "group_size": 16, "desc_act": True, "checkpoint_format": "gptq_v2"}, True),
    ({"bits": 8, "group_size": 32}, False),
]


def gptq_folder(folder: Path, values: dict[str, Any], act: bool, model: Any = None, **extra: Any) -> Any:
    torch.manual_seed(0)
    model = LlamaForCausalLM(LLAMA).eval() if model is None else model
    offset = 0 if values.get("checkpoint_format") == "gptq_v2" else 1
    make = lambda shape: gptq(shape, values["bits"], values["group_size"], act, offset)  # noqa: E731
    write(folder, model, {"quant_method": "gptq", **values}, make, **extra)
    return model


@pytest.mark.parametrize(("values", "act"), CASES, ids=str)
def test_gptq_files_give_the_numbers_they_stand_for(
    values: dict[str, Any], act: bool, tmp_path: Path
) -> None:
    whole = gptq_folder(tmp_path / "few", values, act)
    model = LlamaForCausalLM.from_pretrained(tmp_path / "few")
    assert type(model.model.layers[1].mlp.up_proj).__name__ == "GptqLinear"
    assert model.is_quantized and model.quantization_method == "gptq" and model.dtype == torch.float32
    torch.testing.assert_close(logits(model), logits(whole), atol=1e-5, rtol=1e-5)
    layer, own = model.model.layers[0].mlp.down_proj, whole.model.layers[0].mlp.down_proj
    assert torch.equal(layer.whole(torch.float32), own.weight)
    assert torch.equal(layer.whole(torch.float16), own.weight.half())


@pytest.mark.parametrize("size", [32, -1])
def test_awq_files_give_the_numbers_they_stand_for(size: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    whole = LlamaForCausalLM(LLAMA).eval()
    how = {"quant_method": "awq", "bits": 4, "group_size": size, "zero_point": True, "version": "gemm"}
    write(tmp_path / "few", whole, how, lambda shape: awq(shape, size))
    model = LlamaForCausalLM.from_pretrained(tmp_path / "few")
    assert type(model.model.layers[1].mlp.up_proj).__name__ == "AwqLinear"
    assert torch.equal(
        model.model.layers[1].mlp.up_proj.whole(torch.float32), whole.model.layers[1].mlp.up_proj.weight
    )
    torch.testing.assert_close(logits(model), logits(whole), atol=1e-5, rtol=1e-5)


def test_awq_without_zero_points_lies_around_the_middle() -> None:
    parts, _ = awq((16, 32), 16)
    parts["qzeros"] = np.full_like(parts["qzeros"], 0x88888888 - (1 << 32))
    form = FORMATS["awq"](AwqConfig())
    without = {name: value for name, value in parts.items() if name != "qzeros"}
    assert np.array_equal(form.weight(without), form.weight(parts))


def test_saved_files_are_the_same(tmp_path: Path) -> None:
    gptq_folder(tmp_path / "few", CASES[1][0], True)
    model = LlamaForCausalLM.from_pretrained(tmp_path / "few")
    model.save_pretrained(tmp_path / "again")
    from safetensors.numpy import load_file

    first, second = (load_file(tmp_path / f"{name}/model.safetensors") for name in ("few", "again"))
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    data = json.loads((tmp_path / "again/config.json").read_text())["quantization_config"]
    assert data["quant_method"] == "gptq" and data["desc_act"] and data["checkpoint_format"] == "gptq"
    again = LlamaForCausalLM.from_pretrained(tmp_path / "again")
    assert torch.equal(logits(again), logits(model))


def test_transposed_layers_are_read(tmp_path: Path) -> None:
    torch.manual_seed(0)
    whole = gptq_folder(tmp_path / "few", CASES[0][0], False, GPT2LMHeadModel(GPT2).eval())
    model = GPT2LMHeadModel.from_pretrained(tmp_path / "few")
    torch.testing.assert_close(logits(model), logits(whole), atol=1e-5, rtol=1e-5)
    assert model.dequantize() is model and not model.is_quantized
    state = whole.state_dict()
    assert {n: v.shape for n, v in model.state_dict().items()} == {n: v.shape for n, v in state.items()}
    assert torch.equal(
        model.state_dict()["transformer.h.0.attn.c_proj.weight"], state["transformer.h.0.attn.c_proj.weight"]
    )


def test_other_classes_read_the_files(tmp_path: Path) -> None:
    whole = gptq_folder(tmp_path / "few", CASES[0][0], False)
    trunk = transformers.LlamaModel.from_pretrained(tmp_path / "few")
    with torch.no_grad():
        found, wanted = trunk(IDS).last_hidden_state, whole.model(IDS).last_hidden_state
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)
    head = LlamaForSequenceClassification.from_pretrained(tmp_path / "few", num_labels=3)
    assert type(head.score) is torch.nn.Linear


def test_biases_of_zeros_are_left_and_others_refused(tmp_path: Path) -> None:
    gptq_folder(tmp_path / "few", CASES[0][0], False, bias=0.0)
    assert LlamaForCausalLM.from_pretrained(tmp_path / "few").model.layers[0].mlp.up_proj.bias is None
    gptq_folder(tmp_path / "more", CASES[0][0], False, bias=0.5)
    with pytest.raises(CheckpointMismatchError, match=r"up_proj\.bias"):
        LlamaForCausalLM.from_pretrained(tmp_path / "more")


def test_missing_layers_are_named(tmp_path: Path) -> None:
    whole = gptq_folder(tmp_path / "few", CASES[0][0], False)
    model = LlamaForCausalLM.from_pretrained(tmp_path / "few")
    state = {name: value for name, value in model.state_dict().items() if "1.mlp.up_proj" not in name}
    with pytest.raises(CheckpointMismatchError, match=r"layers\.1\.mlp\.up_proj\.weight"):
        LlamaForCausalLM.from_pretrained(None, config=model.config, state_dict=state)
    assert whole.config.model_type == "llama"


def test_model_writes_with_and_without_copies(tmp_path: Path) -> None:
    whole = gptq_folder(tmp_path / "few", CASES[0][0], False)
    model = LlamaForCausalLM.from_pretrained(tmp_path / "few")
    settings = {"max_new_tokens": 34, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
    wanted = whole.generate(IDS, **settings)
    names = list(model.state_dict())
    assert torch.equal(model.generate(IDS, **settings), wanted)
    assert torch.equal(model.prepack_weights(False).generate(IDS, **settings), wanted)
    assert list(model.state_dict()) == names


def test_casts_and_copies_leave_the_packed_numbers(tmp_path: Path) -> None:
    gptq_folder(tmp_path / "few", CASES[0][0], False)
    model = LlamaForCausalLM.from_pretrained(tmp_path / "few").to(torch.bfloat16)
    layer = model.model.layers[0].mlp.up_proj
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(logits(again), logits(model))
    assert layer.scales.dtype == torch.float16 and layer.qweight.dtype == torch.int32
    assert logits(model).dtype == torch.bfloat16


@pytest.mark.parametrize("framework", [key for key in installed() if key != "pt"])
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_every_framework_reads_the_numbers(framework: str, kind: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2).eval() if kind == "gpt2" else None
    whole = gptq_folder(tmp_path / "few", CASES[1][0], True, model)
    cls = getattr(transformers, f"{ADAPTERS[framework].prefix}{type(whole).__name__}")
    found = ADAPTERS[framework].run(cls.from_pretrained(tmp_path / "few"), {"input_ids": IDS.numpy()})
    np.testing.assert_allclose(found["logits"], logits(whole).numpy(), atol=2e-4, rtol=1e-3)


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"quant_method": "gptq", "bits": 4, "checkpoint_format": "marlin"}, "gptq or gptq_v2"),
        ({"quant_method": "awq", "bits": 4, "version": "gemv"}, "got gemv and autoawq"),
        ({"quant_method": "awq", "bits": 4, "backend": "llm-awq"}, "llm-awq"),
        ({"quant_method": "awq", "bits": 3}, "with 4 bits, got 3"),
    ],
)
def test_other_orders_are_refused(how: dict[str, Any], text: str) -> None:
    config = LlamaConfig(**{**LLAMA.to_dict(), "quantization_config": how})
    with pytest.raises(ValueError, match=text):
        LlamaForCausalLM.from_pretrained(None, config=config, state_dict={})


def test_methods_that_learn_from_texts_are_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers.quantization import methods

    monkeypatch.setattr(methods, "require", lambda *names: None)
    with pytest.raises(ValueError, match="gptq needs texts"):
        methods.quantizer_of(LLAMA, GPTQConfig(bits=4))
    monkeypatch.undo()
    with pytest.raises(ImportError, match=r"quant_method 'gptq' needs .*pip install"):
        methods.quantizer_of(LLAMA, GPTQConfig(bits=4))
