"""Parsers of files over drawn contents: what was written is read, and what was damaged is refused or read."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from transformers.loading.checkpoint import open_checkpoint
from transformers.loading.gguf_file import GGUFFile
from transformers.loading.keras_file import KerasFile
from transformers.loading.safetensors_reader import FormatError, SafetensorsFile
from transformers.loading.saving import save_checkpoint
from transformers.tokenization.protobuf import read_varint
from transformers.tokenization.tekken import read_tekken

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
TYPES = ["float32", "float16", "int64", "int8", "uint8", "bool"]
TENSORS = st.sampled_from(TYPES).flatmap(
    lambda t: arrays(t, array_shapes(min_dims=0, max_dims=3, max_side=4))
)
NUMBERS = st.integers(0, 2**32 - 1)


def same(one: Any, other: Any) -> None:
    """Equal in type, shape and bits."""
    assert (one.dtype, one.shape) == (other.dtype, other.shape)
    assert one.tobytes() == other.tobytes()


@FEW
@given(tensors=st.dictionaries(NAMES, TENSORS, max_size=4))
def test_safetensors_come_back(tensors: dict[str, Any], tmp_path: Path) -> None:
    codes = {"float32": "F32", "float16": "F16", "int64": "I64", "int8": "I8", "uint8": "U8", "bool": "BOOL"}
    header, data = {}, b""
    for name, value in tensors.items():
        span = [len(data), len(data) + value.nbytes]
        header[name] = {"dtype": codes[value.dtype.name], "shape": list(value.shape), "data_offsets": span}
        data += value.tobytes()
    text = json.dumps(header).encode()
    (tmp_path / "x.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    file = SafetensorsFile(tmp_path / "x.safetensors")
    assert set(file) == set(tensors)
    for name, value in tensors.items():
        same(file.get(name), value)


@FEW
@given(place=st.integers(0, 200), byte=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_read(place: int, byte: int, tmp_path: Path) -> None:
    header = b'{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'
    data = bytearray(struct.pack("<Q", len(header)) + header + bytes(24))
    data[place % len(data)] = byte
    (tmp_path / "x.safetensors").write_bytes(data)
    try:
        file = SafetensorsFile(tmp_path / "x.safetensors")
    except FormatError:
        return
    assert [file.get(name).nbytes for name in file] == [24]


@FEW
@given(
    homes=st.dictionaries(
        st.from_regex(r"[a-z]{1,6}(\.[a-z]{1,4})?", fullmatch=True), st.integers(1, 3), min_size=1
    )
)
def test_index_finds_every_tensor(homes: dict[str, int], tmp_path: Path) -> None:
    table = {}
    for shard in set(homes.values()):
        names = sorted(name for name, home in homes.items() if home == shard)
        spans = {
            name: {"dtype": "U8", "shape": [1], "data_offsets": [at, at + 1]} for at, name in enumerate(names)
        }
        text, file = json.dumps(spans).encode(), f"part-{shard}.safetensors"
        (tmp_path / file).write_bytes(struct.pack("<Q", len(text)) + text + bytes([shard]) * len(names))
        table |= dict.fromkeys(names, file)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": table}))
    checkpoint = open_checkpoint(tmp_path)
    assert {name: int(checkpoint.get(name)[0]) for name in checkpoint} == homes


@FEW
@given(shard=st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
def test_index_never_leads_outside(shard: str, tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    save_checkpoint(folder, {"w": np.ones(3, np.float32)})
    (folder / "model.safetensors").replace(tmp_path / "outside.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"w": shard}}))
    with pytest.raises((FormatError, OSError)):
        open_checkpoint(folder)


def gguf_value(value: Any) -> bytes:
    """A value of the metadata, its kind before it."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<Id", 12, value)
    if isinstance(value, str):
        return struct.pack("<IQ", 8, len(value.encode())) + value.encode()
    return struct.pack(f"<IIQ{len(value)}I", 9, 4, len(value), *value)


VALUES = st.booleans() | NUMBERS | st.floats(allow_nan=False) | NAMES | st.lists(NUMBERS, max_size=5)


@FEW
@given(values=st.dictionaries(NAMES, VALUES, max_size=5), cut=st.integers(0, 400))
def test_metadata_of_gguf_comes_back(values: dict[str, Any], cut: int, tmp_path: Path) -> None:
    body = b""
    for name, value in values.items():
        body += struct.pack("<Q", len(name.encode())) + name.encode() + gguf_value(value)
    data = b"GGUF" + struct.pack("<IQQ", 3, 0, len(values)) + body + bytes(32)
    path = tmp_path / "x.gguf"
    path.write_bytes(data)
    assert GGUFFile(path).values == values
    path.write_bytes(data[: max(1, len(data) - 33 - cut % (len(data) - 32))])
    with pytest.raises(FormatError):
        GGUFFile(path)


@FEW
@given(more=st.lists(st.binary(min_size=2, max_size=6), unique=True, max_size=6), special=st.integers(0, 4))
def test_tekken_comes_back(more: list[bytes], special: int, tmp_path: Path) -> None:
    tokens = [*(bytes([value]) for value in range(256)), *more]
    rows = [{"rank": rank, "token_bytes": base64.b64encode(t).decode()} for rank, t in enumerate(tokens)]
    config = {
        "pattern": ".",
        "default_vocab_size": len(tokens) + special,
        "default_num_special_tokens": special,
    }
    listed = [
        {"rank": rank, "token_str": f"<{rank}>", "is_control": rank % 2 == 0} for rank in range(special)
    ]
    path = tmp_path / "tekken.json"
    path.write_text(json.dumps({"config": config, "vocab": rows, "special_tokens": listed}))
    file = read_tekken(path)
    assert file.ranks == {token: rank for rank, token in enumerate(tokens)}
    assert file.special == [(f"<{rank}>", rank % 2 == 0) for rank in range(special)]


@FEW
@given(value=st.integers(0, 2**64 - 1), rest=st.binary(max_size=4))
def test_varints_come_back(value: int, rest: bytes) -> None:
    left, data = value, bytearray()
    while left > 127:
        data.append(left & 127 | 128)
        left >>= 7
    data.append(left)
    assert read_varint(memoryview(bytes(data) + rest), 0) == (value, len(data))


@FEW
@given(tensors=st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), TENSORS, max_size=4))
def test_weights_of_keras_come_back(tensors: dict[str, Any], tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        group = file.create_group("layer")
        group.attrs["weight_names"] = [name.encode() for name in tensors]
        for name, value in tensors.items():
            group.create_dataset(f"model/{name}:0", data=value)
    read = KerasFile(tmp_path / "x.h5")
    assert set(read) == {f"model/{name}:0" for name in tensors}
    for name, value in tensors.items():
        if value.dtype != bool:  # h5py stores an enumeration
            same(read.get(f"model/{name}:0"), value)
