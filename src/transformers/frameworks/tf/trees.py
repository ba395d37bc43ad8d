"""Registers outputs with Keras and TensorFlow, and caches, so that fit, predict and export see into them."""

from __future__ import annotations

from typing import Any

import optree

from ...modeling_outputs import ModelOutput, register_trees
from ..loader import ring_module

_done: set[type] = set()


def _register_output(cls: type[ModelOutput]) -> None:
    if cls in _done:
        return
    _done.add(cls)

    def flatten(output: ModelOutput) -> tuple[list[Any], tuple[str, ...], tuple[str, ...]]:
        return list(output.values()), tuple(output), tuple(output)

    def unflatten(names: tuple[str, ...], values: Any) -> ModelOutput:
        return cls(**dict(zip(names, values, strict=True)))

    optree.register_pytree_node(cls, flatten, unflatten, namespace="keras")


def _nest_flatten(cache: Any) -> tuple[Any, tuple[Any, ...]]:
    """A cache as tf.nest sees it: what a traced function may return."""
    arrays, description = cache.flatten()
    return description, tuple(arrays)


def register() -> None:
    """Register every output class, now and later, and every cache; safe to call again."""
    if _done:
        return
    register_trees(_register_output)
    cache, pair = ring_module("tf", "layers.cache"), ring_module("tf", "layers.cache_pair")
    for cls in (cache.DynamicCache, cache.StaticCache, pair.EncoderDecoderCache):
        optree.register_pytree_node(cls, lambda value: value.flatten(), cls.unflatten, namespace="keras")
        cls.__tf_flatten__ = _nest_flatten
        cls.__tf_unflatten__ = staticmethod(cls.unflatten)


__all__ = ["register"]
