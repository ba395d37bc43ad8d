"""The language of the conformance table: operations, their cases, and the inputs these need.

A case is a function of a torch namespace and of tensors; every framework runs the same function, and real
PyTorch says what must come out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

TABLE: dict[str, list[Case]] = {}


@dataclasses.dataclass(frozen=True)
class Given:
    """An input: sizes, NumPy or torch dtype name, and how its elements are drawn."""

    sizes: tuple[int, ...]
    dtype: str = "float32"
    low: float | None = None
    high: float = 1.0
    fixed: bool = False  # PyTorch has no gradient of it
    weight: bool = False  # its sizes are known before a graph runs

    def draw(self, rng: np.random.Generator) -> np.ndarray[Any, Any]:
        """The elements, as float32 where the dtype is floating."""
        if self.dtype == "bool":
            return rng.random(self.sizes) < 0.5
        if "int" in self.dtype:
            return rng.integers(int(self.low or 0), int(self.high), self.sizes).astype(self.dtype)
        if self.low is None:
            return rng.standard_normal(self.sizes).astype(np.float32)
        return rng.uniform(self.low, self.high, self.sizes).astype(np.float32)


@dataclasses.dataclass(frozen=True)
class Case:
    """One call of an operation.

    Args:
        run: function of the namespace and the inputs.
        given: the inputs.
        grad: whether gradients are compared.
        dynamic: whether the case runs in TensorFlow with all sizes unknown.
        tolerance: largest error, absolute beside 1 and relative above.
        skip: frameworks that cannot run it, with the reason.
    """

    run: Callable[..., Any]
    given: tuple[Given, ...]
    grad: bool = True
    dynamic: bool = True
    jit: bool = True
    tolerance: float = 2e-5
    skip: dict[str, str] = dataclasses.field(default_factory=dict)

    def inputs(self, seed: int) -> list[np.ndarray[Any, Any]]:
        """The inputs' elements, the same in every run."""
        rng = np.random.default_rng(seed)
        return [given.draw(rng) for given in self.given]


def op(name: str, run: Callable[..., Any], *given: Given, **options: Any) -> None:
    """Add a case of the operation `name`."""
    TABLE.setdefault(name, []).append(Case(run, given, **options))


def f(*sizes: int) -> Given:
    """Normal floats."""
    return Given(sizes)


def w(*sizes: int) -> Given:
    """Normal floats of sizes that a model knows."""
    return Given(sizes, weight=True)


def fixed(*sizes: int) -> Given:
    """Normal floats that are not differentiated."""
    return Given(sizes, fixed=True)


def h(*sizes: int) -> Given:
    """Normal floats, as bfloat16."""
    return Given(sizes, "bfloat16")


def h16(*sizes: int) -> Given:
    """Normal floats, as float16."""
    return Given(sizes, "float16")


def u(low: float, high: float, *sizes: int) -> Given:
    """Uniform floats."""
    return Given(sizes, "float32", low, high)


def i(high: int, *sizes: int, dtype: str = "int64", low: int = 0) -> Given:
    """Integers below `high`."""
    return Given(sizes, dtype, low, high)


def b(*sizes: int) -> Given:
    """Bools."""
    return Given(sizes, "bool")
