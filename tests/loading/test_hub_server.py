"""Loading by the name of a repository, from a server that speaks the hub's protocol."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.hub_server import HubServer, commit_of, reachable, serving
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertConfig, BertModel, BertTokenizer, pipeline
from transformers.loading.hub import cached_file

REPO = "ann/tiny-bert"
SIZES = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 12}
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with its tokenizer; a copy of it in the subfolder `part`."""
    place = tmp_path_factory.mktemp("checkpoint")
    (place / "vocab.txt").write_text("\n".join(WORDS))
    for target in (place, place / "part"):
        BertModel(BertConfig(vocab_size=len(WORDS), **SIZES)).save_pretrained(target, max_shard_size="1KB")
    BertTokenizer(str(place / "vocab.txt")).save_pretrained(place)
    return place


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path) -> Iterator[HubServer]:
    """The server, with an empty cache on this side."""
    with serving() as server:
        large = {path.name for path in folder.glob("*.safetensors")}
        server.add(REPO, folder, large=large)
        reachable(server, monkeypatch, tmp_path / "cache")
        yield server


def weights(model: Any) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in model.state_dict().items()}


def test_everything_of_a_repository_loads_once(hub: HubServer, folder: Path) -> None:
    expected = weights(BertModel.from_pretrained(folder))
    for attempt in range(2):
        model = AutoModel.from_pretrained(REPO)
        for name, value in weights(model).items():
            np.testing.assert_array_equal(value, expected[name])
        assert AutoTokenizer.from_pretrained(REPO)("good film")["input_ids"] == [2, 5, 7, 3]
        features = pipeline("feature-extraction", model=REPO)("bad film")
        assert np.array(features).shape == (1, 4, 8)
        if attempt == 0:
            hub.requests.clear()
    assert hub.requests == []  # what is cached is not asked for again


def test_config_knows_its_commit(hub: HubServer) -> None:
    config = AutoConfig.from_pretrained(REPO)
    assert config._commit_hash == commit_of(hub.repositories[REPO].revisions["main"])
    assert "_commit_hash" not in config.to_dict()


def test_branch_commit_and_subfolder(hub: HubServer, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    BertModel(BertConfig(vocab_size=9, **SIZES)).save_pretrained(other)
    hub.add(REPO, other, "wide")
    assert AutoConfig.from_pretrained(REPO).vocab_size == 8
    assert AutoModel.from_pretrained(REPO, revision="wide").config.vocab_size == 9
    commit = commit_of(hub.repositories[REPO].revisions["wide"])
    hub.requests.clear()
    assert AutoModel.from_pretrained(REPO, revision=commit).config.vocab_size == 9
    assert hub.requests == []
    part = AutoModel.from_pretrained(REPO, subfolder="part")
    expected = weights(BertModel.from_pretrained(folder / "part"))
    np.testing.assert_array_equal(weights(part)["pooler.dense.weight"], expected["pooler.dense.weight"])
    with pytest.raises(OSError, match="has no revision 'never'"):
        AutoConfig.from_pretrained(REPO, revision="never")


def test_config_and_weights_are_of_one_commit(hub: HubServer, tmp_path: Path) -> None:
    config = AutoConfig.from_pretrained(REPO)  # cached now
    moved = tmp_path / "moved"
    BertModel(BertConfig(vocab_size=9, **SIZES)).save_pretrained(moved)
    hub.add(REPO, moved)
    assert BertModel.from_pretrained(REPO).config.vocab_size == 8
    assert BertModel.from_pretrained(REPO, config=config).config.vocab_size == 8
    assert AutoModel.from_pretrained(REPO, force_download=True).config.vocab_size == 9
    assert AutoModel.from_pretrained(REPO).config.vocab_size == 9


def test_cache_serves_when_the_network_is_off(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="not in the cache"):
        AutoConfig.from_pretrained(REPO, local_files_only=True)
    AutoModel.from_pretrained(REPO)
    hub.shutdown()
    assert AutoModel.from_pretrained(REPO, local_files_only=True).config.vocab_size == 8
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert AutoModel.from_pretrained(REPO).config.vocab_size == 8


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("gated", "ann/tiny-bert is gated: ask for access"),
        ("private", "a repository at .* that you may read"),
    ],
)
def test_closed_repositories_open_with_the_token(hub: HubServer, option: str, said: str) -> None:
    setattr(hub.repositories[REPO], option, True)
    with pytest.raises(OSError, match=said):
        AutoModel.from_pretrained(REPO, token=False)
    assert AutoModel.from_pretrained(REPO, token=hub.token).config.vocab_size == 8


def test_errors_name_the_repository_and_the_cure(hub: HubServer) -> None:
    with pytest.raises(OSError, match=r"'ann/none' is neither a folder here nor a repository"):
        AutoModel.from_pretrained("ann/none")
    with pytest.raises(OSError, match=r"ann/tiny-bert has no file 'part/vocab.txt'"):
        cached_file(REPO, "vocab.txt", subfolder="part")
    assert cached_file(REPO, "nothing.json", required=False) is None
    hub.fail["config.json"] = [403] * 9
    with pytest.raises(OSError, match=r"the hub answered 403 for 'config.json' of ann/tiny-bert"):
        AutoConfig.from_pretrained(REPO)


def test_broken_download_leaves_no_partial_file(hub: HubServer, tmp_path: Path) -> None:
    AutoConfig.from_pretrained(REPO)
    hub.fail["/blob/"] = [0] * 40
    with pytest.raises(OSError, match="ann/tiny-bert"):
        AutoModel.from_pretrained(REPO)
    snapshots = tmp_path / "cache" / "models--ann--tiny-bert" / "snapshots"
    assert not list(snapshots.rglob("model-00001*"))
    hub.fail.clear()
    assert AutoModel.from_pretrained(REPO).config.vocab_size == 8


def test_load_from_a_fresh_process(hub: HubServer, tmp_path: Path) -> None:
    program = (
        "from transformers import NpBertModel;"
        f"print(NpBertModel.from_pretrained({REPO!r}, revision='main').config.hidden_size)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["8"]
