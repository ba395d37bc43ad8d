"""Coverage-guided fuzzing of the parsers: `make fuzz SECONDS=600 TARGET=safetensors`.

Each target runs in a process of its own.  An error that its parser does not declare, more than a second of CPU
time for one input, or two gigabytes of memory, is a finding; the input is kept in .cache/fuzz/findings.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
HOME = ROOT / ".cache" / "fuzz"
LIMIT = 1.0  # seconds of CPU time for an input
MEMORY = 2048  # MiB
_DONE = re.compile(r"Done (\d+) runs in (\d+) second|stat::number_of_executed_units:\s*(\d+)")


class TooSlowError(RuntimeError):
    """An input that takes longer than the limit."""


def fuzz_here(name: str, seconds: int) -> None:
    """Fuzz one target in this process, which ends at the first finding."""
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
    folder = Path(tempfile.mkdtemp(prefix="fuzz"))

    def once(data: bytes) -> None:
        start = time.process_time()
        try_input(target, data, folder)
        if (spent := time.process_time() - start) > LIMIT:
            raise TooSlowError(f"{spent:.1f} s of CPU time for {len(data)} bytes")

    flags = [f"-max_total_time={seconds}", "-timeout=20", f"-rss_limit_mb={MEMORY}", "-print_final_stats=1"]
    flags += ["-verbosity=1", "-max_len=8192", f"-artifact_prefix={found}/{name}-", str(corpus)]
    atheris.Setup([sys.argv[0], *flags], once)
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
        "finding": status != 0,
        "log": str(log.relative_to(ROOT)),
    }


def main() -> int:
    """Fuzz targets one after another; the exit status is 1 where there are findings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
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
        findings += done["finding"]
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
