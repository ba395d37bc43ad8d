"""`torch.utils.checkpoint` over TensorFlow: `tf.recompute_grad`, with the same random numbers both times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .. import face
from ..core import scope as scopes
from ..loader import torch_module


def recomputed(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`fn(*args, **kwargs)`, computed again in the backward pass.

    Gradients flow to the floating tensors among the arguments and to the variables that `fn` reads.  A cache
    among the arguments, which one call changes and the next reads, is computed with once.
    """
    given: list[Any] = []
    if _holds_cache((args, kwargs)):
        return fn(*args, **kwargs)
    _mapped(lambda box: given.append(box.a), (args, kwargs), floating=True)
    if not given:
        return fn(*args, **kwargs)
    wrap = torch_module("tf").Tensor._wrap
    seed = tf.random.uniform([2], 0, 2**31 - 1, tf.int64)
    forms: list[Any] = []

    def pure(*arrays: Any) -> Any:
        fresh = iter(arrays)
        inner_args, inner_kwargs = _mapped(lambda box: wrap(next(fresh)), (args, kwargs), floating=True)
        scope = scopes.nested(None)
        scope.rng = seed if scope.rng is None else scope.rng
        with scopes.use(scope):
            out = fn(*inner_args, **inner_kwargs)
        found: list[Any] = []
        forms.append(_mapped(lambda box: _Place(found, box.a), out))
        return tuple(found)

    results = tf.recompute_grad(pure)(*given)
    return face.map_tree(
        lambda place: wrap(results[place.index]), forms[0], lambda item: isinstance(item, _Place)
    )


class _Place:
    """Stands for a tensor of a list in what a function gives."""

    def __init__(self, found: list[Any], array: Any) -> None:
        self.index = len(found)
        found.append(array)


def _mapped(function: Callable[[Any], Any], value: Any, *, floating: bool = False) -> Any:
    """`value` with its tensors through `function`; floating: only those that gradients can flow to."""
    kind = torch_module("tf").Tensor
    return face.map_tree(
        function,
        value,
        lambda item: isinstance(item, kind) and (not floating or tf.as_dtype(item.a.dtype).is_floating),
    )


def _holds_cache(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_cache, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_cache, value))
    return hasattr(value, "flatten") and hasattr(value, "unflatten") and not hasattr(value, "dtype")


__all__ = ["recomputed"]
