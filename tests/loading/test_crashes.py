"""`save_pretrained` over an older checkpoint, stopped at every step: the old one or the new one is left."""

from __future__ import annotations

import builtins
import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transformers import BertTokenizer, GenerationConfig, GPT2Config, NpGPT2LMHeadModel
from transformers.loading import config_files, saving
from transformers.loading.checkpoint import open_checkpoint
from transformers.loading.folder_update import JOURNAL, current, replacing

SIZES = {"vocab_size": 11, "n_embd": 4, "n_layer": 1, "n_head": 2, "n_positions": 8}


def model(version: int) -> NpGPT2LMHeadModel:
    """One of two models that differ in weights, settings and the settings of writing."""
    made = NpGPT2LMHeadModel(GPT2Config(**SIZES, layer_norm_epsilon=version / 1000))
    made.generation_config = GenerationConfig(max_length=version)
    made.network.transformer.wte.weight.set(np.full((11, 4), version, np.float32))
    return made


def found(folder: Path) -> set[int]:
    """The versions that the files of a folder are of."""
    back = NpGPT2LMHeadModel.from_pretrained(folder)
    config = round(back.config.layer_norm_epsilon * 1000)
    weights = {int(value) for value in back.state_dict()["transformer.wte.weight"].ravel()}
    return {config, GenerationConfig.from_pretrained(folder).max_length, *weights}


def old(folder: Path) -> Path:
    model(1).save_pretrained(folder, max_shard_size="200B")
    assert found(folder) == {1}
    return folder


class Failing:
    """Lets `left` steps pass and then raises an error of the system, once."""

    def __init__(self, left: int, number: int) -> None:
        self.left, self.number, self.failed = left, number, False

    def step(self) -> None:
        self.left -= 1
        if self.left == -1:
            self.failed = True
            raise OSError(self.number, os.strerror(self.number))

    def before(self, function: Any) -> Any:
        def run(*args: Any, **kwargs: Any) -> Any:
            self.step()
            return function(*args, **kwargs)

        return run

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if not (args[1:2] and "x" in args[1]):
            return builtins.open(*args, **kwargs)
        self.step()
        return _Writer(builtins.open(*args, **kwargs), self)


class _Writer:
    def __init__(self, file: Any, failing: Failing) -> None:
        self.file, self.failing = file, failing

    def write(self, data: Any) -> int:
        self.failing.step()
        return int(self.file.write(data))

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *error: Any) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=["ENOSPC", "EIO"])
def test_failure_at_any_step_leaves_one_version(number: int, tmp_path: Path) -> None:
    new, steps, left = model(2), 0, set()
    for count in range(500):
        folder = old(tmp_path / str(count))
        failing = Failing(count, number)
        with pytest.MonkeyPatch.context() as patch:
            for name in ("fsync", "replace", "mkdir", "unlink"):
                patch.setattr(os, name, failing.before(getattr(os, name)))
            patch.setattr(saving, "open", failing.open, raising=False)
            patch.setattr(config_files, "open", failing.open, raising=False)
            try:
                new.save_pretrained(folder)
            except OSError as error:
                assert error.errno == number
        versions = found(folder)
        assert versions in ({1}, {2}), f"step {count}: {versions}"
        left |= versions
        new.save_pretrained(folder)
        assert found(folder) == {2}
        assert sorted(path.name for path in folder.iterdir()) == [
            "config.json",
            "generation_config.json",
            "model.safetensors",
        ]
        if not failing.failed:
            break
        steps += 1
    assert steps > 20
    assert left == {1, 2}


KILLED = """
import os, signal, sys
from pathlib import Path

import numpy
from tests.loading.test_crashes import found, model, old

new, place, seen = model(2), Path(sys.argv[1]), set()
for count in range(500):
    folder = old(place / str(count))
    child = os.fork()
    if child == 0:
        left = [count]

        def counted(function):
            def run(*args, **kwargs):
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1
                return function(*args, **kwargs)

            return run

        for name in ("fsync", "replace", "mkdir", "unlink", "rmdir", "close"):
            setattr(os, name, counted(getattr(os, name)))
        new.save_pretrained(folder)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    versions = found(folder)
    assert versions in ({1}, {2}), (count, versions)
    seen |= versions
    new.save_pretrained(folder)
    assert found(folder) == {2}
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["config.json", "generation_config.json", "model.safetensors"], names
    if status == 0:
        break
    assert status == -signal.SIGKILL, status
print(count, sorted(seen))
"""


def test_kill_at_any_step_leaves_one_version(tmp_path: Path) -> None:
    run = [sys.executable, "-c", KILLED, str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr[-2000:]
    steps, _, seen = done.stdout.partition(" ")
    assert int(steps) > 10
    assert seen.strip() == "[1, 2]"


def test_tokenizer_is_saved_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood")
    tokenizer = BertTokenizer(str(tmp_path / "vocab.txt"))
    folder = tmp_path / "saved"
    tokenizer.save_pretrained(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    tokenizer.add_tokens(["new"])
    failing = Failing(3, errno.ENOSPC)
    monkeypatch.setattr(os, "fsync", failing.before(os.fsync))
    with pytest.raises(OSError, match="No space left"):
        tokenizer.save_pretrained(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_journal_of_a_stranger_reaches_nothing_outside(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("old")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("mine")
    for plan in (
        {"staging": "..", "new": ["secret"], "stale": []},
        {"staging": ".saving-h-1-00000000", "new": ["config.json"], "stale": ["../secret"]},
        {"staging": ".saving-h-1-00000000/../..", "new": ["config.json"], "stale": []},
        {"staging": 5, "new": 5, "stale": 5},
        [],
    ):
        (folder / JOURNAL).write_text(json.dumps(plan))
        assert current(folder, "config.json") == folder / "config.json"
        with replacing(folder) as place:
            (place / "other").write_text("x")
        assert (tmp_path / "secret").read_text() == "old"
    assert (folder / "config.json").read_text() == "mine"


def test_weights_alone_are_found_through_a_journal(tmp_path: Path) -> None:
    saving.save_checkpoint(tmp_path, {"w": np.zeros(3, np.float32)})
    staging = tmp_path / ".saving-somewhere-1-00000000"
    saving.save_checkpoint(staging, {"w": np.ones(3, np.float32)})
    plan = {"staging": staging.name, "new": ["model.safetensors"], "stale": []}
    (tmp_path / JOURNAL).write_text(json.dumps(plan))
    assert open_checkpoint(tmp_path).get("w").tolist() == [1.0, 1.0, 1.0]
