"""What importing costs, beside the published release, measured in turns in one run.

python benchmarks/imports.py --reference .venv-ref-4.57/bin/python
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

LIMITS = {"import transformers": 60.0, "BertModel over torch": 150.0}
TASKS = {
    "import transformers": ("", "import transformers"),
    "BertConfig": ("", "from transformers import BertConfig"),
    "BertModel over torch": ("import torch", "from transformers import BertModel"),
}
PROBE = """
import json, time
{before}
start = time.process_time()
{code}
print(json.dumps(1000 * (time.process_time() - start)))
"""


def run(python: str, script: str) -> str:
    """Last line that a script writes in a fresh process.

    Another interpreter gets no PYTHONPATH: with it, it would load this library in place of its own.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if python != sys.executable:
        environment.pop("PYTHONPATH", None)
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True, env=environment)
    return done.stdout.splitlines()[-1]


def measure(python: str, before: str, code: str) -> float:
    """CPU milliseconds of `code` in a fresh process, after `before`."""
    return float(json.loads(run(python, PROBE.format(before=before, code=code))))


def versions(reference: str | None) -> tuple[str, str]:
    """Versions of the two libraries that are compared.

    Raises:
        RuntimeError: both are the same one, so that the figures would say nothing.
    """
    script = "import transformers; print(transformers.__version__)"
    ours = run(sys.executable, script)
    theirs = run(reference, script) if reference else "-"
    if ours == theirs:
        raise RuntimeError(
            f"{reference} loads transformers {theirs}, the library under test: give another one"
        )
    return ours, theirs


def main() -> int:
    """Print a table; the exit status is 1 where a limit is passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reference", default=None, help="interpreter that has the published release")
    parser.add_argument("--repeat", type=int, default=5, help="processes per figure; the median counts")
    options = parser.parse_args()
    reference = options.reference if options.reference and Path(options.reference).is_file() else None
    over = 0
    ours_version, their_version = versions(reference)
    print(f"here: transformers {ours_version}; published: {their_version}")
    print(f"{'CPU milliseconds':24}{'here':>10}{'published':>12}{'ratio':>8}{'limit':>8}")
    for name, (before, code) in TASKS.items():
        here, there = [], []
        for turn in range(options.repeat + 1):  # the first turn only fills the caches
            pair = (
                measure(sys.executable, before, code),
                measure(reference, before, code) if reference else 0.0,
            )
            if turn:
                here.append(pair[0])
                there.append(pair[1])
        ours, theirs = statistics.median(here), statistics.median(there)
        limit = LIMITS.get(name)
        ratio = f"{ours / theirs:8.3f}" if theirs else f"{'-':>8}"
        published = f"{theirs:12.1f}" if theirs else f"{'-':>12}"
        print(f"{name:24}{ours:10.1f}{published}{ratio}{f'{limit:8.0f}' if limit else ''}")
        over += limit is not None and ours > limit
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
