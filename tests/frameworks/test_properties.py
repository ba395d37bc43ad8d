"""Operations agree with PyTorch on random shapes, dtypes and arguments.

Sizes come from a small pool, so that JAX compiles every operation a few times only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import torch

from .harness import FRAMEWORKS, backend, namespace

FLOATS = ("float32", "float16", "bfloat16")
DTYPES = (*FLOATS, "int64", "int32", "uint8", "bool")
TOLERANCE = {"float16": 4e-3, "bfloat16": 3e-2}
SETTINGS = hypothesis.settings(
    max_examples=40,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)
SHAPES = [(), (3,), (1,), (2, 3), (1, 3), (2, 1), (4, 2, 3), (1, 2, 1), (0, 3)]


def draw_array(data: st.DataObject, shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
    """Elements that show differences: few distinct numbers, halves, negative ones."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**16), label="seed"))
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if dtype in FLOATS:
        return (rng.integers(-12, 13, shape) / 4).astype(np.float32)
    return rng.integers(0 if dtype == "uint8" else -6, 7, shape).astype(dtype)


def given_tensor(t: Any, array: np.ndarray[Any, Any], dtype: str) -> Any:
    return t.from_numpy(np.array(array)).to(getattr(t, dtype))


def outputs(result: Any) -> list[Any]:
    """The tensors of a result."""
    return (
        [part for item in result for part in outputs(item)] if isinstance(result, (tuple, list)) else [result]
    )


def attempt(run: Callable[[], Any]) -> list[Any] | str:
    """The outputs, or "error"."""
    try:
        return outputs(run())
    except Exception:
        return "error"


def as_numpy(out: Any) -> np.ndarray[Any, Any]:
    return out.to(torch.float64 if out.is_floating_point() else out.dtype).numpy()


def check(label: str, run: Callable[..., Any], arrays: list[tuple[np.ndarray[Any, Any], str]]) -> None:
    """Values, sizes and dtypes agree over every framework; what PyTorch refuses is not compared."""
    wanted = attempt(lambda: run(torch, *(given_tensor(torch, *given) for given in arrays)))
    if wanted == "error":
        return
    for framework in FRAMEWORKS:
        t, b = namespace(framework), backend(framework)
        found = outputs(run(t, *(given_tensor(t, *given) for given in arrays)))
        assert len(found) == len(wanted), (framework, label)
        for got, want in zip(found, wanted, strict=True):
            name = str(want.dtype).removeprefix("torch.")
            where = f"{framework} {label} {[(a.shape, d) for a, d in arrays]}"
            assert got.dtype.name == b.canonical(name), where
            assert tuple(got.shape) == tuple(want.shape), where
            tolerance = TOLERANCE.get(name, 2e-5)
            np.testing.assert_allclose(
                b.to_numpy(got.a).astype(np.float64),
                as_numpy(want).astype(np.float64),
                rtol=tolerance,
                atol=tolerance,
                err_msg=where,
            )


POINTWISE: dict[str, Callable[..., Any]] = {
    name: lambda t, x, n=name: getattr(t, n)(x)
    for name in (
        "abs", "ceil", "cos", "exp", "floor", "isnan", "logical_not", "neg", "relu", "round", "sigmoid",
        "sign", "sin", "square", "tanh", "trunc", "erf", "expm1", "sgn", "positive", "frac", "sinc",
    )
}  # fmt: skip
POINTWISE |= {
    "clamp": lambda t, x: x.clamp(-1, 2),
    "clamp max": lambda t, x: x.clamp(max=1.5),
    "nan_to_num": lambda t, x: t.nan_to_num(x),
    "to long": lambda t, x: x.long(),
    "to bool": lambda t, x: x.bool(),
    "add": lambda t, x: x + 2,
    "mul": lambda t, x: 1.5 * x,
    "div": lambda t, x: x / 2,
    "floor_divide": lambda t, x: x // 2,
    "remainder": lambda t, x: x % 3,
    "pow": lambda t, x: x**2,
    "softplus": lambda t, x: t.nn.functional.softplus(x),
    "gelu": lambda t, x: t.nn.functional.gelu(x),
    "silu": lambda t, x: t.nn.functional.silu(x),
    "zeros_like": lambda t, x: (t.zeros_like(x), t.full_like(x, 2), t.ones_like(x)),
}

BINARY: dict[str, Callable[..., Any]] = {
    name: lambda t, x, y, n=name: getattr(t, n)(x, y)
    for name in (
        "add", "sub", "mul", "div", "maximum", "minimum", "eq", "ne", "lt", "ge", "logical_and",
        "logical_xor", "bitwise_and", "bitwise_or", "atan2", "true_divide", "hypot",
    )
}  # fmt: skip
BINARY |= {
    "floor_divide": lambda t, x, y: x // (y.abs() + 1),
    "remainder": lambda t, x, y: x % (y.abs() + 1),
    "fmod": lambda t, x, y: t.fmod(x, y.abs() + 1),
    "where": lambda t, x, y: t.where(x > 0, x, y),
    "masked_fill": lambda t, x, y: (x + y * 0).masked_fill(y > 0, 2),
    "lerp": lambda t, x, y: t.lerp(x, y, 0.25),
    "clamp": lambda t, x, y: t.clamp(x, min=y),
    "isin": lambda t, x, y: t.isin(x, y),
    "cat": lambda t, x, y: t.cat([x.reshape(-1), y.reshape(-1)]),
    "stack": lambda t, x, y: t.stack(t.broadcast_tensors(x, y)),
}

REDUCTIONS: dict[str, Callable[..., Any]] = {
    name: lambda t, x, dim, keep, n=name: getattr(t, n)(x, dim, keepdim=keep)
    for name in (
        "sum",
        "any",
        "all",
        "amax",
        "amin",
        "argmax",
        "argmin",
        "mean",
        "logsumexp",
        "prod",
        "nansum",
    )
}
REDUCTIONS |= {
    "max": lambda t, x, dim, keep: t.max(x, dim, keepdim=keep).values,
    "min": lambda t, x, dim, keep: t.min(x, dim, keepdim=keep).values,
    "var": lambda t, x, dim, keep: x.var(dim, unbiased=False, keepdim=keep),
    "norm": lambda t, x, dim, keep: t.linalg.vector_norm(x, dim=dim, keepdim=keep),
    "cumsum": lambda t, x, dim, keep: x.cumsum(dim),
    "cummax": lambda t, x, dim, keep: x.cummax(dim),
    "softmax": lambda t, x, dim, keep: (x.softmax(dim), x.log_softmax(dim)),
    "sort": lambda t, x, dim, keep: t.sort(x, dim=dim, descending=keep, stable=True),
    "topk": lambda t, x, dim, keep: x.topk(1, dim, largest=keep).values,
    "flip": lambda t, x, dim, keep: x.flip(dim),
    "roll": lambda t, x, dim, keep: x.roll(1, dim),
    "unsqueeze": lambda t, x, dim, keep: (x.unsqueeze(dim), x.squeeze(dim)),
    "select": lambda t, x, dim, keep: (x.select(dim, -1), x.narrow(dim, 0, 1)),
    "unbind": lambda t, x, dim, keep: (x.unbind(dim), x.chunk(2, dim), x.repeat_interleave(2, dim)),
    "median": lambda t, x, dim, keep: t.median(x, dim, keep).values,
    "count_nonzero": lambda t, x, dim, keep: t.count_nonzero(x, dim),
    "diff": lambda t, x, dim, keep: x.diff(dim=dim),
    "quantile": lambda t, x, dim, keep: t.quantile(x, 0.4, dim, keep),
    "logcumsumexp": lambda t, x, dim, keep: t.logcumsumexp(x, dim),
    "index_select": lambda t, x, dim, keep: x.index_select(dim, t.tensor([0, 0])),
}


@pytest.mark.parametrize("name", POINTWISE)
def test_pointwise_function_agrees(name: str) -> None:
    @hypothesis.settings(SETTINGS, max_examples=5)
    @hypothesis.given(st.data())
    def run(data: st.DataObject) -> None:
        dtype = data.draw(st.sampled_from(DTYPES))
        array = draw_array(data, data.draw(st.sampled_from(SHAPES)), dtype)
        check(name, POINTWISE[name], [(array, dtype)])

    run()


def broadcastable(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", BINARY)
def test_binary_function_broadcasts_and_promotes(name: str) -> None:
    pairs = [(a, b) for a in SHAPES for b in SHAPES if broadcastable(a, b)]

    @hypothesis.settings(SETTINGS, max_examples=7)
    @hypothesis.given(st.data())
    def run(data: st.DataObject) -> None:
        shapes = data.draw(st.sampled_from(pairs))
        dtypes = [data.draw(st.sampled_from(DTYPES)) for _ in shapes]
        arrays = [draw_array(data, shape, dtype) for shape, dtype in zip(shapes, dtypes, strict=True)]
        check(name, BINARY[name], list(zip(arrays, dtypes, strict=True)))

    run()


@pytest.mark.parametrize("name", REDUCTIONS)
def test_function_along_a_dim_agrees(name: str) -> None:
    @hypothesis.settings(SETTINGS, max_examples=6)
    @hypothesis.given(st.data())
    def run(data: st.DataObject) -> None:
        dtype = data.draw(st.sampled_from(DTYPES))
        shape = data.draw(st.sampled_from(SHAPES))
        dim = data.draw(st.integers(-max(len(shape), 1), max(len(shape), 1) - 1))
        keep = data.draw(st.booleans())
        array = draw_array(data, shape, dtype)
        check(f"{name} dim={dim} {keep}", lambda t, x: REDUCTIONS[name](t, x, dim, keep), [(array, dtype)])

    run()


PLACING: dict[str, Callable[..., Any]] = {
    "gather": lambda t, x, index, src, dim: x.gather(dim, index),
    "scatter_add": lambda t, x, index, src, dim: x.scatter_add(dim, index, src),
    "take_along_dim": lambda t, x, index, src, dim: t.take_along_dim(x, index, dim),
}
PLACING |= {
    f"scatter_reduce {how}": lambda t, x, index, src, dim, how=how: x.scatter_reduce(
        dim, index, src, how, include_self=dim == 0
    )
    for how in ("sum", "prod", "mean", "amax", "amin")
}


@pytest.mark.parametrize("name", PLACING)
def test_placing_function_agrees(name: str) -> None:
    @hypothesis.settings(SETTINGS, max_examples=6)
    @hypothesis.given(st.data())
    def run(data: st.DataObject) -> None:
        dtype = data.draw(st.sampled_from([d for d in DTYPES if d != "bool"]))
        dim = data.draw(st.integers(0, 1))
        shape = data.draw(st.sampled_from([(3, 3), (4, 3)]))
        index = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, 3, (3, 3))
        arrays = [draw_array(data, shape, dtype), index, draw_array(data, (3, 3), dtype)]
        kinds = [dtype, "int64", dtype]
        run_ = PLACING[name]
        check(f"{name} {dim}", lambda t, *given: run_(t, *given, dim), list(zip(arrays, kinds, strict=True)))

    run()
