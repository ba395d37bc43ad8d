"""Vocabularies without the tokens that stand around texts: these get the published ids behind theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models

import transformers
from transformers.tokenization.roles import add_missing, role_ids

from . import spm_cases

PIECES = [
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "want",
    "##want",
    "##ed",
    "wa",
    "un",
    "runn",
    "##ing",
    ",",
    "low",
    "lowest",
]
LETTERS = ["l", "o", "w", "e", "r", "s", "t", "i", "d", "n", "Ġ", "Ġl", "Ġn", "Ġlo", "Ġlow", "er"]
WORDS = [*LETTERS, "Ġlowest", "Ġnewer", "Ġwider", "<unk>"]
ROBERTA = ["<s>", "</s>", "<pad>", "<mask>"]
# Class -> ids of the pair ("lower newer", "low"), and the tokens behind the vocabulary: recorded of 4.57.6.
RECORDED: dict[str, tuple[list[int], list[str]]] = {
    "BertTokenizer": ([1, 0, 0, 2, 11, 2], ["[PAD]", "[MASK]"]),
    "MPNetTokenizer": ([13, 0, 0, 14, 14, 11, 14], ROBERTA),
    "RobertaTokenizer": ([20, 0, 1, 2, 15, 10, 9, 3, 2, 15, 21, 21, 0, 1, 2, 21], ROBERTA),
    "BartTokenizer": ([20, 0, 1, 2, 15, 10, 9, 3, 2, 15, 21, 21, 0, 1, 2, 21], ROBERTA),
    "DebertaTokenizer": (
        [20, 0, 1, 2, 15, 10, 9, 3, 2, 15, 21, 0, 1, 2, 21],
        ["[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]"],
    ),
    "GPT2Tokenizer": ([20, 0, 1, 2, 15, 10, 9, 3, 2, 15, 0, 1, 2], ["<|endoftext|>"]),
}
# The same of a model of SentencePiece that has `<unk>`, `<s>` and `</s>` alone: roles in their order.
PIECED = {
    "XLNetTokenizer": (["<sep>", "<pad>", "<cls>", "<mask>", "<eop>", "<eod>"], "$A <sep> $B <sep> <cls>"),
    "AlbertTokenizer": (["[CLS]", "[SEP]", "<pad>", "[MASK]"], "[CLS] $A [SEP] $B [SEP]"),
    "DebertaV2Tokenizer": (["[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]"], "[CLS] $A [SEP] $B [SEP]"),
}


def _files(name: str, folder: Path) -> dict[str, str]:
    if name in ("BertTokenizer", "MPNetTokenizer"):
        (folder / "vocab.txt").write_text("\n".join(PIECES))
        return {"vocab_file": str(folder / "vocab.txt")}
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(WORDS)}))
    (folder / "merges.txt").write_text("#version: 0.2\nĠ l\nĠl o\nĠlo w\ne r\n")
    return {"vocab_file": str(folder / "vocab.json"), "merges_file": str(folder / "merges.txt")}


@pytest.mark.parametrize("name", RECORDED)
def test_missing_tokens_get_the_published_ids(name: str, tmp_path: Path) -> None:
    ids, behind = RECORDED[name]
    options = {"add_bos_token": True} if name == "GPT2Tokenizer" else {}
    make = getattr(transformers, name)
    tokenizer = make(**_files(name, tmp_path), **options)
    assert tokenizer("lower newer", "low")["input_ids"] == ids
    size = len(PIECES if name in ("BertTokenizer", "MPNetTokenizer") else WORDS)
    assert [tokenizer.convert_ids_to_tokens(i) for i in range(size, len(tokenizer))] == behind
    assert tokenizer.vocab_size == size
    tokenizer.save_pretrained(tmp_path / "saved")
    assert make.from_pretrained(tmp_path / "saved")("lower newer", "low")["input_ids"] == ids


@pytest.mark.parametrize("name", PIECED)
def test_missing_pieces_get_the_published_ids(name: str, tmp_path: Path) -> None:
    behind, frame = PIECED[name]
    path = tmp_path / "spiece.model"
    path.write_bytes(spm_cases.model_bytes(spm_cases.base("unigram"), spm_cases.BASIC))
    tokenizer = getattr(transformers, name)(str(path))
    size = len(tokenizer) - len(behind)
    assert [tokenizer.convert_ids_to_tokens(i) for i in range(size, len(tokenizer))] == behind
    one, two = (tokenizer.encode(text, add_special_tokens=False) for text in ("the", "house"))
    parts: dict[str, list[int]] = {"$A": one, "$B": two}
    expected = [i for item in frame.split() for i in parts.get(item) or [size + behind.index(item)]]
    assert tokenizer.encode("the", "house") == expected


def test_only_roles_are_added(tmp_path: Path) -> None:
    engine = Tokenizer(models.WordLevel({"a": 0, "<s>": 1}, unk_token="a"))
    options: dict[str, Any] = {"cls_token": "<c>", "bos_token": "<s>", "mask_token": "<m>", "pad_token": None}
    add_missing(engine, options, ["<other>", "<s>"])
    assert engine.get_vocab_size() == 2
    assert role_ids(engine, options, "cls_token", "bos_token") == [("<c>", 2), ("<s>", 1)]
    assert engine.token_to_id("<m>") is None
