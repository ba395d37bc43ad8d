"""`flax_model.msgpack`: a tree of arrays as Flax writes it, read without Flax.

An array is an extension of MessagePack that holds its shape, type and bytes; arrays of more than a gigabyte
come in pieces.
"""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..utils.optional import require
from .arrays import ITEMSIZE, TensorInfo, as_framework, to_numpy
from .safetensors_reader import FormatError, map_file

if TYPE_CHECKING:
    import numpy as np

ARRAY, SCALAR = 1, 3  # kinds of extensions
CHUNKED = "__msgpack_chunked_array__"
MOST_AXES, DEEPEST, LONGEST, MOST_NAMES = 32, 64, 1024, 2**16


class FlaxFile:
    """The arrays of such a file by their paths, "bert/pooler/dense/kernel"; satisfies `Checkpoint`.

    Raises:
        FormatError: the file is damaged, or holds anything but dicts of arrays.
        ImportError: msgpack is not installed.
    """

    foreign = "flax"

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.metadata: dict[str, str] = {}
        require("msgpack", f"reading {self.path.name}")
        self._arrays: dict[str, tuple[TensorInfo, list[memoryview]]] = {}
        tree = self._unpacked(map_file(self.path))
        if not isinstance(tree, dict):
            raise FormatError(f"{self.path} must hold a dict of arrays, not a {type(tree).__name__}")
        self._walk(tree, "", 1)

    def _unpacked(self, data: Any) -> Any:
        """The tree, its arrays as (type, shape) and bytes."""
        msgpack: Any = importlib.import_module("msgpack")
        try:
            return msgpack.unpackb(
                data,
                ext_hook=self._array,
                max_str_len=LONGEST,
                max_bin_len=0,
                max_array_len=0,
                max_map_len=MOST_NAMES,
                max_ext_len=len(data),
            )
        except FormatError:
            raise
        except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
            raise FormatError(f"{self.path} is damaged, or no file of Flax: {error}") from error

    def _array(self, kind: int, data: bytes) -> tuple[TensorInfo, list[memoryview]]:
        """One array.

        Raises:
            FormatError: another extension, or shape, type and bytes do not fit.
        """
        msgpack: Any = importlib.import_module("msgpack")
        if kind not in (ARRAY, SCALAR):
            raise FormatError(f"{self.path} holds an extension of kind {kind}, which is no array")
        shape, dtype, raw = msgpack.unpackb(
            data,
            max_array_len=MOST_AXES,
            max_str_len=LONGEST,
            max_bin_len=len(data),
            max_map_len=0,
            max_ext_len=0,
        )
        if not isinstance(shape, list) or not all(type(size) is int and 0 <= size < 2**62 for size in shape):
            raise FormatError(
                f"{self.path}: the shape of an array must be integers from 0, got {str(shape)[:80]}"
            )
        if dtype not in ITEMSIZE or not isinstance(raw, bytes):
            raise FormatError(
                f"{self.path} holds an array of the type {str(dtype)[:80]!r}, which no weight has"
            )
        info = TensorInfo(dtype, tuple(shape))
        if info.nbytes != len(raw):
            raise FormatError(f"{self.path}: an array of shape {shape} and type {dtype} has {len(raw)} bytes")
        return info, [memoryview(raw)]

    def _walk(self, branch: dict[Any, Any], prefix: str, depth: int) -> None:
        """Note the arrays of a branch."""
        for key, value in branch.items():
            name = f"{prefix}{key}"
            if not isinstance(key, str) or len(name) > LONGEST or depth > DEEPEST:
                raise FormatError(f"{self.path}: {name[:80]!r} is no name of a weight, or too deep")
            if isinstance(value, dict) and CHUNKED in value:
                value = self._joined(value, name)
            if isinstance(value, dict):
                self._walk(value, f"{name}/", depth + 1)
            elif isinstance(value, tuple):
                self._arrays[name] = value
            else:
                raise FormatError(f"{self.path}: {name!r} must be an array, not a {type(value).__name__}")

    def _joined(self, value: dict[str, Any], name: str) -> tuple[TensorInfo, list[memoryview]]:
        """An array that is stored in pieces."""
        sizes, pieces = value.get("shape"), value.get("chunks")
        if (
            not isinstance(sizes, dict)
            or not isinstance(pieces, dict)
            or not pieces
            or len(sizes) > MOST_AXES
        ):
            raise FormatError(f"{self.path}: {name!r} is in pieces, and lacks them or its shape")
        shape = [sizes.get(str(axis)) for axis in range(len(sizes))]
        parts = [pieces.get(str(place)) for place in range(len(pieces))]
        if not all(type(size) is int and 0 <= size < 2**62 for size in shape):
            raise FormatError(f"{self.path}: the shape of {name!r} must be integers from 0")
        if not all(isinstance(part, tuple) for part in parts):
            raise FormatError(f"{self.path}: a piece of {name!r} is missing, or no array")
        found: list[tuple[TensorInfo, list[memoryview]]] = parts  # type: ignore[assignment]
        info = TensorInfo(found[0][0].dtype, tuple(size for size in shape if size is not None))
        fit = all(part.dtype == info.dtype for part, _ in found)
        if not fit or sum(part.nbytes for part, _ in found) != info.nbytes:
            raise FormatError(f"{self.path}: the pieces of {name!r} do not make up an array of shape {shape}")
        return info, [raw for _, raws in found for raw in raws]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __contains__(self, name: object) -> bool:
        return name in self._arrays

    def info(self, name: str) -> TensorInfo:
        """Number type and shape of an array.

        Raises:
            KeyError: no array of that name.
        """
        if name not in self._arrays:
            raise KeyError(f"{self.path} has no array {name!r}")
        return self._arrays[name][0]

    def get(self, name: str, framework: str = "np") -> Any:
        """An array of `framework`, a copy."""
        import numpy as np

        info = self.info(name)
        raw: np.ndarray[Any, Any] = np.empty(math.prod(info.shape) * ITEMSIZE[info.dtype], np.uint8)
        at = 0
        for part in self._arrays[name][1]:
            raw[at : at + len(part)] = np.frombuffer(part, np.uint8)
            at += len(part)
        return as_framework(to_numpy(raw, info.dtype).reshape(info.shape), framework)


__all__ = ["FlaxFile"]
