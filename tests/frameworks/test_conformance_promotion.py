"""Dtype promotion, exhaustively: every pair of dtypes, as tensors with axes, 0-d tensors and numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from .harness import FRAMEWORKS, backend, namespace

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64")
NUMBERS = (True, 2, 2.5)
OPERATORS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "add": lambda t, x, y: x + y,
    "sub": lambda t, x, y: x - y,
    "mul": lambda t, x, y: x * y,
    "div": lambda t, x, y: x / y,
    "floor_divide": lambda t, x, y: x // y,
    "remainder": lambda t, x, y: x % y,
    "pow": lambda t, x, y: x**y,
    "maximum": lambda t, x, y: t.maximum(x, y),
    "eq": lambda t, x, y: x == y,
    "lt": lambda t, x, y: x < y,
    "and": lambda t, x, y: x & y,
    "logical_or": lambda t, x, y: t.logical_or(x, y),
    "where": lambda t, x, y: t.where(t.tensor([True, False]), x, y),
    "cat": lambda t, x, y: t.cat([x.reshape(-1), y.reshape(-1)]),
}


_TENSORS_ONLY = ("maximum", "cat", "logical_or")


def operands(t: Any) -> Iterator[tuple[str, Any, Any]]:
    """All pairs: tensor with tensor, tensor with 0-d tensor, 0-d with 0-d, tensor with number, number with
    tensor.
    """
    for a, b in itertools.product(DTYPES, DTYPES):
        x, y = (t.tensor([3, 1]).to(getattr(t, name)) for name in (a, b))
        yield f"{a} {b}", x, y
        yield f"{a} 0-d {b}", x, y[0]
        yield f"0-d {a} {b}", x[0], y
        yield f"0-d {a} 0-d {b}", x[0], y[0]
    for a, number in itertools.product(DTYPES, NUMBERS):
        x = t.tensor([3, 1]).to(getattr(t, a))
        yield f"{a} {number}", x, number
        yield f"{number} {a}", number, x
        yield f"0-d {a} {number}", x[0], number


def _outcome(t: Any, operation: Callable[[Any, Any, Any], Any], x: Any, y: Any) -> Any:
    """The result, or "error"."""
    try:
        return operation(t, x, y)
    except Exception:
        return "error"


def _traced_dtypes(
    pairs: list[tuple[str, Any, Any]], operation: Callable[[Any, Any, Any], Any], t: Any
) -> list[Any]:
    """The results under JAX's abstract evaluation, which compiles nothing: dtypes without values."""
    import jax

    def everything() -> list[Any]:
        outcomes = [_outcome(t, operation, x, y) for _, x, y in pairs]
        return [None if isinstance(outcome, str) else outcome.a for outcome in outcomes]

    return ["error" if found is None else found for found in jax.eval_shape(everything)]


def _fault(framework: str, got: Any, want: Any) -> str | None:
    if isinstance(want, str):
        return None  # what PyTorch refuses (booleans in most cases) may work or not
    if isinstance(got, str):
        return "raises"
    wide = {"torch.int64": "torch.int32", "torch.float64": "torch.float32"} if framework == "jax" else {}
    expected = wide.get(str(want.dtype), str(want.dtype))
    dtype = str(got.dtype) if framework != "jax" else f"torch.{got.dtype.name}"
    if dtype != expected:
        return f"is {dtype}, not {expected}"
    if framework == "jax":
        return None
    values = backend(framework).to_numpy(got.a).astype(np.float64)
    if not np.allclose(values, want.double().numpy(), rtol=1e-2, atol=1e-2):
        return f"is {values}, not {want}"
    return None


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_promotion_agrees_with_pytorch(framework: str, name: str) -> None:
    t = namespace(framework)
    operation = OPERATORS[name]
    pairs = list(operands(t))
    if framework == "jax":
        outcomes = _traced_dtypes(pairs, operation, t)
    else:
        outcomes = [_outcome(t, operation, x, y) for _, x, y in pairs]
    faults = []
    for (label, _, _), (_, p, q), got in zip(pairs, operands(torch), outcomes, strict=True):
        if name in _TENSORS_ONLY and not (isinstance(p, torch.Tensor) and isinstance(q, torch.Tensor)):
            continue
        if fault := _fault(framework, got, _outcome(torch, operation, p, q)):
            faults.append(f"{name} of {label} {fault}")
    assert faults == []
