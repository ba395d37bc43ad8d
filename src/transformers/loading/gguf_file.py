"""GGUF files: a model's weights, its settings and its tokenizer in one file, as llama.cpp writes them.

Nothing in the file is believed: every count and length is checked against the file's size before it is used.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import TensorInfo
from .gguf_blocks import FORMATS, Format, dequantized
from .safetensors_reader import FormatError

MAGIC = b"GGUF"
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_DTYPES = {
    0: "u1",
    1: "i1",
    2: "<u2",
    3: "<i2",
    4: "<u4",
    5: "<i4",
    6: "<f4",
    7: "?",
    10: "<u8",
    11: "<i8",
    12: "<f8",
}
_TEXT, _ARRAY = 8, 9


class Place:
    """Where a file is read: values one after another, never beyond its end."""

    def __init__(self, data: mmap.mmap, path: Path) -> None:
        self.data, self.path, self.at = data, path, 0

    def take(self, size: int) -> int:
        """Go `size` bytes on; returns where they begin.

        Raises:
            FormatError: the file ends before.
        """
        start = self.at
        if size < 0 or start + size > len(self.data):
            raise FormatError(f"{self.path} ends at byte {len(self.data)}, and {start + size} were announced")
        self.at = start + size
        return start

    def number(self, code: str) -> Any:
        """One number."""
        return struct.unpack_from("<" + code, self.data, self.take(struct.calcsize("<" + code)))[0]

    def text(self) -> str:
        """A text with its length before it."""
        size = self.number("Q")
        start = self.take(size)
        return self.data[start : start + size].decode("utf-8", errors="replace")

    def value(self, kind: int) -> Any:
        """A value of the metadata."""
        if kind == _TEXT:
            return self.text()
        if kind == _ARRAY:
            inner, count = self.number("I"), self.number("Q")
            if inner == _TEXT:
                if count > len(self.data) // 8:
                    raise FormatError(f"{self.path} announces {count} texts, more than it has room for")
                return [self.text() for _ in range(count)]
            if inner not in _DTYPES:
                raise FormatError(f"{self.path} holds an array of the unknown kind {inner}")
            dtype = np.dtype(_DTYPES[inner])
            start = self.take(count * dtype.itemsize)
            return np.frombuffer(self.data, dtype, count, start).tolist()
        if kind not in _SCALARS:
            raise FormatError(f"{self.path} holds a value of the unknown kind {kind}")
        return self.number(_SCALARS[kind])


class GGUFFile:
    """The tensors of a GGUF file by the names it gives them, and its metadata.

    Raises:
        FormatError: not such a file, of a version that is not known, damaged, or with a number format that is
            not known.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        with open(self.path, "rb") as file:
            if os.fstat(file.fileno()).st_size < 24:
                raise FormatError(f"{self.path} is too short for a GGUF file")
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        place = Place(self._data, self.path)
        if self._data[place.take(4) : 4] != MAGIC:
            raise FormatError(f"{self.path} is no GGUF file")
        version = place.number("I")
        if version not in (2, 3):
            raise FormatError(f"{self.path} is of GGUF version {version}; 2 and 3 can be read")
        tensors, values = place.number("Q"), place.number("Q")
        if tensors + values > len(self._data) // 8:
            raise FormatError(
                f"{self.path} announces {tensors} tensors and {values} values, and has no room for them"
            )
        self.values: dict[str, Any] = {}
        for _ in range(values):
            name = place.text()
            self.values[name] = place.value(place.number("I"))
        self._tensors: dict[str, tuple[Format, tuple[int, ...], int]] = {}
        for _ in range(tensors):
            self._announce(place)
        alignment = self.values.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 0 < alignment <= 1 << 20:
            raise FormatError(f"{self.path} has the impossible alignment {alignment!r}")
        self._start = -(-place.at // alignment) * alignment
        for name in self._tensors:
            self._bytes(name)
        self.metadata: dict[str, str] = {}

    def _announce(self, place: Place) -> None:
        name, axes = place.text(), place.number("I")
        if not 0 < axes <= 4 or name in self._tensors:
            raise FormatError(f"{self.path}: the tensor {name!r} has {axes} axes, or is there twice")
        shape = tuple(place.number("Q") for _ in range(axes))[::-1]
        kind, offset = place.number("I"), place.number("Q")
        if kind not in FORMATS:
            known = ", ".join(entry.name for entry in FORMATS.values())
            raise FormatError(f"{self.path}: {name!r} is in the number format {kind}; known are {known}")
        if shape[-1] % FORMATS[kind].values:
            raise FormatError(f"{self.path}: {name!r} of shape {shape} does not divide into blocks")
        self._tensors[name] = FORMATS[kind], shape, offset

    def _bytes(self, name: str) -> tuple[int, int]:
        """Where a tensor begins, and how many bytes it has."""
        kind, shape, offset = self._tensors[name]
        size = kind.size
        for axis in shape:
            size *= axis
        size //= kind.values
        start = self._start + offset
        if start + size > len(self._data):
            raise FormatError(f"{self.path} ends at byte {len(self._data)}, before {name!r} does")
        return start, size

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def shape(self, name: str) -> tuple[int, ...]:
        """A tensor's shape, the slowest axis first."""
        return self._tensors[name][1]

    def info(self, name: str) -> TensorInfo:
        """Number type, once made whole, and shape."""
        if name not in self._tensors:
            raise KeyError(f"{self.path} holds no tensor {name!r}")
        kind, shape, _ = self._tensors[name]
        return TensorInfo(kind.dtype, shape)

    def blocks(self, name: str) -> tuple[Any, int] | None:
        """A matrix as it lies in the file, (rows, bytes of a row), and the number of its format.

        None for what is no matrix, or is stored as plain numbers.
        """
        kind, shape, _ = self._tensors[name]
        if kind.unpack is None or kind.values == 1 or len(shape) != 2:
            return None
        start, size = self._bytes(name)
        number = next(key for key, entry in FORMATS.items() if entry is kind)
        return np.frombuffer(self._data, np.uint8, size, start).reshape(shape[0], -1), number

    def array(self, name: str) -> Any:
        """A tensor made whole."""
        kind, shape, _ = self._tensors[name]
        start, size = self._bytes(name)
        data = np.frombuffer(self._data, np.uint8, size, start)
        return dequantized(data, kind).reshape(shape)


__all__ = ["GGUFFile", "MAGIC"]
