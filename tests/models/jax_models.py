"""JAX models that several test files share."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")
jnp = jax.numpy

from . import cases  # noqa: E402
from .adapters import ADAPTERS  # noqa: E402
from .test_common import head_run  # noqa: E402

jax.config.update("jax_disable_most_optimizations", True)  # compiling is what these tests' time goes into

JAX = ADAPTERS["jax"]
ONE = cases.ONE
SHALLOW = cases.shallow(ONE)


def fresh_head(name: str = ONE, **overrides: Any) -> Any:
    return JAX.build(name, cases.case(name)["head"], head_run(name), **{**cases.shallow(name), **overrides})


def count_runs(monkeypatch: pytest.MonkeyPatch, model: Any) -> list[None]:
    """An item for each time that the network's Python runs: once where a call is compiled, not after that."""
    runs: list[None] = []
    forward = type(model.network).forward

    @functools.wraps(forward)
    def counted(*args: Any, **kwargs: Any) -> Any:
        runs.append(None)
        return forward(*args, **kwargs)

    monkeypatch.setattr(type(model.network), "forward", counted)
    return runs


@functools.cache
def head(name: str = ONE) -> Any:
    """The case's head; tests that share it leave it as it is."""
    return fresh_head(name)


@functools.cache
def dropping(name: str = ONE) -> Any:
    """The case's head with dropout."""
    config = JAX.config(name, head_run(name))
    rates = {
        key: 0.3
        for key in vars(config)
        if key.endswith(("dropout", "dropout_prob", "dropout_rate", "pdrop")) and getattr(config, key) == 0
    }
    assert rates
    return fresh_head(name, **rates)


def labelled(name: str = ONE) -> dict[str, np.ndarray]:
    return cases.inputs(name, head_run(name))


def plain(name: str = ONE) -> dict[str, np.ndarray]:
    return {key: value for key, value in labelled(name).items() if key != "labels"}


def decoder() -> tuple[str, Any]:
    name = next(n for n in cases.NAMES if "cached" in cases.case(n) and "seq2seq" not in cases.case(n))
    spec = cases.case(name)["cached"]
    variant = cases.case(name)["variants"].get(spec.get("variant"), {})
    return name, JAX.build(name, spec["class"], **{**cases.shallow(name), **variant})


@functools.cache
def compiled_apply(model: Any) -> Any:
    return jax.jit(model.apply, static_argnames=("train", "output_hidden_states"))


def apply(model: Any, *args: Any, **kwargs: Any) -> Any:
    """`model.apply`, compiled where the adapter compiles."""
    return (compiled_apply(model) if JAX.is_alone(model) else model.apply)(*args, **kwargs)


def leaves(tree: Any) -> list[Any]:
    return jax.tree.leaves(tree)


def equal(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(leaves(one), leaves(other), strict=True))
