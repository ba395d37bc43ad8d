"""Prints what each architecture's tests cost: the budget is a median of 6 and at most 12 CPU-seconds."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Tiny models: what XLA saves by optimising is far less than what it costs.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
# What was compiled once stays compiled for the next run.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parent.parent / ".cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

MODELS = Path(__file__).parent / "models"
NAMES = {path.parent.name for path in MODELS.glob("*/case.py")}
MEDIAN, MOST = 6.0, 12.0
_COSTS = pytest.StashKey[dict[str, float]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_COSTS] = {}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Import the frameworks before the clock runs, where a model is to be tested."""
    if not any(item.path.parent == MODELS for item in session.items):
        return
    for module in ("torch._dynamo", "torch.export", "jax.numpy", "optax", "tensorflow", "keras"):
        if importlib.util.find_spec(module.partition(".")[0]):
            importlib.import_module(module)
    for prefix in ("", "Flax", "TF", "Np"):
        if importlib.util.find_spec({"": "torch", "Flax": "jax", "TF": "tensorflow"}.get(prefix, "numpy")):
            getattr(importlib.import_module("transformers"), f"{prefix}BertModel")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Add the test's CPU time to its architecture's."""
    name = getattr(item, "callspec", None) and item.callspec.params.get("name")  # type: ignore[attr-defined]
    start = time.process_time()
    result = yield
    if name in NAMES and item.path.parent == MODELS:
        costs = item.config.stash[_COSTS]
        costs[name] = costs.get(name, 0.0) + time.process_time() - start
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands its costs to the process that prints."""
    output: Any = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["architecture_costs"] = json.dumps(session.config.stash[_COSTS])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    """Collect a worker's costs."""
    found = json.loads(getattr(node, "workeroutput", {}).get("architecture_costs", "{}"))
    costs = node.config.stash[_COSTS]
    for name, seconds in found.items():
        costs[name] = costs.get(name, 0.0) + seconds


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for all architectures, and one for each that is over the budget."""
    costs = terminalreporter.config.stash[_COSTS]
    if not costs:
        return
    median, most = statistics.median(costs.values()), max(costs, key=lambda name: costs[name])
    terminalreporter.write_line(
        f"architectures: {len(costs)}, CPU seconds each: median {median:.1f} (budget {MEDIAN:.0f}), "
        f"most {costs[most]:.1f} for {most} (budget {MOST:.0f})"
    )
