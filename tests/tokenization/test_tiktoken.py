"""Files of tiktoken, the older conversion's names, and checkpoints whose tokenizer is another family's."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import SLOW_TO_FAST_CONVERTERS, Converter, convert_slow_tokenizer
from transformers.models.byt5.tokenization_byt5 import ByT5Tokenizer
from transformers.models.llama.tokenization_llama import LlamaTokenizer
from transformers.models.roberta.tokenization_roberta import RobertaTokenizer
from transformers.tokenization.tiktoken import is_tiktoken_file, load_ranks, tiktoken_engine

from . import byte_cases

TOKENS = [*(bytes([value]) for value in range(256)), b"th", b"he", b"the", b" the", b" he", b" hel"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing but a made tokenizer.model."""
    lines = [f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(TOKENS)]
    (tmp_path / "tokenizer.model").write_text("".join(lines), encoding="ascii")
    return tmp_path


def _write(folder: Path, name: str, value: Any) -> None:
    (folder / name).write_text(json.dumps(value), encoding="utf-8")


def test_folder_with_nothing_else_loads(folder: Path) -> None:
    want = [258, 261, 108, 111]  # the| hel|l|o
    assert PreTrainedTokenizerFast.from_pretrained(folder)("the hello")["input_ids"] == want
    found = AutoTokenizer.from_pretrained(folder)
    assert type(found) is PreTrainedTokenizerFast
    assert found("the hello")["input_ids"] == want
    assert found.decode(want) == "the hello"
    (folder / "tokenizer.model").rename(folder / "some.tiktoken")
    assert AutoTokenizer.from_pretrained(folder)("the hello")["input_ids"] == want
    assert PreTrainedTokenizerFast.from_pretrained(folder / "some.tiktoken")("the")["input_ids"] == [258]


def test_config_names_class_and_special_tokens(folder: Path, tmp_path: Path) -> None:
    _write(folder, "tokenizer_config.json", {"tokenizer_class": "LlamaTokenizer", "eos_token": "<|end|>"})
    found = AutoTokenizer.from_pretrained(folder, add_eos_token=True)
    assert type(found) is LlamaTokenizer
    assert found("the")["input_ids"] == [262, 258, 263]
    found.save_pretrained(tmp_path / "saved")
    assert LlamaTokenizer.from_pretrained(tmp_path / "saved")("the<|end|>")["input_ids"] == [
        262,
        258,
        263,
        263,
    ]


def test_other_files_are_told_apart(folder: Path, tmp_path: Path) -> None:
    assert is_tiktoken_file(folder / "tokenizer.model")
    assert not is_tiktoken_file(None)
    assert not is_tiktoken_file(folder / "missing.model")
    (folder / "vocab.txt").write_text("IQ== 0\n")
    assert not is_tiktoken_file(folder / "vocab.txt")
    (folder / "other.model").write_bytes(b"\n\x0e\n\x05<unk>")
    assert not is_tiktoken_file(folder / "other.model")


@pytest.mark.parametrize("line", ["IQ==", "I!== 3", "IQ== x", "IQ== 0\nIQ== 1", "IQ== 1 2"])
def test_damaged_lines_are_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.tiktoken"
    path.write_text(f"Ig== 9\n{line}\n")
    with pytest.raises(ValueError, match=r"a\.tiktoken, line [23]: no token in base64 and rank"):
        load_ranks(path)
    path.write_text("Ig== 9\n\nIQ== 9\n")
    with pytest.raises(ValueError, match="two tokens have one rank"):
        tiktoken_engine(path)
    path.write_text("Ig== 0\n= 1\n")
    assert load_ranks(path) == {b'"': 0, b"": 1}


def test_conversion_gives_an_engine_of_its_own(folder: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, additional_special_tokens=["<x>"])
    for engine in (convert_slow_tokenizer(tokenizer), Converter(tokenizer).converted()):
        assert isinstance(engine, Tokenizer)
        assert engine.encode("the<x>").ids == [258, 262]
        engine.add_tokens(["zq"])
    assert len(tokenizer) == 263
    llama = LlamaTokenizer(vocab_file=str(folder / "tokenizer.model"))
    assert convert_slow_tokenizer(llama, from_tiktoken=True).encode("the").ids == [258]
    assert {
        "BertTokenizer",
        "RobertaTokenizer",
        "T5Tokenizer",
        "HerbertTokenizer",
    } < SLOW_TO_FAST_CONVERTERS.keys()
    with pytest.raises(ValueError, match="ByT5Tokenizer has no Rust tokenizer"):
        convert_slow_tokenizer(ByT5Tokenizer())


def test_class_of_ones_own_may_be_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mine(Converter):
        def converted(self) -> str:
            return f"of {type(self.original_tokenizer).__name__}"

    monkeypatch.setitem(SLOW_TO_FAST_CONVERTERS, "ByT5Tokenizer", Mine)
    assert convert_slow_tokenizer(ByT5Tokenizer()) == "of ByT5Tokenizer"


@pytest.mark.parametrize("place", ["config.json", "tokenizer_config.json"])
def test_bert_with_another_tokenizer_loads(tmp_path: Path, place: str) -> None:
    byte_cases.write_files(tmp_path)  # as BORT: a BERT with RoBERTa's tokenizer
    settings = {"config.json": {"model_type": "bert"}}
    settings[place] = {**settings.get(place, {}), "tokenizer_class": "RobertaTokenizer"}
    for name, value in settings.items():
        _write(tmp_path, name, value)
    found = AutoTokenizer.from_pretrained(tmp_path)
    assert type(found) is RobertaTokenizer
    assert found.decode(found(" the")["input_ids"]) == "<s> the</s>"
