"""Activation functions by their names in config.json."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn


def gelu_new(x):
    """GELU by the tanh approximation of GPT-2 and BERT's original code (arXiv:1606.08415)."""
    return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x * x * x)))


def quick_gelu(x):
    """GELU approximated by a scaled sigmoid, as in OpenAI's CLIP."""
    return x * torch.sigmoid(1.702 * x)


def gelu_10(x):
    """GELU clipped to [-10, 10], for quantised models (arXiv:2004.09602)."""
    return torch.clamp(F.gelu(x), min=-10.0, max=10.0)


def gelu_accurate(x):
    """The tanh form with the constant of the Megatron code."""
    return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3))))


def gelu_fast(x):
    """The tanh form with its constants rounded to ten digits."""
    return 0.5 * x * (1.0 + torch.tanh(x * 0.7978845608 * (1.0 + 0.044715 * x * x)))


def laplace(x):
    """The Laplace function of MEGA (arXiv:2209.10655): a bounded stand-in for a squared ReLU."""
    return 0.5 * (1.0 + torch.erf((x - 0.707107) / (0.282095 * math.sqrt(2.0))))


def relu2(x):
    """Squared ReLU (Primer, arXiv:2109.08668)."""
    return torch.square(F.relu(x))


def relu6(x):
    """ReLU clipped at 6."""
    return torch.clamp(x, min=0.0, max=6.0)


def mish(x):
    """x * tanh(softplus(x)) (arXiv:1908.08681)."""
    return x * torch.tanh(F.softplus(x))


def gelu(x):
    """GELU by the error function (arXiv:1606.08415)."""
    return F.gelu(x)


def linear(x):
    """The identity."""
    return x


ACTIVATIONS = {
    "gelu": gelu,
    "gelu_10": gelu_10,
    "gelu_accurate": gelu_accurate,
    "gelu_fast": gelu_fast,
    "gelu_new": gelu_new,
    "gelu_python": gelu,
    "gelu_python_tanh": gelu_new,
    "gelu_pytorch_tanh": gelu_new,
    "laplace": laplace,
    "leaky_relu": F.leaky_relu,
    "linear": linear,
    "mish": mish,
    "quick_gelu": quick_gelu,
    "relu": F.relu,
    "relu2": relu2,
    "relu6": relu6,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "swish": F.silu,
    "tanh": torch.tanh,
}


class Activation(nn.Module):
    """The activation called `name` as a module without parameters."""

    def __init__(self, name):
        super().__init__()
        self.name = name
        self.function = activation(name)

    def forward(self, x):
        return self.function(x)

    def extra_repr(self):
        return self.name


def activation(name):
    """The function for a config's activation name; a callable is returned as it is.

    Raises:
        KeyError: the name is unknown; the message lists those there are.
    """
    if callable(name):
        return name
    if name not in ACTIVATIONS:
        raise KeyError(f"unknown activation {name!r}; known are {', '.join(sorted(ACTIVATIONS))}")
    return ACTIVATIONS[name]


class ActivationModules(dict):
    """The table under its published name `ACT2FN`: looking a name up makes a module of it."""

    def __getitem__(self, name):
        activation(name)  # an unknown name lists the known ones
        return Activation(name)


ACT2FN = ActivationModules(ACTIVATIONS)


def get_activation(name):
    """The activation called `name` as a module (published name)."""
    return Activation(name)


__all__ = [
    "ACT2FN",
    "ACTIVATIONS",
    "Activation",
    "ActivationModules",
    "activation",
    "gelu",
    "gelu_10",
    "gelu_accurate",
    "gelu_fast",
    "gelu_new",
    "get_activation",
    "laplace",
    "linear",
    "mish",
    "quick_gelu",
    "relu2",
    "relu6",
]
