"""Runs flattened model files where the library cannot be imported; one process for all of them.

Reads one job a line, {"file", "config_class", "runs"}, and answers with one line: the first output of every
run, or {"error": traceback}.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import traceback
from typing import Any

sys.modules["transformers"] = None  # type: ignore[assignment]


def answer(job: dict[str, Any]) -> list[Any]:
    """The first output of every run of a job."""
    import seeding
    import torch

    spec = importlib.util.spec_from_file_location("alone", job["file"])
    assert spec is not None and spec.loader is not None
    alone = importlib.util.module_from_spec(spec)
    sys.modules["alone"] = alone
    spec.loader.exec_module(alone)
    found = []
    for run in job["runs"]:
        config = getattr(alone, job["config_class"])(**run["config"])
        model = getattr(alone, run["class"])(config).eval()
        with torch.no_grad():
            saved = [(n, b) for n, b in model.named_buffers() if n in model.state_dict()]
            for name, tensor in [
                *model.named_parameters(),
                *((n, b) for n, b in saved if b.is_floating_point()),
            ]:
                if not name.endswith(tuple(run["keep"]) or "\0"):
                    tensor.copy_(torch.from_numpy(seeding.weight(name, tuple(tensor.shape))))
            inputs = {n: torch.from_numpy(seeding.array(n, s)) for n, s in run["inputs"].items()}
            output = model(**inputs, **run["flags"])
        first = output["logits"] if "logits" in output else output[0]
        found.append(first.tolist())
    return found


if __name__ == "__main__":
    for line in sys.stdin:
        try:
            print(json.dumps(answer(json.loads(line))), flush=True)
        except Exception:
            print(json.dumps({"error": traceback.format_exc()}), flush=True)
