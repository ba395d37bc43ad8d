"""TensorFlow primitives of the torch-API layer; see `frameworks.core.backend` for what each one promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from ..core import scope as scopes
from . import backend_conv, backend_fft, backend_math, backend_nn, backend_running, backend_shape
from .backend_shape import dims

Raw = Any

NAME = "tf"

for _part in (backend_math, backend_shape, backend_nn, backend_conv, backend_fft, backend_running):
    globals().update({_name: getattr(_part, _name) for _name in _part.PRIMITIVES})


def canonical(dtype: str) -> str:
    """The element type really used for `dtype`."""
    return dtype


def is_raw(x: object) -> bool:
    """Whether `x` is a tensor of this framework, or a host array."""
    return isinstance(x, (tf.Tensor, tf.Variable, np.ndarray, np.generic))


def dtype(x: Raw) -> str:
    """Name of the element type."""
    return x.dtype.name


def constant(x: np.ndarray[Any, Any]) -> Raw:
    """The host array `x` as a tensor of this framework, with a value even where a graph is being built."""
    with tf.init_scope():
        return tf.convert_to_tensor(x)


def asarray(x: Any, dtype: str) -> Raw:
    """A number, host array or raw array as element type `dtype`."""
    if isinstance(x, (tf.Tensor, tf.Variable)):
        return backend_math.cast(tf.convert_to_tensor(x), dtype)
    return tf.constant(np.asarray(x).astype(tf.as_dtype(dtype).as_numpy_dtype))


def scalar(x: Any, dtype: str) -> Raw:
    """The Python number `x` as an operand beside arrays of `dtype`; out-of-range integers wrap."""
    if dtype.startswith(("int", "uint")):
        return tf.constant(np.asarray(int(x)).astype(dtype))
    return tf.constant(float(x) if dtype.startswith(("float", "bfloat")) else x, dtype)


def to_numpy(x: Raw) -> np.ndarray[Any, Any]:
    """The values on the host."""
    return x.numpy() if isinstance(x, (tf.Tensor, tf.Variable)) else np.asarray(x)


def tracing() -> bool:
    """Whether operations are being recorded instead of run."""
    return not tf.executing_eagerly()


def traced(x: Raw) -> bool:
    """Whether `x` has no value yet."""
    return isinstance(x, tf.Tensor) and not hasattr(x, "numpy")


def stop_gradient(x: Raw) -> Raw:
    """`x`, through which no gradient flows."""
    return tf.stop_gradient(x)


def checkpoint(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`fn(*args, **kwargs)`, recomputed in the backward pass."""
    from .recompute import recomputed

    return recomputed(fn, args, kwargs)


def read_variable(variable: Any) -> Raw:
    """The value of a tf.Variable or Keras variable, without Keras' autocast."""
    return tf.convert_to_tensor(
        getattr(variable, "value", variable) if hasattr(variable, "path") else variable
    )


def write_variable(variable: Any, value: Raw) -> None:
    """Assign to a tf.Variable or Keras variable."""
    variable.assign(value)


def full(shape: Sequence[Any], value: Any, dtype: str) -> Raw:
    """A tensor filled with `value` (a number or a 0-d tensor)."""
    return tf.fill(dims(shape), asarray(value, dtype))


def arange(start: Any, end: Any, step: Any, dtype: str) -> Raw:
    """start, start + step, ... below `end`."""
    if not any(isinstance(value, (tf.Tensor, tf.Variable)) for value in (start, end, step)):
        return tf.constant(np.arange(start, end, step).astype(tf.as_dtype(dtype).as_numpy_dtype))
    floating = [
        v
        for v in (start, end, step)
        if isinstance(v, float) or getattr(getattr(v, "dtype", None), "is_floating", False)
    ]
    kind = tf.float64 if floating else tf.int64
    return tf.cast(tf.range(*(tf.cast(value, kind) for value in (start, end, step))), dtype)


def _random_key() -> Any:
    """A stateless seed from the scope's rng, or None where TensorFlow's own stream serves."""
    scope = scopes.current()
    if scope is None or scope.rng is None:
        return None
    path, count = scope.position()
    seed = tf.cast(tf.reshape(scope.rng, [-1])[:2], tf.int64)
    return seed * 1_000_003 + tf.constant([path, count], tf.int64)


def uniform(shape: Sequence[Any], dtype: str) -> Raw:
    """Random numbers in [0, 1)."""
    if (key := _random_key()) is None:
        return tf.cast(tf.random.uniform(dims(shape)), dtype)
    return tf.cast(tf.random.stateless_uniform(dims(shape), key), dtype)


def normal(shape: Sequence[Any], dtype: str) -> Raw:
    """Random numbers of mean 0 and deviation 1."""
    if (key := _random_key()) is None:
        return tf.cast(tf.random.normal(dims(shape)), dtype)
    return tf.cast(tf.random.stateless_normal(dims(shape), key), dtype)


def randint(low: int, high: int, shape: Sequence[Any], dtype: str) -> Raw:
    """Random integers in [low, high)."""
    if (key := _random_key()) is None:
        return tf.cast(tf.random.uniform(dims(shape), low, high, tf.int64), dtype)
    return tf.cast(tf.random.stateless_uniform(dims(shape), key, low, high, tf.int64), dtype)


def random_gamma(concentration: Raw) -> Raw:
    """Numbers of the gamma distribution of rate 1, one for each concentration."""
    if (key := _random_key()) is None:
        return tf.random.gamma([], concentration, dtype=concentration.dtype)
    return tf.random.stateless_gamma(tf.shape(concentration), key, concentration, dtype=concentration.dtype)


def random_poisson(rate: Raw) -> Raw:
    """Numbers of the Poisson distribution, one for each rate."""
    if (key := _random_key()) is None:
        return tf.random.poisson([], rate, dtype=rate.dtype)
    return tf.random.stateless_poisson(tf.shape(rate), key, rate, dtype=rate.dtype)


def seed(value: int) -> None:
    """Restart the framework's own random stream."""
    tf.random.set_seed(value)


def register_tensor(cls: type) -> None:
    """Nothing: TensorFlow sees raw tensors only."""


__all__ = ["NAME", "canonical", "constant"]
