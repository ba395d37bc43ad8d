"""What programs written for published releases do with any model."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
from safetensors.torch import save_file  # noqa: E402

import transformers  # noqa: E402
from transformers import AutoModel, AutoModelForSequenceClassification  # noqa: E402
from transformers.models.auto import auto_factory, get_values  # noqa: E402

from . import cases  # noqa: E402


def model_of(name: str, role: str = "trunk", **changes: Any) -> Any:
    case = cases.case(name)
    torch.manual_seed(0)
    config = getattr(transformers, case["config_class"])(**{**case["config"], **changes})
    return getattr(transformers, case[role])(config).eval()


NAMES = ["bert", "bart", "t5", "gpt2", "llama"]


@pytest.mark.parametrize("name", NAMES)
def test_config_asks_for_checkpointing(name: str) -> None:
    model = model_of(name, gradient_checkpointing=True)
    assert model.is_gradient_checkpointing
    assert "gradient_checkpointing" not in model.config.to_dict()
    assert not model_of(name, gradient_checkpointing=False).is_gradient_checkpointing


@pytest.mark.parametrize("name", NAMES)
def test_file_that_fits_nowhere_is_told_of_where_asked(name: str, tmp_path: Path) -> None:
    model = model_of(name)
    model.save_pretrained(tmp_path)
    save_file({"tensor": torch.tensor([1, 2])}, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match="every weight missing"):
        type(model).from_pretrained(tmp_path)
    again, info = type(model).from_pretrained(tmp_path, output_loading_info=True)
    parameters = dict(again.named_parameters())
    assert parameters.keys() <= set(info["missing_keys"]) | set(again.active_ties())
    assert info["unexpected_keys"] == ["tensor"] and not info["error_msgs"]
    assert all(bool(torch.isfinite(parameter).all()) for parameter in parameters.values())


@pytest.mark.parametrize("name", NAMES)
def test_weights_of_other_shapes_are_told_of(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = model_of(name, "head")
    model.save_pretrained(tmp_path)
    with pytest.raises(RuntimeError, match="of another shape"):
        AutoModelForSequenceClassification.from_pretrained(tmp_path, num_labels=42)
    published = logging.getLogger("transformers.modeling_utils")  # by which programs silence it
    published.addHandler(caplog.handler)
    try:
        again = AutoModelForSequenceClassification.from_pretrained(
            tmp_path, num_labels=42, ignore_mismatched_sizes=True
        )
        assert "the shapes did not match" in caplog.text and "[42," in caplog.text
        caplog.clear()
        trunk = AutoModel.from_pretrained(tmp_path, vocab_size=10, ignore_mismatched_sizes=True)
        assert "the shapes did not match" in caplog.text
    finally:
        published.removeHandler(caplog.handler)
    assert again.config.num_labels == 42
    assert trunk.get_input_embeddings().weight.shape[0] == 10


def test_no_weights_are_loaded_onto_the_device_without_memory(tmp_path: Path) -> None:
    model = model_of("bert")
    model.save_pretrained(tmp_path)
    with torch.device("meta"), pytest.raises(RuntimeError, match="with a meta device context manager"):
        type(model).from_pretrained(tmp_path)
    with torch.device("meta"):
        assert next(AutoModel.from_config(model.config).parameters()).is_meta


@pytest.mark.parametrize("name", NAMES)
def test_kernel_is_chosen_afterwards(name: str) -> None:
    model = model_of(name)
    assert model._can_set_attn_implementation()
    model.set_attn_implementation("eager")
    assert model.config._attn_implementation == "eager"
    with pytest.raises(ValueError, match='Specified `attn_implementation="foo"` is not supported'):
        model.set_attn_implementation("foo")
    assert model.config._attn_implementation == "eager"


@pytest.mark.parametrize("name", NAMES)
def test_embedding_keeps_its_class_and_the_model_its_size(name: str) -> None:
    model = model_of(name)
    before = model.get_input_embeddings()
    found = model.resize_token_embeddings(model.config.vocab_size + 10)
    assert type(found) is type(before) and found is model.get_input_embeddings()
    assert found.weight.shape[0] == found.num_embeddings == model.vocab_size == model.config.vocab_size


@pytest.mark.parametrize("multiple", [1.3, 0])
def test_multiples_that_are_none_are_refused(multiple: Any) -> None:
    with pytest.raises(ValueError, match=f"pad_to_multiple_of must be a positive int, got {multiple}"):
        model_of("bert").resize_token_embeddings(20, pad_to_multiple_of=multiple)


def test_values_of_a_mapping_are_listed_one_by_one() -> None:
    assert get_values({"a": "one", "b": ("two", "three"), "c": ["four"]}) == ["one", "two", "three", "four"]
    assert get_values is auto_factory.get_values
