"""What the layer leaves out on purpose says what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .harness import FRAMEWORKS, namespace


@pytest.fixture(params=FRAMEWORKS)
def t(request: pytest.FixtureRequest) -> Any:
    return namespace(request.param)


METHODS = {
    "nonzero": r"depends on values.*torch\.where",
    "argwhere": r"depends on values.*torch\.where",
    "masked_select": r"depends on values.*mask\.sum",
    "unique": r"depends on values.*sort",
    "unique_consecutive": r"depends on values.*diff",
    "copy_": r"in place.*x = y\.to",
    "fill_": r"in place.*full_like",
    "zero_": r"in place.*zeros_like",
    "uniform_": r"in place.*rand_like",
    "normal_": r"in place.*randn_like",
    "bernoulli_": r"in place.*torch\.bernoulli",
    "exponential_": r"in place.*torch\.log",
    "fill_diagonal_": r"in place.*torch\.eye",
    "detach_": r"in place.*x\.detach\(\)",
    "masked_fill_": r"in place.*x = x\.masked_fill\(\.\.\.\)",
    "scatter_": r"in place.*x = x\.scatter\(\.\.\.\)",
    "index_copy_": r"in place.*x = x\.index_copy",
    "clamp_": r"in place.*x = x\.clamp",
    "backward": r"jax\.grad",
    "register_hook": r"GradientTape",
    "new": r"new_zeros",
    "storage": "framework's business",
}


@pytest.mark.parametrize("name", METHODS)
def test_missing_method_names_its_replacement(t: Any, name: str) -> None:
    with pytest.raises(AttributeError, match=METHODS[name]):
        getattr(t.ones(2), name)


FUNCTIONS = {
    "nonzero": r"depends on values.*torch\.where",
    "argwhere": "depends on values",
    "masked_select": "depends on values",
    "unique": "depends on values",
    "unique_consecutive": "depends on values",
    "combinations": "depends on values|index_select",
    "relu_": r"in place.*x = torch\.relu\(x\)",
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_missing_function_names_its_replacement(t: Any, name: str) -> None:
    with pytest.raises(AttributeError, match=FUNCTIONS[name]):
        getattr(t, name)


REFUSED: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "where of one": (
        lambda t: t.where(t.ones(2) > 0),
        TypeError,
        r"where\(condition\) alone.*mask and reduce",
    ),
    "generator": (lambda t: t.rand(2, generator=object()), TypeError, r"manual_seed; leave generator out"),
    "keyword of rand": (lambda t: t.rand(2, low=3), TypeError, "'low' is no keyword"),
    "randint bounds": (lambda t: t.randint(3, 3, (2,)), RuntimeError, "low < high"),
    "randint size": (lambda t: t.randint(3), TypeError, "needs a size"),
    "normal size": (lambda t: t.normal(0.0, 1.0), TypeError, "needs a size"),
    "multinomial": (lambda t: t.multinomial(t.ones(2), 3), RuntimeError, "without replacement is too many"),
    "complex of ints": (
        lambda t: t.complex(t.arange(2), t.arange(2)),
        RuntimeError,
        "float32 or two float64",
    ),
    "imag of real": (lambda t: t.ones(2).imag, RuntimeError, "imag is for complex"),
    "view_as_real": (lambda t: t.view_as_real(t.ones(2)), RuntimeError, "for complex tensors"),
    "view_as_complex": (lambda t: t.view_as_complex(t.ones(2, 3)), RuntimeError, "last axis of size 2"),
    "fft of half": (lambda t: t.fft.fft(t.ones(4).half()), RuntimeError, r"convert it, e\.g\. x\.float"),
    "fft norm": (lambda t: t.fft.fft(t.ones(4), norm="up"), RuntimeError, "norm must be one of backward"),
    "fft points": (lambda t: t.fft.fft(t.ones(4), n=0), RuntimeError, "at least 1, not 0"),
    "fft sizes": (lambda t: t.fft.fftn(t.ones(4, 4), s=(2,), dim=(0, 1)), RuntimeError, "1 sizes for 2 dims"),
    "rfft of complex": (lambda t: t.fft.rfft(t.ones(4) + 1j), RuntimeError, r"use fft\.fft"),
    "stft real": (lambda t: t.stft(t.ones(32), 8), RuntimeError, "return_complex=True"),
    "stft window": (
        lambda t: t.stft(t.ones(32), 8, window=t.ones(4), return_complex=True),
        RuntimeError,
        "must have 8 elements",
    ),
    "scatter reduce": (
        lambda t: t.ones(2).scatter(0, t.arange(2), 1.0, reduce="amax"),
        ValueError,
        "see scatter_reduce",
    ),
    "searchsorted side": (
        lambda t: t.searchsorted(t.arange(3), 1, right=True, side="left"),
        RuntimeError,
        "in accord with right",
    ),
    "quantile": (
        lambda t: t.quantile(t.ones(2), 0.5, interpolation="cubic"),
        RuntimeError,
        "interpolation must be one of linear",
    ),
    "bincount": (lambda t: t.bincount(t.ones(2)), RuntimeError, "vector of integers"),
    "diag": (lambda t: t.diag(t.ones(1, 1, 1)), RuntimeError, "see diag_embed"),
    "matrix norm": (lambda t: t.linalg.matrix_norm(t.ones(2, 2), "nuc"), ValueError, "'fro', 1, -1"),
    "matrix norm axes": (
        lambda t: t.linalg.matrix_norm(t.ones(2, 2), dim=(0,)),
        RuntimeError,
        "two different",
    ),
    "linalg norm": (lambda t: t.linalg.norm(t.ones(2, 2, 2), 1), RuntimeError, "needs dim"),
    "ctc axes": (
        lambda t: t.nn.functional.ctc_loss(t.ones(2), t.arange(2), (2,), (1,)),
        RuntimeError,
        r"\(T, N, C\)",
    ),
    "huber delta": (
        lambda t: t.nn.functional.huber_loss(t.ones(1), t.ones(1), delta=0),
        RuntimeError,
        "above 0",
    ),
    "smooth beta": (
        lambda t: t.nn.functional.smooth_l1_loss(t.ones(1), t.ones(1), beta=-1),
        RuntimeError,
        "must not be negative",
    ),
    "multi margin": (
        lambda t: t.nn.functional.multi_margin_loss(t.ones(1, 2), t.arange(1), p=3),
        ValueError,
        "1 or 2, not 3",
    ),
    "adaptive cutoffs": (
        lambda t: t.nn.AdaptiveLogSoftmaxWithLoss(4, 9, [5, 3]),
        ValueError,
        "rise strictly",
    ),
    "dirac": (lambda t: t.nn.init.dirac_(t.nn.Parameter(t.ones(2, 2))), ValueError, "3 to 5 axes"),
    "distribution parameters": (lambda t: t.distributions.Bernoulli(), ValueError, "either probs or logits"),
    "categorical of number": (
        lambda t: t.distributions.Categorical(t.tensor(1.0)),
        ValueError,
        "at least one axis",
    ),
    "independent axes": (
        lambda t: t.distributions.Independent(t.distributions.Normal(t.ones(2), 1.0), 2),
        ValueError,
        "at most the number of batch axes",
    ),
    "transforms": (
        lambda t: t.distributions.TransformedDistribution(t.distributions.Normal(0.0, 1.0), [abs]),
        ValueError,
        "a Transform or a list of them",
    ),
    "no cdf": (
        lambda t: t.distributions.Poisson(2.0).cdf(t.ones(1)),
        NotImplementedError,
        "Poisson has no cdf",
    ),
    "no divergence": (
        lambda t: t.distributions.kl_divergence(t.distributions.Poisson(2.0), t.distributions.Poisson(1.0)),
        NotImplementedError,
        "no divergence between Poisson",
    ),
    "no transform": (lambda t: t.distributions.Transform()(t.ones(1)), NotImplementedError, "does not say"),
    "no inverse": (lambda t: t.distributions.Transform().inv(t.ones(1)), NotImplementedError, "no inverse"),
    "no derivative": (
        lambda t: t.distributions.Transform().log_abs_det_jacobian(t.ones(1), t.ones(1)),
        NotImplementedError,
        "no derivative",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_says_what_is_allowed(t: Any, name: str) -> None:
    attempt, error, text = REFUSED[name]
    with pytest.raises(error, match=text):
        attempt(t)


def test_bincount_needs_a_bound_where_jax_traces() -> None:
    import jax

    t = namespace("jax")
    with pytest.raises(TypeError, match="give minlength"):
        jax.jit(lambda x: t.bincount(t.Tensor._wrap(x)).a)(t.arange(3).a)


def test_mask_as_index_says_what_to_do_where_jax_traces() -> None:
    import jax

    t = namespace("jax")
    with pytest.raises(TypeError, match=r"x\[mask\] has a shape that depends on values.*torch\.where"):
        jax.jit(lambda x: t.Tensor._wrap(x)[t.Tensor._wrap(x) > 0].a)(t.arange(3).a)
