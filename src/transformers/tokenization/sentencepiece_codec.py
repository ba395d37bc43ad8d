"""Text to pieces and back, exactly as the SentencePiece library does it.

Unlike `sentencepiece_engine`, whose results are the Rust library's: for tokenizers that are published over
that library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import dropwhile, groupby

from tokenizers import Tokenizer, models

from .charsmap import Charsmap
from .lattice import Lattice
from .sampling import Sampling, merge_or_not
from .sentencepiece_engine import merges_of
from .sentencepiece_model import (
    BYTE,
    CONTROL,
    NORMAL,
    SPACE,
    UNIGRAM,
    UNKNOWN,
    USER_DEFINED,
    SentencePieceModel,
)

_WINDOW = 256


class Codec:
    """Normalises, cuts and joins.

    Args:
        model: of the unigram or bpe kind.
    """

    def __init__(self, model: SentencePieceModel) -> None:
        self.model = model

    @cached_property
    def _charsmap(self) -> Charsmap:
        return Charsmap(self.model.charsmap)

    @cached_property
    def _kept(self) -> re.Pattern[str] | None:
        """Finds pieces that the user defined, which stay as they are; the longest wins."""
        wanted = [
            p for p, sort in zip(self.model.pieces, self.model.types, strict=True) if sort == USER_DEFINED
        ]
        if not wanted:
            return None
        return re.compile("|".join(re.escape(piece) for piece in sorted(wanted, key=len, reverse=True)))

    @cached_property
    def _engine(self) -> Tokenizer:
        return _bpe(self.model)

    @cached_property
    def _lattice(self) -> Lattice:
        return Lattice.of(self.model)

    @cached_property
    def _scores(self) -> dict[str, float]:
        rows = zip(self.model.scored(), self.model.types, strict=True)
        return {piece: score for (piece, score), sort in rows if sort == NORMAL}

    def _normal_piece(self, data: bytes, place: int) -> tuple[bytes, int]:
        rule = self._charsmap.longest(data, place)
        if rule is not None:
            return rule
        first = data[place]
        width = 1 if first < 0x80 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
        return data[place : place + width], width

    def _runs(self, text: str) -> Iterable[tuple[str, bool]]:
        """Parts of a text, each with whether it is a piece of the user's."""
        end = 0
        for match in self._kept.finditer(text) if self._kept is not None else ():
            yield text[end : match.start()], False
            yield match.group(), True
            end = match.end()
        yield text[end:], False

    def normalize(self, text: str) -> str:
        """The text that is cut into pieces."""
        model = self.model
        parts: list[bytes] = []
        for run, kept in self._runs(text):
            data = run.encode("utf-8", "replace")
            if kept:
                parts.append(data)
                continue
            place = 0
            while place < len(data):
                part, width = self._normal_piece(data, place)
                parts.append(part)
                place += width
        if model.remove_extra_whitespaces:
            parts = list(dropwhile(lambda part: part == b" ", parts))
        if not parts:
            return ""
        joined = b"".join(_squeeze(parts) if model.remove_extra_whitespaces else parts)
        space = SPACE.encode() if model.escape_whitespaces else b" "
        joined = joined.replace(b" ", space)
        suffix = model.treat_whitespace_as_suffix
        if model.add_dummy_prefix and not suffix:
            joined = space + joined
        end, width = len(joined), len(space)
        while model.remove_extra_whitespaces and joined.endswith(space, 0, end):
            end -= width
        joined = joined[:end]
        return (joined + space if model.add_dummy_prefix and suffix else joined).decode("utf-8", "replace")

    def cut(self, text: str, sampling: Sampling | None = None) -> list[str]:
        """Pieces of normalised text, by the best segmentation or one drawn."""
        if not text:
            return []
        if self.model.model_type == UNIGRAM:
            if sampling is None:
                return self._spell(self._lattice.cut(text))
            size, alpha = sampling
            drawn = self._lattice.sample_best(text, size, alpha) if size > 1 else None
            return self._spell(self._lattice.sample(text, alpha) if drawn is None else drawn)
        pieces: list[str] = []
        for run, kept in self._runs(text):
            if kept:
                pieces.append(run)
            elif run and sampling is not None:
                pieces += merge_or_not(run, self._scores, sampling.alpha)
            elif run:
                record = self._engine.encode(run, add_special_tokens=False)
                pieces += [run[a:b] for a, b in record.offsets]
        return self._spell(pieces)

    def _spell(self, pieces: list[str]) -> list[str]:
        """Pieces with unknown ones joined, or as bytes where the model has those."""
        known = self.model.ids
        spelt: list[str] = []
        for here, run in groupby(pieces, known.__contains__):
            if here:
                spelt += run
            elif self.model.byte_fallback:
                spelt += [f"<0x{byte:02X}>" for piece in run for byte in piece.encode()]
            else:
                spelt.append("".join(run))
        return spelt

    def join(self, pieces: Sequence[str]) -> str:
        """Text of pieces."""
        model, ids = self.model, self.model.ids
        trims = model.add_dummy_prefix or model.remove_extra_whitespaces
        text = bytearray()
        start = True
        for piece in pieces:
            sort = model.types[ids[piece]] if piece in ids else UNKNOWN
            if sort == BYTE:
                text.append(int(piece[3:5], 16))
                start = False
                continue
            if sort == CONTROL:
                continue
            if sort == UNKNOWN and piece in ids:
                text += model.unk_surface.encode()
                start = False
                continue
            if sort == UNKNOWN:
                text += piece.encode()
                start = False
                continue
            trimmed = start and trims and piece.startswith(SPACE)
            shown = piece[1:] if trimmed else piece
            text += shown.replace(SPACE, " ").encode()
            if text or (trimmed and not model.remove_extra_whitespaces):
                start = False
        return _as_text(bytes(text))


def _squeeze(parts: list[bytes]) -> list[bytes]:
    """Parts without the spaces at the start and those that follow a space."""
    found: list[bytes] = []
    after_space = True
    for part in parts:
        rest = part.lstrip(b" ") if after_space else part
        if rest:
            found.append(rest)
            after_space = rest.endswith(b" ")
    return found


def _as_text(data: bytes) -> str:
    """Bytes as text, each one that is no UTF-8 shown as U+FFFD."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        parts: list[str] = []
    place = 0
    while place < len(data):  # in short pieces: an error holds a copy of what it is about
        piece = data[place : place + _WINDOW]
        try:
            parts.append(piece.decode("utf-8"))
            place += len(piece)
        except UnicodeDecodeError as error:
            parts.append(piece[: error.start].decode("utf-8"))
            place += error.start
            if error.start <= _WINDOW - 4 or place + 4 > len(data):  # not merely cut off
                parts.append("\ufffd")
                place += 1
    return "".join(parts)


def _bpe(model: SentencePieceModel) -> Tokenizer:
    """The bare engine; pieces that text must not match get names that text does not have."""
    names = [
        piece if sort in (NORMAL, USER_DEFINED) else f"\U0010ffff{number}\U0010ffff"
        for number, (piece, sort) in enumerate(zip(model.pieces, model.types, strict=True))
    ]
    ids = {name: number for number, name in enumerate(names)}
    plain = [row for row, sort in zip(model.scored(), model.types, strict=True) if sort == NORMAL]
    merges = merges_of({piece: ids[piece] for piece, _ in plain}, plain)
    return Tokenizer(models.BPE(ids, merges, unk_token=names[model.types.index(UNKNOWN)]))


__all__ = ["Codec"]
