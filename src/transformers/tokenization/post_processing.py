"""What the engine puts around a text, read back from its post-processor.

Lets ids that were made elsewhere be framed exactly as the engine frames text.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Piece(NamedTuple):
    """Part of a frame: special ids, or (ids None) the text number `sequence`."""

    ids: tuple[int, ...] | None
    sequence: int
    type_id: int


class Frame(NamedTuple):
    """Pieces around one text and around two."""

    single: tuple[Piece, ...]
    pair: tuple[Piece, ...]

    def pieces(self, pair: bool) -> tuple[Piece, ...]:
        """Pieces for two texts or for one."""
        return self.pair if pair else self.single


_TEXT_A, _TEXT_B = Piece(None, 0, 0), Piece(None, 1, 1)
BARE = Frame((_TEXT_A,), (_TEXT_A, _TEXT_B))


def read_frame(post_processor: Any) -> Frame:
    """Frame that a post-processor of the `tokenizers` library makes; None makes none."""
    if post_processor is None:
        return BARE
    return _frame(json.loads(post_processor.__getstate__())) or BARE


def _frame(state: dict[str, Any]) -> Frame | None:
    kind = state["type"]
    if kind == "TemplateProcessing":
        special = {name: tuple(token["ids"]) for name, token in state["special_tokens"].items()}
        return Frame(*(tuple(_piece(item, special) for item in state[which]) for which in ("single", "pair")))
    if kind in ("BertProcessing", "RobertaProcessing"):
        cls, sep = (Piece((state[name][1],), 0, 0) for name in ("cls", "sep"))
        if kind == "RobertaProcessing":
            return Frame((cls, _TEXT_A, sep), (cls, _TEXT_A, sep, sep, Piece(None, 1, 0), sep))
        return Frame((cls, _TEXT_A, sep), (cls, _TEXT_A, sep, _TEXT_B, sep._replace(type_id=1)))
    if kind == "Sequence":
        found = [frame for part in state["processors"] if (frame := _frame(part)) is not None]
        return found[-1] if found else None
    return None


def _piece(item: dict[str, Any], special: dict[str, tuple[int, ...]]) -> Piece:
    if "SpecialToken" in item:
        token = item["SpecialToken"]
        return Piece(special[token["id"]], 0, token["type_id"])
    text = item["Sequence"]
    return Piece(None, "AB".index(text["id"]), text["type_id"])


__all__ = ["BARE", "Frame", "Piece", "read_frame"]
