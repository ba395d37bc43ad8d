"""Record the golden numbers of a model from the published release.

Run by `make golden NAME=x` with the interpreter of a recording environment; this library is never imported.
Writes tests/models/<name>/golden.json.gz.
"""

from __future__ import annotations

import copy
import gzip
import importlib
import inspect
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

import transformers

TESTS = Path(__file__).resolve().parent.parent / "tests" / "models"
sys.path.insert(0, str(TESTS))
import seeding  # noqa: E402


def seed_weights(model: torch.nn.Module, keep: list[str]) -> None:
    """Give every parameter and floating-point buffer the values that belong to its name."""
    with torch.no_grad():
        saved = dict(model.named_buffers()).keys() & model.state_dict().keys()
        named = [*model.named_parameters(), *((n, b) for n, b in model.named_buffers() if n in saved)]
        for name, tensor in named:
            if tensor.is_floating_point() and not any(name.endswith(part) for part in keep):
                tensor.copy_(torch.from_numpy(seeding.weight(name, tuple(tensor.shape))))


def outputs_of(output: Any, mask: np.ndarray | None) -> dict[str, Any]:
    """Digests of every array of a model's output, nested tuples as lists."""

    def record(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return seeding.digest(value.detach().numpy(), mask)
        if isinstance(value, tuple | list):
            return [record(item) for item in value]
        return None

    return {key: record(value) for key, value in output.items() if key != "past_key_values"}


def record_run(case: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """One run's golden record."""
    config_class = getattr(transformers, case["config_class"])
    overrides = case["variants"][run["variant"]] if "variant" in run else {}
    values = copy.deepcopy({**case["config"], **overrides})  # nested configs are taken apart by some classes
    config = config_class(**values, attn_implementation="eager")
    module = importlib.import_module(f"transformers.{case['module']}")
    model_class = getattr(module, run["class"])
    model = model_class(config)
    model.tie_weights()
    seed_weights(model, run.get("keep", []))
    model.eval()
    inputs = {name: torch.from_numpy(seeding.array(name, spec)) for name, spec in run["inputs"].items()}
    output = model(**inputs, **run.get("flags", {}), return_dict=True)
    mask = (
        seeding.array("attention_mask", run["inputs"]["attention_mask"])
        if "attention_mask" in inputs
        else None
    )
    result = {
        "keys": list(output.keys()),
        "outputs": outputs_of(output, mask),
        "state": {name: [list(t.shape), str(t.dtype)[6:]] for name, t in model.state_dict().items()},
        "forward": [
            name
            for name, p in inspect.signature(model.forward).parameters.items()
            if p.kind is not p.VAR_KEYWORD
        ],
        "tied": sorted(model_class._tied_weights_keys or []),
        "main_input_name": model_class.main_input_name,
        "no_split": model_class._no_split_modules,
    }
    if output.get("loss") is not None:
        output["loss"].backward()
        result["gradients"] = {
            name: float(f"{p.grad.double().norm():.6g}")
            for name, p in model.named_parameters()
            if p.grad is not None
        }
    return result


def main(name: str) -> None:
    if "+" in transformers.__version__:
        raise SystemExit(f"this interpreter imports {transformers.__version__}: unset PYTHONPATH")
    torch.manual_seed(0)
    scope: dict[str, Any] = {}
    exec((TESTS / name / "case.py").read_text(), scope)
    case = scope["CASE"]
    config_class = getattr(transformers, case["config_class"])
    defaults = {} if config_class.has_no_defaults_at_init else config_class().to_dict()
    golden = {
        "recorded_with": {
            "transformers": transformers.__version__,
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "config_defaults": defaults,
        "runs": {key: record_run(case, run) for key, run in case["runs"].items()},
    }
    path = TESTS / name / "golden.json.gz"
    text = json.dumps(golden, separators=(",", ":"), sort_keys=False)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{path.name}: {len(golden['runs'])} runs, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
