"""The best segmentation under a unigram model (arXiv:1804.10959), in the arithmetic of SentencePiece.

Sums of scores are kept in 32 bits: segmentations that are equally good in theory differ in the last bit, and
which one wins must not differ.
"""

from __future__ import annotations

from array import array

from .sentencepiece_model import NORMAL, USER_DEFINED, SentencePieceModel

_PENALTY = 10.0  # of an unknown character, below the worst piece
# Where the search for the best score starts: the smallest number above zero in 32 bits.
_SMALLEST = 2.0**-126


class Lattice:
    """Cuts normalised text into pieces.

    Args:
        model: of the unigram kind.
    """

    def __init__(self, model: SentencePieceModel) -> None:
        rows = list(zip(model.pieces, model.scores, model.types, strict=True))
        normal = [score for _, score, sort in rows if sort == NORMAL]
        best = max([*normal, _SMALLEST])
        self._unknown = array("f", [min(normal, default=0.0) - _PENALTY])[0]
        self._scores = {piece: score for piece, score, sort in rows if sort == NORMAL}
        for piece, _, sort in rows:
            if sort == USER_DEFINED:  # a bonus: what the user defined is hardly ever cut
                self._scores[piece] = len(piece.encode()) * best - 0.1
        widths: dict[str, set[int]] = {}
        for piece in self._scores:
            if len(piece) > 2:
                widths.setdefault(piece[:3], set()).add(len(piece))
        # First three characters -> lengths of the pieces that begin with them, and the two shortest.
        self._widths = {first: (1, 2, *sorted(found)) for first, found in widths.items()}

    def cut(self, text: str) -> list[str]:
        """Pieces of `text`; a character that has none stands alone."""
        size, scores, widths = len(text), self._scores, self._widths
        totals = array("f", bytes(4 * (size + 1)))
        origin = [-1] * (size + 1)
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


__all__ = ["Lattice"]
