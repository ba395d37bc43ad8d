"""A tiny checkpoint with seeded weights and a vocabulary of letters and a few words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.adapters import ADAPTERS, installed

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "the",
    "this",
    "is",
    "good",
    "bad",
    "movie",
    "!",
    ".",
    ",",
]
WORDS += [*LETTERS, *(f"##{letter}" for letter in LETTERS[:20])]
LIMIT = 16


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BertForSequenceClassification of three labels, with its tokenizer."""
    from transformers import BertTokenizer

    path = tmp_path_factory.mktemp("checkpoint")
    (path / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    tokenizer = BertTokenizer(str(path / "vocab.txt"), model_max_length=LIMIT)
    adapter = ADAPTERS[installed()[0]]
    adapter.build("bert", "BertForSequenceClassification", None, vocab_size=len(WORDS)).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path
