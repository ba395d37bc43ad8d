"""Writing weights: bytes as the format's own library writes them, shards, nothing half written, all
frameworks."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transformers.loading.arrays import TensorInfo, as_framework, describe, numpy_dtype
from transformers.loading.checkpoint import open_checkpoint
from transformers.loading.saving import parse_size, save_checkpoint, split_into_shards

from .files import FLOATS

PACKAGES = {"pt": "torch", "np": "numpy", "jax": "jax", "tf": "tensorflow"}
TYPES = ("float32", "float16", "bfloat16", "int32", "uint8", "bool")


def sample(dtype: str) -> Any:
    values = np.random.default_rng(3).standard_normal((3, 5)) * 9
    kind = numpy_dtype(dtype)
    return np.abs(values).astype(kind) if dtype == "uint8" else values.astype(kind)


def test_bytes_equal_those_of_the_format_library(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    kinds = ["bool", "uint8", "int8", "int16", "uint16", "float16", "int32", "float32", "int64", "float64"]
    arrays = {
        f"{kind}.{name}": np.arange(n).astype(kind) for name, n in (("b", 3), ("a", 5)) for kind in kinds
    }
    arrays["größe"] = FLOATS
    save_file(arrays, tmp_path / "theirs", {"format": "pt"})
    save_checkpoint(tmp_path, arrays)
    assert (tmp_path / "model.safetensors").read_bytes() == (tmp_path / "theirs").read_bytes()


def test_equal_contents_give_equal_bytes(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "one", {"a": FLOATS, "b": FLOATS[:1]})
    save_checkpoint(tmp_path / "two", {"b": FLOATS[:1].copy(), "a": np.asfortranarray(FLOATS)})
    first, second = ((tmp_path / part / "model.safetensors").read_bytes() for part in ("one", "two"))
    assert first == second


@pytest.mark.parametrize("target", PACKAGES)
@pytest.mark.parametrize("source", PACKAGES)
def test_round_trip_between_frameworks_is_bit_equal(source: str, target: str, tmp_path: Path) -> None:
    for name in (source, target):
        pytest.importorskip(PACKAGES[name])
    arrays = {dtype: sample(dtype) for dtype in TYPES}
    save_checkpoint(tmp_path / "np", arrays)
    first = open_checkpoint(tmp_path / "np")
    save_checkpoint(tmp_path / source, {name: first.get(name, source) for name in first})
    second = open_checkpoint(tmp_path / source)
    save_checkpoint(tmp_path / target, {name: second.get(name, target) for name in second})
    wanted = (tmp_path / "np" / "model.safetensors").read_bytes()
    assert (tmp_path / target / "model.safetensors").read_bytes() == wanted
    for name, array in arrays.items():
        assert open_checkpoint(tmp_path / target).get(name).tobytes() == array.tobytes()


def test_torch_views_are_saved_as_they_look(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    base = torch.arange(6.0).view(2, 3)
    save_checkpoint(tmp_path, {"t": base.t(), "g": base.clone().requires_grad_()})
    assert torch.equal(open_checkpoint(tmp_path).get("t", "pt"), base.t())
    assert torch.equal(open_checkpoint(tmp_path).get("g", "pt"), base)


def test_torch_tensors_are_views_of_the_file(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    save_checkpoint(tmp_path, {"a": FLOATS})
    found = open_checkpoint(tmp_path)
    assert found.get("a", "pt").data_ptr() == found.get("a", "pt").data_ptr()
    assert found.get("a", "pt").data_ptr() == found.get("a").ctypes.data


def test_pickled_file_is_read_back(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    tensors = {"a": torch.randn(3, 2), "b": torch.arange(4)}
    assert save_checkpoint(tmp_path, tensors, safe=False) == ["pytorch_model.bin"]
    assert torch.load(tmp_path / "pytorch_model.bin", weights_only=True).keys() == tensors.keys()
    names = save_checkpoint(tmp_path, tensors, safe=False, max_shard_size=30)
    assert names == [
        "pytorch_model-00001-of-00002.bin",
        "pytorch_model-00002-of-00002.bin",
        "pytorch_model.bin.index.json",
    ]
    found = open_checkpoint(tmp_path)
    assert all(torch.equal(found.get(name, "pt"), tensor) for name, tensor in tensors.items())


def test_shards_are_named_and_indexed_as_published(tmp_path: Path) -> None:
    names = save_checkpoint(tmp_path, {"a": FLOATS, "b": FLOATS, "c": FLOATS}, max_shard_size="50B")
    assert names == [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
    ]
    index = json.loads((tmp_path / names[-1]).read_text())
    assert index == {
        "metadata": {"total_parameters": 18, "total_size": 72},
        "weight_map": {"a": names[0], "b": names[0], "c": names[1]},
    }


def test_files_of_an_earlier_save_are_removed(tmp_path: Path) -> None:
    (tmp_path / "model-notes.txt").write_text("mine")
    save_checkpoint(tmp_path, {"a": FLOATS, "b": FLOATS, "c": FLOATS}, max_shard_size=24)
    save_checkpoint(tmp_path, {"a": FLOATS, "b": FLOATS}, max_shard_size=24)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model-notes.txt",
        "model.safetensors.index.json",
    ]
    save_checkpoint(tmp_path, {"a": FLOATS})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model-notes.txt", "model.safetensors"]
    save_checkpoint(tmp_path, {"a": FLOATS, "b": FLOATS}, max_shard_size=24)
    assert not (tmp_path / "model.safetensors").exists()


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_failed_save_leaves_the_old_file(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(tmp_path, {"a": FLOATS})

    def fail(*args: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="no space left"):
        save_checkpoint(tmp_path, {"a": FLOATS + 1})
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    np.testing.assert_array_equal(open_checkpoint(tmp_path).get("a"), FLOATS)


def test_unsaveable_type_is_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="a tensor of type complex128 cannot be saved"):
        save_checkpoint(tmp_path, {"a": FLOATS.astype(np.complex128)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "size"),
    [(7, 7), ("7", 7), ("5GB", 5 * 10**9), ("1.5 MB", 1_500_000), ("2KiB", 2048), ("1gib", 2**30), ("3B", 3)],
)
def test_sizes(text: int | str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "5 XB", "-1", 0, "1e9", "5GB5"])
def test_sizes_that_are_none(text: int | str) -> None:
    with pytest.raises(ValueError, match="max_shard_size must be a size such as"):
        parse_size(text)


def test_split_keeps_order_and_gives_large_tensors_their_own_file() -> None:
    infos = {name: TensorInfo("float32", (size,)) for name, size in (("a", 1), ("b", 9), ("c", 1), ("d", 1))}
    assert split_into_shards(infos, 8) == [["a"], ["b"], ["c", "d"]]
    assert split_into_shards({}, 8) == [[]]


def test_describe_knows_every_framework() -> None:
    for framework, package in PACKAGES.items():
        pytest.importorskip(package)
        for dtype in TYPES:
            assert describe(as_framework(sample(dtype), framework)) == TensorInfo(dtype, (3, 5))


def test_bfloat16_without_ml_dtypes_is_widened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path, {"a": sample("bfloat16")})
    monkeypatch.setattr("transformers.loading.arrays.numpy_dtype", lambda name: None)
    array = open_checkpoint(tmp_path).get("a")
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, sample("bfloat16").astype(np.float32))


def test_float8_without_ml_dtypes_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(tmp_path, {"a": sample("float8_e4m3fn")})
    monkeypatch.setattr("transformers.loading.arrays.numpy_dtype", lambda name: None)
    with pytest.raises(ImportError, match="pip install ml_dtypes"):
        open_checkpoint(tmp_path).get("a")


def test_errors_of_loading_pickle() -> None:
    from transformers.loading.matching import CheckpointMismatchError

    assert str(pickle.loads(pickle.dumps(CheckpointMismatchError("a")))) == "a"
