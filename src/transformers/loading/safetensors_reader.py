"""One `.safetensors` file: its header checked in full, its tensors as views of the mapped file."""

from __future__ import annotations

import json
import math
import mmap
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .arrays import CODES, TensorInfo, as_framework, to_numpy, to_torch

LARGEST_HEADER = 16 * 2**20
_LARGEST_EXTENT = 2**62


class FormatError(OSError, ValueError):
    """A weight file that breaks the rules of its format; the message names the file and the rule."""


def map_file(path: Path) -> mmap.mmap:
    """A private, writable mapping of a whole file: changes stay in memory, the file is never touched.

    Raises:
        FormatError: not a regular file, or empty.
    """
    info = path.stat()
    if not stat.S_ISREG(info.st_mode):
        raise FormatError(f"{path} must be a regular file")
    if info.st_size == 0:
        raise FormatError(f"{path} is empty")
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


class MappedFile:
    """Tensors at known places of a mapped file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.metadata: dict[str, str] = {}
        self._infos: dict[str, TensorInfo] = {}
        self._data = map_file(self.path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._infos)

    def __len__(self) -> int:
        return len(self._infos)

    def __contains__(self, name: object) -> bool:
        return name in self._infos

    def info(self, name: str) -> TensorInfo:
        """Number type and shape of a tensor, known without reading it."""
        try:
            return self._infos[name]
        except KeyError:
            raise KeyError(f"{self.path} has no tensor {name!r}") from None

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor as an array of `framework`.

        Raises:
            NotImplementedError: the kind of file does not say how.
        """
        raise NotImplementedError(f"{type(self).__name__} reads no tensors")

    def _raw(self, start: int, size: int) -> Any:
        """Bytes of the file as a flat uint8 array that keeps the mapping alive."""
        import numpy as np

        return np.frombuffer(self._data, np.uint8, size, start) if size else np.empty(0, np.uint8)


class SafetensorsFile(MappedFile):
    """A safetensors file.

    Raises:
        FormatError: truncated, overlapping or enormous headers, unknown types, shapes that do not go with the
            bytes.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        size = len(self._data)
        length = int.from_bytes(self._data[:8], "little")
        if size < 8 or length > min(size - 8, LARGEST_HEADER):
            raise FormatError(
                f"{self.path} is no safetensors file, or is cut off: header of {length} bytes in {size}"
            )
        self._start = 8 + length
        self._offsets: dict[str, int] = {}
        try:
            header = json.loads(self._data[8 : self._start].decode("utf-8"), object_pairs_hook=_unique)
            entries = dict(header)
        except (ValueError, TypeError, RecursionError) as error:
            raise FormatError(f"{self.path} has a header that is not a JSON object: {error}") from error
        metadata = entries.pop("__metadata__", None) or {}
        if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
            raise FormatError(f"{self.path} has metadata that is not text")
        self.metadata = metadata
        self._read_entries(entries, size - self._start)

    def _read_entries(self, entries: dict[str, Any], room: int) -> None:
        spans = []
        for name, entry in entries.items():
            try:
                code, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
                dtype, width = CODES[code]
            except (KeyError, TypeError, ValueError) as error:
                raise FormatError(
                    f"{self.path}: the entry of {name!r} is damaged or of an unknown type: {error}"
                ) from error
            if not isinstance(shape, list) or not all(_is_size(number) for number in (*shape, begin, end)):
                raise FormatError(f"{self.path}: shape and offsets of {name!r} must be integers from 0")
            if len(shape) > 32 or math.prod(shape) * width != end - begin or end > room:
                raise FormatError(
                    f"{self.path}: {name!r} of shape {shape} and type {code} does not fit bytes {begin} to "
                    f"{end} of {room}"
                )
            spans.append((begin, end, name))
            self._infos[name] = TensorInfo(dtype, tuple(shape))
            self._offsets[name] = self._start + begin
        reached = 0
        for begin, end, name in sorted(spans):
            if begin != reached:
                raise FormatError(
                    f"{self.path}: {name!r} overlaps another tensor or leaves a gap, at byte {begin}"
                )
            reached = end
        if reached != room:
            raise FormatError(f"{self.path} has {room - reached} bytes that belong to no tensor")

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor as an array of `framework` ("pt", "np", "jax", "tf"); torch and NumPy get views of the
        mapped file."""
        info = self.info(name)
        raw = self._raw(self._offsets[name], info.nbytes)
        if framework == "pt":
            return to_torch(raw, info.dtype).reshape(info.shape)
        return as_framework(to_numpy(raw, info.dtype).reshape(info.shape), framework)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys differ: of two entries for one tensor, readers would take one or the other."""
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a name is given twice")
    return table


def _is_size(number: Any) -> bool:
    return type(number) is int and 0 <= number <= _LARGEST_EXTENT


__all__ = ["FormatError", "LARGEST_HEADER", "MappedFile", "SafetensorsFile", "map_file"]
