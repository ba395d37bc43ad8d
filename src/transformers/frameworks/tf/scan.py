"""`layers.scan` over TensorFlow: a while loop in graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .. import face
from ..core import scope as scopes
from ..loader import torch_module


def scan(step: Callable[[Any, Any], tuple[Any, Any]], carry: Any, xs: Any) -> tuple[Any, Any]:
    """Run a recurrence over the first axis of `xs`; see `layers.scan.scan`.

    The first step runs before the loop and tells the form of what the others give.
    """
    tensor = torch_module("tf").Tensor
    carry, xs = _raw(carry), _raw(xs)
    if (length := tf.nest.flatten(xs)[0].shape[0]) == 0:
        raise ValueError("scan needs at least one step, got xs of length 0")
    size = tf.shape(tf.nest.flatten(xs)[0])[0] if length is None else length

    def once(t: Any, held: Any) -> tuple[Any, Any]:
        picked = tf.nest.map_structure(lambda x: tf.gather(x, t), xs)
        with scopes.use(scopes.nested(t)):
            new, y = step(*(tf.nest.map_structure(tensor._wrap, value) for value in (held, picked)))
        return _raw(new), _raw(y)

    carry, first = once(0, carry)
    collected = [
        tf.TensorArray(y.dtype, size, element_shape=y.shape).write(0, y) for y in tf.nest.flatten(first)
    ]

    def body(t: Any, held: Any, arrays: Any) -> tuple[Any, Any, Any]:
        new, y = once(t, held)
        written = [array.write(t, value) for array, value in zip(arrays, tf.nest.flatten(y), strict=True)]
        return t + 1, new, written

    _, carry, collected = tf.while_loop(
        lambda t, *_: t < size, body, (tf.constant(1), carry, collected), maximum_iterations=size
    )
    ys = tf.nest.pack_sequence_as(first, [array.stack() for array in collected])
    return tf.nest.map_structure(tensor._wrap, carry), tf.nest.map_structure(tensor._wrap, ys)


def _raw(value: Any) -> Any:
    tensor = torch_module("tf").Tensor
    return face.map_tree(lambda held: held.a, value, lambda item: isinstance(item, tensor))


def scan_layers(layers: Any, run: Any, hidden_states: Any, per_layer: Any) -> None:
    """Keras gives every layer variables of its own: the layer loop stays a loop."""


__all__ = ["scan", "scan_layers"]
