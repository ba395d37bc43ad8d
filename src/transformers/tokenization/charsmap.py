"""SentencePiece's compiled rules of normalisation: a double array over UTF-8 bytes, and replacements."""

from __future__ import annotations

import sys
from array import array

# Parts of a unit of the double array: an offset, or when it is a leaf, where the replacement starts.
_LEAF = 1 << 31
_LABEL = _LEAF | 0xFF


def _offset(unit: int) -> int:
    return (unit >> 10) << ((unit & 1 << 9) >> 6)


def split_charsmap(data: bytes) -> tuple[array[int], bytes]:
    """Units of the double array, and replacements, each ended by a zero byte.

    Raises:
        ValueError: sizes do not fit.
    """
    size = int.from_bytes(data[:4], "little")
    if len(data) < 4 or size % 4 or not size or size > len(data) - 4:
        raise ValueError(f"precompiled_charsmap claims an array of {size} bytes and has {len(data)} in all")
    units = array("I", data[4 : 4 + size])
    if sys.byteorder == "big":
        units.byteswap()
    return units, data[4 + size :]


def check_charsmap(data: bytes) -> None:
    """Raise ValueError unless every step through the array stays inside, and every replacement ends."""
    units, texts = split_charsmap(data)
    if not texts.endswith(b"\0"):
        raise ValueError("precompiled_charsmap: the replacements do not end")
    count, most = len(units), len(texts)
    for place, unit in enumerate(units):
        if unit & _LEAF:
            if unit ^ _LEAF >= most:
                raise ValueError(f"precompiled_charsmap: unit {place} points outside of the replacements")
        elif (place ^ _offset(unit)) | 0xFF >= count:
            raise ValueError(f"precompiled_charsmap: unit {place} points outside of the array")
    try:
        texts.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError("precompiled_charsmap: the replacements are not UTF-8") from error


class Charsmap:
    """Finds the longest rule that a text begins with; without rules, every character stays.

    Args:
        data: `precompiled_charsmap` of a checked file.
    """

    def __init__(self, data: bytes) -> None:
        self._units, self._texts = split_charsmap(data) if data else (array("I"), b"")

    def longest(self, text: bytes, start: int) -> tuple[bytes, int] | None:
        """Replacement and length in bytes of the longest rule that fits at `start`; None: none does."""
        units = self._units
        if not units:
            return None
        node = _offset(units[0])
        found, end = -1, start
        for place in range(start, len(text)):
            byte = text[place]
            node ^= byte
            unit = units[node]
            if not byte or unit & _LABEL != byte:
                break
            node ^= _offset(unit)
            if unit >> 8 & 1:
                found, end = units[node] & ~_LEAF, place + 1
        if found < 0:
            return None
        return self._texts[found : self._texts.index(b"\0", found)], end - start


__all__ = ["Charsmap", "check_charsmap", "split_charsmap"]
