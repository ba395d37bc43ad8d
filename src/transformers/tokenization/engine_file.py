"""Opening tokenizer.json with the Rust engine, and bounding what such a file can do to its reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

LARGEST_GROWTH = 64  # how many times longer a normaliser may make a text; published ones reach 3
LARGEST_FILE = 2**30
LONGEST_WORD = 1000  # of WordPiece; published files say 100 or 200


@contextmanager
def panics_are_errors(what: str) -> Iterator[None]:
    """Turn a panic of the engine, which no `except Exception` catches, into an error that says where.

    Raises:
        ValueError: the engine gave up; in text, mostly a regular expression of the file that runs wild.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(f"{what}: the tokenizer's engine gave up: {error}") from None


def open_engine(path: str | Path) -> Tokenizer:
    """The engine that a tokenizer.json describes.

    Raises:
        ValueError: no regular file, too large, not valid, or made to exhaust time or memory.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"tokenizer_file {str(path)!r} is not a file")
    if (size := path.stat().st_size) > LARGEST_FILE:
        raise ValueError(f"{path} has {size} bytes; a tokenizer.json has at most {LARGEST_FILE}")
    with panics_are_errors(f"{path} is not a valid tokenizer.json"):
        try:
            engine = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises bare Exception
            raise ValueError(f"{path} is not a valid tokenizer.json: {error}") from error
    _check_growth(engine, path)
    longest = getattr(engine.model, "max_input_chars_per_word", 0)
    if longest > LONGEST_WORD:
        raise ValueError(
            f"{path}: max_input_chars_per_word is {longest}; a word takes time by its cube, so "
            f"{LONGEST_WORD} is the most"
        )
    for token in engine.get_added_tokens_decoder().values():
        if token.content.isspace() and (token.lstrip or token.rstrip):
            raise ValueError(
                f"{path}: the added token {token.content!r} is white space and strips white space around it, "
                "which takes the engine quadratic time: set lstrip and rstrip to false"
            )
    return engine


def _check_growth(engine: Tokenizer, path: Path) -> None:
    """Refuse replacements that, one after the other, make a text very much longer.

    Raises:
        ValueError: more than `LARGEST_GROWTH` times.
    """
    if engine.normalizer is None:
        return
    growth = _growth(json.loads(engine.normalizer.__getstate__()))
    if growth > LARGEST_GROWTH:
        raise ValueError(
            f"{path}: its normalizer can make a text {growth:.0f} times longer; {LARGEST_GROWTH} is the most"
        )


def _growth(part: Any) -> float:
    """By what factor a normaliser can lengthen a text, compositions of Unicode aside."""
    if not isinstance(part, dict):
        return 1.0
    if part.get("type") == "Sequence":
        total = 1.0
        for inner in part.get("normalizers", ()):
            total = min(total * _growth(inner), 1e18)
        return total
    if part.get("type") != "Replace":
        return 1.0
    pattern = part.get("pattern", {})
    matched = len(pattern.get("String", "")) or 1  # a regular expression may match a single character
    return max(1.0, len(part.get("content", "")) / matched)


__all__ = ["LARGEST_FILE", "LARGEST_GROWTH", "LONGEST_WORD", "open_engine", "panics_are_errors"]
