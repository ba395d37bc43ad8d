"""Start, load and run on one thread, beside published releases, measured in turns in one run.

python benchmarks/loading.py --reference .venv-ref-4.57/bin/python --reference .venv-ref-5.23/bin/python

Every figure comes from processes of its own, one library after the other; ratios are of medians.
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
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SENTIMENT = ROOT / "src" / "transformers" / "pipelines" / "embedded" / "sentiment"
_HEAD = """
import json, statistics, sys, time
start = time.perf_counter()
def peak():
    return next(int(row.split()[1]) / 1024 for row in open("/proc/self/status") if row.startswith("VmHWM"))
def median(call, seconds):
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)
"""
# What is written is a list of numbers, one for each row of the table.
START = """
from transformers import pipeline
pipeline("sentiment-analysis", model=sys.argv[1])("a very good film")
print(json.dumps([1000 * (time.perf_counter() - start)]))
"""
LOAD = """
import torch
from transformers import AutoModelForCausalLM
before, begun = peak(), time.perf_counter()
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype="bfloat16")
loaded = time.perf_counter()
total = sum(float(weight.view(torch.int16).max()) for weight in model.parameters())
read = time.perf_counter()
print(json.dumps([1000 * (loaded - begun), 1000 * (read - begun), peak() - before]))
"""
RUN = """
import torch
from transformers import AutoModel
torch.set_num_threads(1)
torch.manual_seed(0)
small, large = (AutoModel.from_pretrained(folder).eval() for folder in sys.argv[1:3])
def once(model, rows, tokens, seconds=2):
    ids = torch.randint(5, 30000, (rows, tokens))
    mask = torch.ones_like(ids)
    with torch.inference_mode():
        model(input_ids=ids, attention_mask=mask)
        return median(lambda: model(input_ids=ids, attention_mask=mask), seconds)
found = [once(small, 1, 8), once(small, 1, 32), once(small, 1, 128), once(large, 8, 128)]
if hasattr(small, "prepack_weights"):
    small.prepack_weights(True)
print(json.dumps([*found, once(small, 1, 8)]))
"""
ROWS = {
    "start": ("first result of a pipeline, ms",),
    "load": ("load 1 GB, ms", "load and read 1 GB, ms", "memory of that, MiB"),
    "run": (
        "MiniLM, 8 tokens, ms",
        "MiniLM, 32 tokens, ms",
        "MiniLM, 128 tokens, ms",
        "BERT-base, 8 x 128 tokens, ms",
        "MiniLM, 8, prepack_weights(True)",
    ),
}


def run(python: str, script: str, *arguments: str) -> Any:
    """What a script writes in a fresh process on one thread."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    environment |= {"TRANSFORMERS_VERBOSITY": "error", "USE_TF": "0", "USE_JAX": "0"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled already
    if python != sys.executable:
        environment.pop(
            "PYTHONPATH", None
        )  # with it the interpreter would load this library in place of its own
    command = [python, "-W", "ignore", "-c", _HEAD + script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def write_large(folder: Path, layers: int) -> None:
    """A llama's checkpoint in bfloat16, a gigabyte with 8 layers."""
    import torch

    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 2048, "intermediate_size": 5632, "num_attention_heads": 16}
    config = LlamaConfig(vocab_size=32000, num_hidden_layers=layers, **sizes)
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    torch.manual_seed(0)
    model = model.to_empty(device="cpu").to(torch.bfloat16)
    for weight in model.parameters():
        weight.data.normal_(std=0.02)
    model.save_pretrained(folder)


def write_encoders(small: Path, large: Path) -> None:
    """BERT in the sizes of MiniLM-L6 and of BERT-base, with random weights."""
    import torch

    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    sizes = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
    BertModel(BertConfig(**sizes)).save_pretrained(small)
    BertModel(BertConfig()).save_pretrained(large)


def main() -> int:
    """Print a table of medians and ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reference", action="append", default=[], help="interpreter of a published release")
    parser.add_argument("--repeat", type=int, default=5, help="processes per figure; the median counts")
    parser.add_argument("--layers", type=int, default=8, help="of the large checkpoint")
    parser.add_argument("--only", choices=tuple(ROWS), action="append", help="parts to run; all by default")
    options = parser.parse_args()
    version = "import transformers; print(json.dumps(transformers.__version__))"
    pythons = [sys.executable, *(path for path in options.reference if Path(path).is_file())]
    names = [run(python, version) for python in pythons]
    print(f"{'':34}" + "".join(f"{name:>16}" for name in names) + "   published / here")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_large(folder / "large", options.layers)
        write_encoders(folder / "small", folder / "base")
        tasks = {
            "start": (START, [str(SENTIMENT)]),
            "load": (LOAD, [str(folder / "large")]),
            "run": (RUN, [str(folder / "small"), str(folder / "base")]),
        }
        for part in options.only or tasks:
            script, arguments = tasks[part]
            turns: list[list[list[float]]] = [[] for _ in pythons]
            for turn in range(options.repeat + 1):  # the first turn only fills the caches
                for python, kept in zip(pythons, turns, strict=True):
                    found = run(python, script, *arguments)
                    kept += [found] if turn else []
            for place_, label in enumerate(ROWS[part]):
                medians = [statistics.median(row[place_] for row in kept) for kept in turns]
                ratios = "".join(f"{value / medians[0]:8.2f}" for value in medians[1:])
                print(f"{label:34}" + "".join(f"{value:16.1f}" for value in medians) + f"  {ratios}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
