"""Caches whose lengths are arrays, so that every step runs the same compiled code."""

from __future__ import annotations

import inspect
from typing import Any

import jax
import jax.numpy as jnp

from ..loader import ring_module


def with_counted(cache: Any) -> Any:
    """A copy of a cache with its static layers' lengths as arrays; what is no cache comes back as it is.

    cache: what `past_key_values` was given, the two caches of an encoder-decoder pair too.
    """
    static = ring_module("jax", "layers.cache").StaticLayer
    if not any(isinstance(layer, static) for layer in _layers(cache)):
        return cache
    cache = jax.tree_util.tree_map(lambda leaf: leaf, cache)
    for layer in _layers(cache):
        if isinstance(layer, static):
            layer.length = jnp.asarray(layer.length, jnp.int32)
    return cache


def _layers(cache: Any) -> list[Any]:
    """The layers of a cache, or of the two of a pair."""
    pair = ("self_attention_cache", "cross_attention_cache")
    parts = (cache, *(getattr(cache, name, None) for name in pair))
    return [layer for part in parts for layer in getattr(part, "layers", ())]


def empty_cache(network: Any, max_length: int) -> Any:
    """An empty cache of fixed length for a decoder.

    Raises:
        TypeError: the model keeps no cache.
    """
    if "past_key_values" not in inspect.signature(network.forward).parameters:
        raise TypeError(f"{type(network).__name__} takes no past_key_values, so it has no use for a cache")
    return ring_module("jax", "layers.cache").StaticCache(max_cache_len=max_length)


__all__ = ["empty_cache", "with_counted"]
