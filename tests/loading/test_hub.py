"""Files from folders, from the hub's cache, and the messages when there are none; offline."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import errors

from transformers.loading.hub import (
    PushToHubMixin,
    cached_file,
    cached_files,
    check_relative,
    extract_commit_hash,
    has_file,
    http_user_agent,
    push_object,
)

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPO = "ann/model"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A hub cache that holds config.json of one commit, and knows that there is no other.json."""
    home = tmp_path / "hub" / "models--ann--model"
    (home / "snapshots" / COMMIT / "part").mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(COMMIT)
    (home / "snapshots" / COMMIT / "config.json").write_text("{}")
    (home / "snapshots" / COMMIT / "part" / "config.json").write_text('{"a": 1}')
    (home / ".no_exist" / COMMIT).mkdir(parents=True)
    (home / ".no_exist" / COMMIT / "other.json").write_text("")
    return tmp_path / "hub"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a request was made")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)


def failing(monkeypatch: pytest.MonkeyPatch, kind: type[Exception], status: int | None = None) -> None:
    """Make every download fail with an error of the hub's library."""
    error = kind.__new__(kind)
    error.args = ("what the library says",)
    if status is not None:
        error.response = SimpleNamespace(status_code=status)  # type: ignore[attr-defined]

    def download(*args: Any, **kwargs: Any) -> str:
        raise error

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)


def test_file_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "a.json").write_text("")
    assert cached_file(tmp_path, "part/a.json") == tmp_path / "part" / "a.json"
    assert cached_file(tmp_path, "a.json", subfolder="part") == tmp_path / "part" / "a.json"
    assert cached_file(tmp_path / "part" / "a.json", "anything") == tmp_path / "part" / "a.json"
    assert cached_file(tmp_path, "b.json", required=False) is None
    assert cached_file(tmp_path, "b.json", _raise_exceptions_for_missing_entries=False) is None
    assert has_file(tmp_path / "part", "a.json")
    assert not has_file(tmp_path, "a.json")
    assert cached_files(tmp_path / "part", ["a.json", "b.json"], required=False) == [
        tmp_path / "part" / "a.json"
    ]
    assert cached_files(tmp_path, ["b.json"], required=False) is None


def test_missing_file_of_a_folder_says_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"has no file 'a.json'; it holds nothing"):
        cached_file(tmp_path, "a.json")


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "a/../../b", "..\\a", "C:/a", "", "a\0b"])
def test_names_stay_in_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be a path below the model's folder"):
        cached_file(tmp_path, name)
    with pytest.raises(ValueError, match="must be a path below the model's folder"):
        check_relative(name)


def test_subfolder_stays_in_the_folder(tmp_path: Path) -> None:
    for name in ("../other", "/etc", "a/.."):
        with pytest.raises(ValueError, match="must be a path below the model's folder"):
            cached_file(tmp_path, "a.json", subfolder=name)


def test_special_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.json")
    with pytest.raises(OSError, match="must be a regular file"):
        cached_file(tmp_path, "config.json")
    with pytest.raises(OSError, match="must be a folder or a regular file"):
        cached_file(tmp_path / "config.json", "config.json")


@pytest.mark.parametrize(
    "name", ["./x", "../x", "/x/y", "~/nothing-here", "a/b/c", "C:\\x", "x.json", "a\\b"]
)
def test_what_looks_local_is_not_asked_of_the_hub(name: str, no_network: None) -> None:
    with pytest.raises(OSError, match="there is no file or folder"):
        cached_file(name, "config.json")


def test_bad_hub_id(no_network: None) -> None:
    with pytest.raises(OSError, match=r"'not a name!' is neither a folder nor a valid hub id"):
        cached_file("not a name!", "config.json")
    with pytest.raises(OSError, match=r"neither a folder nor a valid hub id"):
        cached_file("not a name!", "config.json", local_files_only=True)


@pytest.mark.parametrize(
    "place", [{"revision": COMMIT}, {"local_files_only": True}, {"subfolder": "part", "revision": COMMIT}]
)
def test_cached_file_makes_no_request(place: dict[str, Any], cache: Path, no_network: None) -> None:
    path = cached_file(REPO, "config.json", cache_dir=cache, **place)
    assert path is not None
    assert extract_commit_hash(path) == COMMIT
    assert cached_file(REPO, "other.json", cache_dir=cache, required=False, revision=COMMIT) is None


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_variables_are_honoured(
    variable: str, cache: Path, no_network: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    assert cached_file(REPO, "config.json", cache_dir=cache) is not None
    with pytest.raises(OSError, match=rf"'b.json' of {REPO} is not in the cache .* unset HF_HUB_OFFLINE"):
        cached_file(REPO, "b.json", cache_dir=cache)
    assert cached_file(REPO, "b.json", cache_dir=cache, required=False) is None


@pytest.mark.parametrize("variable", ["TRANSFORMERS_CACHE", "HF_HUB_CACHE"])
def test_cache_variables_are_honoured(
    variable: str, cache: Path, no_network: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(cache))
    assert cached_file(REPO, "config.json", local_files_only=True) is not None


def test_offline_message_names_the_cure(cache: Path, no_network: None) -> None:
    with pytest.raises(
        OSError, match=r"leave out local_files_only, or fetch it once with `hf download ann/other`"
    ):
        cached_file("ann/other", "config.json", cache_dir=cache, local_files_only=True)


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        (
            errors.GatedRepoError,
            403,
            r"ann/model is gated: ask for access at https://.*/ann/model, then log in",
        ),
        (
            errors.RepositoryNotFoundError,
            404,
            r"'ann/model' is neither a folder here nor a repository at https://",
        ),
        (errors.RevisionNotFoundError, 404, r"ann/model has no revision 'v9': see https://"),
        (
            errors.EntryNotFoundError,
            404,
            r"ann/model \(revision v9\) has no file 'config.json': see https://",
        ),
        (errors.LocalEntryNotFoundError, None, r"cannot be reached: check the connection"),
        (errors.OfflineModeIsEnabled, None, r"the network is switched off"),
        (errors.HfHubHTTPError, 429, r"refuses more requests for ann/model now \(429\): wait"),
        (errors.HfHubHTTPError, 503, r"the hub answered 503 for 'config.json' of ann/model: try again later"),
        (ConnectionResetError, None, r"cannot be reached: check the connection, a proxy, or HF_ENDPOINT"),
    ],
)
def test_hub_errors_name_repository_and_cure(
    kind: type[Exception], status: int | None, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failing(monkeypatch, kind, status)
    with pytest.raises(OSError, match=message):
        cached_file(REPO, "config.json", revision="v9", cache_dir=tmp_path)


def test_absent_optional_file_on_the_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    failing(monkeypatch, errors.EntryNotFoundError, 404)
    assert cached_file(REPO, "config.json", cache_dir=tmp_path, required=False) is None


def test_download_gets_what_the_caller_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, Any] = {}

    def download(repo: str, name: str, **kwargs: Any) -> str:
        asked.update(kwargs, repo=repo, name=name)
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    cached_file(
        REPO, "a.json", revision="v1", subfolder="x/", token="t", force_download=True, repo_type="dataset"
    )
    assert (asked["repo"], asked["name"], asked["revision"], asked["token"]) == (REPO, "x/a.json", "v1", "t")
    assert (asked["force_download"], asked["repo_type"], asked["local_files_only"]) == (
        True,
        "dataset",
        False,
    )


def test_extract_commit_hash() -> None:
    assert extract_commit_hash(f"/x/snapshots/{COMMIT}/a.json") == COMMIT
    assert extract_commit_hash("/x/snapshots/main/a.json") is None
    assert extract_commit_hash("/x/a.json") is None
    assert extract_commit_hash(None) is None
    assert extract_commit_hash("/x", "abc") == "abc"


def test_user_agent() -> None:
    assert http_user_agent({"file_type": "config"}).endswith("; file_type/config")
    assert http_user_agent("mine").startswith("transformers/4.57.6")


class Thing(PushToHubMixin):
    task = "none"

    def save_pretrained(self, folder: str, **kwargs: Any) -> None:
        (Path(folder) / "thing.txt").write_text(str(sorted(kwargs)))


@pytest.mark.parametrize("push", [Thing.push_to_hub, push_object])
def test_push_uploads_what_is_saved(push: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: dict[str, Any] = {}

    class Api:
        def __init__(self, **kwargs: Any) -> None:
            calls["api"] = kwargs

        def create_repo(self, name: str, **kwargs: Any) -> Any:
            calls["create"] = (name, kwargs)
            return SimpleNamespace(repo_id=f"ann/{name}")

        def create_branch(self, name: str, **kwargs: Any) -> None:
            calls["branch"] = (name, kwargs)

        def file_exists(self, *args: Any, **kwargs: Any) -> bool:
            return False

        def create_commit(self, name: str, operations: list[Any], **kwargs: Any) -> str:
            calls["files"] = {
                each.path_in_repo: Path(each.path_or_fileobj).read_text() for each in operations
            }
            calls["upload"] = {"repo_id": name, **kwargs}
            return "done"

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    done = push(Thing(), "m", private=True, token="t", revision="dev", max_shard_size="1GB", tags=["x"])
    assert done == "done"
    assert calls["api"]["token"] == "t"
    assert calls["create"] == ("m", {"private": True, "exist_ok": True})
    assert calls["branch"] == ("ann/m", {"branch": "dev", "exist_ok": True})
    assert calls["files"]["thing.txt"] == "['max_shard_size']"
    assert "library_name: transformers" in calls["files"]["README.md"]
    assert (calls["upload"]["repo_id"], calls["upload"]["commit_message"]) == ("ann/m", "Upload Thing")
