"""Watching what a load does: time, memory, files opened, programs started, connections made."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MIB = 2**20
_RUNS = (
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "subprocess.Popen",
    "socket.connect",
    "pty.spawn",
)
_heard: list[tuple[str, Any]] | None = None


def _listen(event: str, args: tuple[Any, ...]) -> None:
    if _heard is not None and (event in _RUNS or event in ("open", "exec", "import")):
        _heard.append((event, args[0] if args else None))


sys.addaudithook(_listen)


def _memory(field: str) -> int:
    """A number of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


@contextmanager
def bounded(folder: Path, seconds: float = 1.0, memory: int = 64 * MIB) -> Iterator[None]:
    """Fail where the block uses more CPU time or memory than a file may cost, starts or connects to anything.

    It may open what is below `folder` or part of an installed package.

    memory: beyond the sizes of the files in `folder`; measured where the system tells the peak.
    """
    global _heard
    room = memory + sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    measured = _forget_peak()
    before, start = _memory("VmRSS"), time.process_time()
    _heard = []
    try:
        yield
    finally:
        heard, _heard = _heard, None
        spent = time.process_time() - start
        peak = _memory("VmHWM") - before if measured else 0
    assert spent < seconds, f"took {spent:.2f} s of CPU time"
    assert peak < room, f"took {peak / MIB:.0f} MiB"
    roots = tuple(
        os.path.realpath(place) for place in (folder, sys.prefix, sys.base_prefix, *sys.path) if place
    )
    for event, what in heard:
        assert event not in _RUNS, f"{event} {what!r}"
        if event == "exec" and hasattr(what, "co_filename"):
            assert not what.co_filename.startswith(str(folder)), f"ran code of {what.co_filename}"
        if event == "open" and isinstance(what, str | bytes | os.PathLike):
            place = os.path.realpath(os.fsdecode(what))
            harmless = ("/proc/", "/dev/null", "/dev/urandom", "/sys/")
            assert place.startswith((*roots, *harmless)), f"opened {place}"


def _forget_peak() -> bool:
    """Start measuring the peak of this process's memory anew; False where the system cannot."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return _memory("VmHWM") > 0
