"""Segmentations under a unigram model (arXiv:1804.10959), in the arithmetic of SentencePiece.

Sums of scores of the best one are kept in 32 bits: segmentations that are equally good in theory differ in
the last bit, and which one wins must not differ.
"""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Container, Iterator, Mapping
from heapq import nlargest
from typing import Self

from .sentencepiece_model import NORMAL, USER_DEFINED, SentencePieceModel

_PENALTY = 10.0  # of an unknown character, below the worst piece
_BONUS = 0.1
# A segmentation of the text up to some place: score, start of its last piece, its number among those there.
_Path = tuple[float, int, int]


class Lattice:
    """Cuts normalised text into pieces; a character that has none stands alone.

    Args:
        scores: logarithm of the probability of each piece.
        unknown: that of a character without a piece.
        several: scores where several segmentations are looked at, if they differ.
    """

    def __init__(
        self, scores: Mapping[str, float], unknown: float, several: Mapping[str, float] | None = None
    ) -> None:
        self._unknown = array("f", [unknown])[0]
        self._scores = scores
        self._several = scores if several is None else several
        widths: dict[str, set[int]] = {}
        for piece in scores:
            if len(piece) > 2:
                widths.setdefault(piece[:3], set()).add(len(piece))
        # First three characters -> lengths of the pieces that begin with them, and the two shortest.
        self._widths = {first: (1, 2, *sorted(found)) for first, found in widths.items()}
        self._all_widths = sorted({1, *(len(piece) for piece in scores)})

    @classmethod
    def of(cls, model: SentencePieceModel) -> Self:
        """The lattice of a file's pieces."""
        rows = list(zip(model.pieces, model.scores, model.types, strict=True))
        normal = [score for _, score, sort in rows if sort == NORMAL]
        scores = {piece: score for piece, score, sort in rows if sort == NORMAL}
        own = [piece for piece, _, sort in rows if sort == USER_DEFINED]
        # What the user defined is hardly ever cut. Its bonus is for bytes in the best segmentation, for
        # characters among several.
        several = {**scores, **{piece: _BONUS * (len(piece) - 1) for piece in own}} if own else None
        scores.update((piece, _BONUS * (len(piece.encode()) - 1)) for piece in own)
        return cls(scores, min(normal, default=0.0) - _PENALTY, several)

    @classmethod
    def of_pieces(cls, scores: Mapping[str, float], worst: float) -> Self:
        """The lattice of pieces with scores, `worst` the lowest score of the model."""
        return cls(scores, worst - _PENALTY)

    def cut(self, text: str) -> list[str]:
        """Pieces of the best segmentation of `text`."""
        size, scores, widths = len(text), self._scores, self._widths
        totals = array("f", bytes(4 * (size + 1)))
        origin = array("q", [-1]) * (size + 1)
        rounded = array("f", [0.0])
        for start in range(size):
            so_far = totals[start]
            single = False
            for width in widths.get(text[start : start + 3], (1, 2)):
                end = start + width
                if end > size:
                    break
                score = scores.get(text[start:end])
                if score is None:
                    continue
                single = single or width == 1
                if origin[end] < 0 or so_far + score > totals[end]:
                    totals[end], origin[end] = so_far + score, start
            if not single:
                rounded[0] = so_far + self._unknown
                if origin[start + 1] < 0 or rounded[0] > totals[start + 1]:
                    totals[start + 1], origin[start + 1] = rounded[0], start
        pieces: list[str] = []
        end = size
        while end > 0:
            pieces.append(text[origin[end] : end])
            end = origin[end]
        return pieces[::-1]

    def _before(self, text: str, end: int, floor: int = 0) -> Iterator[tuple[int, float]]:
        """Where pieces that end at `end` start, from `floor` on, each with its score."""
        for width in self._all_widths:
            start = end - width
            if start < floor:
                return
            score = self._several.get(text[start:end])
            if score is not None:
                yield start, score
            elif width == 1:
                yield start, self._unknown

    def sample(self, text: str, alpha: float) -> list[str]:
        """Pieces of a segmentation drawn by its probability to the power `alpha`.

        Sums run forward over all segmentations up to each place; then pieces are drawn from the end back.
        """
        sums = array("d", [0.0]) * (len(text) + 1)
        for end in range(1, len(text) + 1):
            parts = [sums[start] + alpha * score for start, score in self._before(text, end)]
            most = max(parts)
            sums[end] = most + math.log(math.fsum(math.exp(part - most) for part in parts))
        pieces: list[str] = []
        end = len(text)
        while end > 0:
            starts, weights = [], []
            for start, score in self._before(text, end):
                starts.append(start)
                weights.append(math.exp(sums[start] + alpha * score - sums[end]))
            start = random.choices(starts, weights)[0]
            pieces.append(text[start:end])
            end = start
        return pieces[::-1]

    def best(self, text: str, count: int, walls: Container[int] = ()) -> list[tuple[float, list[str]]]:
        """The `count` best segmentations with their scores, the best first; no piece crosses a wall."""
        paths: list[list[_Path]] = [[(0.0, -1, 0)]]
        floor = 0
        for end in range(1, len(text) + 1):
            floor = end - 1 if end - 1 in walls else floor
            here = (
                (before + score, start, number)
                for start, score in self._before(text, end, floor)
                for number, (before, _, _) in enumerate(paths[start])
            )
            paths.append(nlargest(count, here))
        found = []
        for total, start, number in paths[-1]:
            pieces: list[str] = []
            end = len(text)
            while end > 0:
                pieces.append(text[start:end])
                end = start
                _, start, number = paths[end][number]
            found.append((total, pieces[::-1]))
        return found

    def sample_best(self, text: str, count: int, alpha: float, walls: Container[int] = ()) -> list[str]:
        """Pieces of one of the `count` best segmentations, drawn as `sample` draws among all."""
        found = self.best(text, count, walls)
        most = max(alpha * score for score, _ in found)
        weights = [math.exp(alpha * score - most) for score, _ in found]
        return random.choices(found, weights)[0][1]


__all__ = ["Lattice"]
