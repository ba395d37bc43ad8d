"""Keras layers that stand for the modules of a re-executed model and own its variables."""

from __future__ import annotations

import functools
from typing import Any

import keras
import tensorflow as tf

from .. import face
from ..core.scope import Scope, use
from ..loader import torch_module


class Parts:
    """What a model and the layers of its modules share: children in a dict of their own.

    Children and variables are attributes too (`model.bert.encoder`, `layer.weight`), except where Keras has
    that name for itself (`output`): there `layer.parts["output"]` serves.
    """

    network: Any
    parts: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        if name in own.get("parts", ()):
            return own["parts"][name]
        tables = vars(own["network"]) if "network" in own else {}
        for table in ("_parameters", "_buffers"):
            slot = tables.get(table, {}).get(name)
            if slot is not None and slot.variable is not None:
                return slot.variable
        raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        """What TensorFlow's own checkpoints and exports follow."""
        children = super()._trackable_children(save_type, **kwargs)  # type: ignore[misc]
        children.pop("parts", None)
        tables = (vars(self.network)["_parameters"], vars(self.network)["_buffers"])
        slots = {name: slot for table in tables for name, slot in table.items() if slot is not None}
        held = {name: slot.variable._value for name, slot in slots.items() if slot.variable is not None}
        return {**children, **self.parts, **held}


class ModuleLayer(Parts, keras.layers.Layer):
    """The Keras layer of one module: its variables, and a layer for each child.

    The layer's name is the module's name in its parent, and a variable's path is the checkpoint's name with
    slashes.  Called by itself it runs the module, with TensorFlow tensors for the module's arguments.
    """

    def __init__(self, module: Any, name: str, seen: set[int], prefix: str = "") -> None:
        super().__init__(name=name, autocast=False)
        object.__setattr__(self, "network", module)
        adopt(self, module, seen, f"{prefix}{name}/")
        self.built = True

    @property
    def layers(self) -> list[Any]:
        """The layers of the module's children."""
        return list(self.parts.values())

    def __call__(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """Run the module: arguments as its forward names them."""
        arrays, choices = face.bind_arguments(self.network, args, kwargs)
        arrays = {name: as_tensors(value) for name, value in arrays.items()}
        return super().__call__(arrays, flags=choices, **mode(training))

    @tf.autograph.experimental.do_not_convert
    def call(self, inputs: Any, training: bool | None = None, flags: Any = None) -> Any:
        """What Keras runs: arrays by name, and choices of the forward."""
        return run(self.network, {**inputs, **(flags or {})}, training)


def mode(training: bool | None) -> dict[str, bool]:
    """`training` as a keyword, where the caller chose it: an explicit None would hide the outer layer's."""
    return {} if training is None else {"training": training}


def run(module: Any, inputs: dict[str, Any], training: bool | None) -> Any:
    """A module's output for inputs by name: TensorFlow tensors in, TensorFlow tensors out."""
    tensor = torch_module("tf").Tensor
    wrapped = face.map_tree(tensor._wrap, inputs, is_tensor)
    with use(Scope(train=bool(training))) as scope:
        output = module(**wrapped)
    if scope.updates:
        for buffer in module.buffers():
            if id(buffer) in scope.updates and buffer.variable is not None:
                buffer.variable.assign(scope.updates[id(buffer)])
    return face.map_tree(lambda t: t.a, output, lambda value: isinstance(value, tensor))


def is_tensor(value: Any) -> bool:
    """Whether `value` is one array, or a place for one."""
    return isinstance(value, tf.Tensor | tf.Variable | keras.KerasTensor | keras.Variable) or hasattr(
        value, "__array__"
    )


def as_tensors(value: Any) -> Any:
    """Arrays in `value` as tensors: ids, masks and labels as int64, float64 as float32, the rest as it is."""
    return face.map_tree(_as_tensor, value, is_tensor)


def _as_tensor(value: Any) -> Any:
    if isinstance(value, keras.KerasTensor):
        return value
    tensor = tf.convert_to_tensor(value)
    if tensor.dtype.is_integer and tensor.dtype != tf.int64:
        return tf.cast(tensor, tf.int64)
    return tf.cast(tensor, tf.float32) if tensor.dtype == tf.float64 else tensor


@functools.cache
def layer_class(kind: str) -> type[ModuleLayer]:
    """The layer class for modules of class `kind`, of that name: `summary` prints it."""
    return type(kind, (ModuleLayer,), {"__doc__": f"The Keras layer of a {kind}."})


def adopt(layer: Any, module: Any, seen: set[int], prefix: str = "") -> None:
    """Give `layer` the variables of `module`, whose path is `prefix`, and a layer for each child."""
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
        # Replicas of a distribution strategy each see another part of the batch.
        aggregation="none" if trainable else "mean" if floating else "only_first_replica",
    )


__all__ = ["ModuleLayer", "Parts", "adopt", "as_tensors", "is_tensor", "mode", "run"]
