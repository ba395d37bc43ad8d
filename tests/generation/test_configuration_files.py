"""Settings of generation in files, on the hub, and as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.hub_server import commit_of, reachable, serving
from transformers import GenerationConfig


def test_file_holds_what_differs_in_order(tmp_path: Path) -> None:
    config = GenerationConfig(do_sample=True, top_k=4, foo={"b": 1, "a": 2}, temperature=1, max_length=None)
    config.save_pretrained(tmp_path / "deep" / "folder")
    text = (tmp_path / "deep" / "folder" / "generation_config.json").read_text(encoding="utf-8")
    assert text == (
        '{\n  "do_sample": true,\n  "foo": {\n    "a": 2,\n    "b": 1\n  },\n  "max_length": null,\n'
        '  "top_k": 4,\n  "transformers_version": "4.57.6"\n}\n'
    )
    assert repr(GenerationConfig()) == "GenerationConfig {}\n"
    full = json.loads(config.to_json_string(use_diff=False))
    assert len(full) == 68  # 67 attributes, foo and the model's mark, without compile_config
    assert "compile_config" not in full


def test_file_round_trip(tmp_path: Path) -> None:
    config = GenerationConfig(
        num_beams=3,
        eos_token_id=[4, 5],
        sequence_bias={(1, 2): 3.0},
        watermarking_config={"ngram_len": 5, "keys": [3, 4]},
        exponential_decay_length_penalty=(3, 1.2),
        own=None,
    )
    config.save_pretrained(tmp_path, config_file_name="own.json")
    back = GenerationConfig.from_pretrained(tmp_path, "own.json")
    assert back.to_json_string() == config.to_json_string()
    assert back.sequence_bias == {(1, 2): 3.0}
    assert type(back.watermarking_config).__name__ == "SynthIDTextWatermarkingConfig"
    assert back.own is None
    assert GenerationConfig.from_pretrained(tmp_path / "own.json", num_beams=2).num_beams == 2
    pair = GenerationConfig.from_pretrained(tmp_path, "own.json", new=1, return_unused_kwargs=True)
    assert pair[0].new == 1
    assert pair[1] == {}


def test_file_in_subfolder_and_missing_file(tmp_path: Path) -> None:
    GenerationConfig(num_beams=7).save_pretrained(tmp_path / "sub")
    assert GenerationConfig.from_pretrained(tmp_path, subfolder="sub").num_beams == 7
    with pytest.raises(OSError, match=r"has no file 'generation_config.json'; it holds sub"):
        GenerationConfig.from_pretrained(tmp_path)
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(OSError, match="not valid JSON"):
        GenerationConfig.from_pretrained(tmp_path, "bad.json")
    (tmp_path / "wrong.json").write_text('{"top_k": "many"}')
    with pytest.raises(TypeError, match=r"top_k must be an int or None, got 'many'"):
        GenerationConfig.from_pretrained(tmp_path, "wrong.json")
    with pytest.raises(NotADirectoryError, match="needs a folder"):
        GenerationConfig().save_pretrained(tmp_path / "bad.json")


def test_settings_of_a_repository_know_their_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    GenerationConfig(num_beams=6).save_pretrained(tmp_path / "files")
    with serving() as server:
        server.add("ann/tiny", tmp_path / "files")
        reachable(server, monkeypatch, tmp_path / "cache")
        config = GenerationConfig.from_pretrained("ann/tiny")
        with pytest.raises(OSError, match=r"has no file 'other.json'"):
            GenerationConfig.from_pretrained("ann/tiny", "other.json")
        assert config._commit_hash == commit_of(server.repositories["ann/tiny"].revisions["main"])
    assert config.num_beams == 6
    assert GenerationConfig.from_pretrained("ann/tiny", local_files_only=True) == config


def test_push_uploads_what_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed: list[Any] = []
    monkeypatch.setattr(
        "transformers.loading.hub.push_object", lambda thing, name, **options: pushed.append((name, options))
    )
    GenerationConfig().save_pretrained(tmp_path / "folder", push_to_hub=True, private=True)
    GenerationConfig().save_pretrained(tmp_path / "folder", push_to_hub=True, repo_id="ann/x")
    assert pushed == [("folder", {"private": True}), ("ann/x", {})]


def test_value_without_json_form_is_named() -> None:
    with pytest.raises(TypeError, match="foo cannot be written to JSON"):
        GenerationConfig(foo=object()).to_json_string()


def test_number_types_are_written_by_name() -> None:
    config = GenerationConfig(dtype=np.dtype("float32"), inner={"torch_dtype": np.float16})
    assert config.to_dict()["dtype"] == "float32"
    assert config.to_dict()["inner"] == {"torch_dtype": "float16"}


def test_arrays_become_numbers_and_lists() -> None:
    config = GenerationConfig(eos_token_id=np.array([3, 4]), pad_token_id=np.int64(2), top_k=50.0)
    assert config.eos_token_id == [3, 4]
    assert type(config.pad_token_id) is int
    assert type(config.top_k) is int


def test_from_dict_keeps_unknown_names_and_drops_markers() -> None:
    config = GenerationConfig.from_dict({"num_beams": 2, "other": 1}, num_beams=3, _from_auto=True)
    assert (config.num_beams, config.other) == (3, 1)
    assert not hasattr(config, "_from_auto")
