"""Downloads that break, lie, stop or run into each other; caches half filled, offline and without links."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.hub_server import HubServer, commit_of, reachable, serving
from transformers.loading.checkpoint import open_checkpoint
from transformers.loading.hub import cached_file
from transformers.loading.saving import save_checkpoint

REPO = "ann/states"
WEIGHTS = {f"w{i}": np.full((40, 7 + i), i, np.float32) for i in range(3)}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    """A repository of three shards and a config."""
    folder = tmp_path / "served"
    save_checkpoint(folder, WEIGHTS, max_shard_size="1KB")
    (folder / "config.json").write_text('{"a": 1}')
    with serving() as server:
        server.add(REPO, folder, large={path.name for path in folder.glob("*.safetensors")})
        reachable(server, monkeypatch, tmp_path / "cache")
        yield server


def home(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "models--ann--states"


def loaded() -> dict[str, np.ndarray]:
    found = open_checkpoint(REPO)
    return {name: np.array(found.get(name)) for name in found}


def same() -> bool:
    found = loaded()
    return found.keys() == WEIGHTS.keys() and all(np.array_equal(found[n], WEIGHTS[n]) for n in WEIGHTS)


def test_broken_download_goes_on_where_it_stopped(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    open_checkpoint(REPO)  # the server knows its blobs from now on
    hub.requests.clear()
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 100)
    ranges: list[str | None] = []
    kind: Any = hub.RequestHandlerClass
    send = kind._file

    def note(handler: Any, *args: Any) -> Any:
        ranges.append(handler.headers.get("Range"))
        return send(handler, *args)

    monkeypatch.setattr(kind, "_file", note)
    hub.fail["/blob/"] = [0]
    path = cached_file(REPO, "model-00001-of-00003.safetensors", force_download=True)
    assert path is not None
    data = hub.repositories[REPO].revisions["main"][path.name]
    assert path.read_bytes() == data
    assert ranges == [f"bytes={len(data) // 200 * 100}-"]  # whole chunks of the half that arrived


def test_wrong_hash_is_refused_and_not_kept(hub: HubServer, tmp_path: Path) -> None:
    good = hub.repositories[REPO].revisions["main"]["model-00002-of-00003.safetensors"]
    digest = hashlib.sha256(good).hexdigest()
    hub.instead[digest] = good[:-1] + bytes([good[-1] ^ 1])  # of the announced length
    with pytest.raises(OSError, match=rf"of {REPO} arrived with the SHA-256 .* and {digest} was announced"):
        open_checkpoint(REPO)
    assert not (home(tmp_path) / "blobs" / digest).exists()
    hub.instead.clear()
    assert same()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, r"you may read|the token may not read it; log in"),
        (403, r"the hub answered 403 for 'config.json' of ann/states: the token may not read it; log in"),
        (404, r"'ann/states'|of ann/states"),
        (416, r"the hub answered 416 for 'config.json' of ann/states: the file changed"),
        (429, r"refuses more requests for ann/states now \(429\): wait"),
        (500, r"the hub answered 500 for 'config.json' of ann/states: try again later"),
        (503, r"the hub answered 503 for 'config.json' of ann/states: try again later"),
    ],
)
def test_refusals_name_the_repository_and_the_cure(hub: HubServer, status: int, said: str) -> None:
    hub.fail["config.json"] = [status] * 20
    with pytest.raises(OSError, match=said):
        cached_file(REPO, "config.json")
    hub.fail.clear()
    assert cached_file(REPO, "config.json") is not None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_failures_are_tried_again(hub: HubServer, status: int) -> None:
    hub.fail["config.json"] = [status]
    assert cached_file(REPO, "config.json") is not None


def test_half_cached_repository(hub: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cached_file(REPO, "model.safetensors.index.json")
    cached_file(REPO, "model-00001-of-00003.safetensors")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(OSError, match=r"names 'model-00002-of-00003.safetensors', and there is no such file"):
        open_checkpoint(REPO)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    hub.requests.clear()
    assert same()
    assert not [path for _, path in hub.requests if "model-00001" in path]


def test_link_to_a_lost_blob_is_fetched_again(hub: HubServer, tmp_path: Path) -> None:
    assert same()
    blob = next(
        path
        for path in (home(tmp_path) / "blobs").iterdir()
        if path.read_bytes() == hub.repositories[REPO].revisions["main"]["model-00003-of-00003.safetensors"]
    )
    blob.unlink()
    assert same()


def test_cache_without_links(hub: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.are_symlinks_supported", lambda folder: False)
    assert same()
    assert not [path for path in home(tmp_path).rglob("*") if path.is_symlink()]
    hub.requests.clear()
    assert same()
    assert hub.requests == []
    commit = commit_of(hub.repositories[REPO].revisions["main"])
    path = cached_file(REPO, "config.json", revision=commit)
    assert path is not None
    assert json.loads(path.read_text()) == {"a": 1}


def test_pull_request_is_a_revision(hub: HubServer, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.json").write_text('{"a": 2}')
    hub.add(REPO, other, "refs/pr/1")
    for _ in range(2):
        path = cached_file(REPO, "config.json", revision="refs/pr/1")
        assert path is not None
        assert json.loads(path.read_text()) == {"a": 2}
        hub.requests.clear()
    cached_file(REPO, "config.json", revision="refs/pr/1")
    assert hub.requests == []
    with pytest.raises(OSError, match="has no revision 'refs/pr/2'"):
        cached_file(REPO, "config.json", revision="refs/pr/2")


COLD_START = """
import fcntl, hashlib, os, sys
import huggingface_hub, huggingface_hub.file_download, numpy
from transformers.loading.checkpoint import open_checkpoint
from transformers.loading.hub import cached_file
from transformers.loading.config_files import read_json

fcntl.flock = fcntl.lockf = lambda *args: None  # locks that every caller gets
gate, start = os.pipe()
children = []
for number in range(50):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(start)
            os.read(gate, 1)
            found = open_checkpoint(sys.argv[1])
            sums = [float(found.get(name).sum()) for name in sorted(found)]
            settings = read_json(cached_file(sys.argv[1], "config.json"))
            code = 0 if [sums, settings] == [[0.0, 320.0, 720.0], {"a": 1}] else 2
        except BaseException as error:
            print(repr(error), flush=True)
        finally:
            os._exit(code)
    children.append(child)
os.close(start)  # all children read an end of file at once
print(sorted({os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children}))
"""


def test_fifty_cold_starts_with_locks_that_do_nothing(hub: HubServer, tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", COLD_START, REPO],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"},
        check=True,
    )
    assert found.stdout.split("\n")[0] == "[0]", found.stdout + found.stderr[-2000:]
    for blob in (home(tmp_path) / "blobs").iterdir():
        data = blob.read_bytes()
        assert blob.name in (hashlib.sha1(data).hexdigest(), hashlib.sha256(data).hexdigest())
    hub.requests.clear()
    assert same()
    assert hub.requests == []
