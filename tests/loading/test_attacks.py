"""Checkpoints made to hurt whoever loads them: each ends in a clear error, or a result, at once.

Here: what config.json, generation_config.json and the index of shards can say.  Weight files have
test_pickle_reader and test_safetensors_reader; tokenizers and templates, test_attacks_text.
"""

from __future__ import annotations

import gc
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import transformers
from transformers import (
    AutoConfig,
    BertConfig,
    GenerationConfig,
    GPT2Config,
    NpAutoModel,
    NpBertModel,
    NpGPT2LMHeadModel,
    NpT5Model,
    T5Config,
)
from transformers.loading.checkpoint import open_checkpoint
from transformers.loading.saving import save_checkpoint

from .bounds import bounded

FACES = {"": "torch", "Flax": "jax", "TF": "tensorflow", "Np": "numpy"}
SIZES = {
    "bert": {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 12},
    "gpt2": {"n_embd": 8, "n_layer": 1, "n_head": 2},
    "t5": {"d_model": 8, "d_kv": 4, "num_layers": 1, "num_heads": 2, "d_ff": 12},
}
CLASSES: dict[str, tuple[Any, Any]] = {
    "bert": (BertConfig, NpBertModel),
    "gpt2": (GPT2Config, NpGPT2LMHeadModel),
    "t5": (T5Config, NpT5Model),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny checkpoint of each kind; every face has loaded one, so that its imports are not measured."""
    place = tmp_path_factory.mktemp("saved")
    for kind, (config, model) in CLASSES.items():
        model(config(vocab_size=11, **SIZES[kind])).save_pretrained(place / kind)
    for face in FACES:
        try:
            for kind in CLASSES:
                getattr(transformers, f"{face}AutoModel").from_pretrained(place / kind)
        except ImportError:
            continue
    gc.collect()
    return place


def changed(saved: Path, kind: str, place: Path, **values: Any) -> Path:
    """A copy of a checkpoint whose config says something else."""
    for path in (saved / kind).iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    config = json.loads((place / "config.json").read_text())
    (place / "config.json").write_text(json.dumps({**config, **values}))
    return place


ABSURD = [
    ("bert", {"hidden_size": 10**12}),
    ("bert", {"vocab_size": 10**10}),
    ("bert", {"vocab_size": 5 * 10**7}),
    ("bert", {"num_hidden_layers": 10**9}),
    ("bert", {"num_labels": 10**9}),
    ("bert", {"pad_token_id": 10**30}),
    ("gpt2", {"n_layer": 10**9}),
    ("gpt2", {"n_positions": 10**9}),
    ("gpt2", {"vocab_size": 10**10}),
    ("t5", {"num_decoder_layers": 10**9}),
    ("t5", {"relative_attention_num_buckets": 10**12}),
    ("t5", {"d_ff": 10**12}),
]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(("kind", "values"), ABSURD, ids=str)
def test_absurd_sizes_are_refused_before_anything_is_allocated(
    face: str, kind: str, values: dict[str, Any], saved: Path, tmp_path: Path
) -> None:
    pytest.importorskip(FACES[face])
    folder = changed(saved, kind, tmp_path, **values)
    with bounded(tmp_path), pytest.raises((ValueError, TypeError)) as told:
        getattr(transformers, f"{face}AutoModel").from_pretrained(folder)
    assert str(told.value)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"encoder_layer": 10**9}, "encoder_layer"),
        ({"depths": [2, 10**9]}, "depths"),
        ({"inner_group_num": 10**9}, "inner_group_num"),
        ({"num_local_experts": 10**9}, "num_local_experts"),
        ({"text_part": {"num_hidden_layers": 10**9}}, "num_hidden_layers"),
    ],
    ids=str,
)
def test_every_field_that_counts_parts_is_bounded(
    values: dict[str, Any], name: str, saved: Path, tmp_path: Path
) -> None:
    folder = changed(saved, "bert", tmp_path, **values)
    with bounded(tmp_path), pytest.raises(ValueError, match=f"{name}=1000000000, and the checkpoint holds"):
        NpAutoModel.from_pretrained(folder)


@pytest.mark.parametrize(
    "values",
    [
        {"auto_map": {"AutoModel": "evil.Model", "AutoConfig": "evil.Config"}, "trust_remote_code": True},
        {"attn_implementation": "someone/kernel", "_attn_implementation": "https://evil.example/kernel"},
        {"name_or_path": "/etc/passwd", "_name_or_path": "https://evil.example/x"},
        {"_commit_hash": "../../../../etc"},
        {"custom_generate": "someone/decoding", "text_config": {"trust_remote_code": True}},
        {"quantization_config": {"quant_method": "os.system", "load_in_4bit": False}},
        {"tokenizer_class": "os.system", "processor_class": "subprocess.Popen"},
        {"torch_dtype": "os"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_names_in_a_config_choose_no_code(values: dict[str, Any], saved: Path, tmp_path: Path) -> None:
    folder = changed(saved, "bert", tmp_path, **values)
    (folder / "evil.py").write_text("raise SystemExit('ran')")
    with bounded(tmp_path):
        model = NpAutoModel.from_pretrained(folder)
    assert type(model) is NpBertModel
    assert model.config._attn_implementation == "sdpa"


@pytest.mark.parametrize(
    "text",
    [
        '{"model_type": "bert", "layer_norm_eps": NaN}',
        '{"model_type": "bert", "hidden_size": "8"}',
        '{"model_type": "bert", "hidden_size": [8]}',
        '{"model_type": "bert", "hidden_size": 8.5}',
        '{"model_type": "bert", "hidden_size": true}',
        '{"model_type": "bert", "hidden_size": -8}',
        '{"model_type": ["bert"]}',
        '{"model_type": "../bert"}',
        '{"model_type": "bert", "__init__": 1}',
        '{"model_type": "bert", "architectures": {"BertModel": 1}}',
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"model_type": "bert", "x": ' + "[" * 80 + "]" * 80 + "}",
        "\ufeff{}",
        '{"model_type": "bert", "vocab_size": ' + "9" * 5000 + "}",
        '"bert"',
        "",
    ],
    ids=lambda text: text[:40],
)
def test_other_json_is_an_error_that_names_the_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(text, encoding="utf-8")
    with bounded(tmp_path), pytest.raises((ValueError, TypeError, OSError), match=tmp_path.name):
        AutoConfig.from_pretrained(tmp_path)


def indexed(folder: Path, shard: str) -> Path:
    """A folder whose index puts one tensor into `shard`."""
    save_checkpoint(folder, {"w": np.ones((3, 5), np.float32)})
    os.rename(folder / "model.safetensors", folder / "real.safetensors")
    index = {"weight_map": {"w": shard}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


@pytest.mark.parametrize(
    "shard", ["../outside.safetensors", "/etc/hostname", "a/b", "..", ".", "", "a\\b", "c:x", "a\0b"]
)
def test_index_names_only_files_beside_it(shard: str, tmp_path: Path) -> None:
    (tmp_path / "outside.safetensors").write_bytes(b"")
    folder = indexed(tmp_path / "model", shard)
    with bounded(folder), pytest.raises(ValueError, match="must be a plain file in the same folder"):
        open_checkpoint(folder)


@pytest.mark.parametrize("kind", ["fifo", "folder", "device", "socket"])
def test_index_names_only_regular_files(kind: str, tmp_path: Path) -> None:
    folder = indexed(tmp_path, "shard")
    if kind == "fifo":
        os.mkfifo(folder / "shard")
    elif kind == "folder":
        (folder / "shard").mkdir()
    elif kind == "device":
        (folder / "shard").symlink_to("/dev/zero")
    else:
        import socket

        here = os.getcwd()
        os.chdir(folder)  # names of sockets are short
        try:
            with socket.socket(socket.AF_UNIX) as held:
                held.bind("shard")
        finally:
            os.chdir(here)
    with bounded(folder), pytest.raises(OSError, match="must be a regular file"):
        open_checkpoint(folder)


def test_link_out_of_the_folder_gives_nothing_but_its_tensors(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("user: password of somebody else\n" * 9)
    folder = indexed(tmp_path / "model", "shard")
    (folder / "shard").symlink_to(secret)
    with pytest.raises(ValueError) as told:
        open_checkpoint(folder)
    assert "password" not in str(told.value)


HOSTILE_GENERATION: list[dict[str, Any]] = [
    {"max_length": 10**18},
    {"max_new_tokens": 10**18, "min_length": 10**17},
    {"stop_strings": ["a" * 2**20, "b" * 2**20]},
    {"watermarking_config": {"watermarking_type": "os.system", "seeding_scheme": "evil"}},
    {"custom_generate": "someone/decoding", "trust_remote_code": True},
    {"cache_implementation": "evil.Cache"},
    {"compile_config": {"backend": "evil"}},
    {"suppress_tokens": [10**18], "bad_words_ids": [[10**18]]},
    {"eos_token_id": [10**30]},
    {"temperature": "high"},
    {"__class__": "os", "generate": "x"},
]


@pytest.mark.parametrize("values", HOSTILE_GENERATION, ids=lambda values: next(iter(values)))
def test_hostile_generation_settings_cost_and_run_nothing(
    values: dict[str, Any], saved: Path, tmp_path: Path
) -> None:
    folder = changed(saved, "gpt2", tmp_path)
    (folder / "generation_config.json").write_text(json.dumps(values))
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate" / "generate.py").write_text("raise SystemExit('ran')")
    with bounded(tmp_path):
        try:
            GenerationConfig.from_pretrained(folder)
            model = NpGPT2LMHeadModel.from_pretrained(folder)
        except (ValueError, TypeError, OSError) as error:
            assert str(error)
            return
        try:
            model.generate(np.array([[1, 2]]), max_new_tokens=2, max_length=None)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            assert str(error)
