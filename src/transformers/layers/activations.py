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
    """The activation called `name` as a module.

    Where published code has a class of its own for a name, the module is of that class, which needs no name.
    """

    usual = None

    def __new__(cls, name=None, *args, **kwargs):
        own = CLASSES.get(name, cls) if cls is Activation and isinstance(name, str) else cls
        return super().__new__(own)

    def __init__(self, name=None):
        super().__init__()
        self.name = name or self.usual
        self.function = activation(self.name)

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
    if name in LEARNED:
        return LEARNED[name]()
    if name not in ACTIVATIONS:
        known = ", ".join(sorted((*ACTIVATIONS, *LEARNED)))
        raise KeyError(f"unknown activation {name!r}; known are {known}")
    return ACTIVATIONS[name]


class PReLU(Activation):
    """x where it is positive, else x times a learned slope (arXiv:1502.01852)."""

    def __init__(self, name="prelu"):
        nn.Module.__init__(self)
        self.name = name
        self.weight = nn.Parameter(torch.full((1,), 0.25))

    def forward(self, x):
        return torch.where(x >= 0, x, self.weight * x)


class XIELUActivation(Activation):
    """xIELU (arXiv:2411.13010): a parabola above zero, an integrated ELU below, both of learned strength.

    Args:
        alpha_p_init: strength above zero at the start.
        alpha_n_init: strength below zero at the start; greater than `beta`.
        beta: slope at zero.
        eps: a number just below zero, where the part below ends.
        dtype: of the parameters.
    """

    def __init__(
        self, name="xielu", alpha_p_init=0.8, alpha_n_init=0.8, beta=0.5, eps=-1e-6, dtype=torch.bfloat16
    ):
        nn.Module.__init__(self)
        self.name = name
        above, below = math.log(math.expm1(alpha_p_init)), math.log(math.expm1(alpha_n_init - beta))
        self.alpha_p = nn.Parameter(torch.full((1,), above, dtype=dtype))
        self.alpha_n = nn.Parameter(torch.full((1,), below, dtype=dtype))
        self.register_buffer("beta", torch.tensor(beta, dtype=dtype))
        self.register_buffer("eps", torch.tensor(eps, dtype=dtype))

    def forward(self, x):
        above = F.softplus(self.alpha_p) * x * x
        below = (torch.expm1(torch.minimum(x, self.eps)) - x) * (self.beta + F.softplus(self.alpha_n))
        return torch.where(x > 0, above, below) + self.beta * x


class AccurateGELUActivation(Activation):
    usual = "gelu_accurate"


class FastGELUActivation(Activation):
    usual = "gelu_fast"


class GELUActivation(Activation):
    usual = "gelu"


class GELUTanh(Activation):
    usual = "gelu_pytorch_tanh"


class LaplaceActivation(Activation):
    usual = "laplace"


class LinearActivation(Activation):
    usual = "linear"


class MishActivation(Activation):
    usual = "mish"


class NewGELUActivation(Activation):
    usual = "gelu_new"


class QuickGELUActivation(Activation):
    usual = "quick_gelu"


class ReLUSquaredActivation(Activation):
    usual = "relu2"


class SiLUActivation(Activation):
    usual = "silu"


# Those with weights: a function cannot stand for them.
LEARNED = {"prelu": PReLU, "xielu": XIELUActivation}
CLASSES = {
    **LEARNED,
    "gelu": GELUActivation,
    "gelu_accurate": AccurateGELUActivation,
    "gelu_fast": FastGELUActivation,
    "gelu_new": NewGELUActivation,
    "gelu_python_tanh": GELUTanh,
    "gelu_pytorch_tanh": GELUTanh,
    "laplace": LaplaceActivation,
    "linear": LinearActivation,
    "mish": MishActivation,
    "quick_gelu": QuickGELUActivation,
    "relu2": ReLUSquaredActivation,
    "silu": SiLUActivation,
    "swish": SiLUActivation,
}


class ActivationModules(dict):
    """The table under its published name `ACT2FN`: looking a name up makes a module of it."""

    def __getitem__(self, name):
        return Activation(name)


ACT2FN = ActivationModules({**ACTIVATIONS, **LEARNED})
gelu_python = gelu
linear_act = linear


def get_activation(name):
    """The activation called `name` as a module (published name)."""
    return Activation(name)


__all__ = [
    "ACT2FN",
    "ACTIVATIONS",
    "AccurateGELUActivation",
    "Activation",
    "ActivationModules",
    "CLASSES",
    "FastGELUActivation",
    "GELUActivation",
    "GELUTanh",
    "LEARNED",
    "LaplaceActivation",
    "LinearActivation",
    "MishActivation",
    "NewGELUActivation",
    "PReLU",
    "QuickGELUActivation",
    "ReLUSquaredActivation",
    "SiLUActivation",
    "XIELUActivation",
    "activation",
    "gelu",
    "gelu_10",
    "gelu_accurate",
    "gelu_fast",
    "gelu_new",
    "gelu_python",
    "get_activation",
    "laplace",
    "linear",
    "linear_act",
    "mish",
    "quick_gelu",
    "relu2",
    "relu6",
]
