"""A checkpoint of Keras or Flax seen as one of our model: names, axes, shapes.

A weight's place in the tree of layers is that of ours; its own name and the order of its axes are those of
its layer in that framework, which `layouts` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .arrays import TensorInfo, as_framework
from .checkpoint import Checkpoint
from .derived import DerivedCheckpoint
from .layouts import layer_layout

# What a weight is called there -> what it is called here.
_OWN = {
    "beta": "bias",
    "depthwise_kernel": "weight",
    "embedding": "weight",
    "embeddings": "weight",
    "gamma": "weight",
    "kernel": "weight",
    "mean": "running_mean",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
    "pointwise_kernel": "weight",
    "scale": "weight",
    "var": "running_var",
}


def keras_path(name: str, whole: bool) -> list[str]:
    """The pieces of a Keras variable's name; the model's own name at its start is left out if it is `whole`.

    "tf_bert/bert/encoder/layer_._0/output/dense/kernel:0" -> bert, encoder, layer, 0, output, dense, kernel
    """
    name = name.rpartition(":")[0] or name
    pieces = name.split("/")
    if whole and len(pieces) > 1:
        pieces = pieces[1:]
    pieces = [piece.rpartition("___")[2] for piece in pieces]  # what stands before tells two layers apart
    return [part for piece in pieces for part in piece.replace("_._", ".").split(".") if part]


def flax_path(name: str) -> list[str]:
    """The pieces of an array's path in a tree of Flax."""
    pieces = name.split("/")
    return pieces[1:] if pieces[0] in ("params", "batch_stats") and len(pieces) > 1 else pieces


class ForeignCheckpoint(DerivedCheckpoint):
    """Such a checkpoint under our names and in our shapes; satisfies `Checkpoint`.

    Args:
        file: the checkpoint.
        model: the torch-API module that is to be filled.
        kind: "tf" or "flax".
    """

    def __init__(self, file: Checkpoint, model: Any, kind: str) -> None:
        self.file, self.metadata = file, file.metadata
        self._expected = {
            name: tuple(int(n) for n in value.shape) for name, value in model.state_dict().items()
        }
        self._modules = dict(model.named_modules())
        self._prefix = model.base_model_prefix
        self._kind = kind
        # our name -> (name there, order of axes or None, what comes out)
        self._parts: dict[str, tuple[str, tuple[int, ...] | None, TensorInfo]] = {}
        whole = getattr(file, "whole_names", True)
        rules = [rule for rule in model._renames if len(rule) == 2]
        for theirs in file:
            pieces = flax_path(theirs) if kind == "flax" else keras_path(theirs, whole)
            name, dims = self._placed(pieces, rules)
            if name not in self._parts:
                self._parts[name] = (theirs, dims, self._shaped(name, file.info(theirs), dims))
        for alias, source in model.active_ties().items():
            if kind == "tf" and alias.endswith(".decoder.bias") and {alias, source} <= self._parts.keys():
                self._parts[source] = self._parts.pop(alias)  # Keras keeps two, and adds this one

    def _placed(self, pieces: list[str], rules: list[Any]) -> tuple[str, tuple[int, ...] | None]:
        """The name of a weight here, and the order of its axes."""
        own = _OWN.get(pieces[-1], pieces[-1])
        plain = ".".join([*pieces[:-1], own])
        for name in self._spellings(plain, rules):
            if name in self._expected:
                module = self._modules[name.rpartition(".")[0]]
                stored = layer_layout(module, self._kind).get(own)
                return name, stored.dims if stored is not None and stored.name == pieces[-1] else None
        return plain, None

    def _spellings(self, name: str, rules: list[Any]) -> Iterator[str]:
        """A name as it stands, and with other beginnings."""
        renamed = name
        for pattern, replacement in rules:
            renamed = re.sub(pattern, replacement, renamed)
        for found in dict.fromkeys((name, renamed)):
            yield found
            yield f"{self._prefix}.{found}"
            yield found.removeprefix(f"{self._prefix}.")

    def _shaped(self, name: str, info: TensorInfo, dims: tuple[int, ...] | None) -> TensorInfo:
        """What comes out: axes in our order, and axes of length 1 as ours are."""
        shape = info.shape
        if dims is not None and len(dims) == len(shape):
            shape = tuple(shape[axis] for axis in dims)
        wanted = self._expected.get(name, shape)
        if _without_ones(wanted) == _without_ones(shape):
            shape = wanted
        return TensorInfo(info.dtype, shape)

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor as an array of `framework`, in our form."""
        import numpy as np

        theirs, dims, info = self._parts[name]
        value = self.file.get(theirs)
        if dims is not None and value.ndim == len(dims):
            value = value.transpose(dims)
        return as_framework(np.ascontiguousarray(value).reshape(info.shape), framework)


def _without_ones(shape: tuple[int, ...]) -> list[int]:
    return [size for size in shape if size != 1]


__all__ = ["ForeignCheckpoint", "flax_path", "keras_path"]
