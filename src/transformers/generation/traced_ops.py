"""What a traced loop needs of JAX and TensorFlow: a step of the model, loops, random numbers and casts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..frameworks.loader import ring_module, torch_module


class Operations:
    """What a traced loop needs of its framework: a step of the model, a loop, random numbers, and casts."""

    name: str

    def __init__(self) -> None:
        self.torch: Any = torch_module(self.name)

    def part(self, name: str) -> Any:
        """A ring module over the framework."""
        return ring_module(self.name, name)


class JaxOperations(Operations):
    """`Operations` of JAX; seed: a key, or a number."""

    name = "jax"

    def __init__(self, model: Any, params: Any, seed: Any) -> None:
        import jax

        super().__init__()
        self.model, self.params = model, model.params if params is None else params
        number = seed is None or isinstance(seed, int)
        self.key = jax.random.key(seed or 0) if number else seed

    def step(self, arrays: dict[str, Any], flags: dict[str, Any]) -> Any:
        """The model's output."""
        output, _ = self.model._pure(self.params, arrays, None, False, tuple(sorted(flags.items())))
        return output

    def loop(self, goes_on: Callable[..., Any], body: Callable[..., Any], state: tuple[Any, ...]) -> Any:
        """Repeat `body` while `goes_on`."""
        import jax

        return jax.lax.while_loop(lambda held: goes_on(*held), lambda held: body(*held), state)

    def uniform(self, shape: tuple[int, ...], place: Any) -> Any:
        """Numbers in [0, 1) for the token at a place."""
        import jax

        return jax.random.uniform(jax.random.fold_in(self.key, place), shape)

    def like(self, value: Any, other: Any) -> Any:
        """A cast."""
        import jax.numpy as jnp

        return jnp.asarray(value, dtype=other.dtype)

    def array(self, value: Any) -> Any:
        """An array of the framework."""
        import jax.numpy as jnp

        value = jnp.asarray(value)
        return value.astype(jnp.int32) if jnp.issubdtype(value.dtype, jnp.integer) else value


class TfOperations(Operations):
    """`Operations` of TensorFlow; seed: a number or two."""

    name = "tf"

    def __init__(self, model: Any, params: Any, seed: Any) -> None:
        super().__init__()
        self.model = model
        self.seed = int(np.asarray(0 if seed is None else seed).reshape(-1)[-1])

    def step(self, arrays: dict[str, Any], flags: dict[str, Any]) -> Any:
        """The model's output."""
        return self.model(**arrays, **flags)

    def loop(self, goes_on: Callable[..., Any], body: Callable[..., Any], state: tuple[Any, ...]) -> Any:
        """Repeat `body` while `goes_on`."""
        import tensorflow as tf

        return tf.while_loop(goes_on, body, state)

    def uniform(self, shape: tuple[int, ...], place: Any) -> Any:
        """Numbers in [0, 1) for the token at a place."""
        import tensorflow as tf

        return tf.random.stateless_uniform(shape, seed=tf.stack([self.seed, tf.cast(place, tf.int32)]))

    def like(self, value: Any, other: Any) -> Any:
        """A cast."""
        import tensorflow as tf

        return tf.cast(value, other.dtype)

    def array(self, value: Any) -> Any:
        """An array of the framework."""
        import tensorflow as tf

        value = tf.convert_to_tensor(value)
        return tf.cast(value, tf.int64) if value.dtype.is_integer else value


__all__ = ["JaxOperations", "Operations", "TfOperations"]
