"""Linear layers that get the same rows, such as queries, keys and values, run as one product while a model
writes.

One call costs less than several, and a module says in `joint` which of its layers that holds for, in the
order in which it calls them. The first of them computes the rows of all; the others take theirs if they are
called with the very tensor that the first one got, unchanged, and otherwise compute on their own.
"""

from __future__ import annotations

import threading
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from . import kernels
from .linear import Int8Linear


def groups(model: Any, layers: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Names of layers that can be joined: each is one of `layers`, and they are of one kind."""
    for path, module in model.named_modules():
        for members in getattr(module, "joint", ()):
            names = tuple(f"{path}.{member}" if path else member for member in members)
            found = [layers[name] for name in names if name in layers]
            watched = any(layer._forward_pre_hooks for layer in found)  # which may give each rows of its own
            if len(found) == len(names) and not watched and len({kind_of(layer) for layer in found}) == 1:
                yield names


def kind_of(layer: Any) -> Any:
    """What layers must share: class, dtype, inputs, and whether there is a bias; itself if it cannot join."""
    if type(layer) not in (nn.Linear, Int8Linear):
        return layer
    bias = None if layer.bias is None else layer.bias.dtype
    return type(layer), layer.weight.dtype, layer.in_features, bias


def joined_layer(layers: list[Any]) -> Any:
    """One layer that gives the outputs of several, side by side."""
    inputs, outputs = layers[0].in_features, sum(layer.out_features for layer in layers)
    bias = None if layers[0].bias is None else torch.cat([layer.bias.detach() for layer in layers])
    weight = torch.cat([layer.weight.detach() for layer in layers])
    if type(layers[0]) is nn.Linear:
        return types.SimpleNamespace(weight=weight, bias=bias, in_features=inputs, out_features=outputs)
    with torch.device("meta"):
        packed = Int8Linear(inputs, outputs)
    packed.put("weight", weight)
    packed.put("weight_scale", torch.cat([layer.weight_scale.detach() for layer in layers]))
    packed.bias = None if bias is None else nn.Parameter(bias, requires_grad=False)
    return packed


def product_of(layers: list[Any], form: str) -> tuple[str, kernels.Product] | None:
    """(form, product) of the joined layers; None where one of them has fewer bytes to read alone.

    form: as for one of them.
    """
    layer = joined_layer(layers)
    name, run = kernels.copied(layer, form)
    narrow = layer.weight.dtype == torch.float32 and kernels.has_half()
    if name == "blocks" and narrow and any(map(exact, layers)):
        return None
    del layer.weight  # the product holds the layer for its bias
    return name, run


def exact(layer: Any) -> bool:
    """Whether all numbers of a layer's weight are ones of float16, up to a power of two."""
    return kernels.exact_factor(kernels.linear_form(layer)) is not None


class Together:
    """The products of layers that share their rows.

    run: rows to the outputs of all.  widths: of the outputs of each.
    """

    def __init__(self, run: kernels.Product, widths: list[int]) -> None:
        self.run, self.widths = run, widths
        self.last = threading.local()

    def members(self) -> list[Callable[[torch.Tensor], torch.Tensor | None]]:
        """For each layer its product; None where it has to compute alone."""
        return [self.first, *(self.taker(place) for place in range(1, len(self.widths)))]

    def first(self, x: torch.Tensor) -> torch.Tensor | None:
        """Outputs of the first layer; those of the others are kept for them."""
        y = self.run(x)
        if y is None:
            self.last.rows = None
            return None
        own, *others = y.split(self.widths, dim=-1)
        self.last.rows, self.last.state, self.last.parts = x, state_of(x), [None, *others]
        return own

    def taker(self, place: int) -> Callable[[torch.Tensor], torch.Tensor | None]:
        """What gives a later layer its outputs, once."""

        def take(x: torch.Tensor) -> torch.Tensor | None:
            last = self.last
            if getattr(last, "rows", None) is not x or last.state != state_of(x):
                return None
            y: torch.Tensor | None = last.parts[place]
            last.parts[place] = None
            if place == len(self.widths) - 1:
                last.rows = last.parts = None
            return y

        return take


def state_of(x: torch.Tensor) -> int:
    """What changes when a tensor is written to; an inference tensor does not tell."""
    return 0 if x.is_inference() else x._version


__all__ = ["Together", "groups", "product_of"]
