"""Random tensors: moments against those that PyTorch states, repetition, keys, gradients through samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from transformers.frameworks.core.scope import Scope, use

from .harness import FRAMEWORKS, namespace


@pytest.fixture(params=FRAMEWORKS)
def t(request: pytest.FixtureRequest) -> Any:
    return namespace(request.param)


N = 4000
MADE: dict[str, Callable[[Any], Any]] = {
    "Normal": lambda t: t.distributions.Normal(1.5, 2.0),
    "Laplace": lambda t: t.distributions.Laplace(1.5, 0.5),
    "Gumbel": lambda t: t.distributions.gumbel.Gumbel(0.5, 1.5),
    "Uniform": lambda t: t.distributions.Uniform(-1.0, 3.0),
    "Gamma": lambda t: t.distributions.Gamma(3.0, 2.0),
    "Exponential": lambda t: t.distributions.Exponential(2.0),
    "Chi2": lambda t: t.distributions.Chi2(t.tensor(4.0)),
    "StudentT": lambda t: t.distributions.StudentT(8.0, 1.0, 0.5),
    "Poisson": lambda t: t.distributions.Poisson(3.5),
    "Bernoulli": lambda t: t.distributions.Bernoulli(0.3),
    "NegativeBinomial": lambda t: t.distributions.NegativeBinomial(4.0, logits=t.tensor(0.2)),
    "LogNormal": lambda t: t.distributions.LogNormal(0.2, 0.4),
    "OneHotCategorical": lambda t: t.distributions.OneHotCategorical(t.tensor([0.2, 0.5, 0.3])),
    "Independent": lambda t: t.distributions.Independent(
        t.distributions.Normal(t.tensor([1.0, 2.0]), 1.0), 1
    ),
}


@pytest.mark.parametrize("name", MADE)
def test_samples_have_the_moments_of_their_distribution(t: Any, name: str) -> None:
    t.manual_seed(0)
    wanted = MADE[name](torch)
    sample = MADE[name](t).sample((N,)).numpy().astype(np.float64)
    assert sample.shape == tuple(wanted.sample((N,)).shape)
    mean, spread = wanted.mean.double().numpy(), wanted.stddev.double().numpy()
    assert np.all(np.abs(sample.mean(0) - mean) < 5 * spread / N**0.5)
    assert np.all(np.abs(sample.std(0) / spread - 1) < 0.15)


def test_categorical_samples_follow_the_probabilities(t: Any) -> None:
    t.manual_seed(0)
    chances = [[0.1, 0.6, 0.3], [0.5, 0.0, 0.5]]
    drawn = t.distributions.Categorical(t.tensor(chances)).sample((N,))
    assert drawn.dtype is t.long
    for row, chance in enumerate(chances):
        share = np.bincount(drawn[:, row].numpy(), minlength=3) / N
        assert np.abs(share - chance).max() < 0.04


def test_samples_of_relaxed_distributions_are_chances(t: Any) -> None:
    t.manual_seed(0)
    one = t.distributions.RelaxedBernoulli(t.tensor(0.5), probs=t.tensor([0.2, 0.8])).rsample((50,)).numpy()
    many = t.distributions.RelaxedOneHotCategorical(t.tensor(0.5), probs=t.tensor([0.2, 0.8])).rsample((50,))
    assert ((one > 0) & (one < 1)).all() and np.allclose(many.numpy().sum(-1), 1, atol=1e-5)


def test_expanded_distributions_have_the_larger_batch(t: Any) -> None:
    d = t.distributions
    affine = d.TransformedDistribution(d.Normal(t.zeros(3), 1.0), d.AffineTransform(1.0, 2.0)).expand((2, 3))
    assert affine.batch_shape == (2, 3) and tuple(affine.sample((4,)).shape) == (4, 2, 3)
    assert tuple(d.Categorical(t.ones(3, 5)).expand((2, 3)).sample().shape) == (2, 3)
    assert tuple(d.NegativeBinomial(t.ones(3), logits=t.zeros(3)).expand((2, 3)).sample().shape) == (2, 3)
    assert tuple(d.Independent(d.Normal(t.zeros(2, 3), 1.0), 1).expand((5, 2)).sample().shape) == (5, 2, 3)
    assert "Normal" in repr(d.Independent(d.Normal(t.zeros(2, 3), 1.0), 1))


def test_multinomial_draws_by_weight(t: Any) -> None:
    t.manual_seed(1)
    weights = t.tensor([[0.0, 1.0, 3.0, 0.0], [2.0, 2.0, 0.0, 4.0]])
    drawn = t.multinomial(weights, N, replacement=True)
    assert tuple(drawn.shape) == (2, N) and drawn.dtype is t.long
    for row in range(2):
        share = np.bincount(drawn[row].numpy(), minlength=4) / N
        assert np.abs(share - weights[row].numpy() / weights[row].numpy().sum()).max() < 0.04
    single = np.stack([t.multinomial(weights, 2).numpy() for _ in range(60)])
    assert set(single[:, 0].ravel()) == {1, 2} and set(single[:, 1].ravel()) == {0, 1, 3}
    assert (single[..., 0] != single[..., 1]).all()


def test_normal_takes_tensors_and_numbers(t: Any) -> None:
    t.manual_seed(2)
    mean, spread = t.tensor([0.0, 10.0]), t.tensor([[0.1], [2.0]])
    assert tuple(t.normal(mean, 1.0).shape) == (2,)
    assert tuple(t.normal(mean, spread).shape) == (2, 2)
    drawn = t.normal(5.0, 0.1, (1000,)).numpy()
    assert abs(drawn.mean() - 5) < 0.02 and abs(drawn.std() - 0.1) < 0.02


def test_random_functions_give_the_stated_ranges(t: Any) -> None:
    t.manual_seed(3)
    whole = t.randint_like(t.zeros(500), 2, 5)
    assert whole.dtype is t.float32 and set(whole.tolist()) == {2.0, 3.0, 4.0}
    assert set(t.randint(2, (200,)).tolist()) == {0, 1} and t.randint(0, 2, size=(3, 4)).shape == (3, 4)
    assert (
        t.rand(size=(2, 3)).shape == (2, 3)
        and t.randn(size=[4]).shape == (4,)
        and t.zeros(size=(2,)).shape == (2,)
    )
    coins = t.bernoulli(t.zeros(1000), 0.25).numpy()
    assert set(coins) == {0, 1} and abs(coins.mean() - 0.25) < 0.06
    assert abs(t.poisson(t.full((2000,), 4.0)).numpy().mean() - 4) < 0.25


def test_gumbel_softmax_is_a_choice(t: Any) -> None:
    t.manual_seed(4)
    logits = t.tensor([[0.0, 2.0, -1.0]]).expand(2000, 3)
    hard = t.nn.functional.gumbel_softmax(logits, tau=0.5, hard=True).numpy()
    assert np.allclose(np.sort(hard, -1), [0, 0, 1], atol=1e-6)
    assert np.abs(hard.mean(0) - torch.softmax(torch.tensor([0.0, 2.0, -1.0]), 0).numpy()).max() < 0.05
    soft = t.nn.functional.gumbel_softmax(logits[:5].t(), tau=2.0, dim=0).numpy()
    assert np.allclose(soft.sum(0), 1, atol=1e-5)


def test_jax_draws_come_from_the_key() -> None:
    import jax

    t = namespace("jax")

    def draws(key: Any) -> list[Any]:
        with use(Scope(rng=key)):
            d = t.distributions.NegativeBinomial(t.tensor([4.0]), logits=t.tensor([0.2]))
            return [
                d.sample((3,)).a,
                t.multinomial(t.ones(4), 4).a,
                t.distributions.StudentT(3.0).sample((2,)).a,
            ]

    one, two, other = (jax.jit(draws)(jax.random.key(seed)) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    with pytest.raises(ValueError, match="needs a key"):
        jax.jit(lambda: t.distributions.Gamma(t.ones(2), 1.0).sample().a)()


def test_tf_draws_come_from_the_key() -> None:
    import tensorflow as tf

    t = namespace("tf")

    def draws(seed: int) -> list[Any]:
        with use(Scope(rng=tf.constant([seed, 7], tf.int64))):
            d = t.distributions.NegativeBinomial(t.tensor([4.0]), logits=t.tensor([0.2]))
            return [d.sample((3,)).numpy(), t.distributions.StudentT(3.0).sample((2,)).numpy()]

    assert all(np.array_equal(a, b) for a, b in zip(draws(0), draws(0), strict=True))
    assert not np.array_equal(draws(0)[1], draws(1)[1])


def test_gradients_flow_through_rsample_and_not_through_sample() -> None:
    import jax
    import jax.numpy as jnp

    t = namespace("jax")

    def total(scale: Any, rsample: bool) -> Any:
        with use(Scope(rng=jax.random.key(0))):
            d = t.distributions.Normal(0.0, t.Tensor._wrap(scale))
            return (d.rsample((5,)) if rsample else d.sample((5,))).sum().a

    at = jnp.asarray(2.0)
    assert float(jax.grad(total)(at, True)) == pytest.approx(float(total(at, True)) / 2, rel=1e-5)
    assert float(jax.grad(total)(at, False)) == 0
    gamma = jax.grad(
        lambda a: _under_key(lambda: t.distributions.Gamma(t.Tensor._wrap(a), 1.0).rsample((2000,)).mean().a)
    )
    assert float(gamma(jnp.asarray(3.0))) == pytest.approx(1.0, abs=0.1)  # the mean is the concentration


def _under_key(run: Callable[[], Any]) -> Any:
    import jax

    with use(Scope(rng=jax.random.key(0))):
        return run()


@pytest.mark.parametrize("framework", ["jax", "tf"])
def test_gradients_of_hard_gumbel_softmax_are_those_of_the_soft(framework: str) -> None:
    t = namespace(framework)
    weights = t.tensor([1.0, 2.0, 4.0])

    def total(logits: Any) -> Any:
        return (t.nn.functional.gumbel_softmax(t.Tensor._wrap(logits), hard=True) * weights).sum().a

    logits = t.tensor([0.1, 0.2, 0.3]).a
    if framework == "jax":
        import jax

        gradient = jax.grad(lambda x: _under_key(lambda: total(x)))(logits)
    else:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = total(logits)
        gradient = tape.gradient(value, logits)
    assert np.abs(np.asarray(gradient)).max() > 1e-4 and abs(float(np.asarray(gradient).sum())) < 1e-5


def test_init_dirac_agrees_with_pytorch(t: Any) -> None:
    for sizes, groups in (((4, 2, 3), 1), ((4, 3, 3, 2), 2), ((2, 3, 1, 2, 3), 1)):
        weight = t.nn.init.dirac_(t.nn.Parameter(t.empty(*sizes)), groups)
        want = torch.nn.init.dirac_(torch.empty(*sizes), groups).numpy()
        assert np.array_equal(np.asarray(weight), want)
