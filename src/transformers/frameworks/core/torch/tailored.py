"""Functions of two or more operands that are made of others: hypot, isclose, addcdiv and their kin."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from ...core import dtypes
from .bounded import clamp
from .indexing import where
from .pointwise import abs, add, div, eq, isfinite, le, mul, pow, sqrt, square
from .promotion import get_default_dtype, operand, result_type
from .reductions import all
from .special import erfc, sinc, xlogy
from .tensor import Tensor, method, wrap

for _function in (erfc, sinc, xlogy):
    method(_function)


@method
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """`input + value * tensor1 / tensor2`."""
    return add(input, div(tensor1, tensor2), alpha=value)


@method
def hypot(input: Tensor, other: Tensor) -> Tensor:
    """The length of the side opposite to the right angle; overflow is avoided."""
    common = result_type(input, other)
    size, second = abs(wrap(operand(input, common))), abs(wrap(operand(other, common)))
    longest = size.maximum(second)
    longest = longest.detach()  # the gradient does not depend on the scale
    safe = where(longest == 0, 1, longest)
    return longest * sqrt(square(size / safe) + square(second / safe))


@method
def float_power(input: Any, exponent: Any) -> Tensor:
    """`pow` in double precision (single where the framework has none)."""
    wide = dtypes.DTYPES["complex128" if result_type(input, exponent).kind == dtypes.COMPLEX else "float64"]
    first = input.to(wide) if isinstance(input, Tensor) else input
    return pow(first, exponent.to(wide) if isinstance(exponent, Tensor) else builtins.float(exponent))


@method
def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Where `input` and `other` differ by at most `atol + rtol * abs(other)`."""
    same = eq(input, other)
    if equal_nan:
        same = same | ((input != input) & (other != other))
    if input.dtype.kind < dtypes.FLOAT:
        input, other = input.to(get_default_dtype()), other.to(get_default_dtype())
    near = le(abs(input - other), add(mul(abs(other), rtol), atol))
    return same | (near & isfinite(input) & isfinite(other))


@method
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether `isclose` holds everywhere; reads values, so not where the framework traces."""
    return builtins.bool(all(isclose(input, other, rtol, atol, equal_nan)))


@method
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether sizes and all elements agree; reads values, so not where the framework traces."""
    return np.array_equal(input.numpy(), other.numpy())


@method
def isposinf(input: Tensor) -> Tensor:
    """Where the element is infinity."""
    return input == math.inf


@method
def isneginf(input: Tensor) -> Tensor:
    """Where the element is negative infinity."""
    return input == -math.inf


@method
def deg2rad(input: Tensor) -> Tensor:
    """Degrees as radians."""
    return mul(input, math.pi / 180)


@method
def rad2deg(input: Tensor) -> Tensor:
    """Radians as degrees."""
    return mul(input, 180 / math.pi)


@method
def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """0 below zero, 1 above, `values` at zero."""
    return where(input == 0, values, clamp(input.sign(), 0)).to(input.dtype)


def clone(input: Tensor, **ignored: Any) -> Tensor:
    """A new tensor with the same elements."""
    return input.clone()


def detach(input: Tensor) -> Tensor:
    """`input`, through which no gradient flows."""
    return input.detach()


def numel(input: Tensor) -> Any:
    """The number of elements."""
    return input.numel()


__all__ = [
    "addcdiv", "allclose", "clone", "deg2rad", "detach", "equal", "erfc", "float_power", "heaviside",
    "hypot", "isclose", "isneginf", "isposinf", "numel", "rad2deg", "sinc", "xlogy",
]  # fmt: skip
