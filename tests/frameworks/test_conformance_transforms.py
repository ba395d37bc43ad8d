"""JAX's vmap, scan and remat around operations of the layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from .harness import namespace

t = namespace("jax")

# Function of the layer, and the sizes and kind of its inputs.
MAPPED: dict[str, tuple[Callable[..., Any], list[tuple[tuple[int, ...], str]]]] = {
    "fft": (lambda x: t.fft.rfft(x, norm="ortho").abs(), [((3, 8), "float32")]),
    "stft": (lambda x: t.stft(x, 8, return_complex=True).abs(), [((2, 32), "float32")]),
    "istft": (lambda x: t.istft(t.stft(x, 8, return_complex=True), 8, length=30), [((2, 32), "float32")]),
    "complex": (lambda x: t.view_as_real(t.view_as_complex(x) * 1j), [((3, 2), "float32")]),
    "cross_entropy": (
        lambda x, y: t.nn.functional.cross_entropy(x, y, label_smoothing=0.1),
        [((3, 4), "float32"), ((3,), "int32")],
    ),
    "ctc_loss": (
        lambda x, y: t.nn.functional.ctc_loss(x.log_softmax(-1), y + 1, (7, 6), (2, 3)),
        [((7, 2, 6), "float32"), ((2, 3), "int32")],
    ),
    "triplet": (
        lambda x, y, z: t.nn.functional.triplet_margin_loss(x, y, z),
        [((3, 4), "float32")] * 3,
    ),
    "scatter_reduce": (
        lambda x, y, z: x.scatter_reduce(0, y, z, "amax"),
        [((4,), "float32"), ((6,), "int32"), ((6,), "float32")],
    ),
    "scatter_prod": (
        lambda x, y, z: x.scatter_reduce(0, y, z, "prod", include_self=False),
        [((4,), "float32"), ((6,), "int32"), ((6,), "float32")],
    ),
    "index_add": (
        lambda x, y, z: x.index_add(0, y, z),
        [((4, 3), "float32"), ((5,), "int32"), ((5, 3), "float32")],
    ),
    "cummax": (lambda x: t.cummax(x, 0).values, [((5, 3), "float32")]),
    "logcumsumexp": (lambda x: t.logcumsumexp(x, 1), [((5, 3), "float32")]),
    "sort": (lambda x: x.sort(-1, descending=True).values, [((5, 3), "float32")]),
    "quantile": (lambda x: t.quantile(x, 0.3, dim=0), [((5, 3), "float32")]),
    "searchsorted": (
        lambda x, y: t.searchsorted(x.sort().values, y) + 0.0,
        [((5,), "float32"), ((3,), "float32")],
    ),
    "diag_embed": (lambda x: t.diag_embed(x, 1), [((5, 3), "float32")]),
    "as_strided": (lambda x: x.as_strided((2, 3), (2, 1)), [((5, 3), "float32")]),
    "cdist": (lambda x, y: t.cdist(x, y), [((5, 3), "float32"), ((2, 3), "float32")]),
    "student": (
        lambda x, y: t.distributions.StudentT(3.0, x, 1.0).log_prob(y),
        [((3,), "float32"), ((3,), "float32")],
    ),
}


def _inputs(specs: list[tuple[tuple[int, ...], str]], batch: int) -> list[Any]:
    rng = np.random.default_rng(3)
    return [
        jnp.asarray(
            rng.integers(0, 4, (batch, *sizes)) if "int" in kind else rng.normal(size=(batch, *sizes)), kind
        )
        for sizes, kind in specs
    ]


@pytest.mark.parametrize("name", MAPPED)
def test_vmap_and_scan_give_what_single_calls_give(name: str) -> None:
    run, specs = MAPPED[name]
    given = _inputs(specs, 2)

    def raw(*arrays: Any) -> Any:
        return run(*(t.Tensor._wrap(array) for array in arrays)).a

    @jax.jit
    def everything(given: list[Any]) -> Any:
        single = jnp.stack([raw(*(array[k] for array in given)) for k in range(2)])
        _, scanned = jax.lax.scan(lambda carry, xs: (carry, raw(*xs)), 0, tuple(given))
        return single, jax.vmap(raw)(*given), scanned

    single, mapped, scanned = everything(given)
    assert np.allclose(mapped, single, atol=2e-5, rtol=2e-5, equal_nan=True)
    assert np.allclose(scanned, single, atol=2e-5, rtol=2e-5, equal_nan=True)


def test_checkpoint_recomputes_and_leaves_gradients_as_they_are() -> None:
    checkpoint = t.utils.checkpoint

    def plain(x: Any, remat: bool) -> Any:
        box = t.Tensor._wrap(x)
        body = lambda value: (value.sin() * value).exp()  # noqa: E731
        out = checkpoint.checkpoint(body, box, use_reentrant=False, debug=False) if remat else body(box)
        return out.sum().a

    x = jnp.linspace(0.1, 1.0, 4)
    assert np.allclose(jax.grad(plain)(x, True), jax.grad(plain)(x, False), rtol=1e-6)
    assert "remat" in str(jax.make_jaxpr(jax.grad(lambda v: plain(v, True)))(x))
    assert "remat" not in str(jax.make_jaxpr(jax.grad(lambda v: plain(v, False)))(x))


@pytest.mark.parametrize("framework", ["np", "jax", "tf"])
def test_checkpoint_sequential_runs_all_functions(framework: str) -> None:
    space = namespace(framework)
    parts = [lambda x, k=k: x * 2 + k for k in range(5)]
    x = space.tensor([1.0, 2.0])
    want = x
    for part in parts:
        want = part(want)
    for segments in (1, 2, 3, 5):
        found = space.utils.checkpoint.checkpoint_sequential(parts, segments, x, use_reentrant=False)
        assert np.array_equal(found.numpy(), want.numpy())
    assert space.utils.checkpoint.checkpoint(parts[0], x).tolist() == [2.0, 4.0]
