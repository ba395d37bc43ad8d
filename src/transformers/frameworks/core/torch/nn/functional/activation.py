"""Activations."""

from __future__ import annotations

from .... import backend as B
from ...bounded import clamp, log_softmax, softmax
from ...indexing import where
from ...pointwise import expm1, floating, log1p, sigmoid, tanh
from ...tensor import Tensor, wrap


def refuse_inplace(inplace: bool, name: str) -> None:
    """An error for `inplace=True`, which would change a tensor that others hold."""
    if inplace:
        raise ValueError(f"{name}(inplace=True) is not part of the torch-API layer: write x = {name}(x)")


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """`max(input, 0)`."""
    refuse_inplace(inplace, "relu")
    return wrap(B.relu(input.a))


def _within(input: Tensor, low: float, high: float) -> Tensor:
    """`clamp`, but without gradient at the bounds themselves, as these activations have it in torch."""
    out = where(input <= low, low, where(input >= high, high, input))
    return out.to(input.dtype)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """`input` between 0 and 6."""
    refuse_inplace(inplace, "relu6")
    return _within(input, 0, 6)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """`input` times the normal distribution function of it; `approximate="tanh"` for the tanh formula."""
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', not {approximate!r}")
    return wrap(B.gelu(input.a, approximate == "tanh"))


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """`input * sigmoid(input)`."""
    refuse_inplace(inplace, "silu")
    return wrap(B.silu(floating(input)))


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """`input * tanh(softplus(input))`."""
    refuse_inplace(inplace, "mish")
    return input * tanh(softplus(input))


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """`input`, scaled by `negative_slope` below zero."""
    refuse_inplace(inplace, "leaky_relu")
    return where(input > 0, input, input * negative_slope)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """`leaky_relu` with a learned slope, one or one per channel (axis 1)."""
    if weight.numel() != 1 and input.ndim > 1:
        weight = weight.reshape((1, -1) + (1,) * (input.ndim - 2))
    return where(input > 0, input, input * weight)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """`input`, and `alpha * (exp(input) - 1)` below zero."""
    refuse_inplace(inplace, "elu")
    return where(input > 0, input, expm1(clamp(input, max=0)) * alpha)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """The self-normalising `elu`."""
    refuse_inplace(inplace, "selu")
    return elu(input, 1.6732632423543772) * 1.0507009873554805


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """`input`, and `alpha * (exp(input / alpha) - 1)` below zero."""
    refuse_inplace(inplace, "celu")
    return where(input > 0, input, expm1(clamp(input, max=0) / alpha) * alpha)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """`log(1 + exp(beta * input)) / beta`; the input itself where `beta * input` exceeds `threshold`."""
    scaled = input if beta == 1 else input * beta
    below = scaled < 0
    smooth = where(below, 0, scaled) + log1p(where(below, scaled, -scaled).exp())
    return where(scaled > threshold, input, smooth if beta == 1 else smooth / beta)


def logsigmoid(input: Tensor) -> Tensor:
    """`log(sigmoid(input))` without overflow."""
    below = input < 0
    return where(below, input, 0) - log1p(where(below, input, -input).exp())


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """`input` between two bounds."""
    refuse_inplace(inplace, "hardtanh")
    return _within(input, min_val, max_val)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """`relu6(input + 3) / 6`."""
    refuse_inplace(inplace, "hardsigmoid")
    return _within(input + 3, 0, 6) / 6


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """`input * relu6(input + 3) / 6`."""
    refuse_inplace(inplace, "hardswish")
    low, high = input <= -3, input >= 3
    return where(low, 0, where(high, input, input * ((input + 3) / 6))).to(input.dtype)


def softsign(input: Tensor) -> Tensor:
    """`input / (1 + |input|)`."""
    return input / (input.abs() + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """`input - tanh(input)`."""
    return input - tanh(input)


def softmin(input: Tensor, dim: int) -> Tensor:
    """`softmax(-input)`."""
    return softmax(-input, dim)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half along `dim`, gated by the sigmoid of the second."""
    size = input.shape[dim]
    if isinstance(size, int) and size % 2:
        raise ValueError(f"glu: the size of dim {dim} must be even, not {size}")
    first, second = input.chunk(2, dim)
    return first * sigmoid(second)


__all__ = [
    "celu", "elu", "gelu", "glu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log_softmax",
    "logsigmoid", "mish", "prelu", "relu", "relu6", "selu", "sigmoid", "silu", "softmax", "softmin",
    "softplus", "softsign", "tanh", "tanhshrink",
]  # fmt: skip
