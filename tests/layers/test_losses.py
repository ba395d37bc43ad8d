"""Losses against values worked out with NumPy in float64."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from transformers.layers import activations, losses


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape)))


def log_softmax(x: Any) -> Any:
    x = x.double().numpy()
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def config(**values: Any) -> Any:
    return SimpleNamespace(**{"problem_type": None, "num_labels": 3, **values})


def test_token_loss_ignores_minus_hundred() -> None:
    logits, labels = draw(2, 3, 5), torch.tensor([[1, -100, 4], [0, 2, -100]])
    picked = [-log_softmax(logits)[b, t, labels[b, t]] for b, t in ((0, 0), (0, 2), (1, 0), (1, 1))]
    assert float(losses.token_loss(logits, labels, None)) == pytest.approx(np.mean(picked), abs=1e-6)
    found = losses.token_loss(logits, labels, None, num_items_in_batch=8)
    assert float(found) == pytest.approx(np.sum(picked) / 8, abs=1e-6)


def test_next_token_loss_shifts_the_labels() -> None:
    logits, labels = draw(1, 4, 5), torch.tensor([[3, 1, -100, 2]])
    picked = [-log_softmax(logits)[0, 0, 1], -log_softmax(logits)[0, 2, 2]]
    assert float(losses.next_token_loss(logits, labels, None)) == pytest.approx(np.mean(picked), abs=1e-6)
    shifted = torch.tensor([[1, -100, 2, -100]])
    found = losses.next_token_loss(logits, labels, None, shift_labels=shifted)
    assert float(found) == pytest.approx(np.mean(picked), abs=1e-6)


def test_pixel_loss_enlarges_logits_and_ignores_a_label() -> None:
    logits, labels = draw(1, 3, 1, 2), torch.tensor([[[2, 255, 0, 1]]])
    one, other = logits[0, :, 0, 0], logits[0, :, 0, 1]
    enlarged = [
        one,
        0.75 * one + 0.25 * other,
        0.25 * one + 0.75 * other,
        other,
    ]  # half a pixel in from each end
    picked = [-log_softmax(enlarged[x])[labels[0, 0, x]] for x in (0, 2, 3)]
    settings = config(semantic_loss_ignore_index=255)
    assert float(losses.pixel_loss(logits, labels, settings)) == pytest.approx(np.mean(picked), abs=1e-6)
    found = losses.pixel_loss(logits, labels, settings, num_items_in_batch=6)
    assert float(found) == pytest.approx(np.sum(picked) / 6, abs=1e-6)
    labels = labels.masked_fill(labels == 255, 7)
    found = losses.pixel_loss(logits, labels, settings, ignore_index=7)
    assert float(found) == pytest.approx(np.mean(picked), abs=1e-6)
    with pytest.raises(ValueError, match="num_labels above 1"):
        losses.pixel_loss(logits[:, :1], labels, config(num_labels=1))


def test_sequence_loss_follows_problem_type_and_labels() -> None:
    logits = draw(2, 3)
    classes, several = torch.tensor([2, 0]), torch.tensor([[0.0, 1, 1], [1, 0, 0]])
    single = -np.mean([log_softmax(logits)[0, 2], log_softmax(logits)[1, 0]])
    assert float(losses.sequence_loss(logits, classes, config())) == pytest.approx(single, abs=1e-6)
    p = 1 / (1 + np.exp(-logits.double().numpy()))
    y = several.double().numpy()
    multi = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    assert float(losses.sequence_loss(logits, several, config())) == pytest.approx(multi, abs=1e-6)
    square = float(((logits[:, :1].squeeze() - torch.tensor([0.5, 1.0])) ** 2).mean())
    found = losses.sequence_loss(logits[:, :1], torch.tensor([0.5, 1.0]), config(num_labels=1))
    assert float(found) == pytest.approx(square, abs=1e-6)
    with pytest.raises(TypeError, match="label_smoothing"):
        losses.sequence_loss(logits, several, config(), label_smoothing=0.1)
    with pytest.raises(ValueError, match="problem_type 'ranking' is unknown"):
        losses.sequence_loss(logits, classes, config(problem_type="ranking"))


def test_span_loss_ignores_what_lies_beyond() -> None:
    start, end = draw(2, 4), draw(2, 4).flip(0)
    first = -log_softmax(start)
    last = -log_softmax(end)
    labels = (torch.tensor([1, 7]), torch.tensor([[3], [-1]]))
    expected = (first[0, 1] + np.mean([last[0, 3], last[1, 0]])) / 2
    assert float(losses.span_loss((start, end), labels, None)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", sorted(activations.ACTIVATIONS))
def test_activations_compute_their_formulas(name: str) -> None:
    from math import erf, pi, sqrt

    x = np.linspace(-12, 12, 97)
    gelu = x * 0.5 * (1 + np.array([erf(v / sqrt(2)) for v in x]))
    bent = 0.5 * x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))
    logistic = 1 / (1 + np.exp(-x))
    expected = {
        "gelu": gelu,
        "gelu_python": gelu,
        "gelu_10": np.clip(gelu, -10, 10),
        "gelu_new": bent,
        "gelu_fast": bent,
        "gelu_accurate": bent,
        "gelu_python_tanh": bent,
        "gelu_pytorch_tanh": bent,
        "leaky_relu": np.where(x < 0, 0.01 * x, x),
        "laplace": np.array([0.5 * (1 + erf((v - 0.707107) / (0.282095 * sqrt(2)))) for v in x]),
        "linear": x,
        "mish": x * np.tanh(np.log1p(np.exp(x))),
        "quick_gelu": x / (1 + np.exp(-1.702 * x)),
        "relu": np.maximum(x, 0),
        "relu2": np.maximum(x, 0) ** 2,
        "relu6": np.clip(x, 0, 6),
        "sigmoid": logistic,
        "silu": x * logistic,
        "swish": x * logistic,
        "tanh": np.tanh(x),
    }[name]
    found = activations.Activation(name)(torch.from_numpy(x).float())
    np.testing.assert_allclose(found.numpy(), expected, atol=2e-5, rtol=1e-5)


def test_unknown_activation_lists_the_known() -> None:
    with pytest.raises(KeyError, match=r"unknown activation 'gelo'; known are .*gelu"):
        activations.activation("gelo")
    assert activations.activation(len) is len
    with pytest.raises(KeyError, match="unknown activation 'gelo'"):
        activations.ACT2FN["gelo"]
    assert isinstance(activations.ACT2FN["gelu_new"], torch.nn.Module)
    assert "relu" in activations.ACT2FN
    assert repr(activations.get_activation("relu")) == "Activation(relu)"
