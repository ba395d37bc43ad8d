"""Descriptions of quantised weights: as the published release writes them, checked, read from config.json."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import transformers
from transformers.quantization.methods import asked_for, quantizer_of, read_config, settle
from transformers.utils import quantization_config as configs

RECORD = json.loads((Path(__file__).parent / "configs.json").read_text(encoding="utf-8"))
ROWS = RECORD["configs"]


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['class']} {len(row['arguments'])}")
def test_config_is_the_published_one(row: dict[str, Any]) -> None:
    cls = getattr(configs, row["class"])
    config = cls(**row["arguments"])
    assert plain(config.to_dict()) == row["dict"]
    assert config.to_json_string(use_diff=False) == row["text"]
    assert [name for name in inspect.signature(cls).parameters if name != "kwargs"] == row["signature"]
    assert dict(config).keys() == vars(config).keys()
    if "diff" in row:
        assert plain(config.to_diff_dict()) == row["diff"]
    if "loading" in row:
        assert plain(config.get_loading_attributes()) == row["loading"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['class']} {len(row['arguments'])}")
def test_config_survives_a_file(row: dict[str, Any], tmp_path: Path) -> None:
    cls = getattr(configs, row["class"])
    config = cls(**row["arguments"])
    config.to_json_file(tmp_path / "c.json")
    again = cls.from_dict(json.loads((tmp_path / "c.json").read_text()))
    assert plain(again.to_dict()) == row["dict"]


def test_methods_have_their_published_values() -> None:
    found = {member.name: member.value for member in configs.QuantizationMethod}
    assert {name: found[name] for name in RECORD["methods"]} == RECORD["methods"]
    assert str(configs.QuantizationMethod.AWQ) == "QuantizationMethod.AWQ"


def test_library_serves_the_names() -> None:
    for name in ("BitsAndBytesConfig", "GPTQConfig", "TorchAoConfig", "WeightOnlyConfig", "GgufConfig"):
        assert getattr(transformers, name) is getattr(configs, name)


def test_keywords_replace_attributes_and_others_come_back() -> None:
    config, rest = configs.QuantoConfig.from_dict(
        {"weights": "int8", "quant_method": "quanto"}, return_unused_kwargs=True, weights="int2", other=1
    )
    assert config.weights == "int2" and rest == {"other": 1}
    assert config == configs.QuantoConfig("int2") != configs.QuantoConfig()
    assert config.copy() == config and config.copy() is not config
    assert "int2" in repr(config)
    assert configs.QuantizationConfigMixin("mine").to_dict() == {"quant_method": "mine"}


def test_widths_of_bitsandbytes() -> None:
    config = configs.BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
    assert (config.quantization_method(), config.is_quantizable()) == ("nf4", True)
    config.load_in_4bit = False
    config.load_in_8bit = True
    assert config.quantization_method() == "llm_int8"
    assert configs.BitsAndBytesConfig().quantization_method() is None
    with pytest.raises(ValueError, match="both"):
        config.load_in_4bit = True


WRONG = [
    ("BitsAndBytesConfig", {"load_in_8bit": True, "load_in_4bit": True}, ValueError, "choose one"),
    ("BitsAndBytesConfig", {"load_in_8bit": 1}, TypeError, "load_in_8bit"),
    ("BitsAndBytesConfig", {"llm_int8_threshold": 6}, TypeError, "float"),
    ("BitsAndBytesConfig", {"llm_int8_skip_modules": "x"}, TypeError, "list or None"),
    ("BitsAndBytesConfig", {"bnb_4bit_quant_type": 4}, TypeError, "str"),
    ("BitsAndBytesConfig", {"bnb_4bit_quant_storage": "int7"}, ValueError, "int7"),
    ("BitsAndBytesConfig", {"bnb_4bit_compute_dtype": 3}, ValueError, "dtype"),
    ("BitsAndBytesConfig", {"bnb_4bit_compute_dtype": "nn"}, ValueError, "dtype"),
    ("GPTQConfig", {"bits": 5}, ValueError, "bits"),
    ("GPTQConfig", {}, TypeError, "bits"),
    ("GPTQConfig", {"bits": 4, "group_size": 0}, ValueError, "group_size"),
    ("GPTQConfig", {"bits": 4, "damp_percent": 2}, ValueError, "damp_percent"),
    ("GPTQConfig", {"bits": 4, "dataset": "ptb"}, ValueError, "wikitext2"),
    ("GPTQConfig", {"bits": 4, "exllama_config": {}}, ValueError, "version"),
    ("GPTQConfig", {"bits": 4, "exllama_config": {"version": 3}}, ValueError, "1 or 2"),
    ("AwqConfig", {"backend": "x"}, ValueError, "backend"),
    ("AwqConfig", {"version": "x"}, ValueError, "gemm"),
    ("AwqConfig", {"do_fuse": True}, ValueError, "fuse_max_seq_len"),
    ("AwqConfig", {"version": "exllama", "exllama_config": {"version": 5}}, ValueError, "1 or 2"),
    ("AqlmConfig", {"in_group_size": "x"}, TypeError, "int"),
    ("AqlmConfig", {"linear_weights_not_to_quantize": 3}, ValueError, "list"),
    ("VptqLayerConfig", {"is_indice_packed": False}, ValueError, "True"),
    ("VptqConfig", {"config_for_layers": {"a": {"is_indice_packed": False}}}, ValueError, "True"),
    ("VptqConfig", {"enable_proxy_error": True}, ValueError, "False"),
    ("QuantoConfig", {"weights": "int3"}, ValueError, "weights"),
    ("QuantoConfig", {"activations": "int4"}, ValueError, "activations"),
    ("EetqConfig", {"weights": "int4"}, ValueError, "int8"),
    ("HiggsConfig", {"bits": 5}, ValueError, "bits"),
    ("HiggsConfig", {"p": 3}, ValueError, "p of"),
    ("HiggsConfig", {"group_size": 32}, ValueError, "group_size"),
    ("HiggsConfig", {"hadamard_size": 100}, ValueError, "multiple"),
    ("SpQRConfig", {"bits": 4}, ValueError, "bits"),
    ("SpQRConfig", {"beta1": 8}, ValueError, "beta1"),
    ("SpQRConfig", {"shapes": 4}, TypeError, "dict"),
    ("FPQuantConfig", {"forward_dtype": "x"}, ValueError, "mxfp4"),
    ("FPQuantConfig", {"forward_method": "quest"}, ValueError, "abs_max"),
    ("FPQuantConfig", {"hadamard_group_size": 48}, ValueError, "hadamard_group_size"),
    ("AutoRoundConfig", {"bits": 5}, ValueError, "bits"),
    ("AutoRoundConfig", {"group_size": 0}, ValueError, "group_size"),
    ("FineGrainedFP8Config", {"activation_scheme": "static"}, ValueError, "dynamic"),
    ("FineGrainedFP8Config", {"weight_block_size": (1,)}, ValueError, "two"),
    ("BitNetQuantConfig", {"linear_class": "x"}, ValueError, "bitlinear"),
    ("TorchAoConfig", {"quant_type": "int9"}, ValueError, "int8_weight_only"),
    ("TorchAoConfig", {"quant_type": 3}, TypeError, "text or a config"),
    ("WeightOnlyConfig", {"bits": 3}, ValueError, "bits"),
    ("WeightOnlyConfig", {"head_bits": 2}, ValueError, "head_bits"),
    ("WeightOnlyConfig", {"group_size": 32}, ValueError, "4 bits"),
    ("WeightOnlyConfig", {"bits": 4, "group_size": 48}, ValueError, "group_size"),
    ("WeightOnlyConfig", {"modules_to_not_convert": "lm_head"}, TypeError, "list"),
    ("GgufConfig", {"keep_blocks": 1}, TypeError, "bool"),
]


@pytest.mark.parametrize(("name", "values", "error", "text"), WRONG, ids=lambda x: str(x)[:40])
def test_impossible_values_are_refused(
    name: str, values: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        getattr(configs, name)(**values)


@pytest.mark.parametrize(
    ("name", "package"),
    [("HqqConfig", "hqq"), ("QuarkConfig", "quark"), ("CompressedTensorsConfig", "compressed_tensors")],
)
def test_config_that_needs_its_library_says_so(name: str, package: str) -> None:
    from transformers.utils.optional import is_available

    if is_available(package):
        pytest.skip(f"{package} is installed")
    with pytest.raises(ImportError, match=f"{name} needs .*pip install"):
        getattr(configs, name)()


# ---------------------------------------------------------------------- from a model's config


def test_file_without_a_method_is_of_bitsandbytes() -> None:
    found = read_config({"load_in_8bit": True, "llm_int8_threshold": 4.0})
    assert isinstance(found, configs.BitsAndBytesConfig) and found.llm_int8_threshold == 4.0


def test_unknown_methods_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'gtpq', which is unknown.*Did you mean"):
        read_config({"quant_method": "gtpq"})
    with pytest.raises(TypeError, match="object or a dict"):
        read_config(3)


def test_method_of_a_file_that_nobody_knows_is_left() -> None:
    class Stored:
        quantization_config = {"quant_method": "gtpq"}

    assert settle(Stored, None) == (None, False)


def test_checkpoint_and_caller_must_agree() -> None:
    class Stored:
        quantization_config = {"quant_method": "awq", "bits": 4}

    with pytest.raises(ValueError, match="quantised by awq, and quantization_config asks for gptq"):
        settle(Stored, configs.GPTQConfig(bits=4))
    found, before = settle(Stored, configs.AwqConfig(do_fuse=True, fuse_max_seq_len=7))
    assert before and found is not None and found.fuse_max_seq_len == 7  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name", ["BitsAndBytesConfig", "AwqConfig", "EetqConfig", "AqlmConfig", "QuantoConfig"]
)
def test_missing_library_is_one_sentence(name: str) -> None:
    from transformers.utils.optional import is_available
    from transformers.utils.quantization_libraries import LIBRARIES

    config = getattr(configs, name)()
    if is_available(LIBRARIES[config.quant_method.value].partition(".")[0]):
        pytest.skip("the library is installed")

    class Nothing:
        pass

    with pytest.raises(ImportError, match=r"needs .*: pip install \S+$"):
        quantizer_of(Nothing, config)


def test_method_without_kernels_is_refused() -> None:
    class Stored:
        quantization_config = {"quant_method": "bitnet"}

    with pytest.raises(ValueError, match="bitnet cannot be run here"):
        quantizer_of(Stored)


def test_old_words_for_a_config() -> None:
    found = asked_for({"load_in_8bit": True})
    assert isinstance(found, configs.BitsAndBytesConfig) and found.load_in_8bit
    with pytest.raises(ValueError, match="one thing"):
        asked_for({"load_in_4bit": True, "quantization_config": found})
