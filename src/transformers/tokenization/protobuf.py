"""The wire format of protocol buffers, read within the bounds of what is there; nothing is taken on trust."""

from __future__ import annotations

import struct
from collections.abc import Iterator

# Kinds of fields on the wire: a number, 8 bytes, a length and so many bytes, 4 bytes.
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_WIDTHS = {FIXED64: 8, FIXED32: 4}
_MOST_BYTES = 10  # of a varint


def read_varint(data: memoryview, start: int) -> tuple[int, int]:
    """The number that starts at `start`, from 0 to 2^64 - 1, and where the next field begins.

    Raises:
        ValueError: the data ends within it, or it has more than ten bytes.
    """
    value = shift = 0
    for place in range(start, min(start + _MOST_BYTES, len(data))):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (1 << 64) - 1, place + 1
        shift += 7
    raise ValueError(f"a number at byte {start} is cut off or too long")


def signed(value: int) -> int:
    """A varint as the signed number of 32 bits that it stands for."""
    low = value & 0xFFFFFFFF
    return low - (1 << 32) if low >= 1 << 31 else low


def read_fields(data: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """Fields of a message in their order: number, kind, and the value, a number or a view of its bytes.

    Raises:
        ValueError: a field runs past the end, or its kind or number does not exist.
    """
    place, end = 0, len(data)
    while place < end:
        key, place = read_varint(data, place)
        number, kind = key >> 3, key & 7
        if not 0 < number < 1 << 29:
            raise ValueError(f"field number {number} before byte {place} does not exist")
        if kind == VARINT:
            value, place = read_varint(data, place)
            yield number, kind, value
            continue
        if kind == BYTES:
            length, place = read_varint(data, place)
        elif kind in _WIDTHS:
            length = _WIDTHS[kind]
        else:
            raise ValueError(f"field {number} before byte {place} is of the kind {kind}, which is not read")
        if length > end - place:
            raise ValueError(f"field {number} claims {length} bytes at byte {place} of {end}")
        yield number, kind, data[place : place + length]
        place += length


def as_float(value: memoryview) -> float:
    """The number in four bytes."""
    return struct.unpack("<f", value)[0]  # type: ignore[no-any-return]


__all__ = ["BYTES", "FIXED32", "FIXED64", "VARINT", "as_float", "read_fields", "read_varint", "signed"]
