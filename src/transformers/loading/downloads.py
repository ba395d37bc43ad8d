"""One download from the hub: what arrived is what was announced, also where file locks do nothing."""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path
from typing import Any

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TRIES = 5
_PATIENCE = 2.0  # seconds that a file which another process is just putting in place may be away


class WrongContentsError(OSError):
    """The bytes that arrived are not those that the hub announced."""


def fetch(repo: str, inner: str, **options: Any) -> Path:
    """`huggingface_hub.hf_hub_download`, with the hash checked; keywords are the same.

    On file systems whose locks do nothing, processes that start together fetch one file several times and
    put it in place one over the other: a step that fails because another process was faster is tried again.

    Raises:
        WrongContentsError: the hash is another; nothing is kept.
    """
    import huggingface_hub

    for attempt in range(_TRIES):
        try:
            path = Path(huggingface_hub.hf_hub_download(repo, inner, **options))
        except (FileExistsError, FileNotFoundError) as error:
            # Errors of the hub's library may be of these kinds too; those say something else.
            if type(error) not in (FileExistsError, FileNotFoundError) or attempt == _TRIES - 1:
                raise
            time.sleep(0.01 * 2**attempt)
            continue
        break
    settle(path)
    if not options.get("local_files_only"):
        _check(path, repo, inner)
    return path


def settle(path: Path) -> None:
    """Wait, not for long, until a file that is being replaced is there again."""
    end = time.monotonic() + _PATIENCE
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.005)


def _check(path: Path, repo: str, inner: str) -> None:
    """Compare a file in the cache with the hash it is kept under: large files are kept under their SHA-256.

    Raises:
        WrongContentsError: they differ; the file is removed.
    """
    try:
        blob = path.parent / os.readlink(path)
        announced = blob.name
        if not _SHA256.fullmatch(announced) or blob.parent.name != "blobs":
            return
        with open(blob, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # no link: a cache without links keeps no hash
        return
    if found != announced:
        path.unlink(missing_ok=True)
        blob.unlink(missing_ok=True)
        raise WrongContentsError(
            f"{inner!r} of {repo} arrived with the SHA-256 {found}, and {announced} was announced: nothing "
            "was kept. Load it again; if that does not help, something between here and the hub changes files"
        )


__all__ = ["WrongContentsError", "fetch", "settle"]
