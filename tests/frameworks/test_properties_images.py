"""Convolution, pooling, padding, resizing, sampling and normalisation agree with PyTorch for drawn sizes,
settings and dtypes.

What is expected is PyTorch's float32 result of the inputs as the dtype rounds them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import strategies as st

from .harness import FRAMEWORKS, backend, namespace

EXAMPLES = {"np": 60, "tf": 30, "jax": 8}  # JAX compiles every operation of every example
DTYPES = {"float32": 1e-4, "float16": 1e-2, "bfloat16": 6e-2}
Draw = Callable[[Any], Any]


class Call:
    """A drawn call: a function of a torch namespace and tensors, and the sizes of these."""

    def __init__(self, run: Callable[..., Any], *sizes: tuple[int, ...], spread: float = 1.0) -> None:
        self.run, self.sizes, self.spread = run, sizes, spread


def _each(draw: Draw, n: int, low: int, high: int) -> tuple[int, ...]:
    return tuple(draw(st.integers(low, high)) for _ in range(n))


def convolution(draw: Draw) -> Call:
    n, groups = draw(st.integers(1, 3)), draw(st.sampled_from((1, 1, 2, 3)))
    kernel, gaps = _each(draw, n, 1, 3), _each(draw, n, 1, 2)
    reach = [gap * (k - 1) + 1 for gap, k in zip(gaps, kernel, strict=True)]
    sizes = [draw(st.integers(r, r + 4)) for r in reach]
    own, outs = draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    padding: Any = draw(st.one_of(st.sampled_from(("same", "valid")), st.tuples(*[st.integers(0, 2)] * n)))
    steps = (1,) * n if padding == "same" else _each(draw, n, 1, 3)
    lead = (2,) if draw(st.booleans()) else ()

    def run(t: Any, x: Any, w: Any, bias: Any) -> Any:
        return getattr(t.nn.functional, f"conv{n}d")(x, w, bias, steps, padding, gaps, groups)

    return Call(run, (*lead, own * groups, *sizes), (outs, own, *kernel), (outs,))


def transposed_convolution(draw: Draw) -> Call:
    n, groups = draw(st.integers(1, 3)), draw(st.sampled_from((1, 1, 2, 3)))
    kernel, gaps, steps = _each(draw, n, 1, 3), _each(draw, n, 1, 2), _each(draw, n, 1, 3)
    extra = tuple(draw(st.integers(0, max(s, g) - 1)) for s, g in zip(steps, gaps, strict=True))
    cuts = tuple(draw(st.integers(0, (g * (k - 1)) // 2)) for g, k in zip(gaps, kernel, strict=True))
    own, outs = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    lead = (2,) if draw(st.booleans()) else ()

    def run(t: Any, x: Any, w: Any, bias: Any) -> Any:
        function = getattr(t.nn.functional, f"conv_transpose{n}d")
        return function(x, w, bias, steps, cuts, extra, groups, gaps)

    given = (*lead, own * groups, *_each(draw, n, 1, 4))
    return Call(run, given, (own * groups, outs, *kernel), (outs * groups,))


def pooling(draw: Draw) -> Call:
    n, kind = draw(st.integers(1, 3)), draw(st.sampled_from(("max", "avg")))
    kernel, steps = _each(draw, n, 1, 4), _each(draw, n, 1, 4)
    cuts = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    ceil = draw(st.booleans())
    gaps = _each(draw, n, 1, 2) if kind == "max" else (1,) * n
    include = draw(st.booleans())
    sizes = [
        draw(st.integers(max(g * (k - 1) + 1 - 2 * c, 1), g * k + 4))
        for g, k, c in zip(gaps, kernel, cuts, strict=True)
    ]

    def run(t: Any, x: Any) -> Any:
        function = getattr(t.nn.functional, f"{kind}_pool{n}d")
        if kind == "max":
            return function(x, kernel, steps, cuts, gaps, ceil)
        return function(x, kernel, steps, cuts, ceil, include)

    return Call(run, (2, 2, *sizes))


def adaptive_pooling(draw: Draw) -> Call:
    n, kind = draw(st.integers(1, 3)), draw(st.sampled_from(("max", "avg")))
    wanted = tuple(draw(st.one_of(st.none(), st.integers(1, 5))) for _ in range(n)) if n > 1 else (3,)

    def run(t: Any, x: Any) -> Any:
        return getattr(t.nn.functional, f"adaptive_{kind}_pool{n}d")(x, wanted)

    return Call(run, (2, 2, *_each(draw, n, 1, 7)))


def resizing(draw: Draw) -> Call:
    modes = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}
    n = draw(st.integers(1, 3))
    mode = draw(st.sampled_from(("nearest", "nearest-exact", "area", *modes[n] * 2)))
    options: dict[str, Any] = {"mode": mode}
    if mode in modes[n]:
        options["align_corners"] = draw(st.booleans())
        options["antialias"] = n == 2 and draw(st.booleans())
    low = 2 if options.get("antialias") else 1  # PyTorch's result of width 1 repeats its first row
    if draw(st.booleans()):
        options["size"] = _each(draw, n, low, 8)
    else:
        options["scale_factor"] = tuple(draw(st.sampled_from((0.5, 0.7, 1.3, 2.0, 2.6))) for _ in range(n))
        options["recompute_scale_factor"] = draw(st.sampled_from((None, False, True)))
    sizes = _each(draw, n, 2 * low if "scale_factor" in options else low, 8)
    return Call(lambda t, x: t.nn.functional.interpolate(x, **options), (1, 2, *sizes))


def padding(draw: Draw) -> Call:
    n, mode = draw(st.integers(1, 3)), draw(st.sampled_from(("constant", "reflect", "replicate", "circular")))
    sizes = _each(draw, n, 3, 5)
    widths = [draw(st.integers(-1, 2)) for _ in range(2 * n)]
    value = draw(st.sampled_from((None, 2.5))) if mode == "constant" else None
    return Call(lambda t, x: t.nn.functional.pad(x, widths, mode, value), (1, 2, *sizes))


def sampling(draw: Draw) -> Call:
    n = draw(st.integers(2, 3))
    mode = draw(st.sampled_from(("bilinear", "nearest", "bicubic")[: 5 - n]))
    outside = draw(st.sampled_from(("zeros", "border", "reflection")))
    align, count = draw(st.booleans()), draw(st.integers(1, 2))

    def run(t: Any, x: Any, grid: Any) -> Any:
        points = grid.float()  # nearness to an edge must not depend on the dtype
        return t.nn.functional.grid_sample(x.float(), points, mode, outside, align).to(x.dtype)

    return Call(run, (count, 2, *_each(draw, n, 1, 4)), (count, *_each(draw, n, 1, 3), n), spread=1.5)


def patches(draw: Draw) -> Call:
    kernel, gaps, steps = _each(draw, 2, 1, 3), _each(draw, 2, 1, 2), _each(draw, 2, 1, 3)
    cuts = _each(draw, 2, 0, 2)
    sizes = tuple(draw(st.integers(g * (k - 1) + 1, 7)) for g, k in zip(gaps, kernel, strict=True))

    def run(t: Any, x: Any) -> Any:
        columns = t.nn.functional.unfold(x, kernel, gaps, cuts, steps)
        return columns, t.nn.functional.fold(columns, sizes, kernel, gaps, cuts, steps)

    lead = (2,) if draw(st.booleans()) else ()
    return Call(run, (*lead, 2, *sizes))


def normalisation(draw: Draw) -> Call:
    kind = draw(st.sampled_from(("layer", "group", "batch", "instance", "rms", "response")))
    sizes = (draw(st.integers(2, 3)), 4, *_each(draw, draw(st.integers(1, 3)), 2, 4))
    groups, last = draw(st.sampled_from((1, 2, 4))), draw(st.integers(1, len(sizes)))
    shape = sizes[-last:] if kind in ("layer", "rms") else (4,)

    def run(t: Any, x: Any, w: Any, bias: Any) -> Any:
        functions = t.nn.functional
        return {
            "layer": lambda: functions.layer_norm(x, shape, w, bias, 1e-3),
            "rms": lambda: functions.rms_norm(x, shape, w, 1e-3),
            "group": lambda: functions.group_norm(x, groups, w, bias, 1e-3),
            "batch": lambda: functions.batch_norm(x, None, None, w, bias, True, eps=1e-3),
            "instance": lambda: functions.instance_norm(x, weight=w, bias=bias, eps=1e-3),
            "response": lambda: functions.local_response_norm(x, groups, 0.5, 0.7, 1.5),
        }[kind]()

    return Call(run, sizes, shape, shape)


FAMILIES = {
    f.__name__: f
    for f in (
        convolution, transposed_convolution, pooling, adaptive_pooling, resizing, padding, sampling, patches,
        normalisation,
    )
}  # fmt: skip


def _outputs(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple) else [result]


def _compare(framework: str, call: Call, dtype: str, seed: int) -> None:
    t, b = namespace(framework), backend(framework)
    rng = np.random.default_rng(seed)
    drawn = [(rng.standard_normal(size) * call.spread).astype(np.float32) for size in call.sizes]
    theirs = [torch.from_numpy(values).to(getattr(torch, dtype)) for values in drawn]
    ours = [t.Tensor._wrap(b.asarray(values, dtype)) for values in drawn]
    warnings.simplefilter("ignore")  # notes of PyTorch about its own speed
    try:
        wanted = _outputs(call.run(torch, *(x.float() for x in theirs)))
    except RuntimeError:  # sizes that PyTorch has no answer for
        hypothesis.reject()
    for got, want in zip(_outputs(call.run(t, *ours)), wanted, strict=True):
        values, expected = b.to_numpy(got.a).astype(np.float64), want.double().numpy()
        assert got.dtype.name == dtype and values.shape == expected.shape
        scale = max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0.0)))
        assert np.allclose(values, expected, rtol=DTYPES[dtype], atol=DTYPES[dtype] * scale)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_drawn_calls_agree_with_pytorch(framework: str, family: str) -> None:
    @hypothesis.settings(
        max_examples=EXAMPLES[framework],
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(st.data(), st.sampled_from(sorted(DTYPES)), st.integers(0, 2**32 - 1))
    def agree(data: Any, dtype: str, seed: int) -> None:
        _compare(framework, FAMILIES[family](data.draw), dtype, seed)

    agree()
