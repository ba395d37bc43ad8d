"""Cutting rows that are ids already: `tokenizer.truncate_sequences`."""

from __future__ import annotations

from ..utils import logging
from .enums import TruncationStrategy

logger = logging.get_logger(__name__)
Ids = list[int]


def cut(ids: Ids, count: int, stride: int, side: str) -> tuple[Ids, Ids]:
    """`ids` without `count` of them at `side`, and those, preceded (or followed) by `stride` kept ones."""
    kept = len(ids) - count
    window = min(len(ids), stride + count)
    if side == "left":
        return ids[count:], ids[:window]
    return ids[:kept], ids[len(ids) - window :]


def truncate_pair(
    ids: Ids, pair_ids: Ids | None, count: int, strategy: TruncationStrategy, stride: int, side: str
) -> tuple[Ids, Ids | None, Ids]:
    """Take `count` tokens off one or two texts.

    Args:
        ids: tokens of the first text.
        pair_ids: tokens of the second, or None.
        count: how many tokens to take away in all.
        strategy: from which text; longest_first takes each from the text that is longer by then.
        stride: how many kept tokens to repeat in what is returned as overflow.
        side: "right" or "left", where texts are cut.

    Returns:
        first text, second text, overflow (always empty for longest_first on two texts).

    Raises:
        ValueError: `side` is unknown.
    """
    if side not in ("left", "right"):
        raise ValueError(f"truncation_side must be 'left' or 'right', not {side!r}")
    if count <= 0 or strategy is TruncationStrategy.DO_NOT_TRUNCATE:
        return ids, pair_ids, []
    alone = pair_ids is None
    if strategy is TruncationStrategy.ONLY_FIRST or (alone and strategy is TruncationStrategy.LONGEST_FIRST):
        if len(ids) > count:
            first, overflow = cut(ids, count, stride, side)
            return first, pair_ids, overflow
        _too_short(count, "first", len(ids))
    elif pair_ids is not None and strategy is TruncationStrategy.LONGEST_FIRST:
        first_kept, second_kept = _share(len(ids), len(pair_ids), count)
        first, _ = cut(ids, len(ids) - first_kept, 0, side)
        second, _ = cut(pair_ids, len(pair_ids) - second_kept, 0, side)
        return first, second, []
    elif pair_ids is not None:
        if len(pair_ids) > count:
            second, overflow = cut(pair_ids, count, stride, side)
            return ids, second, overflow
        _too_short(count, "second", len(pair_ids))
    return ids, pair_ids, []


def _share(first: int, second: int, count: int) -> tuple[int, int]:
    """How many tokens of two texts stay when each of `count` comes from the longer one (or the second)."""
    level = min(abs(first - second), count)
    if first > second:
        first -= level
    else:
        second -= level
    rest = max(min(count - level, first + second), 0)
    return first - rest // 2, second - (rest + 1) // 2


def _too_short(count: int, which: str, length: int) -> None:
    logger.error(
        "Cannot remove %d tokens from the %s text, which has %d: left as it is. Choose another strategy.",
        count,
        which,
        length,
    )


__all__ = ["cut", "truncate_pair"]
