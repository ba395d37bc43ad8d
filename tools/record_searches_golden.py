"""Record what the searches of release 4.35 give when they are called by their own names.

Run with the interpreter of a recording environment that has that release; writes
tests/generation/searches.json.gz. This library is never imported.
"""

from __future__ import annotations

import gzip
import importlib
import json
from typing import Any

import torch

import record_generation_golden as writing
import transformers

# Beside the cases of the other golden, whose recorder makes the folder known.
search_cases, golden_cases = map(importlib.import_module, ("search_cases", "golden_cases"))
PATH = writing.TESTS / "generation" / "searches.json.gz"
MODELS = ("gpt2", "t5")


def main() -> None:
    """Record every search for a decoder and for a pair, each with fresh random numbers."""
    golden: dict[str, Any] = {
        "releases": {"transformers": transformers.__version__, "torch": torch.__version__},
        "runs": {},
    }
    for name in MODELS:
        data = golden_cases.MODELS[name]
        for key in search_cases.SEARCHES:
            model, assistant = writing.build(data), writing.build(data, **data["assistant"])
            given = writing.prompt("padded", data["pair"])
            if key == "assisted_decoding":
                given = writing.prompt("alone", data["pair"])
            calls = search_cases.Calls(
                transformers,
                torch,
                model,
                assistant,
                given["input_ids"],
                given["attention_mask"],
                data["pair"],
            )
            torch.manual_seed(0)
            with torch.no_grad():
                found = search_cases.numbers(getattr(calls, key)())
            golden["runs"].setdefault(name, {})[key] = found
    PATH.write_bytes(gzip.compress(json.dumps(golden, separators=(",", ":")).encode(), mtime=0))
    print(f"{PATH.name}: {PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
