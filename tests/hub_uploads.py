"""The half of the hub's protocol that takes files in: repositories, branches, large files, commits, pull
requests."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from tests.hub_server import HubServer, Repository

_LARGE = (".safetensors", ".bin", ".msgpack", ".h5", ".model")
_BATCH = re.compile(r"/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch")
_CHANGE = re.compile(
    r"/api/models/(?P<repo>[^/]+/[^/]+)/(?P<what>preupload|branch|commit)/(?P<revision>[^/]+)"
)
Answer = tuple[int, Any]


@dataclass
class Commit:
    """One commit that a client sent: where to, what it says, and the files it adds."""

    revision: str
    summary: str
    description: str
    paths: list[str]


def answer(server: HubServer, target: str, token: str | None, body: bytes) -> Answer:
    """The status and JSON that a POST gets."""
    url = urlsplit(target)
    if unquote(url.path) == "/api/validate-yaml":
        return 200, {"warnings": [], "errors": []}
    if token is None:
        return 401, {"error": "log in to write"}
    if token != server.token:
        return 403, {"error": "this token may not write"}
    if unquote(url.path) == "/api/repos/create":
        return _create(server, json.loads(body))
    found = _BATCH.fullmatch(unquote(url.path)) or _CHANGE.fullmatch(url.path)
    repo = None if found is None else server.repositories.get(unquote(found["repo"]))
    if found is None or repo is None:
        return 404, {"error": "no such repository"}
    if found.re is _BATCH:
        return _batch(server, json.loads(body))
    revision = unquote(found["revision"])
    if found["what"] == "branch":
        return _branch(repo, revision, json.loads(body or b"{}"))
    if revision not in repo.revisions:
        return 404, {"error": f"no revision {revision}"}
    if found["what"] == "preupload":
        return 200, {"files": [_mode(repo, revision, entry) for entry in json.loads(body)["files"]]}
    as_request = parse_qs(url.query).get("create_pr") == ["1"]
    return _commit(server, unquote(found["repo"]), revision, as_request, body)


def store(server: HubServer, target: str, body: bytes) -> int:
    """Take in the contents of a large file; the status of the answer."""
    digest = target.removeprefix("/upload/")
    if hashlib.sha256(body).hexdigest() != digest:
        return 400
    server.blobs[digest] = body
    return 200


def _create(server: HubServer, asked: dict[str, Any]) -> Answer:
    from tests.hub_server import Repository

    name = f"{asked['organization'] or 'ann'}/{asked['name']}"
    there = {"url": f"{server.url}/{name}"}
    if name in server.repositories:
        return 409, {**there, "error": "there is one of that name"}
    private = bool(asked.get("private") or asked.get("visibility") == "private")
    server.repositories[name] = Repository({"main": {}}, private=private)
    return 200, there


def _branch(repo: Repository, name: str, asked: dict[str, Any]) -> Answer:
    if name in repo.revisions:
        return 409, {"error": "there is a branch of that name"}
    state = repo.state(asked.get("startingPoint", "main"))
    if state is None:
        return 404, {"error": "no such starting point"}
    repo.revisions[name] = dict(state[1])
    return 200, {}


def _mode(repo: Repository, revision: str, entry: dict[str, Any]) -> dict[str, Any]:
    """How a file is to be sent, and what is held under its name now."""
    large = entry["path"].endswith(_LARGE)
    held = repo.revisions[revision].get(entry["path"])
    oid = None
    if held is not None and large:
        oid = hashlib.sha256(held).hexdigest()
    elif held is not None:
        oid = hashlib.sha1(b"blob %d\0" % len(held) + held).hexdigest()
    mode = "lfs" if large else "regular"
    return {"path": entry["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid}


def _batch(server: HubServer, asked: dict[str, Any]) -> Answer:
    objects = []
    for entry in asked["objects"]:
        known = (
            {}
            if entry["oid"] in server.blobs
            else {"upload": {"href": f"{server.url}/upload/{entry['oid']}"}}
        )
        objects.append({**entry, **({"actions": known} if known else {})})
    return 200, {"transfer": "basic", "objects": objects}


def _commit(server: HubServer, name: str, revision: str, as_request: bool, body: bytes) -> Answer:
    """Apply the lines of a commit to a copy of the branch, and put that in its place."""
    repo = server.repositories[name]
    files = dict(repo.revisions[revision])
    header: dict[str, Any] = {}
    paths = []
    for line in body.splitlines():
        entry = json.loads(line)
        value = entry["value"]
        if entry["key"] == "header":
            header = value
            continue
        if entry["key"] == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif entry["key"] == "lfsFile":
            if value["oid"] not in server.blobs:
                return 400, {"error": f"{value['path']} was not uploaded"}
            files[value["path"]] = server.blobs[value["oid"]]
            repo.large.add(value["path"])
        elif entry["key"] == "deletedFile":
            del files[value["path"]]
        paths.append(value["path"])
    told: dict[str, Any] = {}
    if as_request:
        number = 1 + sum(known.startswith("refs/pr/") for known in repo.revisions)
        revision = f"refs/pr/{number}"
        told["pullRequestUrl"] = f"{server.url}/{name}/discussions/{number}"
    repo.revisions[revision] = files
    repo.log.append(Commit(revision, header["summary"], header["description"], sorted(paths)))
    commit, _ = repo.state(revision) or ("", {})
    return 200, {**told, "commitUrl": f"{server.url}/{name}/commit/{commit}", "commitOid": commit}


__all__ = ["Commit", "answer", "store"]
