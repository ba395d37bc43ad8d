"""SentencePiece's `.model` and `.spm` files (arXiv:1808.06226), read as data, without that library."""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .protobuf import BYTES, FIXED32, VARINT, as_float, read_fields, signed

# Types of pieces.
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
UNIGRAM, BPE = 1, 2
KINDS = {UNIGRAM: "unigram", BPE: "bpe", 3: "word", 4: "char"}
SPACE = "\u2581"
LARGEST_FILE = 1 << 27
_FLOAT = struct.Struct("<f")
LONGEST_PIECE = 1024

# Name in the file's scheme -> (number, kind, attribute of `SentencePieceModel`)
_TRAINER = {
    3: (VARINT, "model_type"),
    24: (VARINT, "treat_whitespace_as_suffix"),
    35: (VARINT, "byte_fallback"),
    40: (VARINT, "unk_id"),
    41: (VARINT, "bos_id"),
    42: (VARINT, "eos_id"),
    43: (VARINT, "pad_id"),
    44: (BYTES, "unk_surface"),
    45: (BYTES, "unk_piece"),
    46: (BYTES, "bos_piece"),
    47: (BYTES, "eos_piece"),
    48: (BYTES, "pad_piece"),
}
_NORMALIZER = {
    2: (BYTES, "charsmap"),
    3: (VARINT, "add_dummy_prefix"),
    4: (VARINT, "remove_extra_whitespaces"),
    5: (VARINT, "escape_whitespaces"),
}
_NUMBERS = frozenset({"model_type", "unk_id", "bos_id", "eos_id", "pad_id"})


@dataclass(frozen=True)
class SentencePieceModel:
    """What a file holds: pieces with scores and types, and how it was trained and text is normalised.

    Args:
        data: the file's bytes.
        pieces: texts, by id.
        scores: logarithms of probabilities (unigram) or negated ranks (bpe), by id.
        types: `NORMAL`, `UNKNOWN`, `CONTROL`, `USER_DEFINED`, `UNUSED` or `BYTE`, by id.
        model_type: a key of `KINDS`.
        byte_fallback: whether a character that has no piece becomes its UTF-8 bytes.
        charsmap: rules of normalisation, compiled; empty: none.
        add_dummy_prefix: whether text gets a space in front.
        remove_extra_whitespaces: whether spaces at both ends and repeated ones go.
        escape_whitespaces: whether spaces are shown as U+2581.
        treat_whitespace_as_suffix: whether that space comes at the end instead.
        unk_surface: what decoding shows for the unknown piece.
    """

    data: bytes
    pieces: list[str]
    scores: list[float]
    types: bytes
    model_type: int = UNIGRAM
    byte_fallback: bool = False
    unk_id: int = 0
    bos_id: int = 1
    eos_id: int = 2
    pad_id: int = -1
    unk_piece: str = "<unk>"
    bos_piece: str = "<s>"
    eos_piece: str = "</s>"
    pad_piece: str = "<pad>"
    unk_surface: str = " \u2047 "
    charsmap: bytes = b""
    add_dummy_prefix: bool = True
    remove_extra_whitespaces: bool = True
    escape_whitespaces: bool = True
    treat_whitespace_as_suffix: bool = False

    @cached_property
    def ids(self) -> dict[str, int]:
        """Id of each piece."""
        return {piece: number for number, piece in enumerate(self.pieces)}

    def scored(self, start: int = 0) -> list[tuple[str, float]]:
        """Pieces from id `start` on, each with its score."""
        return list(zip(self.pieces[start:], self.scores[start:], strict=True))


def read_sentencepiece(path: str | os.PathLike[str]) -> SentencePieceModel:
    """Read a `.model` or `.spm` file.

    Raises:
        ValueError: it is no such file, or damaged; the message names the file and what is wrong.
    """
    place = Path(path)
    if not place.is_file():
        raise ValueError(f"{os.fspath(path)!r} is not a file: a SentencePiece model is needed")
    if (size := place.stat().st_size) > LARGEST_FILE:
        raise ValueError(f"{place} has {size} bytes; at most {LARGEST_FILE} are read")
    try:
        return parse_sentencepiece(place.read_bytes())
    except ValueError as error:
        raise ValueError(f"{place} is no SentencePiece model: {error}") from error


def parse_sentencepiece(data: bytes) -> SentencePieceModel:
    """The model in the bytes of a file.

    Raises:
        ValueError: the bytes are damaged, or contradict themselves.
    """
    pieces: list[str] = []
    scores: list[float] = []
    types = bytearray()
    rest: dict[str, Any] = {}
    start = _plain_pieces(data, pieces, scores, types)
    for number, kind, value in read_fields(memoryview(data)[start:]):
        if number > 3:
            continue
        if kind != BYTES or not isinstance(value, memoryview):
            raise ValueError(f"field {number} is of the kind {kind} where a message is expected")
        if number == 1:
            _add(pieces, scores, types, _read_piece(value, len(pieces)))
        else:
            rest.update(_spec(value, _TRAINER if number == 2 else _NORMALIZER))
    _check(pieces, types, rest)
    return SentencePieceModel(data, pieces, scores, bytes(types), **rest)


def _plain_pieces(data: bytes, pieces: list[str], scores: list[float], types: bytearray) -> int:
    """Read the pieces at the start of a file, as long as they have the usual form; where they stop.

    The form is `0A size`, then `0A width` and so many bytes of text, `15` and the score, `18` and the type
    or nothing. There may be a quarter of a million of them.
    """
    place, end = 0, len(data)
    while place + 9 < end and data[place] == 0x0A and data[place + 2] == 0x0A:
        size, width = data[place + 1], data[place + 3]
        text, stop = place + 4, place + 2 + size
        score = text + width
        left = stop - score
        if size > 0x7F or stop > end or left not in (5, 7) or data[score] != 0x15:
            break
        if left == 7 and (data[score + 5] != 0x18 or data[score + 6] > 0x7F):
            break
        (number,) = _FLOAT.unpack_from(data, score + 1)
        sort = data[score + 6] if left == 7 else NORMAL
        word = _text(data[text:score], f"piece {len(pieces)}")
        _add(pieces, scores, types, (word, number, sort))
        place = stop
    return place


def _add(pieces: list[str], scores: list[float], types: bytearray, row: tuple[str, float, int]) -> None:
    text, score, sort = row
    if not text or not math.isfinite(score) or not NORMAL <= sort <= BYTE:
        raise ValueError(
            f"piece {len(pieces)}, {text!r}, has the score {score} and the type {sort}: a piece has a text, "
            f"a finite score and a type from {NORMAL} to {BYTE}"
        )
    pieces.append(text)
    scores.append(score)
    types.append(sort)


def _read_piece(data: memoryview, place: int) -> tuple[str, float, int]:
    text, score, sort = "", 0.0, NORMAL
    for number, kind, value in read_fields(data):
        if number == 1 and kind == BYTES and isinstance(value, memoryview):
            if len(value) > LONGEST_PIECE:
                raise ValueError(f"piece {place} has {len(value)} bytes; at most {LONGEST_PIECE} are read")
            text = _text(value, f"piece {place}")
        elif number == 2 and kind == FIXED32 and isinstance(value, memoryview):
            score = as_float(value)
        elif number == 3 and kind == VARINT and isinstance(value, int):
            sort = value
        elif number <= 3:
            raise ValueError(f"piece {place}: field {number} is of the wrong kind {kind}")
    return text, score, sort


def _text(value: bytes | memoryview, what: str) -> str:
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{what} is not UTF-8") from error


def _spec(data: memoryview, wanted: dict[int, tuple[int, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, kind, value in read_fields(data):
        if number not in wanted:
            continue
        expected, name = wanted[number]
        if kind != expected:
            raise ValueError(f"{name} is of the kind {kind}, not {expected}")
        if isinstance(value, int):
            found[name] = signed(value) if name in _NUMBERS else bool(value)
        else:
            found[name] = bytes(value) if name == "charsmap" else _text(value, name)
    return found


def _check(pieces: list[str], types: bytearray, rest: dict[str, Any]) -> None:
    if not pieces:
        raise ValueError("it has no pieces")
    if len(set(pieces)) < len(pieces):
        seen: set[str] = set()
        twice = next(piece for piece in pieces if piece in seen or seen.add(piece))  # type: ignore[func-returns-value]
        raise ValueError(f"the piece {twice!r} comes twice")
    if types.count(UNKNOWN) != 1:
        raise ValueError(f"one piece must be of the unknown type, not {types.count(UNKNOWN)}")
    if rest.get("model_type", UNIGRAM) not in KINDS:
        raise ValueError(f"model_type {rest['model_type']} is unknown; known: {KINDS}")
    for name in ("unk_id", "bos_id", "eos_id", "pad_id"):
        if not -1 <= rest.get(name, -1) < len(pieces):
            raise ValueError(f"{name} is {rest[name]}, and there are {len(pieces)} pieces")
    if rest.get("charsmap"):
        from .charsmap import check_charsmap

        check_charsmap(rest["charsmap"])


__all__ = [
    "BPE",
    "BYTE",
    "CONTROL",
    "KINDS",
    "NORMAL",
    "SPACE",
    "UNIGRAM",
    "UNKNOWN",
    "UNUSED",
    "USER_DEFINED",
    "SentencePieceModel",
    "parse_sentencepiece",
    "read_sentencepiece",
]
