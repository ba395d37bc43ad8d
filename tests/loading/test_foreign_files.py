"""`tf_model.h5` and `flax_model.msgpack` as published: architectures, faces, shards, damage, attacks."""

from __future__ import annotations

import gzip
import json
import struct
import sys
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import msgpack
import numpy as np
import pytest
import torch

import transformers
from transformers import BertConfig, BertModel, FlaxBertModel, NpBertModel, TFBertModel
from transformers.loading.flax_tree import FlaxFile
from transformers.loading.foreign_names import keras_path
from transformers.loading.keras_file import KerasFile
from transformers.loading.safetensors_reader import FormatError

from . import foreign_cases as cases
from .bounds import bounded


@cache
def golden() -> dict[str, Any]:
    """The recorded checkpoints: names, shapes and outputs."""
    found: dict[str, Any] = json.loads(gzip.decompress(cases.GOLDEN.read_bytes()))
    return found


def write_h5(path: Path, weights: list[list[Any]]) -> None:
    """A file of Keras with weights (layer, name, shape)."""
    with h5py.File(path, "w") as file:
        layers = list(dict.fromkeys(layer for layer, _, _ in weights))
        file.attrs["layer_names"] = [layer.encode() for layer in layers]
        for layer in layers:
            group = file.create_group(layer)
            rows = [(name, shape) for owner, name, shape in weights if owner == layer]
            group.attrs["weight_names"] = [name.encode() for name, _ in rows]
            for name, shape in rows:
                group.create_dataset(name, data=cases.weight(name, tuple(shape)))


def array(value: np.ndarray, dtype: str | None = None) -> msgpack.ExtType:
    """An array as Flax packs it."""
    return msgpack.ExtType(1, msgpack.packb((value.shape, dtype or value.dtype.name, value.tobytes())))


def write_msgpack(path: Path, weights: list[list[Any]]) -> None:
    """A file of Flax with weights (path, shape)."""
    tree: dict[str, Any] = {}
    for name, shape in weights:
        *parents, last = name.split("/")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[last] = array(cases.weight(name, tuple(shape)))
    path.write_bytes(msgpack.packb(tree))


def write(folder: Path, name: str, kind: str) -> Path:
    """The checkpoint of a case."""
    config, fields, _ = cases.CASES[name]
    getattr(transformers, f"{config}Config")(**fields).save_pretrained(folder)
    weights = golden()[f"{name}/{kind}"]["weights"]
    if kind == "tf":
        write_h5(folder / "tf_model.h5", weights)
    else:
        write_msgpack(folder / "flax_model.msgpack", weights)
    return folder


def first_output(model: Any, name: str) -> np.ndarray:
    """The columns of the first output that are recorded."""
    inputs: dict[str, Any] = cases.inputs(name)
    if isinstance(model, torch.nn.Module):
        tensors = {key: torch.tensor(value) for key, value in inputs.items()}
        inputs = {key: x if x.is_floating_point() else x.long() for key, x in tensors.items()}
        with torch.no_grad():
            return np.asarray(model(**inputs).to_tuple()[0])[..., : cases.SHOWN]
    return np.asarray(model(**inputs).to_tuple()[0])[..., : cases.SHOWN]


def check(model: Any, name: str, kind: str) -> None:
    """The model gives what the published one gives."""
    row = golden()[f"{name}/{kind}"]
    expected = np.array(row["output"], np.float32).reshape(row["shape"])
    np.testing.assert_allclose(
        first_output(model, name), expected, rtol=2e-3, atol=2e-4 * np.abs(expected).max()
    )


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, row in cases.CASES.items() for kind in row[2]]
)
def test_published_file_gives_published_outputs(name: str, kind: str, tmp_path: Path) -> None:
    write(tmp_path, name, kind)
    model, info = getattr(transformers, name).from_pretrained(
        tmp_path, **{f"from_{kind}": True}, output_loading_info=True
    )
    assert not info["mismatched_keys"]
    assert all(key.endswith("embed_positions.weight") for key in info["missing_keys"])  # computed
    check(model, name, kind)


@pytest.mark.parametrize("kind", ["tf", "flax"])
@pytest.mark.parametrize("face", ["Flax", "TF", "Np"])
@pytest.mark.parametrize("name", ["BertForPreTraining", "GPT2LMHeadModel"])
def test_every_face_reads_both(name: str, face: str, kind: str, tmp_path: Path) -> None:
    native = {"Flax": ("flax",), "TF": ("tf",), "Np": ("tf", "flax")}[face]
    options = {} if kind in native else {f"from_{kind}": True}
    check(
        getattr(transformers, face + name).from_pretrained(write(tmp_path, name, kind), **options), name, kind
    )


def test_torch_is_told_how_to_read_them(tmp_path: Path) -> None:
    write(tmp_path, "BertForPreTraining", "tf")
    with pytest.raises(OSError, match=r"from_tf=True reads tf_model\.h5"):
        BertModel.from_pretrained(tmp_path)
    with pytest.raises(ValueError, match="give one of them"):
        BertModel.from_pretrained(tmp_path, from_tf=True, from_flax=True)
    with pytest.raises(OSError, match=r"none of flax_model\.msgpack, flax_model\.msgpack\.index\.json"):
        BertModel.from_pretrained(tmp_path, from_flax=True)


def test_bare_model_is_taken_out_of_one_with_heads(tmp_path: Path) -> None:
    write(tmp_path, "BertForPreTraining", "tf")
    model = BertModel.from_pretrained(tmp_path, from_tf=True)
    kernel = cases.weight("x/bert/encoder/layer_._1/output/dense/kernel:0", (20, 24))
    np.testing.assert_array_equal(model.encoder.layer[1].output.dense.weight.detach().numpy(), kernel.T)
    table = cases.weight("x/bert/embeddings/word_embeddings/weight:0", (99, 24))
    np.testing.assert_array_equal(model.get_input_embeddings().weight.detach().numpy(), table)


SMALL = {
    "vocab_size": 9,
    "hidden_size": 4,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 6,
}


def flat(model: Any) -> dict[str, np.ndarray]:
    """A small model's weights by the names that Flax has for them, written down here."""
    found = {}
    for name, value in model.state_dict().items():
        path, own = name.replace(".", "/").rsplit("/", 1)
        array_ = value.numpy()
        if "LayerNorm" in path:
            own = {"weight": "scale"}.get(own, own)
        elif path.endswith("embeddings"):
            own = "embedding"
        elif own == "weight":
            own, array_ = "kernel", array_.T
        found[f"{path}/{own}"] = np.ascontiguousarray(array_)
    return found


@pytest.mark.parametrize("kind", ["tf", "flax"])
def test_shards_are_joined(kind: str, tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = BertModel(BertConfig(**SMALL, max_position_embeddings=7))
    model.config.save_pretrained(tmp_path)
    arrays = flat(model)
    table, halves = {}, (list(arrays)[::2], list(arrays)[1::2])
    for number, names in enumerate(halves, 1):
        if kind == "flax":
            shard = f"flax_model-0000{number}-of-00002.msgpack"
            (tmp_path / shard).write_bytes(msgpack.packb({name: array(arrays[name]) for name in names}))
            table |= dict.fromkeys(names, shard)
            continue
        shard = f"tf_model-0000{number}-of-00002.h5"
        with h5py.File(tmp_path / shard, "w") as file:
            for name in names:
                theirs = name.replace("layer/", "layer_._").replace("/scale", "/gamma")
                theirs = theirs.replace("LayerNorm/bias", "LayerNorm/beta").replace(
                    "/embedding", "/embeddings"
                )
                theirs = theirs.replace("/embeddingss/", "/embeddings/")
                file.create_dataset(f"bert/{theirs}:0", data=arrays[name])
                table[f"tf_bert_model/bert/{theirs}:0"] = shard
    stem = {"tf": "tf_model.h5", "flax": "flax_model.msgpack"}[kind]
    (tmp_path / f"{stem}.index.json").write_text(json.dumps({"weight_map": table}))
    for face in (BertModel, NpBertModel):
        again = face.from_pretrained(tmp_path, **{f"from_{kind}": True})
        for name, value in model.state_dict().items():
            np.testing.assert_array_equal(np.asarray(again.state_dict()[name]), value.numpy())


def test_half_precision_and_pieces_of_an_array(tmp_path: Path) -> None:
    whole = np.arange(6, dtype=np.float16).reshape(2, 3)
    pieces = {str(place): array(part) for place, part in enumerate(np.split(whole.reshape(-1), 3))}
    chunked = {"__msgpack_chunked_array__": True, "shape": {"0": 2, "1": 3}, "chunks": pieces}
    scalar = msgpack.ExtType(3, msgpack.packb(((), "float32", struct.pack("<f", 2.5))))
    (tmp_path / "x.msgpack").write_bytes(msgpack.packb({"params": {"w": chunked, "s": scalar}}))
    file = FlaxFile(tmp_path / "x.msgpack")
    np.testing.assert_array_equal(file.get("params/w"), whole)
    assert file.info("params/w").dtype == "float16"
    assert file.get("params/s") == 2.5
    assert (len(file), "params/w" in file) == (2, True)
    with pytest.raises(KeyError, match="no array 'other'"):
        file.get("other")


def test_names_of_keras_are_paths() -> None:
    assert keras_path("tf_bert/nsp___cls/layer_._0/x.1/kernel:0", True) == [
        "cls",
        "layer",
        "0",
        "x",
        "1",
        "kernel",
    ]
    assert keras_path("bias", True) == ["bias"]


BYTES = np.ones(3, np.float32).tobytes()


def packed(*parts: Any, kind: int = 1) -> bytes:
    return bytes(msgpack.packb({"w": msgpack.ExtType(kind, msgpack.packb(parts))}))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xdf\xff\xff\xff\xff", "damaged"),
        (b"\xdd\xff\xff\xff\xff" * 500, "damaged"),
        (b"\x81\xa1w" * 5000, "damaged"),
        (msgpack.packb([1]), "damaged"),
        (msgpack.packb(1), "dict of arrays"),
        (msgpack.packb({"w": 1}), "must be an array"),
        (msgpack.packb({1: {}}), "damaged|no name"),
        (msgpack.packb({"w" * 2000: {}}), "damaged"),
        (packed((3,), "float32", BYTES, kind=7), "extension of kind 7"),
        (packed((1 << 61,), "float32", BYTES), "has 12 bytes"),
        (packed((-3,), "float32", BYTES), "integers from 0"),
        (packed((3.0,), "float32", BYTES), "integers from 0"),
        (packed(((3,),), "float32", BYTES), "integers from 0"),
        (packed((3,), "object", BYTES), "no weight has"),
        (packed((3,), "float32", "text"), "no weight has"),
        (packed((3,), "float32"), "damaged"),
        (msgpack.packb({"w": {"__msgpack_chunked_array__": True}}), "lacks them"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_hostile_trees_are_refused(data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "flax_model.msgpack"
    path.write_bytes(data)
    with bounded(tmp_path), pytest.raises(FormatError, match=said):
        FlaxFile(path)


def soft(file: Any, folder: Path) -> None:
    file["layer/w"] = h5py.SoftLink("/layer/b")


def outside(file: Any, folder: Path) -> None:
    file["layer/w"] = h5py.ExternalLink(str(folder / "secret.h5"), "/w")


def external(file: Any, folder: Path) -> None:
    file.create_dataset("layer/w", (3,), "f4", external=[(str(folder / "secret.bin"), 0, 12)])


def virtual(file: Any, folder: Path) -> None:
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "w", (3,))
    file.create_virtual_dataset("layer/w", layout)


def bomb(file: Any, folder: Path) -> None:
    file.create_dataset("layer/w", (2**34,), "f4", chunks=(2**20,), compression="gzip")


def unwritten(file: Any, folder: Path) -> None:
    file.create_dataset("layer/w", (2**40,), "f4")


def circle(file: Any, folder: Path) -> None:
    file["layer/again"] = file["layer"]


def references(file: Any, folder: Path) -> None:
    file.create_dataset("layer/w", (1,), h5py.ref_dtype)


def texts(file: Any, folder: Path) -> None:
    file.create_dataset("layer/w", data="text")


def big_endian(file: Any, folder: Path) -> None:
    file.create_dataset("layer/w", data=np.ones(3, ">f4"))


def kind_of_number(file: Any, folder: Path) -> None:
    file["layer/w"] = np.dtype("f4")


def deep(file: Any, folder: Path) -> None:
    file.create_dataset("layer/" + "g/" * 80 + "w", data=np.ones(3, np.float32))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (soft, "SoftLink, which is not followed"),
        (outside, "ExternalLink, which is not followed"),
        (external, "in another file"),
        (virtual, "in another file"),
        (bomb, "in pieces or compressed"),
        (unwritten, "does not hold"),
        (circle, "there twice"),
        (references, "no weight has"),
        (texts, "no weight has"),
        (big_endian, "no weight has"),
        (kind_of_number, "neither a group nor a dataset"),
        (deep, "more than 64 deep"),
    ],
)
def test_hostile_h5_is_refused(make: Any, said: str, tmp_path: Path) -> None:
    inside, beside = tmp_path / "model", tmp_path / "other"
    inside.mkdir()
    beside.mkdir()
    with h5py.File(beside / "secret.h5", "w") as file:
        file["w"] = np.ones(3, np.float32)
    (beside / "secret.bin").write_bytes(BYTES)
    with h5py.File(inside / "tf_model.h5", "w") as file:
        file.create_group("layer").attrs["weight_names"] = [b"w"]
        make(file, beside)
    with bounded(inside), pytest.raises(FormatError, match=said):
        KerasFile(inside / "tf_model.h5")


@pytest.mark.parametrize("data", [b"", b"no", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(2000)])
def test_damaged_h5_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tf_model.h5"
    path.write_bytes(data)
    with bounded(tmp_path), pytest.raises(FormatError, match=r"tf_model\.h5"):
        KerasFile(path)


@pytest.mark.parametrize(("package", "kind"), [("h5py", "tf"), ("msgpack", "flax")])
def test_missing_package_is_named(
    package: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.utils.optional import is_available

    write(tmp_path, "GPT2LMHeadModel", kind)
    find = __import__("importlib").util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == package else find(name))
    monkeypatch.delitem(sys.modules, package)
    is_available.cache_clear()
    try:
        with pytest.raises(ImportError, match=rf"(?s){package}.*pip install"):
            transformers.GPT2LMHeadModel.from_pretrained(tmp_path, **{f"from_{kind}": True})
    finally:
        is_available.cache_clear()


def test_model_that_was_saved_is_preferred(tmp_path: Path) -> None:
    write(tmp_path, "BertForPreTraining", "tf")
    model = BertModel(BertConfig(**SMALL, max_position_embeddings=7))
    model.save_pretrained(tmp_path)
    for face in (FlaxBertModel, TFBertModel):
        assert face.from_pretrained(tmp_path).config.hidden_size == 4
