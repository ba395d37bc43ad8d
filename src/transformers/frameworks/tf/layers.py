"""Keras layers that stand for the modules of a re-executed model and own its variables."""

from __future__ import annotations

import functools
from typing import Any

import keras
import tensorflow as tf


class ModuleLayer(keras.layers.Layer):
    """The Keras layer of one module: its variables, and a layer for each child.

    The layer's name is the module's name in its parent, and a variable's path is the checkpoint's name with
    slashes.
    It is not called: the model runs the modules, which read their values from these variables.
    """

    def __init__(self, module: Any, name: str, seen: set[int], prefix: str = "") -> None:
        super().__init__(name=name, autocast=False)
        self.kind = type(module).__name__
        adopt(self, module, seen, f"{prefix}{name}/")
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            f"layer {self.name!r} ({self.kind}) runs as part of its model; call the model"
        )


@functools.cache
def layer_class(kind: str) -> type[ModuleLayer]:
    """The layer class for modules of class `kind`, of that name: `summary` prints it."""
    return type(kind, (ModuleLayer,), {"__doc__": f"The Keras layer of a {kind}."})


def adopt(layer: Any, module: Any, seen: set[int], prefix: str = "") -> None:
    """Give `layer` the variables of `module`, whose path is `prefix`, and a layer for each of its children."""
    layer.parts = {}
    for table in ("_parameters", "_buffers"):
        for name, slot in vars(module)[table].items():
            if slot is not None and id(slot) not in seen and getattr(slot, "persistent", True):
                seen.add(id(slot))
                slot.bind(_variable(layer, name, slot, trainable=table == "_parameters"))
                slot.variable._path = prefix + name  # Keras would put the model's own name before it
    for name, child in module.named_children():
        if any(True for _ in child.parameters()) or any(True for _ in child.buffers()):
            layer.parts[name] = layer_class(type(child).__name__)(child, name, seen, prefix)


def _variable(layer: Any, name: str, slot: Any, *, trainable: bool) -> Any:
    """A variable of `layer` with the slot's value, made from it once."""
    value = slot.peek()
    value = value.make() if hasattr(value, "make") else value
    floating = slot.dtype.is_floating_point

    def initial(shape: Any, dtype: Any = None) -> Any:
        return tf.convert_to_tensor(value) if dtype is None else tf.cast(tf.convert_to_tensor(value), dtype)

    return layer.add_weight(
        name=name,
        shape=tuple(int(size) for size in slot.shape),
        dtype=slot.dtype.name,
        trainable=trainable and slot.requires_grad,
        initializer=initial,
        autocast=trainable and floating,
    )


__all__ = ["ModuleLayer", "adopt"]
