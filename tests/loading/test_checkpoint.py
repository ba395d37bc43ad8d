"""Finding weights in folders, joining shards, and indexes that lie."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transformers.loading.checkpoint import (
    FormatError,
    ShardedCheckpoint,
    check_framework,
    open_checkpoint,
    variant_name,
)
from transformers.loading.saving import save_checkpoint

from .files import FLOATS, archive, entry, safetensors, tensor_pickle

ARRAYS = {"a": FLOATS, "b": FLOATS + 1, "c": FLOATS[:1] + 2}


def index(folder: Path, table: Any) -> Path:
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": table}))
    return folder


def test_single_file_by_folder_and_by_path(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, ARRAYS)
    for source in (tmp_path, tmp_path / "model.safetensors", str(tmp_path)):
        found = open_checkpoint(source)
        assert sorted(found) == ["a", "b", "c"]
        np.testing.assert_array_equal(found.get("b"), ARRAYS["b"])
    assert found.metadata == {"format": "pt"}


def test_shards_by_folder_and_by_index(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, ARRAYS, max_shard_size=30)
    for source in (tmp_path, tmp_path / "model.safetensors.index.json"):
        found = open_checkpoint(source)
        assert isinstance(found, ShardedCheckpoint)
        assert len(found) == 3
        assert "a" in found
        assert found.metadata == {"format": "pt"}
        for name in found:
            assert found.info(name).shape == ARRAYS[name].shape
            np.testing.assert_array_equal(found.get(name), ARRAYS[name])
    with pytest.raises(KeyError, match="lists no tensor 'z'"):
        found.get("z")


def test_safetensors_come_before_pickles(tmp_path: Path) -> None:
    archive(tmp_path / "pytorch_model.bin", tensor_pickle())
    save_checkpoint(tmp_path, {"a": FLOATS})
    assert list(open_checkpoint(tmp_path)) == ["a"]
    assert list(open_checkpoint(tmp_path, use_safetensors=False)) == ["w"]


def test_pickled_file_under_any_name(tmp_path: Path) -> None:
    assert list(open_checkpoint(archive(tmp_path / "weights.pt", tensor_pickle()))) == ["w"]


def test_variants(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, {"a": FLOATS}, variant="fp16")
    assert [path.name for path in tmp_path.iterdir()] == ["model.fp16.safetensors"]
    assert list(open_checkpoint(tmp_path, variant="fp16")) == ["a"]
    save_checkpoint(tmp_path, ARRAYS, variant="fp16", max_shard_size=30)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[0] == "model.fp16-00001-of-00003.safetensors"
    assert names[-1] == "model.safetensors.index.fp16.json"
    assert len(open_checkpoint(tmp_path, variant="fp16")) == 3
    with pytest.raises(ValueError, match="variant must be a word"):
        variant_name("model.safetensors", "../x")


def test_no_weights_names_what_was_tried(tmp_path: Path) -> None:
    with pytest.raises(
        OSError, match=r"no weights in .*: none of model.safetensors, model.safetensors.index.json"
    ):
        open_checkpoint(tmp_path)
    (tmp_path / "tf_model.h5").write_bytes(b"x")
    with pytest.raises(OSError, match=r"it holds tf_model.h5"):
        open_checkpoint(tmp_path)
    with pytest.raises(OSError, match=r"no weights in there"):
        open_checkpoint(lambda name: None)


def test_use_safetensors_refuses_pickles(tmp_path: Path) -> None:
    archive(tmp_path / "pytorch_model.bin", tensor_pickle())
    with pytest.raises(OSError, match=r"it holds pytorch_model.bin"):
        open_checkpoint(tmp_path, use_safetensors=True)


@pytest.mark.parametrize(
    "name", ["../m.safetensors", "/etc/passwd", "a/b", "", ".", "..", "a\\b", "C:x", "a\0b"]
)
def test_shard_names_stay_in_the_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    safetensors(tmp_path / "m.safetensors", {"w": entry("F32", [2, 3], 0, 24)}, FLOATS.tobytes())
    with pytest.raises(FormatError, match="must be a plain file in the same folder"):
        open_checkpoint(index(tmp_path / "in", {"w": name}))


def test_shard_that_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    os.symlink("/dev/zero", tmp_path / "zero")
    for name in ("pipe", "folder", "zero"):
        with pytest.raises(OSError, match="must be a regular file"):
            open_checkpoint(index(tmp_path, {"w": name}))
    with pytest.raises(FormatError, match="there is no such file"):
        open_checkpoint(index(tmp_path, {"w": "nothing"}))


def test_links_as_in_the_hubs_cache_are_followed(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "blobs", {"a": FLOATS})
    (tmp_path / "snapshot").mkdir()
    os.symlink("../blobs/model.safetensors", tmp_path / "snapshot" / "model.safetensors")
    assert list(open_checkpoint(tmp_path / "snapshot")) == ["a"]


@pytest.mark.parametrize("table", [None, [], 3, {"w": 3}, {"w": None}, {"w": ["x"]}])
def test_index_of_wrong_types(table: Any, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="must map names of tensors to files"):
        open_checkpoint(index(tmp_path, table))


def test_index_and_shards_must_agree(tmp_path: Path) -> None:
    safetensors(tmp_path / "m.safetensors", {"w": entry("F32", [2, 3], 0, 24)}, FLOATS.tobytes())
    with pytest.raises(FormatError, match=r"puts 'v' into m.safetensors, which has no such tensor"):
        open_checkpoint(index(tmp_path, {"w": "m.safetensors", "v": "m.safetensors"}))
    header = {"w": entry("F32", [1], 0, 4), "x": entry("F32", [1], 4, 8)}
    safetensors(tmp_path / "m.safetensors", header, b"12345678")
    with pytest.raises(FormatError, match=r"holds 'x', which .* does not list"):
        open_checkpoint(index(tmp_path, {"w": "m.safetensors"}))


def test_unknown_framework_has_a_hint() -> None:
    assert check_framework("pt") == "pt"
    with pytest.raises(
        ValueError, match=r"framework must be one of pt, np, jax, tf, got 'jaxx'. Did you mean 'jax'"
    ):
        check_framework("jaxx")
