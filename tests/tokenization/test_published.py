"""Helpers that programs import from the tokenizers' modules."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from transformers.tokenization import published

from .spm_cases import write_files

ROOMS = sorted(
    path.parent.name
    for path in (Path(published.__file__).parents[1] / "models").glob("*/tokenization_*.py")
    if path.parent.name not in ("auto", "byt5", "mt5")  # bytes need no file, and mT5 is T5
)


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_names_its_files(room: str) -> None:
    module = importlib.import_module(f"transformers.models.{room}.tokenization_{room}")
    assert all(isinstance(name, str) for name in module.VOCAB_FILES_NAMES.values())
    classes = [item for item in vars(module).values() if getattr(item, "vocab_files_names", None)]
    assert any(item.vocab_files_names == module.VOCAB_FILES_NAMES for item in classes)


@pytest.mark.parametrize(
    ("room", "names"),
    [
        ("roberta", ("bytes_to_unicode", "get_pairs")),
        ("gpt2", ("bytes_to_unicode", "get_pairs")),
        ("electra", ("BasicTokenizer", "WordpieceTokenizer", "load_vocab", "whitespace_tokenize")),
        ("marian", ("SPIECE_UNDERLINE", "load_json", "load_spm", "save_json")),
        ("xlnet", ("SEG_ID_A", "SEG_ID_B", "SEG_ID_CLS", "SEG_ID_SEP", "SEG_ID_PAD")),
    ],
)
def test_modules_have_their_published_helpers(room: str, names: tuple[str, ...]) -> None:
    module = importlib.import_module(f"transformers.models.{room}.tokenization_{room}")
    assert all(hasattr(module, name) for name in names)


def test_words_and_pairs() -> None:
    assert published.get_pairs(("l", "o", "w", "o")) == {("l", "o"), ("o", "w"), ("w", "o")}
    assert published.whitespace_tokenize(" a\tb \n") == ["a", "b"]


def test_json_files_come_back(tmp_path: Path) -> None:
    file = tmp_path / "vocab.json"
    published.save_json({"a": 0, "é": 1}, file)
    assert json.loads(file.read_text("utf-8")) == published.load_json(file) == {"a": 0, "é": 1}
    file.write_text("{")
    with pytest.raises(ValueError, match="Expecting"):
        published.load_json(file)
    with pytest.raises(OSError, match="absent"):
        published.load_json(tmp_path / "absent")


def test_sentencepiece_models_are_loaded(tmp_path: Path) -> None:
    file = write_files(tmp_path, "t5")["vocab_file"]
    processor = published.load_spm(file, {"enable_sampling": True, "alpha": 0.5})
    assert processor.options["enable_sampling"]
    assert processor.id_to_piece(processor.piece_to_id("▁")) == "▁"
    with pytest.raises(ValueError, match="alpha must be a finite number"):
        published.load_spm(file, {"alpha": "0.1"})
    (tmp_path / "bad.model").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"bad\.model"):
        published.load_spm(tmp_path / "bad.model", {})
