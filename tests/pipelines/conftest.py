"""Tiny checkpoints with seeded weights and vocabularies of letters and a few words."""

from __future__ import annotations

import functools
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.models import seeding
from tests.models.adapters import ADAPTERS, installed

from . import checkpoints, writing

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


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`make(task, framework, kind)`: a pipeline over a recorded checkpoint."""
    from transformers import pipeline

    golden = json.loads(gzip.decompress((Path(__file__).parent / "golden.json.gz").read_bytes()))

    @functools.cache
    def make(task: str, framework: str = "np", kind: str = "bert") -> Any:
        folder = tmp_path_factory.mktemp(kind)
        checkpoints.write(folder, task, kind, golden["shapes"][f"{task} {kind}"], seeding.weight)
        return pipeline(task, str(folder), framework=framework)

    return make


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`place(kind, settings, **changes of the config)`: a folder with a checkpoint."""

    golden = json.loads(gzip.decompress((Path(__file__).parent / "writing_golden.json.gz").read_bytes()))

    def make(kind: str, settings: Any = None, **changes: Any) -> str:
        folder = tmp_path_factory.mktemp(kind)
        shapes = golden["shapes"][kind]
        return str(writing.write(folder, kind, shapes, seeding.weight, settings, **changes))

    return make


@pytest.fixture(scope="session")
def run(place: Any) -> Any:
    """`run(task, kind, framework)`: a pipeline, made once."""
    from transformers import pipeline

    place = functools.cache(place)

    @functools.cache
    def make(task: str, kind: str = "gpt2", framework: str = "pt" if "pt" in installed() else "np") -> Any:
        return pipeline(task, place(kind), framework=framework)

    return make


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Any:
    """What the library logs."""
    import transformers

    monkeypatch.setattr(transformers.utils.logging.get_logger("transformers"), "propagate", True)
    return caplog
