"""Test cases and golden records of every architecture under tests/models."""

from __future__ import annotations

import functools
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

from . import seeding
from .devices import SLACK

HERE = Path(__file__).parent
RECORDED = sorted(path.parent.name for path in HERE.glob("*/golden.json.gz"))
ONE = "bert"  # properties of a face, not of an architecture, are tested with this one


@functools.cache
def case(name: str) -> dict[str, Any]:
    """The case of an architecture."""
    scope: dict[str, Any] = {}
    exec(compile((HERE / name / "case.py").read_text(), str(HERE / name / "case.py"), "exec"), scope)
    return scope["CASE"]


# A pair of two models has no trunk and two configs: its numbers are compared here, the rest is its own suite.
NAMES = [name for name in RECORDED if not case(name).get("composite")]


def main(name: str) -> str:
    """The input that an architecture reads: `input_ids`, `pixel_values` ..."""
    return case(name).get("main", "input_ids")


# Which architectures a property is about.
TOKENS = [name for name in NAMES if main(name) == "input_ids"]  # a vocabulary, padding
ATTENDING = [name for name in NAMES if case(name).get("attends", True)]  # layers with attention
DEEP = [name for name in NAMES if case(name).get("deep")]  # as many layers as published, however narrow
RECOMPUTING = [name for name in NAMES if case(name).get("recomputes", True)]  # gradient checkpointing


@functools.cache
def golden(name: str) -> dict[str, Any]:
    """The golden record of an architecture."""
    return json.loads(gzip.decompress((HERE / name / "golden.json.gz").read_bytes()))


def runs() -> list[tuple[str, str]]:
    """(architecture, run) of every recorded run."""
    return [(name, run) for name in RECORDED for run in case(name)["runs"]]


def config_values(name: str, run: str | None = None) -> dict[str, Any]:
    """The tiny config of an architecture with a run's variant."""
    data = case(name)
    variant = data["runs"][run].get("variant") if run else None
    return {**data["config"], **(data["variants"][variant] if variant else {})}


def shallow(name: str) -> dict[str, Any]:
    """What makes the tiny config one layer deep: `num_hidden_layers` and the case's `shallow`.

    A network of convolutions has its depth from its published design.
    """
    layers = {"num_hidden_layers": 1} if name in ATTENDING else {}
    return {**layers, **case(name).get("shallow", {})}


def inputs(name: str, run: str) -> dict[str, np.ndarray]:
    """The arrays that a run feeds."""
    return {key: seeding.array(key, spec) for key, spec in case(name)["runs"][run]["inputs"].items()}


def mask(name: str, run: str) -> np.ndarray | None:
    """The padding mask of a run, or None."""
    return inputs(name, run).get("attention_mask")


def compare(
    value: Any, expected: Any, padding: np.ndarray | None, where: str, tolerance: float = 1e-4
) -> None:
    """Fail unless `value` (arrays, nested in tuples) agrees with its golden digests."""
    if isinstance(expected, list):
        assert isinstance(value, tuple | list), f"{where}: expected a tuple, got {type(value).__name__}"
        assert len(value) == len(expected), f"{where}: {len(value)} entries, expected {len(expected)}"
        for index, (one, other) in enumerate(zip(value, expected, strict=True)):
            compare(one, other, padding, f"{where}[{index}]", tolerance)
        return
    if expected is None:
        assert value is None, where
        return
    found = seeding.digest(np.asarray(value), padding)
    assert found["shape"] == expected["shape"], (
        f"{where}: shape {found['shape']}, expected {expected['shape']}"
    )
    scale = max(1.0, expected["rms"]) * SLACK
    for key in ("values", "mean_abs", "rms"):
        gap = np.max(np.abs(np.array(found[key]) - np.array(expected[key])), initial=0.0)
        assert gap <= tolerance * scale, (
            f"{where}: {key} differ by {gap:.3g}, allowed {tolerance * scale:.3g}"
        )
