"""Arrays of JAX, TensorFlow and NumPy, for the drivers: telling, making and choosing rows of them."""

from __future__ import annotations

from typing import Any

from ..frameworks import face


def is_array(value: Any) -> bool:
    """Whether a value is an array of any framework."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def placed(framework: str, array: Any) -> Any:
    """A NumPy array as the framework's."""
    if framework == "jax":
        import jax.numpy as jnp

        return jnp.asarray(array)
    if framework == "tf":
        import tensorflow as tf

        return tf.constant(array)
    return array


def taken(framework: str, tree: Any, places: Any, axis: int = 0) -> Any:
    """The arrays in a tree with those places of an axis; numbers and lists of numbers in it stay."""
    gather: Any
    if framework == "jax":
        import jax.numpy as jnp

        places, gather = jnp.asarray(places), jnp.take
    elif framework == "tf":
        import tensorflow as tf

        gather = tf.gather
    else:
        import numpy as np

        gather = np.take
    return face.map_tree(
        lambda leaf: gather(leaf, places, axis=axis) if len(leaf.shape) > 1 else leaf, tree, is_array
    )


__all__ = ["is_array", "placed", "taken"]
