"""Parameter trees of the JAX face, and registration of outputs and caches as JAX trees."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import jax

from ...modeling_outputs import ModelOutput, register_trees
from ..loader import ring_module

_done: set[type] = set()


def unflatten(flat: Mapping[str, Any]) -> dict[str, Any]:
    """{"a.b.c": x} -> {"a": {"b": {"c": x}}}"""
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        branch = tree
        for piece in path:
            branch = branch.setdefault(piece, {})
        branch[last] = value
    return tree


def flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The reverse of `unflatten`, as pairs; any mapping will do (a FrozenDict too)."""
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _register_output(cls: type[ModelOutput]) -> None:
    if cls in _done:
        return
    _done.add(cls)

    def with_keys(output: ModelOutput) -> tuple[list[Any], tuple[str, ...]]:
        return [(jax.tree_util.DictKey(key), value) for key, value in output.items()], tuple(output)

    def unflatten_output(names: tuple[str, ...], values: Any) -> ModelOutput:
        # While JAX takes trees apart, leaves may be placeholders that a dataclass's own checks would misread.
        output = cls.__new__(cls)
        OrderedDict.__init__(output)
        for field in cls.__dataclass_fields__:  # type: ignore[attr-defined]
            object.__setattr__(output, field, None)
        for name, value in zip(names, values, strict=True):
            OrderedDict.__setitem__(output, name, value)
            object.__setattr__(output, name, value)
        return output

    jax.tree_util.register_pytree_with_keys(cls, with_keys, unflatten_output)


def register() -> None:
    """Register every output class, now and later, and every cache; safe to call again."""
    if _done:
        return
    register_trees(_register_output)
    cache, pair = ring_module("jax", "layers.cache"), ring_module("jax", "layers.cache_pair")
    for cls in (cache.DynamicCache, cache.StaticCache, pair.EncoderDecoderCache):
        jax.tree_util.register_pytree_node(cls, lambda value: value.flatten(), cls.unflatten)


register()

__all__ = ["flatten", "register", "unflatten"]
