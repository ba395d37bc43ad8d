"""Prints what each architecture's tests cost: the budget is a median of 6 and at most 12 CPU-seconds.

Importing the frameworks and using them for the first time is counted apart. The budget takes it that JAX's
compilations are cached; where none was, the last line says so.
"""

from __future__ import annotations

import gc
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
START = "first use of the frameworks"
_COSTS = pytest.StashKey[dict[str, float]]()
_COLD = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_COSTS] = {}
    config.stash[_COLD] = not any(Path(os.environ["JAX_COMPILATION_CACHE_DIR"]).glob("*"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Import and use the frameworks before the clock runs, where a model is to be tested."""
    if not any(item.path.parent == MODELS for item in session.items):
        return
    # What the frameworks hold is never garbage, and looking through it costs as much as a few models.
    gc.set_threshold(50_000, 20, 100)
    start = time.process_time()
    for module in ("torch._dynamo", "torch.export", "jax.numpy", "optax", "tensorflow", "keras"):
        if importlib.util.find_spec(module.partition(".")[0]):
            importlib.import_module(module)
    for prefix in ("", "Flax", "TF", "Np"):
        if importlib.util.find_spec({"": "torch", "Flax": "jax", "TF": "tensorflow"}.get(prefix, "numpy")):
            getattr(importlib.import_module("transformers"), f"{prefix}BertModel")
    if importlib.util.find_spec("torch"):
        use_torch()
    if importlib.util.find_spec("tensorflow"):
        use_tensorflow()
    gc.freeze()
    session.config.stash[_COSTS][START] = time.process_time() - start


def use_torch() -> None:
    """Let PyTorch import what it compiles, exports and recomputes with."""
    import torch
    from torch.utils.checkpoint import checkpoint

    layer, x = torch.nn.Linear(2, 2), torch.zeros(2, 2)
    torch.compile(layer, fullgraph=True, backend="eager")(x)
    torch.export.export(layer, (x,), dynamic_shapes=({0: torch.export.Dim("n")},))
    checkpoint(layer, x, use_reentrant=False).sum().backward()


def use_tensorflow() -> None:
    """Let TensorFlow trace a function."""
    import tensorflow as tf

    tf.function(lambda x: tf.matmul(x, x))(tf.zeros([2, 2]))


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
    costs = dict(terminalreporter.config.stash[_COSTS])
    start = costs.pop(START, 0.0)
    if not costs:
        return
    median, most = statistics.median(costs.values()), max(costs, key=lambda name: costs[name])
    terminalreporter.write_line(
        f"architectures: {len(costs)}, CPU seconds each: median {median:.1f} (budget {MEDIAN:.0f}), "
        f"most {costs[most]:.1f} for {most} (budget {MOST:.0f}); {START}: {start:.1f}"
    )
    if terminalreporter.config.stash[_COLD]:
        terminalreporter.write_line("JAX compiled everything: the budget is for compilations that are cached")
