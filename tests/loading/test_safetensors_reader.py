"""Headers of safetensors files: good ones read, every kind of bad one refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transformers.loading.arrays import as_framework
from transformers.loading.checkpoint import open_file
from transformers.loading.safetensors_reader import FormatError, SafetensorsFile

from .files import FLOATS, entry, safetensors


def test_safetensors_reads_what_the_format_library_writes(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    arrays = {
        "b": FLOATS,
        "a": np.array([[True], [False]]),
        "empty": np.zeros((0, 4), np.float16),
        "n": np.int64(7),
    }
    save_file(
        {name: np.asarray(array) for name, array in arrays.items()},
        tmp_path / "m.safetensors",
        {"format": "np"},
    )
    file = SafetensorsFile(tmp_path / "m.safetensors")
    assert sorted(file) == sorted(arrays)
    assert len(file) == 4
    assert file.metadata == {"format": "np"}
    assert (file.info("b").dtype, file.info("b").shape) == ("float32", (2, 3))
    for name, array in arrays.items():
        assert "b" in file
        np.testing.assert_array_equal(file.get(name), array)
        assert file.get(name).shape == np.shape(array)


def test_safetensors_views_share_the_mapping(tmp_path: Path) -> None:
    path = safetensors(tmp_path / "m.safetensors", {"w": entry("F32", [2, 3], 0, 24)}, FLOATS.tobytes())
    file = SafetensorsFile(path)
    first = file.get("w")
    assert np.shares_memory(first, file.get("w"))
    first[:] = 0  # private: the file stays as it is
    assert path.read_bytes().endswith(FLOATS.tobytes())


def test_safetensors_unknown_name(tmp_path: Path) -> None:
    path = safetensors(tmp_path / "m.safetensors", {"w": entry("F32", [2, 3], 0, 24)}, FLOATS.tobytes())
    with pytest.raises(KeyError, match="has no tensor 'v'"):
        SafetensorsFile(path).get("v")


def test_unknown_framework() -> None:
    with pytest.raises(ValueError, match="framework must be one of pt, np, jax, tf"):
        as_framework(FLOATS, "caffe")


@pytest.mark.parametrize(
    ("header", "data", "message"),
    [
        (b"{", b"", "header that is not a JSON object"),
        (b"[1]", b"", "header that is not a JSON object"),
        (b"{" * 100_000, b"", "header that is not a JSON object"),
        ({"__metadata__": {"a": 1}}, b"", "metadata that is not text"),
        ({"__metadata__": [1]}, b"", "metadata that is not text"),
        ({"w": 3}, b"", "entry of 'w' is damaged"),
        ({"w": entry("F33", [1], 0, 4)}, b"1234", "entry of 'w' is damaged or of an unknown type"),
        ({"w": {"dtype": "F32", "shape": [1]}}, b"1234", "entry of 'w' is damaged"),
        ({"w": entry("F32", [1], 0, 4) | {"data_offsets": [0]}}, b"1234", "entry of 'w' is damaged"),
        ({"w": entry("F32", [-1], 0, 4)}, b"1234", "must be integers from 0"),
        ({"w": entry("F32", [True], 0, 4)}, b"1234", "must be integers from 0"),
        ({"w": entry("F32", [1.0], 0, 4)}, b"1234", "must be integers from 0"),
        ({"w": entry("F32", "ab", 0, 4)}, b"1234", "must be integers from 0"),  # type: ignore[arg-type]
        ({"w": entry("F32", [2], 0, 4)}, b"1234", "does not fit bytes 0 to 4"),
        ({"w": entry("F32", [2], 0, 8)}, b"1234", "does not fit bytes 0 to 8 of 4"),
        ({"w": entry("F32", [2**40, 2**40], 0, 8)}, b"12345678", "does not fit"),
        ({"w": entry("F32", [2**62, 4], 0, 8)}, b"12345678", "does not fit"),
        ({"w": entry("F32", [1] * 40, 0, 4)}, b"1234", "does not fit"),
        ({"w": entry("F32", [1], 4, 0)}, b"1234", "does not fit"),
        ({"v": entry("F32", [1], 0, 4), "w": entry("F32", [1], 0, 4)}, b"1234", "overlaps another tensor"),
        ({"v": entry("F32", [1], 0, 4), "w": entry("F32", [1], 2, 6)}, b"123456", "overlaps another tensor"),
        ({"w": entry("F32", [1], 4, 8)}, b"12345678", "leaves a gap"),
        ({"w": entry("F32", [1], 0, 4)}, b"12345678", "4 bytes that belong to no tensor"),
    ],
)
def test_safetensors_bad_header_is_refused(header: Any, data: bytes, message: str, tmp_path: Path) -> None:
    path = safetensors(tmp_path / "m.safetensors", header, data)
    with pytest.raises(FormatError, match=message) as caught:
        SafetensorsFile(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("length", [2**63, 2**40, 17 * 2**20, 100])
def test_safetensors_enormous_header_is_refused(length: int, tmp_path: Path) -> None:
    path = safetensors(tmp_path / "m.safetensors", {}, length=length)
    with pytest.raises(FormatError, match=f"header of {length} bytes"):
        SafetensorsFile(path)


def test_safetensors_header_limit_holds_in_a_large_file(tmp_path: Path) -> None:
    path = safetensors(tmp_path / "m.safetensors", {}, length=17 * 2**20)
    with open(path, "r+b") as file:
        file.truncate(2**28)  # sparse
    with pytest.raises(FormatError, match="header of 17825792 bytes"):
        SafetensorsFile(path)


@pytest.mark.parametrize("contents", [b"", b"1234567", b"\0" * 8])
def test_safetensors_cut_off_file_is_refused(contents: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes(contents)
    with pytest.raises(FormatError, match=r"is empty|cut off|not a JSON object"):
        SafetensorsFile(tmp_path / "m.safetensors")


def test_fifo_device_and_folder_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    (tmp_path / "folder.safetensors").mkdir()
    for path in (tmp_path / "pipe.safetensors", tmp_path / "folder.safetensors", Path("/dev/zero")):
        with pytest.raises(FormatError, match="must be a regular file"):
            open_file(path)
        with pytest.raises(FormatError, match="must be a regular file"):
            SafetensorsFile(path)
