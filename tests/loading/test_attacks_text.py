"""Tokenizer files, templates and names of files made to hurt whoever loads or saves them."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transformers import AutoTokenizer, BertConfig, BertTokenizer, NpBertModel, PreTrainedTokenizerFast
from transformers.loading.saving import save_checkpoint
from transformers.tokenization.wordpiece import WordpieceTokenizer

from .bounds import bounded

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "a", "##a", "aa"]
LONG = "a" * 10**6


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tokenizer")
    (place / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizer(str(place / "vocab.txt")).save_pretrained(place)
    BertTokenizer.from_pretrained(place)("good")
    return place


def engine_file(saved: Path, folder: Path, **parts: Any) -> Path:
    """A folder with nothing but a tokenizer.json, some parts of which are exchanged."""
    data = json.loads((saved / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps({**data, **parts}))
    return folder


def model_of(saved: Path, **values: Any) -> dict[str, Any]:
    return {**json.loads((saved / "tokenizer.json").read_text())["model"], **values}


def replace(content: str, **pattern: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}


def split(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"normalizer": {"type": "Sequence", "normalizers": [replace("a" * 99, String="a")] * 4}}, "longer"),
        ({"normalizer": {"type": "Sequence", "normalizers": [replace("aa", Regex="a")] * 40}}, "longer"),
        ({"pre_tokenizer": split("(((((a{99999}){99999}){99999}")}, "not a valid tokenizer.json"),
        ({"pre_tokenizer": split("(" * 50_000)}, "not a valid tokenizer.json"),
        ({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a a"]}}, "not a valid tokenizer.json"),
        ({"model": {"type": "os.system"}}, "not a valid tokenizer.json"),
        ({"truncation": {"max_length": -1, "direction": "Right"}}, "not a valid tokenizer.json"),
        (
            {"added_tokens": [{"id": 10**15, "content": "x", "special": True}]},
            "not a valid tokenizer.json",
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_hostile_engine_files_are_refused(
    parts: dict[str, Any], said: str, saved: Path, tmp_path: Path
) -> None:
    folder = engine_file(saved, tmp_path, **parts)
    with bounded(tmp_path), pytest.raises(ValueError, match=said):
        AutoTokenizer.from_pretrained(folder)


def test_token_that_strips_space_from_space_is_refused(saved: Path, tmp_path: Path) -> None:
    token = {"id": 9, "content": " ", "special": True, "normalized": False, "single_word": False}
    folder = engine_file(saved, tmp_path, added_tokens=[{**token, "lstrip": True, "rstrip": True}])
    with pytest.raises(ValueError, match="set lstrip and rstrip to false"):
        AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize("vocab", [{"a": 10**12}, {"a": -1}, {"a": "0"}, {"a": True}, ["a"]], ids=str)
def test_other_ids_are_refused(vocab: Any, saved: Path, tmp_path: Path) -> None:
    folder = engine_file(saved, tmp_path, model=model_of(saved, vocab=vocab))
    with bounded(tmp_path), pytest.raises(ValueError, match=r"not a valid tokenizer\.json"):
        AutoTokenizer.from_pretrained(folder)


def test_word_length_of_a_file_is_bounded(saved: Path, tmp_path: Path) -> None:
    folder = engine_file(saved, tmp_path, model=model_of(saved, max_input_chars_per_word=10**9))
    with pytest.raises(ValueError, match="max_input_chars_per_word is 1000000000"):
        AutoTokenizer.from_pretrained(folder)


def test_enormous_engine_file_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / "tokenizer.json", "wb") as file:
        file.truncate(2**31)
    with bounded(tmp_path, memory=0), pytest.raises(ValueError, match=r"a tokenizer\.json has at most"):
        PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "tokenizer.json"))


@pytest.mark.parametrize("part", ["pre_tokenizer", "normalizer"])
@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", r"(a*)*\1$"])
def test_expressions_that_run_wild_end_in_an_error_or_a_result(
    pattern: str, part: str, saved: Path, tmp_path: Path
) -> None:
    made = split(pattern) if part == "pre_tokenizer" else replace("b", Regex=pattern)
    tokenizer = AutoTokenizer.from_pretrained(engine_file(saved, tmp_path, **{part: made}))
    with bounded(tmp_path):
        try:
            assert tokenizer("a" * 40 + "!")["input_ids"]
        except ValueError as error:
            assert "cannot be encoded" in str(error)


BARE = {"pre_tokenizer": None, "normalizer": None, "post_processor": None}
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True, "trim_offsets": True}
BPE = {"type": "BPE", "vocab": {"a": 0, "aa": 1, "aaaa": 2}, "merges": ["a a", "aa aa"], "unk_token": None}
PIECES = [["<unk>", 0.0], *(["a" * n, -float(n)] for n in range(1, 17))]
ENGINES: dict[str, dict[str, Any]] = {
    "wordpiece": {},
    "bpe": {**BARE, "model": BPE},
    "byte-level bpe": {**BARE, "model": BPE, "pre_tokenizer": BYTES},
    "unigram": {**BARE, "model": {"type": "Unigram", "unk_id": 0, "vocab": PIECES}},
    "words": {**BARE, "model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0}}},
}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_megabyte_of_one_character_is_encoded(engine: str, saved: Path, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(engine_file(saved, tmp_path, **ENGINES[engine]))
    with bounded(tmp_path, seconds=2, memory=256 * 2**20):  # the result itself is that large
        ids = tokenizer(LONG)["input_ids"]
    assert len(ids) in (1, 3, len(LONG) // 4, len(LONG) // 16)


def test_python_wordpiece_takes_time_by_its_pieces_not_by_the_word(tmp_path: Path) -> None:
    cut = WordpieceTokenizer(WORDS, "[UNK]", max_input_chars_per_word=10**9)
    with bounded(tmp_path, seconds=2, memory=256 * 2**20):
        pieces = cut.tokenize("a" * 200_000)
    assert pieces[0] == "aa"
    assert len(pieces) == 200_000 - 1


@pytest.mark.parametrize("name", ["tokenizer_config.json", "special_tokens_map.json"])
def test_json_nested_without_end_names_the_file(name: str, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_bytes((saved / "vocab.txt").read_bytes())
    (tmp_path / name).write_text('{"a":' * 100_000)
    with bounded(tmp_path), pytest.raises(ValueError, match=f"{name} is not valid JSON"):
        BertTokenizer.from_pretrained(tmp_path)


class Payload:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("touch ran",))


@pytest.mark.parametrize(
    "name", ["vocab.txt", "tokenizer.json", "tokenizer_config.json", "vocab.pkl", "corpus.bin"]
)
def test_pickles_among_tokenizer_files_are_not_read_as_such(name: str, saved: Path, tmp_path: Path) -> None:
    for path in saved.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(pickle.dumps(Payload()))
    if name == "vocab.txt":
        (tmp_path / "tokenizer.json").unlink()
    with bounded(tmp_path):
        try:
            AutoTokenizer.from_pretrained(tmp_path)
        except (ValueError, OSError) as error:
            assert str(error)


@pytest.mark.parametrize(
    "values",
    [
        {"vocab_file": "/etc/passwd"},
        {"tokenizer_file": "../../outside.json"},
        {"special_tokens_map_file": "/etc/passwd", "added_tokens_file": "/etc/passwd"},
        {"init_inputs": ["/etc/passwd"]},
        {"name_or_path": "/etc"},
        {"auto_map": {"AutoTokenizer": ["evil.Tokenizer", None]}, "trust_remote_code": True},
        {"model_max_length": 10**400},
        {"chat_template": [{"name": "../../escaped", "template": "x"}]},
        {"extra_special_tokens": {"__class__": "x", "from_pretrained": "y"}},
        {"tokenizer_class": "os.system"},
        {"tokenizer_class": "PreTrainedModel"},
    ],
    ids=lambda values: str(values)[:50],
)
def test_settings_of_a_file_open_and_run_nothing_else(
    values: dict[str, Any], saved: Path, tmp_path: Path
) -> None:
    for path in saved.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "evil.py").write_text("raise SystemExit('ran')")
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text())
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({**settings, **values}))
    with bounded(tmp_path):
        try:
            tokenizer = AutoTokenizer.from_pretrained(tmp_path)
        except (ValueError, OSError) as error:
            assert str(error)
            return
        assert tokenizer("good a")["input_ids"] == [2, 5, 6, 3]
        assert isinstance(tokenizer, PreTrainedTokenizerFast)


@pytest.mark.parametrize("name", ["../escaped", "/escaped", "a/b", "..", "a\0b", "x" * 300])
def test_template_names_do_not_escape_when_saved(name: str, saved: Path, tmp_path: Path) -> None:
    tokenizer = BertTokenizer.from_pretrained(saved)
    tokenizer.chat_template = {"default": "x", name: "y"}
    with bounded(tmp_path):
        try:
            tokenizer.save_pretrained(tmp_path / "inner" / "folder")
        except (ValueError, OSError) as error:
            assert str(error)
    assert [path.name for path in tmp_path.iterdir()] in ([], ["inner"])


@pytest.mark.parametrize("prefix", ["../x", "/tmp/x", "a/../../x"])
def test_file_prefixes_do_not_escape_when_saved(prefix: str, saved: Path, tmp_path: Path) -> None:
    tokenizer = BertTokenizer.from_pretrained(saved)
    with bounded(tmp_path), pytest.raises(ValueError, match="filename_prefix must be a plain beginning"):
        tokenizer.save_pretrained(tmp_path / "folder", filename_prefix=prefix)
    assert [path.name for path in tmp_path.iterdir()] in ([], ["folder"])


@pytest.mark.parametrize("variant", ["../x", "/x", "a.b/c", "a\0"])
def test_variants_do_not_escape_when_saved(variant: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="variant must be a word"):
        save_checkpoint(tmp_path / "folder", {"w": np.ones(3)}, variant=variant)
    assert [path.name for path in tmp_path.iterdir()] in ([], ["folder"])


@pytest.mark.parametrize("kind", ["fifo", "device", "enormous"])
def test_other_things_than_templates_are_not_read(kind: str, saved: Path, tmp_path: Path) -> None:
    for path in saved.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "additional_chat_templates").mkdir()
    place = tmp_path / "additional_chat_templates" / "other.jinja"
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    else:
        with open(place, "wb") as file:
            file.truncate(2**40)
    with (
        bounded(tmp_path),
        pytest.raises(ValueError, match=r"other.jinja (must be a regular file|has \d+ bytes)"),
    ):
        AutoTokenizer.from_pretrained(tmp_path)


def test_model_with_hostile_neighbours_loads_alone(tmp_path: Path) -> None:
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 12}
    NpBertModel(BertConfig(vocab_size=9, **sizes)).save_pretrained(tmp_path)
    for name in (
        "pytorch_model.bin",
        "tf_model.h5",
        "flax_model.msgpack",
        "training_args.bin",
        "optimizer.pt",
    ):
        (tmp_path / name).write_bytes(pickle.dumps(Payload()))
    (tmp_path / "modeling_bert.py").write_text("raise SystemExit('ran')")
    with bounded(tmp_path):
        assert NpBertModel.from_pretrained(tmp_path).config.vocab_size == 9
