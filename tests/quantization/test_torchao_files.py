"""Files of torchao's tensors: those of the published library, our own, and those that are refused."""

from __future__ import annotations

import base64
import gzip
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers import LlamaConfig, LlamaForCausalLM, TorchAoConfig  # noqa: E402
from transformers.loading import pickle_torchao  # noqa: E402
from transformers.loading.pickle_machine import UnsafePickleError  # noqa: E402
from transformers.loading.pickle_parts import Described, DType, Kind, View  # noqa: E402
from transformers.loading.pickle_reader import PickledFile  # noqa: E402
from transformers.loading.safetensors_reader import FormatError  # noqa: E402
from transformers.quantization.formats import TorchAoFormat  # noqa: E402
from transformers.utils.optional import is_available  # noqa: E402

from ..models.adapters import ADAPTERS, installed  # noqa: E402

library = pytest.mark.skipif(not is_available("torchao"), reason="torchao is not installed")
GOLDEN = json.loads(gzip.decompress((Path(__file__).parent / "torchao.json.gz").read_bytes()))
FILES = [(release, case) for release in GOLDEN for case in GOLDEN[release]["cases"]]
IDS = torch.arange(5)[None]


def unpacked(release: str, case: str, folder: Path) -> Any:
    """The files of a recorded model in a folder; returns its logits."""
    record = GOLDEN[release]["cases"][case]
    for name, text in record["files"].items():
        (folder / name).write_bytes(base64.b64decode(text))
    return np.asarray(record["logits"], np.float32)


def logits(model: Any) -> Any:
    with torch.no_grad():
        return model(IDS).logits.numpy()


@library
@pytest.mark.parametrize(("release", "case"), FILES)
def test_published_file_computes_what_it_did(release: str, case: str, tmp_path: Path) -> None:
    expected = unpacked(release, case, tmp_path)
    model = LlamaForCausalLM.from_pretrained(tmp_path)
    # Earlier releases rounded activations to 8 bits in another way.
    atol = 0.02 * abs(expected).max() if (release, case) == ("0.14.1", "both") else 1e-6
    np.testing.assert_allclose(logits(model), expected, atol=atol, rtol=0)
    assert type(model.model.layers[0].mlp.up_proj.weight).__name__.endswith("Tensor")
    assert model.is_quantized and model.quantization_method.value == "torchao"


@pytest.mark.parametrize("framework", [name for name in installed() if name != "pt"])
def test_published_file_is_made_whole_elsewhere(framework: str, tmp_path: Path) -> None:
    expected = unpacked("0.18.0", "groups", tmp_path)
    adapter = ADAPTERS[framework]
    model = adapter.model_class("llama", "LlamaForCausalLM").from_pretrained(tmp_path)
    found = adapter.run(model, {"input_ids": np.arange(5)[None]})["logits"]
    np.testing.assert_allclose(found, expected, atol=2e-5)


@library
@pytest.mark.parametrize("safe", [True, False])
@pytest.mark.parametrize(
    "kind", ["int8_weight_only", "int8_dynamic_activation_int8_weight", "int4_weight_only"]
)
def test_saved_model_comes_back_bit_for_bit(kind: str, safe: bool, tmp_path: Path) -> None:
    torch.manual_seed(1)
    sizes = {"vocab_size": 11, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    config = LlamaConfig(**sizes, num_attention_heads=2, num_key_value_heads=2, tie_word_embeddings=True)
    LlamaForCausalLM(config).save_pretrained(tmp_path / "whole")
    how = TorchAoConfig(kind, **({"group_size": 32} if "int4" in kind else {}))
    model = LlamaForCausalLM.from_pretrained(tmp_path / "whole", quantization_config=how)
    model.save_pretrained(tmp_path / "few", safe_serialization=safe, max_shard_size="6KB")
    stored = json.loads((tmp_path / "few" / "config.json").read_text())["quantization_config"]
    assert stored["quant_method"] == "torchao" and stored["quant_type"] == kind
    assert any("of-0" in path.name for path in (tmp_path / "few").iterdir())
    again = LlamaForCausalLM.from_pretrained(tmp_path / "few")
    assert again.dtype == model.dtype
    with torch.no_grad():
        assert torch.equal(again(IDS).logits, model(IDS).logits)
    for path in ("mlp.up_proj", "self_attn.q_proj"):
        one, other = (m.model.layers[1].get_submodule(path).weight for m in (model, again))
        assert type(one) is type(other) and torch.equal(one.qdata, other.qdata)
        assert torch.equal(one.scale, other.scale)


@library
def test_safetensors_are_those_of_torchao(tmp_path: Path) -> None:
    support = pytest.importorskip("torchao.prototype.safetensors.safetensors_support")
    from transformers.loading.safetensors_reader import SafetensorsFile

    unpacked("0.18.0", "both", tmp_path)
    model = LlamaForCausalLM.from_pretrained(tmp_path)
    model.save_pretrained(tmp_path / "ours")
    file = SafetensorsFile(tmp_path / "ours" / "model.safetensors")
    arrays, metadata = support.flatten_tensor_state_dict(model.state_dict())
    names = json.loads(file.metadata["tensor_names"])
    assert set(names) | {"lm_head.weight"} == set(json.loads(metadata["tensor_names"])) | {"lm_head.weight"}
    assert set(file) == set(arrays) - {"lm_head.weight"}
    name = "model.layers.0.mlp.up_proj.weight"
    assert json.loads(file.metadata[name]) == json.loads(metadata[name])


@library
def test_made_whole_again_and_saved_without_types(tmp_path: Path) -> None:
    unpacked("0.18.0", "rows", tmp_path)
    model = LlamaForCausalLM.from_pretrained(tmp_path)
    before = logits(model)
    model.dequantize().save_pretrained(tmp_path / "whole")
    assert "quantization_config" not in json.loads((tmp_path / "whole" / "config.json").read_text())
    np.testing.assert_allclose(
        logits(LlamaForCausalLM.from_pretrained(tmp_path / "whole")), before, atol=1e-6
    )


@library
def test_embeddings_of_few_bits_are_saved_and_read(tmp_path: Path) -> None:
    kinds = pytest.importorskip("torchao.quantization")
    granularity = pytest.importorskip("torchao.quantization.granularity")
    unpacked("0.18.0", "rows", tmp_path)
    model = LlamaForCausalLM.from_pretrained(tmp_path)
    how = kinds.IntxWeightOnlyConfig(weight_dtype=torch.int8, granularity=granularity.PerAxis(0))
    model.config.tie_word_embeddings = False
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    kinds.quantize_(model.model, how, filter_fn=lambda part, name: isinstance(part, torch.nn.Embedding))
    model.save_pretrained(tmp_path / "few")
    again = LlamaForCausalLM.from_pretrained(tmp_path / "few")
    assert type(again.model.embed_tokens.weight).__name__ == "IntxUnpackedToInt8Tensor"
    np.testing.assert_array_equal(logits(again), logits(model))


@library
def test_description_that_is_not_known_is_refused(tmp_path: Path) -> None:
    from transformers.quantization.torchao_tensors import together

    parts = {"qdata": torch.zeros(2, 4, dtype=torch.int8), "scale": torch.ones(2, 1)}
    fine = {"block_size": [1, 4], "dtype": {"_type": "torch.dtype", "_data": "float32"}}
    wrong = {"_type": "torch.dtype", "_data": "load"}
    for about, text in (
        (None, "cannot be made"),
        ({"_type": "Evil", "_data": {}}, "class 'Evil'"),
        (
            {"_type": "Int8Tensor", "_data": {**fine, "dtype": wrong}},
            "'load'",
        ),
        ({"_type": "Int8Tensor", "_data": {**fine, "other": 1}}, "other"),
        ({"_type": "Int8Tensor", "_data": {"act_quant_kwargs": {"_type": "os", "_data": "x"}}}, "class 'os'"),
    ):
        with pytest.raises(ValueError, match=text):
            together(parts, None if about is None else json.dumps(about), "layer")
    assert together(parts, json.dumps({"_type": "Int8Tensor", "_data": fine}), "layer").shape == (2, 4)


@library
def test_tensors_without_a_form_cannot_be_saved(tmp_path: Path) -> None:
    unpacked("0.18.0", "rows", tmp_path)
    model = LlamaForCausalLM.from_pretrained(tmp_path)

    class Odd(torch.Tensor):
        pass

    model.model.norm.weight = torch.nn.Parameter(torch.ones(24).as_subclass(Odd))
    with pytest.raises(ValueError, match=r"model.norm.weight is a Odd|model.norm.weight is a Parameter"):
        model.save_pretrained(tmp_path / "no")


def test_numbers_and_scales_that_do_not_fit_are_refused() -> None:
    form = TorchAoFormat(None)
    assert form.shape({"qdata": (4, 6), "scale": (4, 2)}, None) == (4, 6)
    for shapes in ({"qdata": (4, 6), "scale": (4, 4)}, {"qdata": (4,), "scale": (1, 1)}):
        with pytest.raises(ValueError, match="a weight of torchao"):
            form.shape(shapes, None)


def wrapper(kind: str, **state: Any) -> pickle_torchao.Wrapper:
    made = pickle_torchao.Wrapper(Kind(kind), DType("float32"), (2, 4))
    made.state = state
    return made


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (wrapper("PlainAQTTensorImpl"), "inside others only"),
        (wrapper("AffineQuantizedTensor"), "one scale a row"),
        (wrapper("LinearActivationQuantizedTensor", input_quant_func=Kind("other")), "not known"),
        (wrapper("Int8Tensor", block_size=deep(40)), "larger than any"),
        (wrapper("Int8Tensor", granularity=Described("PerRow", (1,))), "arguments that are not known"),
        (wrapper("Int8Tensor", mapping=Described("MappingType", (9,))), "no member '9'"),
        (wrapper("Int8Tensor", function=Kind("device")), "of the class Kind"),
        (
            wrapper(
                "AffineQuantizedTensor",
                block_size=(1, 4),
                tensor_impl=wrapper(
                    "PlainAQTTensorImpl",
                    int_data=View(None, "int8", 0, (2, 4), (4, 1)),
                    scale=View(None, "float32", 0, (2, 1), (1, 1)),
                ),
            ),
            "not one a row",
        ),
    ],
)
def test_tensor_of_another_kind_is_refused(given: Any, text: str) -> None:
    with pytest.raises(UnsafePickleError, match=text):
        pickle_torchao.apart(given)


@pytest.mark.parametrize(
    ("module", "name", "text"),
    [
        ("torchao.quantization", "quantize_", "asks for torchao.quantization.quantize_"),
        ("torch", "device", "a Described"),
    ],
)
def test_pickles_name_only_what_is_listed(module: str, name: str, text: str, tmp_path: Path) -> None:
    body = pickle.PROTO + b"\x02" + b"}X\x01\x00\x00\x00a" + f"c{module}\n{name}\n".encode() + b")Rs."
    with zipfile.ZipFile(tmp_path / "a.bin", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", io.BytesIO(body).getvalue())
    with pytest.raises(FormatError, match=text):
        PickledFile(tmp_path / "a.bin")


def test_state_is_set_on_described_objects_only() -> None:
    with pytest.raises(TypeError, match="nothing was said of"):
        Described("torch.dtype", ("int4",)).take({})
    with pytest.raises(TypeError, match="without class, type or size"):
        pickle_torchao.Wrapper("name", DType("int8"), (1,))
    for call in ((1, None, ()), (Kind("a"), None, [])):
        with pytest.raises(TypeError, match="not made by a function"):
            pickle_torchao.rebuild_from_type(*call)
    with pytest.raises(TypeError, match="without attributes"):
        pickle_torchao.rebuild_from_type(
            pickle_torchao.Wrapper, None, (Kind("Int8Tensor"), DType("int8"), (1,))
        )


def test_attributes_are_those_of_known_enumerations_alone() -> None:
    kind = pickle_torchao.GLOBALS["torchao.quantization.quant_primitives.MappingType"]
    found = pickle_torchao.member(kind, "ASYMMETRIC")
    assert (found.name, found.arguments) == ("MappingType", (3,))
    plain = pickle_torchao.GLOBALS["torchao.quantization.Int8Tensor"]
    for given in (
        (kind, "__class__"),
        (kind, 3),
        (plain, "from_hp"),
        (int, "real"),
        ("MappingType", "SYMMETRIC"),
    ):
        with pytest.raises(UnsafePickleError, match="asks for an attribute"):
            pickle_torchao.member(*given)
