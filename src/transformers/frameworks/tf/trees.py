"""Registers outputs as trees with Keras and TensorFlow, so that fit, predict and export see into them."""

from __future__ import annotations

from typing import Any

from ...modeling_outputs import ModelOutput, register_trees

_done: set[type] = set()


def _register_output(cls: type[ModelOutput]) -> None:
    import optree

    if cls in _done:
        return
    _done.add(cls)

    def flatten(output: ModelOutput) -> tuple[list[Any], tuple[str, ...], tuple[str, ...]]:
        return list(output.values()), tuple(output), tuple(output)

    def unflatten(names: tuple[str, ...], values: Any) -> ModelOutput:
        return cls(**dict(zip(names, values, strict=True)))

    optree.register_pytree_node(cls, flatten, unflatten, namespace="keras")


def register() -> None:
    """Register every output class, now and later; safe to call again."""
    if not _done:
        register_trees(_register_output)


__all__ = ["register"]
