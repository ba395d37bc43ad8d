"""The checking mode: a write that PyTorch would let others see is an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
HEAD = "import transformers.frameworks.np.torch as t\nx = t.zeros(2, 6)\n"

REFUSED = {
    "under a view": "y = x.view(3, 4)\nx[0] = 1.0",
    "through a view": "y = x.view(3, 4)\ny[0] = 1.0",
    "through a temporary view": "x[0][1] = 1.0",
    "through a slice": "y = x[:, 1:3]\ny[0] = 1.0",
    "through a transpose": "y = x.t()\ny[0] = 1.0",
    "through the property": "y = x.T\ny[0] = 1.0",
    "through a view of a view": "y = x.reshape(-1)[2:]\ny[0] = 1.0",
    "through a part": "a, b = x.chunk(2, dim=1)\na[0] = 1.0",
    "through a function": "y = t.transpose(x, 0, 1)\nx[0] = 1.0",
    "through expand": "y = x[:1].expand(4, 6)\nx[0] = 1.0",
    "through detach": "y = x.detach()\nx[0] = 1.0",
    "through a complex view": "y = t.view_as_complex(x.reshape(2, 3, 2))\ny[0] = 1.0",
    "through real": "z = t.zeros(3, dtype=t.complex64)\nz.real[0] = 1.0",
    "through meshgrid": "y = t.meshgrid(x[0], x[1], indexing='ij')\ny[0][0] = 1.0",
}
ALLOWED = {
    "no view": "x[0] = 1.0",
    "a view that is gone": "s = x[0].sum()\ny = x.view(3, 4) + 1\nx[0] = 1.0",
    "a clone of a view": "y = x.view(3, 4).clone()\ny[0] = 1.0\nx[0] = 2.0",
    "an index that copies": "y = x[t.tensor([0, 1])]\nz = x[[0]]\nx[0] = 1.0\ny[0] = 2.0",
    "a function that computes": "y = x.sum(0, keepdim=True).relu()\ny[0] = 1.0\nx[0] = 1.0",
    "a view whose base is gone": "y = t.arange(6).view(2, 3)\ny[0] = 1",
}


def run(body: str, mode: str = "1") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "TRANSFORMERS_CHECK_ALIASING": mode}
    return subprocess.run([sys.executable, "-c", body], env=environment, capture_output=True, text=True)


def attempts(cases: dict[str, str]) -> str:
    """A program that runs each case by itself and writes what came of it."""
    return (
        f"cases = {cases!r}\n"
        "for name, body in cases.items():\n"
        "    try:\n"
        f"        exec({HEAD!r} + body, {{}})\n"
        "        print(name + ': passed')\n"
        "    except RuntimeError as error:\n"
        "        print(name + ': ' + str(error))\n"
    )


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    done = run(attempts(REFUSED | ALLOWED))
    assert not done.returncode, done.stderr
    return dict(line.split(": ", 1) for line in done.stdout.splitlines())


@pytest.mark.parametrize("name", REFUSED)
def test_write_that_others_would_see_raises(said: dict[str, str], name: str) -> None:
    assert "x[index] = value writes to" in said[name] and "write to x.clone()" in said[name]


@pytest.mark.parametrize("name", ALLOWED)
def test_write_that_nobody_else_sees_is_allowed(said: dict[str, str], name: str) -> None:
    assert said[name] == "passed"


def test_mode_is_off_unless_asked_for() -> None:
    done = run(attempts(REFUSED), mode="0")
    assert [line.split(": ", 1)[1] for line in done.stdout.splitlines()] == ["passed"] * len(REFUSED)


def test_model_runs_in_the_mode() -> None:
    body = (
        "import numpy as np\n"
        "from transformers import BertConfig\n"
        "from transformers.models.bert.modeling_np_bert import NpBertModel\n"
        "config = BertConfig(vocab_size=99, hidden_size=24, num_hidden_layers=2, num_attention_heads=2,"
        " intermediate_size=32)\n"
        "print(NpBertModel(config)(np.array([[1, 2, 3]])).last_hidden_state.shape)\n"
    )
    done = run(body)
    assert done.stdout.strip() == "(1, 3, 24)", done.stderr
