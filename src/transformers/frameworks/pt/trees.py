"""Registers outputs and caches as trees with PyTorch, so that export, compile and vmap see into them."""

from __future__ import annotations

from typing import Any

from torch.utils import _pytree as pytree

from ...layers import cache, cache_pair
from ...modeling_outputs import ModelOutput, register_trees

_done: set[type] = set()


def _register_output(cls: type[ModelOutput]) -> None:
    if cls in _done:
        return
    _done.add(cls)

    def flatten(output: ModelOutput) -> tuple[list[Any], tuple[str, ...]]:
        return list(output.values()), tuple(output)

    def flatten_with_keys(output: ModelOutput) -> tuple[list[Any], tuple[str, ...]]:
        return [(pytree.MappingKey(key), value) for key, value in output.items()], tuple(output)

    def unflatten(values: Any, names: tuple[str, ...]) -> ModelOutput:
        return cls(**dict(zip(names, values, strict=True)))

    pytree.register_pytree_node(
        cls,
        flatten,
        unflatten,
        serialized_type_name=f"{cls.__module__}.{cls.__qualname__}",
        flatten_with_keys_fn=flatten_with_keys,
    )


def _register_cache(cls: type[cache.Cache]) -> None:
    pytree.register_pytree_node(
        cls,
        lambda value: value.flatten(),
        lambda arrays, description: (
            cache.Cache.unflatten(description, arrays)
            if description[0] is not cache_pair.EncoderDecoderCache
            else cache_pair.EncoderDecoderCache.unflatten(description, arrays)
        ),
        serialized_type_name=f"{cls.__module__}.{cls.__qualname__}",
    )


def register() -> None:
    """Register every output class, now and later, and every cache; safe to call again."""
    if _done:
        return
    register_trees(_register_output)
    for cls in (cache.DynamicCache, cache.StaticCache, cache_pair.EncoderDecoderCache):
        _register_cache(cls)


__all__ = ["register"]
