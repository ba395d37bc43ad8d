"""Padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import backend as B
from ...tensor import Tensor, unwrap, wrap

_MODES = ("constant", "reflect", "replicate", "circular")


def pad(input: Tensor, pad: Sequence[Any], mode: str = "constant", value: Any = None) -> Tensor:
    """More elements at the ends: `pad` is (before, after) of the last axis, then of the one before it, and
    so on.

    Negative numbers cut.  Modes: constant (`value`, 0 unless given), reflect, replicate, circular.
    """
    if mode not in _MODES:
        raise ValueError(f"pad: mode must be one of {', '.join(_MODES)}, not {mode!r}")
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise ValueError(
            f"pad: {len(pad)} numbers for a tensor with {input.ndim} axes; give two per padded axis"
        )
    n = len(pad) // 2
    widths: list[tuple[Any, Any]] = [(0, 0)] * (input.ndim - n)
    widths += [(pad[2 * i], pad[2 * i + 1]) for i in reversed(range(n))]
    known = [w for pair in widths for w in pair if isinstance(w, int)]
    kept = [(_kept(before), _kept(after)) for before, after in widths]
    cuts = any(w < 0 for w in known)
    if cuts and mode in ("constant", "circular"):  # the others may mirror and repeat what is cut
        input = _cut_ends(input, widths)
    if len(known) < 2 * len(widths) or any(w for pair in kept for w in pair):
        raws = [(unwrap(before), unwrap(after)) for before, after in kept]
        input = wrap(B.pad(input.a, raws, mode, 0 if value is None else value))
    return _cut_ends(input, widths) if cuts and mode in ("reflect", "replicate") else input


def _cut_ends(input: Tensor, widths: Sequence[tuple[Any, Any]]) -> Tensor:
    """Without as many elements as the negative widths say."""
    return input[tuple(slice(_cut(before), -_cut(after) or None) for before, after in widths)]


def _cut(width: Any) -> int:
    return max(-width, 0) if isinstance(width, int) else 0


def _kept(width: Any) -> Any:
    return max(width, 0) if isinstance(width, int) else width


__all__ = ["pad"]
