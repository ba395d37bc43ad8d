"""NumPy primitives of the torch-API layer; see `frameworks.core.backend` for what each one promises.

Inference only: there are no gradients here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.recipe import host, numpy_dtype
from . import backend_conv, backend_fft, backend_math, backend_nn, backend_shape, backend_special

Raw = Any

NAME = "np"

for _part in (backend_math, backend_shape, backend_nn, backend_conv, backend_fft, backend_special):
    globals().update({_name: getattr(_part, _name) for _name in _part.PRIMITIVES})


def canonical(dtype: str) -> str:
    """The element type really used for `dtype`."""
    return dtype


def is_raw(x: object) -> bool:
    """Whether `x` is an array of this framework."""
    return isinstance(x, (np.ndarray, np.generic))


def dtype(x: Raw) -> str:
    """Name of the element type."""
    return x.dtype.name


def shape(x: Raw) -> tuple[int, ...]:
    """Sizes."""
    return x.shape


def rank(x: Raw) -> int:
    """Number of axes."""
    return x.ndim


def constant(x: np.ndarray[Any, Any]) -> Raw:
    """The host array `x` as an array of this framework."""
    return x


def asarray(x: Any, dtype: str) -> Raw:
    """A number, host array or raw array as element type `dtype`."""
    return np.asarray(x).astype(numpy_dtype(dtype), copy=False)


def scalar(x: Any, dtype: str) -> Raw:
    """The Python number `x` as an operand beside arrays of `dtype`; out-of-range integers wrap."""
    if dtype.startswith(("int", "uint")):
        return np.asarray(int(x)).astype(dtype)
    return np.asarray(x, numpy_dtype(dtype))


def to_numpy(x: Raw) -> np.ndarray[Any, Any]:
    """The values on the host."""
    return np.asarray(x)


def tracing() -> bool:
    """Whether operations are being recorded instead of run."""
    return False


def traced(x: Raw) -> bool:
    """Whether `x` has no value yet."""
    return False


def stop_gradient(x: Raw) -> Raw:
    """`x`, through which no gradient flows."""
    return x


def checkpoint(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`fn(*args, **kwargs)`; there is no backward pass to save memory for."""
    return fn(*args, **kwargs)


def read_variable(variable: Any) -> Raw:
    """The value that a bound holder (an object with `.value`) has now."""
    return variable.value


def write_variable(variable: Any, value: Raw) -> None:
    """Give a bound holder a new value."""
    variable.value = value


def full(shape: Sequence[Any], value: Any, dtype: str) -> Raw:
    """An array filled with `value` (a number or a 0-d array)."""
    return np.full(tuple(shape), value, numpy_dtype(dtype))


def arange(start: Any, end: Any, step: Any, dtype: str) -> Raw:
    """start, start + step, ... below `end`."""
    return np.arange(start, end, step).astype(numpy_dtype(dtype), copy=False)


def uniform(shape: Sequence[Any], dtype: str) -> Raw:
    """Random numbers in [0, 1)."""
    return host().random(tuple(shape), np.float32).astype(numpy_dtype(dtype))


def normal(shape: Sequence[Any], dtype: str) -> Raw:
    """Random numbers of mean 0 and deviation 1."""
    return host().standard_normal(tuple(shape), np.float32).astype(numpy_dtype(dtype))


def randint(low: int, high: int, shape: Sequence[Any], dtype: str) -> Raw:
    """Random integers in [low, high)."""
    return host().integers(low, high, tuple(shape)).astype(dtype)


def seed(value: int) -> None:
    """Restart the framework's own random stream."""


def register_tensor(cls: type) -> None:
    """Make the framework see through `cls`, a box with one array `.a`."""


__all__ = ["NAME", "canonical", "constant"]
