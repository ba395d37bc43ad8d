"""JAX primitives of the torch-API layer; see `frameworks.core.backend` for what each one promises."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import get_opaque_trace_state

from ..core import scope as scopes
from ..core.recipe import host
from . import backend_conv, backend_fft, backend_math, backend_shape

Raw = Any

NAME = "jax"
_NARROW = {"int64": "int32", "float64": "float32", "complex128": "complex64"}

for _part in (backend_math, backend_shape, backend_conv, backend_fft):
    globals().update({_name: getattr(_part, _name) for _name in _part.PRIMITIVES})


def _clean_state() -> Any:
    """The state of a thread in which nothing is traced (this one may be inside a jit)."""
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(get_opaque_trace_state, convention="flax").result()


_CLEAN = _clean_state()


def canonical(dtype: str) -> str:
    """The element type really used for `dtype`: 32 bits for 64 unless `jax_enable_x64` is set."""
    return dtype if jax.config.jax_enable_x64 else _NARROW.get(dtype, dtype)


def is_raw(x: object) -> bool:
    """Whether `x` is an array of this framework, or a host array."""
    return isinstance(x, (jax.Array, np.ndarray, np.generic))


def dtype(x: Raw) -> str:
    """Name of the element type."""
    return x.dtype.name


def shape(x: Raw) -> tuple[Any, ...]:
    """Sizes."""
    return x.shape


def rank(x: Raw) -> int:
    """Number of axes."""
    return x.ndim


def constant(x: np.ndarray[Any, Any]) -> Raw:
    """The host array `x` as an array of this framework, with a value even where JAX is tracing."""
    with jax.ensure_compile_time_eval():
        return jnp.asarray(x)


def asarray(x: Any, dtype: str) -> Raw:
    """A number, host array or raw array as element type `dtype`."""
    if isinstance(x, jax.Array):
        return x if x.dtype.name == dtype else backend_math.cast(x, dtype)
    return jnp.asarray(np.asarray(x).astype(dtype))


def scalar(x: Any, dtype: str) -> Raw:
    """The Python number `x` as an operand beside arrays of `dtype`; out-of-range integers wrap."""
    if dtype.startswith(("int", "uint")):
        return np.asarray(int(x)).astype(dtype)
    return np.asarray(x, dtype)


def to_numpy(x: Raw) -> np.ndarray[Any, Any]:
    """The values on the host."""
    return np.asarray(x)


def tracing() -> bool:
    """Whether operations are being recorded instead of run."""
    return get_opaque_trace_state(convention="flax") != _CLEAN


def traced(x: Raw) -> bool:
    """Whether `x` has no value yet."""
    return isinstance(x, jax.core.Tracer)


def stop_gradient(x: Raw) -> Raw:
    """`x`, through which no gradient flows."""
    return lax.stop_gradient(x)


def checkpoint(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`fn(*args, **kwargs)`, recomputed in the backward pass; what is not made of arrays stays outside of
    the tracing.
    """
    leaves, tree = jax.tree_util.tree_flatten((args, kwargs))
    arrays = {i: leaf for i, leaf in enumerate(leaves) if isinstance(leaf, (jax.Array, np.ndarray))}

    def run(given: dict[int, Raw]) -> Any:
        merged = [given.get(i, leaf) for i, leaf in enumerate(leaves)]
        inner_args, inner_kwargs = jax.tree_util.tree_unflatten(tree, merged)
        return fn(*inner_args, **inner_kwargs)

    return jax.checkpoint(run)(arrays)


def read_variable(variable: Any) -> Raw:
    """The value that a bound holder (an object with `.value`) has now."""
    return variable.value


def write_variable(variable: Any, value: Raw) -> None:
    """Give a bound holder a new value."""
    variable.value = value


def full(shape: Sequence[Any], value: Any, dtype: str) -> Raw:
    """An array filled with `value` (a number or a 0-d array); on the host where nothing is traced: no
    compilation.
    """
    if tracing() or traced(value):
        return jnp.full(tuple(shape), value, dtype)
    return jnp.asarray(np.full(tuple(shape), value, dtype))


def arange(start: Any, end: Any, step: Any, dtype: str) -> Raw:
    """start, start + step, ... below `end`."""
    if tracing():
        return jnp.arange(start, end, step).astype(dtype)
    return jnp.asarray(np.arange(start, end, step).astype(dtype))


def _key() -> Any:
    """The key of this draw: from the scope, the running module's path and a count; None where the host may
    draw.
    """
    scope = scopes.current()
    if scope is not None and scope.rng is not None:
        path, count = scope.position()
        return jax.random.fold_in(jax.random.fold_in(scope.rng, path), count)
    if scope is not None or tracing():
        raise ValueError(
            "a random operation (dropout in training?) needs a key: pass dropout_rng, e.g. jax.random.key(0)"
        )
    return None


def uniform(shape: Sequence[Any], dtype: str) -> Raw:
    """Random numbers in [0, 1)."""
    if (key := _key()) is None:
        return jnp.asarray(host().random(tuple(shape), np.float32).astype(dtype))
    return jax.random.uniform(key, tuple(shape), dtype)


def normal(shape: Sequence[Any], dtype: str) -> Raw:
    """Random numbers of mean 0 and deviation 1."""
    if (key := _key()) is None:
        return jnp.asarray(host().standard_normal(tuple(shape), np.float32).astype(dtype))
    return jax.random.normal(key, tuple(shape), dtype)


def randint(low: int, high: int, shape: Sequence[Any], dtype: str) -> Raw:
    """Random integers in [low, high)."""
    if (key := _key()) is None:
        return jnp.asarray(host().integers(low, high, tuple(shape)).astype(canonical(dtype)))
    return jax.random.randint(key, tuple(shape), low, high, canonical(dtype))


def random_gamma(concentration: Raw) -> Raw:
    """Numbers of the gamma distribution of rate 1, one for each concentration."""
    if (key := _key()) is None:
        drawn = host().standard_gamma(np.asarray(concentration, np.float32))
        return jnp.asarray(np.asarray(drawn).astype(concentration.dtype))
    return jax.random.gamma(key, concentration)


def random_poisson(rate: Raw) -> Raw:
    """Numbers of the Poisson distribution, one for each rate."""
    if (key := _key()) is None:
        drawn = host().poisson(np.asarray(rate, np.float64))
        return jnp.asarray(np.asarray(drawn).astype(rate.dtype))
    return jax.random.poisson(key, rate).astype(rate.dtype)


def seed(value: int) -> None:
    """Nothing: JAX has no random stream of its own."""


def register_tensor(cls: Any) -> None:
    """Let JAX see through `cls`, a box with one array `.a`; it comes back as the plain `Tensor`."""
    jax.tree_util.register_pytree_node(
        cls, lambda box: ((box.a,), None), lambda _, children: cls._rewrap(children[0])
    )


__all__ = ["NAME", "canonical", "constant"]
