"""Helpers that programs import from many tokenizers' modules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .sentencepiece_processor import SentencePieceProcessor

SPIECE_UNDERLINE = "▁"


def get_pairs(word: Sequence[str]) -> set[tuple[str, str]]:
    """Every two neighbours of a word's pieces."""
    return set(pairwise(word))


def whitespace_tokenize(text: str) -> list[str]:
    """The text's words, split at spaces of any kind."""
    return text.split()


def load_json(path: str | Path) -> Any:
    """What a JSON file holds.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no JSON.
    """
    return json.loads(Path(path).read_text(encoding="utf-8"))


def save_json(data: Any, path: str | Path) -> None:
    """Write data as JSON with two spaces of indent, as the published vocabularies are.

    Raises:
        OSError: it cannot be written.
    """
    Path(path).write_text(json.dumps(data, indent=2), encoding="utf-8")


def load_spm(path: str | Path, sp_model_kwargs: dict[str, Any]) -> SentencePieceProcessor:
    """The processor of a SentencePiece model file.

    Args:
        path: the file.
        sp_model_kwargs: what `SentencePieceProcessor` takes, such as `enable_sampling`.

    Raises:
        ValueError: the file is no SentencePiece model, or an option has no meaning.
    """
    from .sentencepiece_processor import SentencePieceProcessor

    return SentencePieceProcessor(model_file=path, **sp_model_kwargs)


__all__ = ["SPIECE_UNDERLINE", "get_pairs", "load_json", "load_spm", "save_json", "whitespace_tokenize"]
