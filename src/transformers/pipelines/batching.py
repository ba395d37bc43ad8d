"""Choosing batches: inputs one by one, their lengths, and batches of similar length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

BATCH = 32  # rows at most, where the caller leaves the batch size open
TOKENS = 2048  # padded tokens at most in such a batch: beyond this a CPU gains nothing
WINDOW = 32  # batches that are sorted by length together


def is_stream(inputs: Any) -> bool:
    """Whether `inputs` is many inputs in turn: a generator, an iterator, or a data set."""
    if isinstance(inputs, Iterator):
        return True
    if isinstance(inputs, str | bytes | Mapping | tuple | set) or hasattr(inputs, "__array__"):
        return False
    by_index = hasattr(inputs, "__getitem__") and hasattr(inputs, "__len__")
    return by_index or isinstance(inputs, Iterable)


def in_turn(inputs: Any) -> Iterator[Any]:
    """The inputs one by one: of a list or data set by index, of anything else as it comes."""
    if hasattr(inputs, "__getitem__") and hasattr(inputs, "__len__"):
        return (inputs[index] for index in range(len(inputs)))
    return iter(inputs)


def length_of(item: Any) -> int:
    """The number of tokens of an item; 0 where it has none."""
    ids = item.get("input_ids") if isinstance(item, Mapping) else None
    shape = getattr(ids, "shape", None)
    return int(shape[-1]) if shape else 0


def batches(lengths: Sequence[int], size: int | None) -> Iterator[list[int]]:
    """Indices in batches of similar length, the longest first; single ones in their own order."""
    if size == 1:
        yield from ([index] for index in range(len(lengths)))
        return
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    start = 0
    while start < len(order):
        longest = max(lengths[order[start]], 1)
        count = size or _power(max(1, min(BATCH, TOKENS // longest)))
        yield order[start : start + count]
        start += count


def _power(count: int) -> int:
    """The largest power of two that is no more."""
    return 1 << (count.bit_length() - 1)


def rounded_width(width: int, longest: int) -> int:
    """`width` rounded up to a multiple of 16, as far as the model takes it."""
    return max(width, min(-(-width // 16) * 16, longest))


__all__ = ["BATCH", "WINDOW", "batches", "in_turn", "is_stream", "length_of", "rounded_width"]
