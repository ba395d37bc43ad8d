"""Replacing several files of a folder in one step: a crash leaves all the old ones or all the new ones.

New files are written into a hidden folder first. A journal, put in place by one rename, then says what they
replace; from that moment the new contents are valid, and a reader that finds the journal follows it. Moving
the files to their places and removing the journal only tidies up.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .config_files import read_json, write_text

JOURNAL = ".save-journal.json"
_STAGING = re.compile(r"\.saving-(?P<host>.*)-(?P<process>\d+)-[0-9a-f]{8}")


@contextmanager
def replacing(
    folder: str | os.PathLike[str], stale: Callable[[str, set[str]], bool] = lambda name, new: False
) -> Iterator[Path]:
    """A place to write files that take effect together when the block ends without an error.

    Args:
        folder: made if need be.
        stale: whether an old file of this name goes, given the names of the new ones.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    finish(folder)
    _sweep(folder)
    staging = folder / f".saving-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    staging.mkdir()
    try:
        yield staging
        new = {path.relative_to(staging).as_posix() for path in staging.rglob("*") if path.is_file()}
        for name in new:
            _flush(staging / name)
        old = {path.name for path in folder.iterdir() if path.is_file() and path.name != JOURNAL}
        plan = {
            "staging": staging.name,
            "new": sorted(new),
            "stale": sorted(name for name in old - new if stale(name, new)),
        }
        write_text(staging / JOURNAL, json.dumps(plan))
        _flush(staging)
        os.replace(staging / JOURNAL, folder / JOURNAL)
    except BaseException:
        if not (folder / JOURNAL).exists():
            shutil.rmtree(staging, ignore_errors=True)
        raise
    finish(folder)


def finish(folder: Path) -> None:
    """Carry out what a journal says, if there is one; from any point where an earlier attempt stopped."""
    plan = _plan(folder)
    if plan is None:
        return
    staging, new, stale = plan
    for name in new:
        if (staging / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / name, folder / name)
    for name in stale:
        (folder / name).unlink(missing_ok=True)
    (folder / JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(staging, ignore_errors=True)


def current(folder: Path, inner: str) -> Path:
    """Where the valid contents of a file lie now; for one that is to be removed, a path that is not there."""
    plan = _plan(folder)
    if plan is None:
        return folder / inner
    staging, new, stale = plan
    if inner in new and (staging / inner).is_file():
        return staging / inner
    return staging / inner if inner in stale else folder / inner


def _plan(folder: Path) -> tuple[Path, set[str], set[str]] | None:
    """(folder of new files, their names, names of files to remove) of a journal; None without a valid one."""
    path = folder / JOURNAL
    if not path.is_file():
        return None
    try:
        data = read_json(path)
        names = [data["staging"], *data["new"], *data["stale"]]
    except (OSError, KeyError, TypeError):
        return None
    if not _STAGING.fullmatch(str(names[0])) or not all(isinstance(name, str) for name in names):
        return None
    inside = all(name and not Path(name).is_absolute() and ".." not in Path(name).parts for name in names)
    return (folder / names[0], set(data["new"]), set(data["stale"])) if inside else None


def _sweep(folder: Path) -> None:
    """Remove what processes of this machine that are gone have left behind."""
    for entry in folder.iterdir():
        found = _STAGING.fullmatch(entry.name)
        if found and found["host"] == socket.gethostname() and not _alive(int(found["process"])):
            shutil.rmtree(entry, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _flush(path: Path) -> None:
    """Make sure that the contents of a file, or the names in a folder, are on the disk."""
    if os.name == "nt" and path.is_dir():
        return  # cannot be opened there
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


__all__ = ["JOURNAL", "current", "finish", "replacing"]
