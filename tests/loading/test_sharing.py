"""`push_to_hub` of models, tokenizers, settings and pipelines, through the real client to a test server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import numpy as np
import pytest

import transformers
from tests.hub_server import HubServer, Repository, reachable, serving
from transformers import (
    AutoConfig,
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    BertTokenizer,
    GenerationConfig,
    pipeline,
)

# The installed client sends files in a way that its own HTTP library warns of.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")

REPO = "ann/shared"
SIZES = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 12}
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film"]
CONFIG = BertConfig(vocab_size=len(WORDS), **SIZES)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    """An empty hub, where this process may write."""
    with serving() as server:
        reachable(server, monkeypatch, tmp_path / "cache")
        monkeypatch.setenv("HF_TOKEN", server.token)
        yield server


@pytest.fixture
def tokenizer(tmp_path: Path) -> BertTokenizer:
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS))
    return BertTokenizer(str(tmp_path / "vocab.txt"))


def held(hub: HubServer, revision: str = "main") -> dict[str, bytes]:
    return hub.repositories[REPO].revisions[revision]


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("BertModel", "torch"),
        ("FlaxBertModel", "jax"),
        ("TFBertModel", "tensorflow"),
        ("NpBertModel", "numpy"),
    ],
)
def test_model_of_every_face_is_pushed_and_loaded_back(hub: HubServer, name: str, package: str) -> None:
    pytest.importorskip(package)
    model = getattr(transformers, name)(CONFIG)
    model = model.eval() if package == "torch" else model
    done = model.push_to_hub(REPO, commit_message="First weights", commit_description="Tiny ones.")
    assert sorted(held(hub)) == ["README.md", "config.json", "model.safetensors"]
    assert [(c.summary, c.description) for c in hub.repositories[REPO].log] == [
        ("First weights", "Tiny ones.")
    ]
    assert done.oid == (hub.repositories[REPO].state("main") or ("",))[0]
    other = transformers.NpBertModel.from_pretrained(REPO)
    ids = np.array([[2, 5, 3]])
    given = ids if package != "torch" else __import__("torch").tensor(ids)
    mine, back = model(input_ids=given)[0], other(input_ids=ids)[0]
    mine = mine.detach() if package == "torch" else mine
    np.testing.assert_allclose(np.asarray(mine), back, atol=1e-5)


def test_sharded_weights_arrive_whole(hub: HubServer) -> None:
    model = BertModel(CONFIG)
    model.push_to_hub(REPO, max_shard_size="1KB")
    shards = sorted(set(json.loads(held(hub)["model.safetensors.index.json"])["weight_map"].values()))
    assert len(shards) > 3
    assert set(shards) <= set(held(hub))
    back = BertModel.from_pretrained(REPO).state_dict()
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(back[name].numpy(), value.numpy())


def test_pickled_weights_on_request(hub: HubServer) -> None:
    BertModel(CONFIG).push_to_hub(REPO, safe_serialization=False)
    assert "pytorch_model.bin" in held(hub)
    assert "model.safetensors" not in held(hub)


def test_unchanged_files_are_not_sent_again(hub: HubServer) -> None:
    model = BertModel(CONFIG)
    model.push_to_hub(REPO)
    hub.requests.clear()
    model.config.layer_norm_eps = 1e-3
    model.push_to_hub(REPO)
    assert hub.repositories[REPO].log[-1].paths == ["config.json"]
    assert not [path for method, path in hub.requests if method == "PUT"]


def test_small_things_are_pushed(hub: HubServer, tokenizer: BertTokenizer) -> None:
    CONFIG.push_to_hub(REPO, tags=["tiny"])
    tokenizer.push_to_hub(REPO)
    GenerationConfig(max_length=7).push_to_hub(REPO)
    summaries = [commit.summary for commit in hub.repositories[REPO].log]
    assert summaries == ["Upload BertConfig", "Upload BertTokenizer", "Upload GenerationConfig"]
    assert AutoConfig.from_pretrained(REPO).hidden_size == 8
    assert BertTokenizer.from_pretrained(REPO)("good film")["input_ids"] == [2, 5, 7, 3]
    assert GenerationConfig.from_pretrained(REPO).max_length == 7


def test_pipeline_is_pushed_in_one_commit_and_runs_from_there(
    hub: HubServer, tokenizer: BertTokenizer
) -> None:
    config = BertConfig(vocab_size=len(WORDS), num_labels=3, **SIZES)
    model = BertForSequenceClassification(config).eval()
    made = pipeline("text-classification", model=model, tokenizer=tokenizer)
    made.push_to_hub(REPO, private=True)
    assert len(hub.repositories[REPO].log) == 1
    assert hub.repositories[REPO].private
    assert b'pipeline("text-classification", model="ann/shared")' in held(hub)["README.md"]
    (found,), (expected,) = pipeline("text-classification", model=REPO)(["bad film"]), made(["bad film"])
    assert found["label"] == expected["label"]
    assert found["score"] == pytest.approx(expected["score"], abs=1e-6)


def test_branch_is_made_and_main_stays(hub: HubServer) -> None:
    CONFIG.push_to_hub(REPO, revision="dev")
    assert held(hub, "main") == {}
    assert set(held(hub, "dev")) == {"README.md", "config.json"}
    BertConfig(vocab_size=9, **SIZES).push_to_hub(REPO, revision="dev")
    assert AutoConfig.from_pretrained(REPO, revision="dev", force_download=True).vocab_size == 9


def test_pull_request_is_opened_read_and_added_to(hub: HubServer) -> None:
    CONFIG.push_to_hub(REPO)
    done = BertConfig(vocab_size=9, **SIZES).push_to_hub(REPO, create_pr=True)
    assert (done.pr_num, done.pr_revision) == (1, "refs/pr/1")
    assert AutoConfig.from_pretrained(REPO).vocab_size == 8
    assert AutoConfig.from_pretrained(REPO, revision="refs/pr/1").vocab_size == 9
    BertModel(BertConfig(vocab_size=9, **SIZES)).push_to_hub(REPO, revision="refs/pr/1")
    model = BertModel.from_pretrained(REPO, revision="refs/pr/1", force_download=True)
    assert tuple(model.get_input_embeddings().weight.shape) == (9, 8)
    with pytest.raises(ValueError, match="leave out revision='dev'"):
        CONFIG.push_to_hub(REPO, create_pr=True, revision="dev")


def test_card_is_written_once_and_tags_are_added(hub: HubServer) -> None:
    model = BertModel(CONFIG)
    model.add_model_tags(["small", "test"])
    model.push_to_hub(REPO)
    card = huggingface_hub.ModelCard(held(hub)["README.md"].decode())
    assert (card.data.library_name, card.data.tags) == ("transformers", ["small", "test"])
    assert 'BertModel.from_pretrained("ann/shared")' in card.text
    held(hub)["README.md"] = b"---\nlicense: mit\ntags:\n- test\n---\n# Mine\n\nMy words.\n"
    model.push_to_hub(REPO, tags="new")
    card = huggingface_hub.ModelCard(held(hub)["README.md"].decode())
    assert (card.data.license, card.data.tags) == ("mit", ["test", "small", "new"])
    assert "My words." in card.text
    before = held(hub)["README.md"]
    CONFIG.push_to_hub(REPO)
    assert held(hub)["README.md"] == before


@pytest.mark.parametrize("thing", ["model", "jax", "np", "config", "tokenizer", "generation", "pipeline"])
def test_save_pretrained_pushes_with_the_same_options(
    thing: str, hub: HubServer, tokenizer: BertTokenizer, tmp_path: Path
) -> None:
    kinds: dict[str, Any] = {
        "model": lambda: BertModel(CONFIG),
        "jax": lambda: transformers.FlaxBertModel(CONFIG),
        "np": lambda: transformers.NpBertModel(CONFIG),
        "config": lambda: CONFIG,
        "tokenizer": lambda: tokenizer,
        "generation": lambda: GenerationConfig(),
        "pipeline": lambda: pipeline("feature-extraction", model=BertModel(CONFIG), tokenizer=tokenizer),
    }
    options = {"max_shard_size": "2KB"} if thing in ("model", "jax", "np", "pipeline") else {}
    folder = tmp_path / "named"
    how = {"commit_message": "By saving", "private": True, **options}
    kinds[thing]().save_pretrained(folder, push_to_hub=True, **how)
    repo = hub.repositories["ann/named"]
    assert (repo.private, [commit.summary for commit in repo.log]) == (True, ["By saving"])
    local = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert set(repo.revisions["main"]) == {*local, "README.md"}
    assert ("model.safetensors.index.json" in local) == bool(options)


def test_repository_of_an_organisation(hub: HubServer) -> None:
    CONFIG.push_to_hub("shared", organization="lab")
    assert set(hub.repositories) == {"lab/shared"}
    CONFIG.push_to_hub("shared")
    assert set(hub.repositories) == {"lab/shared", REPO}


@pytest.mark.parametrize(
    ("token", "said"), [("hf_other", "use a token that may write there"), (False, "log in .* or pass token=")]
)
def test_refused_upload_names_the_cure(token: Any, said: str, hub: HubServer) -> None:
    hub.repositories[REPO] = Repository({"main": {}})
    with pytest.raises(OSError, match=rf"did not take the upload to {REPO} .*{said}"):
        CONFIG.push_to_hub(REPO, token=token)
    assert held(hub) == {}


def test_failed_commit_leaves_the_branch_as_it_was(hub: HubServer) -> None:
    CONFIG.push_to_hub(REPO)
    before = dict(held(hub))
    hub.fail["/commit/"] = [500] * 3
    with pytest.raises(OSError, match=r"\(500\): try again later"):
        BertModel(BertConfig(vocab_size=9, **SIZES)).push_to_hub(REPO)
    assert held(hub) == before
