"""Steps of TensorFlow models as graphs: eager TensorFlow spends its time between the operations.

A model has one function for each form of inputs, and that one graph for each set of shapes. They live as long
as the model and hold no part of it but its variables.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .face_driver import is_array

FEWEST = 32  # tokens to write from which making a graph pays
_STEPS: weakref.WeakKeyDictionary[Any, dict[Any, tuple[Any, list[Any]]]] = weakref.WeakKeyDictionary()


def compiled_step(model: Any, inputs: dict[str, Any], flags: dict[str, Any]) -> Any:
    """`model(**inputs, **flags, return_dict=True)` by a graph.

    inputs: arrays, numbers, and the cache of fixed length, which has been written before.
    """
    arrays = {name: value for name, value in inputs.items() if is_array(value)}
    plain = {name: value for name, value in inputs.items() if name not in arrays and not _is_tree(value)}
    trees = {name: _flat(value) for name, value in inputs.items() if _is_tree(value)}
    forms = tuple((name, form, len(parts)) for name, (parts, form) in trees.items())
    key = (tuple(arrays), forms, tuple(plain.items()), tuple(flags.items()))
    kept = _STEPS.setdefault(model, {})
    if key not in kept:
        kept[key] = step_of(model, tuple(arrays), forms, {**plain, **flags})
    run, described = kept[key]
    tensors = [tf.convert_to_tensor(value) for value in arrays.values()]
    found = run(*tensors, *(tf.convert_to_tensor(part) for parts, _ in trees.values() for part in parts))
    output, form, names = described[-1]
    out = dict(zip(names, found, strict=False))
    out["past_key_values"] = form[0].unflatten(form, list(found[len(names) :]))
    return output(**out)


def step_of(
    model: Any, names: tuple[str, ...], forms: tuple[Any, ...], flags: dict[str, Any]
) -> tuple[Callable[..., Any], list[Any]]:
    """The function of arrays, and the list where it notes what its results are when its graph is made."""
    whole, described = weakref.ref(model), []

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def run(*given: Any) -> Any:
        parts = list(given)
        inputs = {name: parts.pop(0) for name in names}
        for name, form, count in forms:
            inputs[name] = _whole(form, [parts.pop(0) for _ in range(count)])
        out = whole()(**inputs, **flags, return_dict=True)
        held, form = out.past_key_values.flatten()
        kept = {name: value for name, value in out.items() if is_array(value)}
        described.append((type(out), form, tuple(kept)))
        return [*kept.values(), *held]

    return run, described
