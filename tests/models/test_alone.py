"""Each framework's face works in a process that cannot import the others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from . import cases
from .adapters import ADAPTERS, installed

PROGRAM = """
import sys
for package in {blocked!r}:
    sys.modules[package] = None
import numpy as np
from tests.models import cases
from tests.models.adapters import ADAPTERS
adapter = ADAPTERS[{framework!r}]
for name in {names!r}:
    for run in {runs!r}[name]:
        case = cases.case(name)["runs"][run]
        model = adapter.build(name, case["class"], run)
        output = adapter.run(model, cases.inputs(name, run))
        expected = cases.golden(name)["runs"][run]["outputs"]
        for key in ("last_hidden_state", "logits", "loss"):
            if key in expected:
                cases.compare(output[key], expected[key], cases.mask(name, run), key)
        model.save_pretrained({folder!r})
        type(model).from_pretrained({folder!r})
import transformers
from transformers import AutoConfig, AutoTokenizer, {prefix}AutoModel
assert type({prefix}AutoModel.from_pretrained({folder!r})).__name__.startswith({prefix!r})
loaded = sorted(p for p in ("torch", "jax", "tensorflow") if sys.modules.get(p) is not None)
print("loaded", loaded)
"""


@pytest.mark.parametrize("framework", installed())
def test_framework_needs_no_other(framework: str, tmp_path: Path) -> None:
    own = ADAPTERS[framework].package
    blocked = [p for p in ("torch", "jax", "flax", "tensorflow", "keras") if p != own]
    blocked = [p for p in blocked if (framework, p) != ("tf", "keras")]
    runs = {
        name: [next(iter(cases.case(name)["runs"])), list(cases.case(name)["runs"])[-1]]
        for name in cases.NAMES
    }
    program = PROGRAM.format(
        blocked=blocked,
        framework=framework,
        names=(cases.ONE, "distilbert"),
        runs=runs,
        folder=str(tmp_path),
        prefix=ADAPTERS[framework].prefix,
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=root, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    expected = [] if framework == "np" else [own]
    assert done.stdout.splitlines()[-1] == f"loaded {expected}"
