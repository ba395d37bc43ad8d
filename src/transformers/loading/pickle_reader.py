"""`pytorch_model.bin`: zip archives and older streams of tensors, read without PyTorch and without its
unpickler."""

from __future__ import annotations

import io
import json
import math
import os
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from . import pickle_torchao
from .arrays import CODES, ITEMSIZE, TensorInfo, as_framework, to_numpy, to_torch
from .pickle_machine import LARGEST_PICKLE, PickleMachine, UnsafePickleError
from .pickle_parts import DType as _DType
from .pickle_parts import Storage as _Storage
from .pickle_parts import View as _Tensor
from .safetensors_reader import FormatError, MappedFile

_MAGIC = 0x1950A86A20F9469CFC6C
_STREAM_VERSION = 1001
_SMALL_VIEW = 2**24  # elements; a view that repeats elements may be this large whatever it repeats
_STORAGES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "UntypedStorage": "uint8",
}
_OTHER_NAMES = {"double": "float64", "float": "float32", "half": "float16", "long": "int64", "int": "int32"}


class _Kind:
    """A class named as an argument, such as torch.Tensor."""


def _rebuild_tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise TypeError("a tensor without a storage")
    return _Tensor(storage, storage.dtype, offset, size, stride)


def _rebuild_tensor_v3(
    storage: Any, offset: Any, size: Any, stride: Any, grad: Any, hooks: Any, dtype: Any, *_: Any
) -> _Tensor:
    if not isinstance(storage, _Storage) or not isinstance(dtype, _DType):
        raise TypeError("a tensor without a storage or type")
    return _Tensor(storage, dtype.name, offset, size, stride)


def _first(data: Any, *_: Any) -> Any:
    return data


def _ordered(items: Any = ()) -> dict[Any, Any]:
    return {pair[0]: pair[1] for pair in items if len(pair) == 2 and isinstance(pair[0], str)}


def _size(values: Any = ()) -> tuple[Any, ...]:
    return tuple(values)


GLOBALS: dict[str, Any] = {
    **pickle_torchao.GLOBALS,
    "collections.OrderedDict": _ordered,
    "torch.Size": _size,
    "torch.Tensor": _Kind,
    "torch.nn.parameter.Parameter": _Kind,
    "torch._utils._rebuild_tensor": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": _rebuild_tensor_v3,
    "torch._utils._rebuild_parameter": _first,
    "torch._utils._rebuild_parameter_with_state": _first,
    "torch.storage.UntypedStorage": _DType("uint8"),
    **{f"torch.{name}": _DType(dtype) for name, dtype in _STORAGES.items()},
    **{f"torch.cuda.{name}": _DType(dtype) for name, dtype in _STORAGES.items()},
    **{f"torch.{dtype}": _DType(dtype) for dtype, _ in CODES.values()},
    **{f"torch.{name}": _DType(dtype) for name, dtype in _OTHER_NAMES.items()},
}


class PickledFile(MappedFile):
    """A file written by `torch.save` that holds a dict of tensors.

    Tensors that share a storage in the file share memory when read into PyTorch or NumPy.

    Raises:
        FormatError: the file asks for anything but tensors (the message names it), is damaged, compressed, or
            describes tensors that its bytes cannot hold.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self.pieces: dict[str, list[str]] = {}  # name of a tensor that was taken apart -> those of its parts
        self._places: dict[str, int] = {}  # key of a storage -> first byte
        self._tensors: dict[str, _Tensor] = {}
        try:
            zipped = self._data[:4] == b"PK\x03\x04"
            described = self._read_zip() if zipped else self._read_stream()
            if isinstance(described, dict) and isinstance(described.get("state_dict"), dict):
                described = described["state_dict"]
            if not isinstance(described, dict):
                raise FormatError(f"it must hold a dict of tensors, got a {type(described).__name__}")
            self._take(described)
        except (ValueError, RuntimeError, EOFError, zipfile.BadZipFile, struct.error) as error:
            raise FormatError(
                f"{self.path} cannot be read as weights; nothing in it was run: {error}"
            ) from error

    def _machine(self, storage: Callable[[Any], Any]) -> PickleMachine:
        """What reads the description of the tensors."""
        return PickleMachine(GLOBALS, storage)

    def _take(self, described: dict[str, Any]) -> None:
        """Note the tensors of the description."""
        for name, tensor in described.items():
            if isinstance(tensor, pickle_torchao.Wrapper) and isinstance(name, str):
                self._add_parts(name, tensor)
            else:
                self._add(name, tensor)

    def _add_parts(self, name: str, tensor: pickle_torchao.Wrapper) -> None:
        """Note the tensors that one of a class of its own is made of, and what they are in the metadata."""
        about, parts = pickle_torchao.apart(tensor)
        path, _, own = name.rpartition(".")
        self.pieces[name] = [f"{path}._{own}_{part}".lstrip(".") for part in parts]
        for piece, view in zip(self.pieces[name], parts.values(), strict=True):
            self._add(piece, view)
        self.metadata[name] = json.dumps(about)

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor as an array of `framework` ("pt", "np", "jax", "tf"); torch and NumPy get views of the
        mapped file."""
        info, tensor = self.info(name), self._tensors[name]
        width = ITEMSIZE[info.dtype]
        storage: _Storage = tensor.storage
        raw = self._raw(self._places[storage.key], storage.numel * ITEMSIZE[storage.dtype])
        raw = raw[: raw.size // width * width]
        if framework == "pt":
            return to_torch(raw, info.dtype).as_strided(info.shape, tensor.stride, tensor.offset)
        import numpy as np

        flat = to_numpy(raw, info.dtype)[tensor.offset :]
        strides = [step * flat.itemsize for step in tensor.stride]
        if 0 in info.shape:
            return as_framework(np.empty(info.shape, flat.dtype), framework)
        return as_framework(np.lib.stride_tricks.as_strided(flat, info.shape, strides), framework)

    def _read_zip(self) -> Any:
        with zipfile.ZipFile(self.path) as archive:
            members = {}
            for member in archive.infolist():
                _, _, rest = member.filename.partition("/")
                members[rest] = member
            if "data.pkl" not in members:
                raise FormatError("a zip archive without data.pkl")
            if any(
                m.compress_type != zipfile.ZIP_STORED or m.file_size != m.compress_size
                for m in members.values()
            ):
                raise FormatError("a compressed archive, which torch.save never writes")
            if members["data.pkl"].file_size > LARGEST_PICKLE:
                raise FormatError("the description of the tensors is larger than that of any model")
            if "byteorder" in members and archive.read(members["byteorder"]).strip() != b"little":
                raise FormatError("written on a big-endian machine: save it as safetensors there")
            description = archive.read(members["data.pkl"])
        sizes: dict[str, int] = {}

        def storage(kind: Any) -> _Storage:
            found = _storage_of(kind)
            if found.key not in sizes:
                name = f"data/{found.key}"
                if PurePosixPath(found.key).name != found.key or name not in members:
                    raise FormatError(f"it has no storage {found.key!r}")
                sizes[found.key] = members[name].file_size
                self._places[found.key] = self._start_of(members[name])
            if found.numel * ITEMSIZE[found.dtype] > sizes[found.key]:
                raise FormatError(
                    f"storage {found.key!r} has {sizes[found.key]} bytes, too few for {found.numel} elements"
                )
            return found

        return self._machine(storage).load(io.BytesIO(description))

    def _start_of(self, member: zipfile.ZipInfo) -> int:
        """First byte of a stored member, from its local header."""
        at = member.header_offset
        if self._data[at : at + 4] != b"PK\x03\x04":
            raise FormatError(f"{member.filename!r} does not begin where the archive says")
        name_length, extra_length = struct.unpack("<HH", self._data[at + 26 : at + 30])
        start = at + 30 + int(name_length) + int(extra_length)
        if start + member.file_size > len(self._data):
            raise FormatError(f"{member.filename!r} ends after the file")
        return start

    def _read_stream(self) -> Any:
        """The format before zip archives: several pickles, then the storages one after another."""
        stream: Any = self._data
        stream.seek(0)
        declared: dict[str, _Storage] = {}

        def storage(kind: Any) -> _Storage:
            found = _storage_of(kind)
            if declared.setdefault(found.key, found) != found:
                raise FormatError(f"storage {found.key!r} is described in two ways")
            if found.numel * ITEMSIZE[found.dtype] > len(self._data):
                raise FormatError(f"storage {found.key!r} of {found.numel} elements is larger than the file")
            return found

        def none(kind: Any) -> Any:
            raise UnsafePickleError("a storage where there is none")

        plain: Callable[[], Any] = lambda: PickleMachine({}, none).load(stream)  # noqa: E731
        if plain() != _MAGIC or plain() != _STREAM_VERSION:
            raise FormatError("it is neither a zip archive nor a stream written by torch.save")
        system = plain()
        if not isinstance(system, dict) or not system.get("little_endian", sys.byteorder == "little"):
            raise FormatError("written on a big-endian machine: save it as safetensors there")
        described = self._machine(storage).load(stream)
        keys = plain()
        if not isinstance(keys, list):
            raise FormatError("it has no list of storages")
        for key in keys:
            head = stream.read(8)
            wanted = declared.get(str(key))
            if len(head) < 8 or wanted is None or struct.unpack("<q", head)[0] != wanted.numel:
                raise FormatError(f"storage {key!r} is not what the tensors say")
            self._places[wanted.key] = stream.tell()
            end = stream.tell() + wanted.numel * ITEMSIZE[wanted.dtype]
            if end > len(self._data):
                raise FormatError(f"storage {key!r} ends after the file")
            stream.seek(end)
        if missing := declared.keys() - self._places.keys():
            raise FormatError(f"storage {min(missing)!r} is missing")
        return described

    def _add(self, name: Any, tensor: Any) -> None:
        if name == "_metadata" and isinstance(tensor, dict):
            return
        if not isinstance(name, str) or not isinstance(tensor, _Tensor):
            raise FormatError(f"entry {str(name)[:200]!r} must be a tensor, got a {type(tensor).__name__}")
        size, stride, offset = tensor.size, tensor.stride, tensor.offset
        if not (isinstance(size, tuple) and isinstance(stride, tuple) and len(size) == len(stride) <= 32):
            raise FormatError(f"{name!r} has a size and strides that do not go together")
        if not all(type(number) is int and 0 <= number < 2**62 for number in (*size, *stride, offset)):
            raise FormatError(f"{name!r} has a size, stride or offset that is not an integer from 0")
        storage: _Storage = tensor.storage
        elements = storage.numel * ITEMSIZE[storage.dtype] // ITEMSIZE[tensor.dtype]
        last = offset + sum((count - 1) * step for count, step in zip(size, stride, strict=True))
        if 0 not in size and last >= elements:
            raise FormatError(f"{name!r} reaches element {last} of a storage of {elements}")
        if math.prod(size) > max(elements, _SMALL_VIEW) or offset > elements:
            raise FormatError(
                f"{name!r} of shape {list(size)} repeats a storage of {elements} elements too often"
            )
        self._infos[name] = TensorInfo(tensor.dtype, size)
        self._tensors[name] = tensor


def _storage_of(identity: Any) -> _Storage:
    """The storage that a persistent id describes: ("storage", type, key, device, length)."""
    if not isinstance(identity, tuple) or len(identity) < 5 or identity[0] != "storage":
        raise UnsafePickleError("a persistent id that is no storage")
    kind, key, numel = identity[1], identity[2], identity[4]
    if not isinstance(kind, _DType) or not isinstance(key, str | int) or type(numel) is not int:
        raise UnsafePickleError("a storage without type, key or length")
    if not 0 <= numel < 2**62 or any(view is not None for view in identity[5:]):
        raise UnsafePickleError(f"a storage of {numel} elements, or a view of another one")
    return _Storage(str(key), kind.name, numel)


__all__ = ["GLOBALS", "PickledFile"]
