"""`host_call` and `host_check` in every framework, compiled too, and the layer loop's layer drop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.models.adapters import installed
from transformers.frameworks.loader import ring_module, torch_module
from transformers.layers.host import host_call, host_check
from transformers.layers.stack import run_layers


def order(scores: np.ndarray, limit: np.ndarray) -> list[np.ndarray]:
    """What only the host does here: ranks and their sum, as NumPy arrays."""
    assert isinstance(scores, np.ndarray)
    ranks = np.argsort(np.argsort(scores, axis=-1), axis=-1)
    return [np.minimum(ranks, limit), ranks.sum(-1).astype(np.float64)]


SCORES = np.array([[0.3, -1.0, 2.0], [5.0, 4.0, 3.0]], dtype=np.float32)
LIMIT = np.array(1)
RANKS = np.array([[1, 0, 1], [1, 1, 0]])


def program(torch: Any, call: Any) -> Any:
    """Loss whose weights come from the host, and what the host gave."""

    def run(scores: Any, limit: Any) -> Any:
        ranks, sums = call(order, [((2, 3), torch.long), ((2,), torch.float32)], scores, limit)
        return (scores * scores * ranks.float()).sum(), ranks, sums

    return run


@pytest.mark.parametrize("framework", [f for f in installed() if f != "pt"])
def test_host_call_over_other_frameworks(framework: str) -> None:
    api = torch_module(framework)
    run = program(api, ring_module_host(framework))
    loss, ranks, sums = run(api.tensor(SCORES), api.tensor(LIMIT))
    np.testing.assert_array_equal(np.asarray(ranks.numpy()), RANKS)
    np.testing.assert_array_equal(np.asarray(sums.numpy()), [3, 3])
    assert float(loss.numpy()) == pytest.approx(float((SCORES**2 * RANKS).sum()))
    if framework == "jax":
        import jax

        gradient = jax.jit(jax.grad(lambda s: run(api.Tensor._wrap(s), api.tensor(LIMIT))[0].a))(SCORES)
        np.testing.assert_allclose(gradient, 2 * SCORES * RANKS, atol=1e-5)
    if framework == "tf":
        import tensorflow as tf

        @tf.function(input_signature=[tf.TensorSpec([None, None])])
        def gradient(scores: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(scores)
                loss = run(api.Tensor._wrap(scores), api.tensor(LIMIT))[0].a
            return tape.gradient(loss, scores)

        np.testing.assert_allclose(gradient(SCORES).numpy(), 2 * SCORES * RANKS, atol=1e-5)


def positive(scores: np.ndarray) -> None:
    """A check that SCORES does not pass."""
    assert isinstance(scores, np.ndarray)
    if scores.min() < 0:
        raise ValueError(f"negative: {scores.min()}")


@pytest.mark.parametrize("framework", installed())
def test_host_check_looks_at_values_outside_of_compiled_code(framework: str) -> None:
    if framework == "pt":
        scores = torch.from_numpy(SCORES)
        with pytest.raises(ValueError, match="negative: -1"):
            host_check(positive, scores)
        host_check(positive, scores.abs())
        host_check(positive, scores.to("meta"))
        compiled = torch.compile(
            lambda x: (host_check(positive, x), x + 1)[1], backend="eager", fullgraph=True
        )
        np.testing.assert_array_equal(compiled(scores).numpy(), SCORES + 1)
        return
    api, check = torch_module(framework), ring_module_host(framework, "host_check")
    with pytest.raises(ValueError, match="negative: -1"):
        check(positive, api.tensor(SCORES))
    check(positive, api.tensor(np.abs(SCORES)))

    def run(scores: Any) -> Any:
        check(positive, api.Tensor._wrap(scores))
        return scores + 1

    if framework == "jax":
        import jax

        np.testing.assert_array_equal(jax.jit(run)(SCORES), SCORES + 1)
    if framework == "tf":
        import tensorflow as tf

        np.testing.assert_array_equal(tf.function(run)(tf.constant(SCORES)).numpy(), SCORES + 1)


def ring_module_host(framework: str, name: str = "host_call") -> Any:
    """A function of the host module as a ring module of the framework sees it."""
    base = ring_module(framework, "layers.base")
    scope: dict[str, Any] = {"__builtins__": vars(base)["__builtins__"], "__package__": base.__package__}
    exec(f"from .host import {name}", scope)
    return scope[name]


def test_host_call_in_torch_is_compiled_and_passes_gradients() -> None:
    run = program(torch, host_call)
    scores, limit = torch.from_numpy(SCORES).requires_grad_(), torch.from_numpy(LIMIT)
    for call in (run, torch.compile(run, backend="eager", fullgraph=True)):
        loss, ranks, _ = call(scores, limit)
        np.testing.assert_array_equal(ranks.numpy(), RANKS)
        (gradient,) = torch.autograd.grad(loss, scores)
        np.testing.assert_allclose(gradient.numpy(), 2 * SCORES * RANKS, atol=1e-5)


def test_layer_drop_skips_about_as_many_layers_as_asked() -> None:
    torch.manual_seed(0)

    class Add(torch.nn.Module):
        def forward(self, x: torch.Tensor, output_attentions: bool = False) -> Any:
            return x + 1, None

    layers = [Add() for _ in range(400)]
    start = torch.zeros(1, 2, 3)
    assert run_layers(layers, start).hidden_states[0, 0, 0] == 400
    count = float(run_layers(layers, start, layer_drop=0.25).hidden_states[0, 0, 0])
    assert 260 < count < 340
