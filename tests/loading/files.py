"""Small weight files, good and bad, made byte by byte."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

FLOATS = np.arange(6, dtype=np.float32).reshape(2, 3) / 7


def entry(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def safetensors(path: Path, header: Any, data: bytes = b"", length: int | None = None) -> Path:
    """A file with exactly this header; `length` lies about the header's size."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)
    return path


def unicode(text: str) -> bytes:
    raw = text.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def tensor_pickle(
    size: tuple[int, ...] = (2, 3),
    stride: tuple[int, ...] = (3, 1),
    offset: int = 0,
    numel: int = 6,
    key: str = "0",
    storage: str = "FloatStorage",
) -> bytes:
    """The pickle of {"w": tensor}, as torch.save writes it."""

    def integers(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(integer(value) for value in values) + b"t"

    def integer(value: int) -> bytes:
        raw = value.to_bytes(16, "little", signed=True)
        return b"\x8a\x10" + raw

    identity = b"(" + unicode("storage") + f"ctorch\n{storage}\n".encode() + unicode(key) + unicode("cpu")
    identity += integer(numel) + b"tQ"
    hooks = b"ccollections\nOrderedDict\n)R"
    arguments = b"(" + identity + integer(offset) + integers(size) + integers(stride) + b"\x89" + hooks + b"t"
    return b"\x80\x02}" + unicode("w") + b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"Rs."


def archive(
    path: Path,
    pickle: bytes,
    data: bytes | None = None,
    compression: int = zipfile.ZIP_STORED,
    **members: bytes,
) -> Path:
    """A zip archive of the shape torch.save writes."""
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr("archive/data.pkl", pickle)
        file.writestr("archive/data/0", FLOATS.tobytes() if data is None else data)
        for name, contents in members.items():
            file.writestr(f"archive/{name}", contents)
        file.writestr("archive/version", b"3\n")
    return path
