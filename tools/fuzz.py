"""Coverage-guided fuzzing of the parsers: `make fuzz SECONDS=600 TARGET=safetensors`.

Each target runs in a process of its own. An error that its parser does not declare, more than a second of CPU
time for one input, or two gigabytes of memory, is a finding; the input is kept in .cache/fuzz/findings.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import logging
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
HOME = ROOT / ".cache" / "fuzz"
LIMIT = 1.0  # seconds of CPU time for an input
MEMORY = 2048  # MiB
_DONE = re.compile(r"Done (\d+) runs in (\d+) second|stat::number_of_executed_units:\s*(\d+)")


# What takes the place of a part of a JSON file.
_VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    10**30,
    1e308,
    0.5,
    "",
    "a",
    "\0",
    "\ud800",
    [],
    {},
]


class TooSlowError(RuntimeError):
    """An input that takes longer than the limit."""


def change_json(value: Any, draw: random.Random) -> Any:
    """A copy of a JSON value in which one part is another one, twice there, or left out."""
    if not isinstance(value, dict | list) or not value or draw.random() < 0.2:
        return draw.choice([*_VALUES, [value], {"a": value}, str(value)])
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = draw.choice(keys)
    copy = value.copy()
    if draw.random() < 0.1:
        del copy[key]
    elif isinstance(copy, list) and draw.random() < 0.1:
        copy.append(copy[key])
    elif isinstance(copy, dict) and draw.random() < 0.1:
        copy[draw.choice(keys)] = value[key]
    else:
        copy[key] = change_json(value[key], draw)
    return copy


def mutator(atheris: Any) -> Any:
    """Half of the time JSON files are changed as JSON, so that they stay such."""

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        draw = random.Random(seed)
        if draw.random() < 0.5:
            try:
                made = json.dumps(change_json(json.loads(data), draw)).encode()
            except (ValueError, RecursionError):
                made = b""
            if 0 < len(made) <= most:
                return made
        changed: bytes = atheris.Mutate(data, most)
        return changed

    return mutate


def signature(error: BaseException) -> str:
    """Kind and place of an error; findings that share them are one."""
    places = traceback.extract_tb(error.__traceback__)
    ours = [place for place in places if "transformers" in place.filename]
    last = (ours or places)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}, {last.name}, line {last.lineno}"


def fuzz_here(name: str, seconds: int) -> None:
    """Fuzz one target in this process, which goes on after findings other than hangs and lack of memory."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["transformers"]):
        from fuzz_targets import TARGETS, try_input

        target = TARGETS[name]
        for data in target.first():  # also imports what the parser imports late
            try_input(target, data)
    logging.disable(logging.CRITICAL)
    corpus, found = HOME / "corpus" / name, HOME / "findings"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for place, data in enumerate(target.first()):
        (corpus / f"first_{place}").write_bytes(data)
    resource.setrlimit(resource.RLIMIT_AS, (2 * MEMORY << 20, 2 * MEMORY << 20))
    memory = Path("/dev/shm")  # files that never reach a disk
    folder = Path(tempfile.mkdtemp(prefix="fuzz", dir=memory if memory.is_dir() else None))

    seen: set[str] = set()

    def once(data: bytes) -> None:
        start = time.process_time()
        try:
            try_input(target, data, folder)
            if (spent := time.process_time() - start) > LIMIT:
                raise TooSlowError(f"{spent:.1f} s of CPU time for {len(data)} bytes")
        except BaseException as error:  # the engine's panics are no Exception
            kind = signature(error)
            if kind in seen:
                return
            seen.add(kind)
            (found / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
            sys.stderr.write("".join(["FINDING ", kind, "\n", *traceback.format_exception(error)]))

    flags = [f"-max_total_time={seconds}", "-timeout=20", f"-rss_limit_mb={MEMORY}", "-print_final_stats=1"]
    flags += ["-max_len=8192", f"-artifact_prefix={found}/{name}-", str(corpus)]
    is_json = target.first()[0].startswith(b"{")
    options = {"custom_mutator": mutator(atheris)} if is_json else {}
    atheris.Setup([sys.argv[0], *flags], once, **options)
    atheris.Fuzz()


def fuzz(name: str, seconds: int) -> dict[str, Any]:
    """Fuzz one target in a process of its own; what it did."""
    log = HOME / f"{name}.log"
    start = time.monotonic()
    with open(log, "wb") as file:
        command = [sys.executable, __file__, "--here", "--seconds", str(seconds), name]
        status = subprocess.run(command, stdout=file, stderr=file, check=False).returncode
    text = log.read_text(errors="replace")
    counts = [int(match[1] or match[3]) for match in _DONE.finditer(text)]
    return {
        "target": name,
        "executions": max(counts, default=0),
        "seconds": round(time.monotonic() - start),
        "findings": [*re.findall(r"^FINDING (.*)", text, re.MULTILINE), *(["the end"] if status else [])],
        "log": str(log.relative_to(ROOT)),
    }


def main() -> int:
    """Fuzz targets one after another; the exit status is 1 where there are findings."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="*", help="all of them if none is given")
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument("--here", action="store_true", help="in this process")
    options = parser.parse_args()
    HOME.mkdir(parents=True, exist_ok=True)
    if options.here:
        fuzz_here(options.targets[0], options.seconds)
        return 0
    from fuzz_targets import TARGETS

    if unknown := [name for name in options.targets if name not in TARGETS]:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    findings = 0
    for name in options.targets or TARGETS:
        done = fuzz(name, options.seconds)
        findings += len(done["findings"])
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
