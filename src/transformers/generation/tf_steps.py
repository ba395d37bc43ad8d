"""Steps of TensorFlow models as graphs: eager TensorFlow spends its time between the operations.

A model has one function for each form of inputs, and that has one graph for each set of shapes. They go with
the model.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from ..frameworks import face
from .face_arrays import is_array

_STEPS: weakref.WeakKeyDictionary[Any, dict[Any, tuple[Any, list[Any]]]] = weakref.WeakKeyDictionary()


class Gap:
    """Where an array was in a tree."""

    shape = dtype = None


def compiled_step(model: Any, inputs: dict[str, Any], flags: dict[str, Any]) -> Any:
    """`model(**inputs, **flags, return_dict=True)` by a graph.

    inputs: arrays, numbers, and trees such as a cache of fixed length that holds keys already.
    """
    kept = _STEPS.setdefault(model, {})
    key = (tuple((name, form_of(value)) for name, value in inputs.items()), tuple(flags.items()))
    leaves, frame = apart(inputs)
    if key not in kept:
        kept[key] = step_of(model, frame, flags)
    run, frames = kept[key]
    found = run(*(tf.convert_to_tensor(leaf) for leaf in leaves))
    return together(frames[-1], found)


def step_of(model: Any, frame: Any, flags: dict[str, Any]) -> tuple[Callable[..., Any], list[Any]]:
    """The function of a tree's arrays, and the list that gets the tree of its results with its graph."""
    whole, frames = weakref.ref(model), []  # a graph that held its model would keep it for ever

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def run(*given: Any) -> Any:
        network: Any = whole()
        leaves, result = apart(network(**together(frame, given), **flags, return_dict=True))
        frames.append(result)
        return leaves

    return run, frames


def apart(tree: Any) -> tuple[list[Any], Any]:
    """The arrays in a tree, and the tree with gaps in their places."""
    leaves: list[Any] = []

    def take(leaf: Any) -> Gap:
        leaves.append(leaf)
        return Gap()

    frame = face.map_tree(take, tree, is_array)
    return leaves, frame


def together(frame: Any, leaves: Any) -> Any:
    """The tree whose gaps arrays fill in their order."""
    rest = iter(leaves)
    return face.map_tree(lambda gap: next(rest), frame, lambda value: isinstance(value, Gap))


def form_of(value: Any) -> Any:
    """What of an input a graph is made for, beside shapes."""
    if is_array(value):
        return Gap
    if hasattr(value, "unflatten"):
        return value.flatten()[1]
    leaves, _ = apart(value)
    return (type(value), len(leaves)) if leaves else value


__all__ = ["compiled_step"]
