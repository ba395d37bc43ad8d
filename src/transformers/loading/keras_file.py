"""`tf_model.h5`: weights that Keras wrote into an HDF5 file, read without Keras.

Only plain datasets inside the file are read. What HDF5 could fetch from elsewhere (links to other files,
external storage, virtual datasets) or unpack without bound (compressed and chunked data) is refused by name.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from typing import Any

from ..utils.optional import require
from .arrays import ITEMSIZE, TensorInfo, as_framework, to_numpy, to_torch
from .safetensors_reader import FormatError, MappedFile

SIGNATURE = b"\x89HDF\r\n\x1a\n"
DEEPEST = 64  # groups inside each other
LONGEST = 1024  # characters of a name
_NAMES = ("weight_names", "weight_names0")  # attributes of a layer's group; the second where there are many


class KerasFile(MappedFile):
    """The weights of an HDF5 file by their names in it, such as "tf_bert_model/bert/pooler/dense/kernel:0".

    Each dataset must lie in the file in one piece; it is read from there as a mapping.

    Raises:
        FormatError: no such file, a damaged one, or one that leads outside of itself.
        ImportError: h5py is not installed.
    """

    foreign = "tf"

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        if self._data[:8] != SIGNATURE:
            raise FormatError(f"{self.path} is no HDF5 file")
        require("h5py", f"reading {self.path.name}")
        self._h5: Any = importlib.import_module("h5py")
        self._places: dict[str, int] = {}
        self.whole_names = True  # they begin with the model's name; those of a sharded checkpoint do not
        self._seen: set[int] = set()
        try:
            with self._h5.File(self.path, "r", locking=False) as file:
                for name, item in self._items(file, ""):
                    self._read_layer(name, item)
        except FormatError:
            raise
        except (OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError) as error:
            raise FormatError(f"{self.path} is damaged: {error}") from error

    def _items(self, group: Any, where: str) -> Iterator[tuple[str, Any]]:
        """Names and contents of a group, which are in this file."""
        for name in group:
            if not isinstance(name, str) or len(where) + len(name) > LONGEST:
                raise FormatError(f"{self.path} has a name of more than {LONGEST} characters, or none")
            link = type(group.get(name, getlink=True)).__name__
            if link != "HardLink":
                raise FormatError(f"{self.path}: {where + name!r} is a {link}, which is not followed")
            yield name, group[name]

    def _read_layer(self, name: str, item: Any) -> None:
        """A layer's group, whose name is no part of the weights'; without a list of them it is one."""
        listed = isinstance(item, self._h5.Group) and any(key in item.attrs for key in _NAMES)
        self.whole_names = self.whole_names and listed
        self._read(item, "" if listed else name, 1)

    def _read(self, item: Any, where: str, depth: int) -> None:
        if isinstance(item, self._h5.Dataset):
            self._add(where, item)
            return
        if not isinstance(item, self._h5.Group):
            raise FormatError(f"{self.path}: {where!r} is neither a group nor a dataset")
        address = self._h5.h5o.get_info(item.id).addr
        if address in self._seen or depth > DEEPEST:
            raise FormatError(f"{self.path}: the group {where!r} is there twice, or more than {DEEPEST} deep")
        self._seen.add(address)
        start = f"{where}/" if where else ""
        for name, inner in self._items(item, start):
            self._read(inner, start + name, depth + 1)

    def _add(self, name: str, item: Any) -> None:
        """Note where a dataset's numbers lie."""
        dtype = item.dtype
        if dtype.kind not in "fiub" or dtype.newbyteorder("<") != dtype or dtype.name not in ITEMSIZE:
            raise FormatError(f"{self.path}: {name!r} is of the type {dtype}, which no weight has")
        if item.is_virtual or item.external is not None:
            raise FormatError(
                f"{self.path}: the numbers of {name!r} are in another file, which is not opened"
            )
        if item.chunks is not None or item.compression is not None:
            raise FormatError(f"{self.path}: {name!r} is in pieces or compressed; Keras writes neither")
        info = TensorInfo(dtype.name, tuple(int(size) for size in item.shape or ()))
        start = item.id.get_offset()
        if info.nbytes and (
            start is None
            or item.id.get_storage_size() != info.nbytes
            or not 0 < start <= len(self._data) - info.nbytes
        ):
            raise FormatError(f"{self.path} does not hold the {info.nbytes} bytes of {name!r}")
        if name not in self._infos:  # weights that layers share are there for each of them
            self._infos[name], self._places[name] = info, int(start or 0)

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor as an array of `framework`; torch and NumPy get views of the mapped file."""
        info = self.info(name)
        raw = self._raw(self._places[name], info.nbytes)
        if framework == "pt":
            return to_torch(raw, info.dtype).reshape(info.shape)
        return as_framework(to_numpy(raw, info.dtype).reshape(info.shape), framework)


__all__ = ["KerasFile"]
