"""`layers.scan` over JAX: `lax.scan`."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import face
from ..core import scope as scopes
from ..loader import torch_module


def scan(step: Callable[[Any, Any], tuple[Any, Any]], carry: Any, xs: Any) -> tuple[Any, Any]:
    """Run a recurrence over the first axis of `xs`; see `layers.scan.scan`."""
    first = _raw(xs)
    length = jax.tree.leaves(first)[0].shape[0]
    if length == 0:
        raise ValueError("scan needs at least one step, got xs of length 0")

    def body(held: Any, item: Any) -> tuple[Any, Any]:
        t, x = item
        with scopes.use(scopes.nested(t, fold=jax.random.fold_in)):
            new, y = step(_wrapped(held), _wrapped(x))
        return _raw(new), _raw(y)

    carry, ys = jax.lax.scan(body, _raw(carry), (jnp.arange(length), first))
    return _wrapped(carry), _wrapped(ys)


def scan_layers(
    layers: Sequence[Any],
    run: Callable[..., Any],
    hidden_states: Any,
    per_layer: Mapping[str, Sequence[Any]],
) -> Any:
    """Outputs of all layers by one loop over their stacked weights, or None where they are not of one form.

    run: (layer, hidden states, its own arguments) -> outputs of the layer, hidden states first.
    per_layer: {argument: one value per layer}.

    Dropout draws what the plain loop draws: keys follow the path of each layer, not of the first.

    Returns:
        One tuple of outputs per layer, hidden states first.
    """
    shared = {name: values[0] for name, values in per_layer.items() if _all_one(values)}
    each = {name: values for name, values in per_layer.items() if name not in shared}
    if not all(map(_stackable, each.values())) or not same_form(layers):
        return None
    first = layers[0]
    slots = [dict(layer.named_parameters()) | dict(layer.named_buffers()) for layer in layers]
    stacked = {name: jnp.stack([table[name].a for table in slots]) for name in slots[0]}
    own = {name: jnp.stack([_raw(value) for value in values]) for name, values in each.items()}
    paths = [layer._path for layer in layers]
    outer = scopes.current()

    def body(hidden: Any, item: Any) -> tuple[Any, Any]:
        weights, values, index = item
        held = {id(slots[0][name]): value for name, value in weights.items()}
        inner = scopes.Scope(
            held, None if outer is None else outer.train, None if outer is None else outer.rng
        )
        inner.hashes = lambda path: _hashes(path, paths)[index]
        with scopes.use(inner):
            options = {name: _wrapped(value) for name, value in values.items()}
            outputs = run(first, _wrapped(hidden), {**shared, **options})
        if inner.updates:
            raise ValueError(f"a layer that writes buffers cannot be scanned: {type(first).__name__}")
        return _raw(outputs[0]), _raw(tuple(outputs))

    places = jnp.arange(len(layers))
    _, outputs = jax.lax.scan(body, _raw(hidden_states), (stacked, own, places))
    return [_wrapped(jax.tree.map(lambda leaf, i=i: leaf[i], outputs)) for i in range(len(layers))]


def _all_one(values: Sequence[Any]) -> bool:
    """Whether every layer gets the same object, or the same plain value."""
    first = values[0]
    if first is None or isinstance(first, bool | int | float | str):
        return all(type(value) is type(first) and value == first for value in values)
    return all(value is first for value in values)


def _stackable(values: Sequence[Any]) -> bool:
    """Whether the values are tensors of one shape and type."""
    if not all(isinstance(value, torch_module("jax").Tensor) for value in values):
        return False
    return len({(tuple(value.shape), str(value.a.dtype)) for value in values}) == 1


def _hashes(path: str, layers: Sequence[str]) -> Any:
    """The hash of a path below the first layer, in every layer."""
    below = path.removeprefix(layers[0])
    return jnp.asarray(np.array([zlib.crc32(f"{layer}{below}".encode()) for layer in layers], np.uint32))


def same_form(layers: Sequence[Any]) -> bool:
    """Whether layers compute the same but for their weights: equal classes, options and shapes throughout."""
    return len(layers) > 1 and all(_form(layer) == _form(layers[0]) for layer in layers[1:])


def _form(layer: Any) -> list[Any]:
    parts = []
    for _, part in layer.named_modules():
        options = {
            name: value
            for name, value in vars(part).items()
            if name not in ("_path", "_parameters", "_buffers", "_modules", "layer_idx", "config")
        }
        tables = (vars(part)["_parameters"], vars(part)["_buffers"])
        shapes = [
            (name, None if slot is None else (tuple(slot.shape), slot.dtype.name))
            for table in tables
            for name, slot in table.items()
        ]
        parts.append((type(part), repr(sorted(options.items())), shapes))
    return parts


def _raw(value: Any) -> Any:
    tensor = torch_module("jax").Tensor
    return face.map_tree(lambda held: held.a, value, lambda item: isinstance(item, tensor))


def _wrapped(value: Any) -> Any:
    wrap = torch_module("jax").Tensor._wrap
    return jax.tree.map(wrap, value)


__all__ = ["same_form", "scan", "scan_layers"]
