"""AutoTokenizer: which class is found, and what a checkpoint may not do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from transformers.models.auto.tokenization_auto import (
    TOKENIZER_MAPPING,
    TOKENIZER_MAPPING_NAMES,
    AutoTokenizer,
)
from transformers.models.bert.tokenization_bert import BertTokenizer
from transformers.models.distilbert.tokenization_distilbert import DistilBertTokenizer
from transformers.tokenization import PreTrainedTokenizerFast


def _write(folder: Path, name: str, value: Any) -> None:
    (folder / name).write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")


@pytest.fixture
def folder(vocab_file: str, tmp_path: Path) -> Path:
    """An old checkpoint's folder: vocab.txt only."""
    (tmp_path / "vocab.txt").write_bytes(Path(vocab_file).read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    "named", ["BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast"]
)
@pytest.mark.parametrize("use_fast", [True, False])
def test_auto_finds_the_named_class(folder: Path, named: str, use_fast: bool) -> None:
    _write(folder, "tokenizer_config.json", {"tokenizer_class": named})
    _write(folder, "config.json", {"model_type": "bert"})
    wanted = BertTokenizer if named.startswith("Bert") else DistilBertTokenizer
    assert type(AutoTokenizer.from_pretrained(folder, use_fast=use_fast)) is wanted


@pytest.mark.parametrize(
    ("model_type", "wanted"), [("bert", BertTokenizer), ("distilbert", DistilBertTokenizer)]
)
def test_auto_goes_by_model_type(folder: Path, model_type: str, wanted: type) -> None:
    _write(folder, "config.json", {"model_type": model_type})
    assert type(AutoTokenizer.from_pretrained(folder)) is wanted
    assert type(AutoTokenizer.from_pretrained(folder, tokenizer_type=model_type)) is wanted


def test_auto_takes_a_bare_tokenizer_json(bert: Any, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(bert.backend_json(), encoding="utf-8")
    assert type(AutoTokenizer.from_pretrained(tmp_path)) is PreTrainedTokenizerFast


def test_auto_errors_help(folder: Path) -> None:
    with pytest.raises(OSError, match="from_pretrained"):
        AutoTokenizer()
    with pytest.raises(ValueError, match="model_type"):
        AutoTokenizer.from_pretrained(folder)
    _write(folder, "config.json", {"model_type": "brt"})
    with pytest.raises(ValueError, match="Did you mean 'bert'"):
        AutoTokenizer.from_pretrained(folder)
    _write(folder, "tokenizer_config.json", {"tokenizer_class": "BretTokenizer"})
    with pytest.raises(ValueError, match="Did you mean 'BertTokenizer"):
        AutoTokenizer.from_pretrained(folder)
    with pytest.raises(ValueError, match="Did you mean 'bert'"):
        AutoTokenizer.from_pretrained(folder, tokenizer_type="brt")
    with pytest.raises(ValueError, match="is a file"):
        AutoTokenizer.from_pretrained(folder / "vocab.txt")
    with pytest.raises(OSError, match="no such folder"):
        AutoTokenizer.from_pretrained("/no/such/folder")


@pytest.mark.parametrize("trusted", [False, None])
def test_code_of_a_checkpoint_is_not_run(folder: Path, trusted: bool | None) -> None:
    _write(
        folder,
        "tokenizer_config.json",
        {"tokenizer_class": "Mine", "auto_map": {"AutoTokenizer": ["evil.Mine", None]}},
    )
    _write(folder, "evil.py", "raise SystemExit('ran')")
    with pytest.raises(ValueError, match="trust_remote_code=True"):
        AutoTokenizer.from_pretrained(folder, trust_remote_code=trusted)


def test_file_cannot_grant_trust_or_name_other_classes(folder: Path) -> None:
    _write(folder, "tokenizer_config.json", {"tokenizer_class": "os.system", "trust_remote_code": True})
    with pytest.raises(ValueError, match=r"os\.system does not exist"):
        AutoTokenizer.from_pretrained(folder)


def test_registered_classes_are_found(folder: Path) -> None:
    class MineConfig:
        model_type = "mine-for-tokenizers"

    class MineTokenizer(BertTokenizer):
        pass

    _write(folder, "config.json", {"model_type": "mine-for-tokenizers"})
    try:
        AutoTokenizer.register(MineConfig, fast_tokenizer_class=MineTokenizer)
        assert type(AutoTokenizer.from_pretrained(folder)) is MineTokenizer
        assert TOKENIZER_MAPPING[MineConfig] == (None, MineTokenizer)
        AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
        assert type(AutoTokenizer.from_pretrained(folder)) is MineTokenizer
        with pytest.raises(ValueError, match="exist_ok"):
            AutoTokenizer.register(MineConfig, fast_tokenizer_class=MineTokenizer)
        AutoTokenizer.register(MineConfig, slow_tokenizer_class=BertTokenizer, exist_ok=True)
        assert TOKENIZER_MAPPING[MineConfig] == (BertTokenizer, MineTokenizer)
    finally:
        TOKENIZER_MAPPING._extra_content.pop(MineConfig, None)
    with pytest.raises(ValueError, match="slow_tokenizer_class"):
        AutoTokenizer.register(MineConfig)
    with pytest.raises(ValueError, match="subclass"):
        AutoTokenizer.register(MineConfig, slow_tokenizer_class=dict)


def test_mapping_names_are_published_pairs() -> None:
    assert TOKENIZER_MAPPING_NAMES["bert"] == ("BertTokenizer", "BertTokenizerFast")
    with pytest.raises(KeyError):
        TOKENIZER_MAPPING[int]
