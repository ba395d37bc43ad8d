"""A small server that speaks the model hub's protocol, for tests without the network.

Repositories live in memory as {revision: {path: bytes}}.  Files of `large` are served as the hub serves large
ones: by redirect, under their SHA-256.  Requests are counted; `fail` makes the next ones fail.  Uploads, with
the server's token, create repositories, branches, commits and pull requests (`hub_uploads`).
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests import hub_uploads

RESOLVE = re.compile(r"/(?P<repo>[^/]+(?:(?:/|%2F)[^/]+)?)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
API = re.compile(
    r"/api/models/(?P<repo>[^/]+/[^/]+)(?:/(?P<what>revision|tree)/(?P<revision>[^/]+))?(?P<below>/.*)?"
)


def commit_of(files: dict[str, bytes]) -> str:
    """The id of a state of files: 40 hexadecimal digits."""
    parts = [f"{path}:{hashlib.sha1(data).hexdigest()}" for path, data in sorted(files.items())]
    return hashlib.sha1("\n".join(parts).encode()).hexdigest()


@dataclass
class Repository:
    """One repository.

    Attributes:
        revisions: branch or tag -> path -> contents.
        large: paths served by redirect.
        private: 401 without the token.
        gated: 403 without the token, but its existence is no secret.
        log: the commits that clients sent, oldest first.
    """

    revisions: dict[str, dict[str, bytes]]
    large: set[str] = field(default_factory=set)
    private: bool = False
    gated: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    log: list[hub_uploads.Commit] = field(default_factory=list)

    def state(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """(commit, files) of a branch, tag or commit."""
        for files in self.revisions.values():
            self.commits.setdefault(commit_of(files), dict(files))
        if revision in self.revisions:
            return commit_of(self.revisions[revision]), self.revisions[revision]
        files = self.commits.get(revision)
        return None if files is None else (revision, files)


class HubServer(ThreadingHTTPServer):
    """Serves `repositories`; `requests` lists (method, path) of what was asked.

    Attributes:
        token: opens private and gated repositories, and may write.
        instead: what is sent in place of a large file, by the SHA-256 announced for it.
        fail: {regular expression of a path: [status of the next answers]}; a status of 0 cuts the connection
            in the middle of the body.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories: dict[str, Repository] = {}
        self.requests: list[tuple[str, str]] = []
        self.fail: dict[str, list[int]] = {}
        self.token = "hf_secret"
        self.blobs: dict[str, bytes] = {}
        self.instead: dict[str, bytes] = {}

    @property
    def url(self) -> str:
        """The endpoint, for HF_ENDPOINT."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, repo: str, folder: Path, revision: str = "main", **options: Any) -> Repository:
        """Serve the files of a folder as a revision of `repo`."""
        files = {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }
        held = self.repositories.setdefault(repo, Repository({}, **options))
        held.revisions[revision] = files
        held.state(revision)
        return held


@contextmanager
def serving() -> Iterator[HubServer]:
    """A running server."""
    server = HubServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reachable(server: HubServer, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """Make the server the hub of this process and of its children, with a cache of its own.

    This process does not wait between attempts.
    """
    import huggingface_hub.constants as constants

    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # large files travel by LFS
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    at_once = SimpleNamespace(sleep=lambda seconds: None, time=time.time, monotonic=time.monotonic)
    monkeypatch.setattr("huggingface_hub.utils._http.time", at_once)
    monkeypatch.setattr("huggingface_hub.file_download.time", at_once)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HubServer

    def log_message(self, *args: Any) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_POST(self) -> None:
        data = self._received()
        if self._failing(True):
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
        status, told = hub_uploads.answer(self.server, self.path, token, data)
        headers = {"X-Error-Code": "RepoNotFound"} if status == 404 else {}
        self._send(status, json.dumps(told).encode(), {**headers, "Content-Type": "application/json"}, True)

    def do_PUT(self) -> None:
        data = self._received()
        if not self._failing(True):
            self._send(hub_uploads.store(self.server, self.path, data), b"", {}, True)

    def _received(self) -> bytes:
        """The body of a request, sent whole or in chunks."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _failing(self, body: bool) -> bool:
        """Note the request; whether it was answered by a failure that the test asked for."""
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append((self.command, path))
        for pattern, statuses in self.server.fail.items():
            if statuses and re.search(pattern, path):
                status = statuses.pop(0)
                if status:
                    self._send(status, b"it failed", {}, body)
                else:
                    self._cut(path)
                return True
        return False

    def _answer(self, body: bool) -> None:
        if self._failing(body):
            return None
        path = urlsplit(self.path).path
        if (blob := path.removeprefix("/blob/")) in self.server.blobs:
            data = self.server.instead.get(blob, self.server.blobs[blob])
            return self._file(data, {"ETag": f'"{blob}"'}, body)
        if found := RESOLVE.fullmatch(path):
            return self._resolve(*(unquote(found[part]) for part in ("repo", "revision", "path")), body)
        if found := API.fullmatch(path):
            return self._describe(unquote(found["repo"]), found["what"], found["revision"] or "main", body)
        return self._send(404, b"no such page", {}, body)

    def _allowed(self, name: str, files: bool, body: bool) -> Repository | None:
        """The repository, or None once a refusal was sent."""
        repo = self.server.repositories.get(name)
        known = self.headers.get("Authorization") == f"Bearer {self.server.token}"
        if repo is None or (repo.private and not known):
            self._send(404 if known else 401, b"", {"X-Error-Code": "RepoNotFound"}, body)
        elif repo.gated and files and not known:
            self._send(403, b"", {"X-Error-Code": "GatedRepo"}, body)
        else:
            return repo
        return None

    def _resolve(self, name: str, revision: str, path: str, body: bool) -> None:
        if (repo := self._allowed(name, True, body)) is None:
            return None
        state = repo.state(revision)
        if state is None:
            return self._send(404, b"", {"X-Error-Code": "RevisionNotFound"}, body)
        commit, files = state
        headers = {"X-Repo-Commit": commit}
        if path not in files:
            return self._send(404, b"", {**headers, "X-Error-Code": "EntryNotFound"}, body)
        data = files[path]
        if path not in repo.large:
            return self._file(data, {**headers, "ETag": f'"{hashlib.sha1(data).hexdigest()}"'}, body)
        digest = hashlib.sha256(data).hexdigest()
        self.server.blobs[digest] = data
        linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(data))}
        place = f"http://localhost:{self.server.server_address[1]}/blob/{digest}"  # another host, as a CDN is
        return self._send(302, b"", {**headers, **linked, "Location": place}, body)

    def _describe(self, name: str, what: str | None, revision: str, body: bool) -> None:
        if (repo := self._allowed(name, False, body)) is None:
            return None
        state = repo.state(unquote(revision))
        if state is None:
            return self._send(404, b"", {"X-Error-Code": "RevisionNotFound"}, body)
        commit, files = state
        entries = [
            {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
            for path, data in sorted(files.items())
        ]
        facts = {
            "id": name,
            "modelId": name,
            "sha": commit,
            "private": repo.private,
            "gated": "auto" if repo.gated else False,
            "tags": [],
            "siblings": [{"rfilename": entry["path"]} for entry in entries],
        }
        answer = json.dumps(entries if what == "tree" else facts).encode()
        return self._send(200, answer, {"Content-Type": "application/json"}, body)

    def _file(self, data: bytes, headers: dict[str, str], body: bool) -> None:
        """A file, or the part of it that was asked for."""
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        headers = {**headers, "Accept-Ranges": "bytes"}
        if asked is None:
            return self._send(200, data, headers, body)
        start, end = int(asked[1]), int(asked[2] or len(data) - 1)
        if start >= len(data):
            return self._send(416, b"", {**headers, "Content-Range": f"bytes */{len(data)}"}, body)
        headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
        return self._send(206, data[start : end + 1], headers, body)

    def _cut(self, path: str) -> None:
        """Promise a whole blob and send its first half."""
        data = self.server.blobs[path.removeprefix("/blob/")]
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
        self.close_connection = True

    def _send(self, status: int, data: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)
