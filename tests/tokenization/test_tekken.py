"""Mistral's tekken.json: ids, special tokens, files that come with it, damage."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import convert_slow_tokenizer
from transformers.models.llama.tokenization_llama import LlamaTokenizer
from transformers.tokenization import tekken

# The last one is beyond the size that the file claims, so it is left out.
TOKENS = [*(bytes([value]) for value in range(256)), b"th", b"he", b"the", b" the", b" he", b" hel", b"cut"]
SPECIAL = [("<unk>", True), ("<s>", True), ("</s>", True), ("<plain>", False)]
PATTERN = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def made(**parts: Any) -> dict[str, Any]:
    """What a file holds; `parts` replace its own, `config_...` those of its config."""
    config = {
        "pattern": PATTERN,
        "num_vocab_tokens": len(TOKENS),
        "default_vocab_size": 266,
        "default_num_special_tokens": 4,
        "version": "v11",
    }
    for name in [name for name in parts if name.startswith("config_")]:
        config[name.removeprefix("config_")] = parts.pop(name)
    rows = [{"rank": i, "token_bytes": base64.b64encode(t).decode()} for i, t in enumerate(TOKENS)]
    special = [{"rank": i, "token_str": text, "is_control": yes} for i, (text, yes) in enumerate(SPECIAL)]
    return {"config": config, "vocab": rows, "special_tokens": special, **parts}


def _first(rows: list[Any], **changes: Any) -> list[Any]:
    """Rows, the first one changed."""
    return [{**rows[0], **changes}, *rows[1:]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing but a tekken.json."""
    (tmp_path / "tekken.json").write_text(json.dumps(made()), encoding="utf-8")
    return tmp_path


def test_ids_are_ranks_behind_special_tokens(folder: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    ids = tokenizer("the hello <plain>")["input_ids"]
    assert ids == [262, 265, 112, 115, 36, 3]  # the| hel|l|o| |<plain>
    assert tokenizer.decode(ids, skip_special_tokens=True) == "the hello <plain>"
    assert (len(tokenizer), tokenizer.vocab_size) == (266, 266)
    assert tokenizer.special_tokens_map == {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    assert tokenizer.tokenize("cut") == ["c", "u", "t"]
    assert tokenizer.decode(tokenizer("<s>a")["input_ids"], skip_special_tokens=True) == "a"


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("", {}),
        ("config.json", {"model_type": "mistral"}),
        ("tokenizer_config.json", {"tokenizer_class": "LlamaTokenizer"}),
        ("tokenizer_config.json", {"tokenizer_class": "LlamaTokenizerFast"}),
    ],
)
def test_auto_class_frames_texts_as_mistral_does(
    folder: Path, tmp_path: Path, name: str, settings: dict[str, str]
) -> None:
    if name:
        (folder / name).write_text(json.dumps(settings))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert type(tokenizer) is LlamaTokenizer
    assert tokenizer("the hello")["input_ids"] == [1, 262, 265, 112, 115]
    tokenizer.save_pretrained(tmp_path / "saved")
    assert not (tmp_path / "saved" / "tokenizer.model").exists()
    assert json.loads((tmp_path / "saved" / "tekken.json").read_text()) == made()
    for again in (tmp_path / "saved", tmp_path / "bare"):
        if again.name == "bare":
            again.mkdir()
            (again / "tekken.json").write_bytes((tmp_path / "saved" / "tekken.json").read_bytes())
        assert AutoTokenizer.from_pretrained(again)("the hello</s>")["input_ids"] == [
            1, 262, 265, 112, 115, 2,
        ]  # fmt: skip


def test_file_itself_and_conversion_are_understood(folder: Path) -> None:
    path = str(folder / "tekken.json")
    assert PreTrainedTokenizerFast.from_pretrained(path)("the")["input_ids"] == [262]
    assert convert_slow_tokenizer(LlamaTokenizer(vocab_file=path), from_tiktoken=True).encode("the").ids == [
        262
    ]
    other = PreTrainedTokenizerFast.from_pretrained(folder, eos_token="<plain>")
    assert (other.eos_token, other.eos_token_id) == ("<plain>", 3)


def test_first_files_list_no_special_tokens(folder: Path) -> None:
    value = made(special_tokens=None, config_default_num_special_tokens=22, config_default_vocab_size=284)
    (folder / "tekken.json").write_text(json.dumps(value))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.convert_ids_to_tokens([0, 1, 2, 3, 11, 19, 20, 21]) == [
        "<unk>", "<s>", "</s>", "[INST]", "<pad>", "[TOOL_CONTENT]", "<SPECIAL_20>", "<SPECIAL_21>",
    ]  # fmt: skip
    assert tokenizer("[INST] the[/INST]")["input_ids"] == [1, 3, 22 + 259, 4]
    assert tokenizer.pad_token_id == 11


ROWS, NAMED = made()["vocab"], made()["special_tokens"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("{", "is no valid tekken.json"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "a JSON object with an object 'config'"),
        (made(config=[]), "a JSON object with an object 'config'"),
        (made(config_pattern=None), "config.pattern must be a text"),
        (made(config_pattern="a" * 99_999), "config.pattern must be a text"),
        (made(config_pattern="("), "config.pattern: "),
        (made(vocab={}), "'vocab' must be a list"),
        (made(config_default_num_special_tokens=10**12), "default_num_special_tokens must be a whole number"),
        (made(config_default_vocab_size=10**12), "default_vocab_size must be a whole number from 0 to 267"),
        (made(config_default_vocab_size=True), "default_vocab_size must be a whole number"),
        (made(config_default_vocab_size=3), "is less than the 4 special tokens"),
        (made(special_tokens={}), "'special_tokens' must be a list"),
        (made(special_tokens=_first(NAMED, rank=1)), "needs a rank of its own"),
        (made(special_tokens=_first(NAMED, rank=4)), "needs a rank of its own"),
        (made(special_tokens=_first(NAMED, token_str=None)), "needs a text as token_str"),
        (made(special_tokens=_first(NAMED, token_str="<s>")), "two special tokens have one text"),
        (made(special_tokens=_first(NAMED, token_str="the")), "'the' is a special token and one of text"),
        (made(vocab=_first(ROWS, rank="0")), "needs a rank, a whole number"),
        (made(vocab=_first(ROWS, rank=1)), "must be the numbers from 0 to 261"),
        (made(vocab=_first(ROWS, token_bytes=None)), "rank 0 has no token_bytes in base64"),
        (made(vocab=_first(ROWS, token_bytes="?")), "rank 0 has no token_bytes in base64"),
        (made(vocab=_first(ROWS, token_bytes="")), "has 1 to 1024 bytes"),
        (made(vocab=_first(ROWS, token_bytes="AAAA" * 400)), "has 1 to 1024 bytes"),
        (made(vocab=_first(ROWS, token_bytes="AAAA")), "every byte must be a token; 0x00 is none"),
    ],
)
def test_damaged_files_are_named(folder: Path, value: Any, said: str) -> None:
    path = folder / "tekken.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    with pytest.raises(ValueError) as error:
        AutoTokenizer.from_pretrained(folder)
    assert said in str(error.value)
    assert str(path) in str(error.value)


def test_enormous_file_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tekken, "LARGEST_FILE", 99)
    with pytest.raises(ValueError, match=r"a tekken\.json has at most 99"):
        AutoTokenizer.from_pretrained(folder)
    assert not tekken.is_tekken_file(None)
    assert not tekken.is_tekken_file(folder / "none" / "tekken.json")
