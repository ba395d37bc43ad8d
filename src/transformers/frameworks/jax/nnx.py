"""A JAX model as a `flax.nnx` module, for `nnx.jit`, `nnx.Optimizer` and code that composes those."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flax import nnx

from .trees import flatten, unflatten

_KINDS = {"params": nnx.Param, "batch_stats": nnx.BatchStat}


class NnxView(nnx.Module):
    """A module that holds a model's parameters as `nnx.Param`, batch statistics as `nnx.BatchStat`.

    A parameter's path is its name in the checkpoint: `view.encoder.layer["0"].output.dense.weight`.  The
    values are this module's own from now on: the model's `params` stay as they are.

    Args:
        model: a JAX model with params.
        rngs: where dropout takes its keys ("dropout", or the default stream).
    """

    def __init__(self, model: Any, rngs: nnx.Rngs | None = None) -> None:
        self._model = _Static(model)
        self.deterministic = True
        self.rngs = rngs
        trees = {kind: dict(flatten(tree)) for kind, tree in _split(model.params).items()}
        self._places = tuple((kind, name) for kind, tree in trees.items() for name in tree)
        held = {name: _KINDS[kind](trees[kind][name]) for kind, name in self._places}
        for name, value in unflatten(held).items():
            setattr(self, name, nnx.data(_as_modules(value)))

    @property
    def params(self) -> dict[str, Any]:
        """The values as a tree like `model.params`."""
        trees: dict[str, dict[str, Any]] = {"params": {}, "batch_stats": {}}
        for kind, name in self._places:
            trees[kind][name] = self._variable(name)[...]
        made = {kind: unflatten(tree) for kind, tree in trees.items()}
        return made if made["batch_stats"] else made["params"]

    def _variable(self, name: str) -> Any:
        first, *rest = name.split(".")
        found = getattr(self, first)
        for piece in rest:
            found = found[piece]
        return found

    def __call__(self, *args: Any, train: bool | None = None, **kwargs: Any) -> Any:
        """The model's output for the model's inputs.

        train: whether dropout is on and batch statistics move; by default as `view.train()` and
            `view.eval()` left it.
        """
        train = not self.deterministic if train is None else train
        key = self.rngs.dropout() if train and self.rngs is not None else None
        output, state = self._model.held.apply(
            self.params, *args, train=train, dropout_rng=key, mutable=True, **kwargs
        )
        if train:
            for name, value in flatten(state["batch_stats"]):
                self._variable(name)[...] = value
        return output


class _Static:
    """A part of the module that is no state; equal only to itself."""

    def __init__(self, held: Any) -> None:
        self.held = held


def _split(params: Mapping[str, Any]) -> Mapping[str, Any]:
    return params if set(params) == {"params", "batch_stats"} else {"params": params}


def _as_modules(value: Any) -> Any:
    """Nested dicts as nnx's own, which it sees into."""
    if not isinstance(value, dict):
        return value
    return nnx.Dict({name: _as_modules(item) for name, item in value.items()})


__all__ = ["NnxView"]
