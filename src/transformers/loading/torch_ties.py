"""Weights that are one tensor under several names: which a file holds once, and which it holds each."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from .torch_meta import WithoutValues


def constructed_ties(model: Any) -> dict[str, str]:
    """{parameter: the parameter that it is}, where the constructor made them one and no published tie did."""
    first: dict[int, str] = {}
    found = {}
    published = {*model._ties, *model._ties.values()}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        source = first.setdefault(id(parameter), name)
        if source != name and not {source, name} <= published:
            found[name] = source
    return found


def aliases(model: Any, arrays: Mapping[str, torch.Tensor]) -> dict[str, str]:
    """Name -> the name its values are saved under: ties in force, and what is one by construction.

    Others that share their memory are saved each, as a new model has room for each.
    """
    found = {
        alias: source
        for alias, source in model.active_ties().items()
        if alias in arrays and source in arrays and _same(arrays[alias], arrays[source])
    }
    seen: dict[tuple[Any, ...], str] = {}
    places = {name: _place(tensor) for name, tensor in arrays.items() if name not in found}
    shared = [name for name, place in places.items() if place and seen.setdefault(place, name) != name]
    built = _built_ties(model) if shared else {}
    return found | {name: built[name] for name in shared if built.get(name) in arrays}


def _place(tensor: torch.Tensor) -> tuple[Any, ...] | None:
    """Where a tensor lies; None for one without memory, or of a class that has it elsewhere."""
    if type(tensor) not in (torch.Tensor, nn.Parameter) or not tensor.numel():
        return None
    return (tensor.device, tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype)


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors hold the same values; those of classes of their own are believed to."""
    places = _place(one), _place(other)
    if None in places or places[0] == places[1] or one.is_meta or other.is_meta:
        return True
    return bool(one.shape == other.shape and torch.equal(one.to(other.device), other))


def _built_ties(model: Any) -> dict[str, str]:
    """What is one by construction in a new model of the class; nothing where it takes more than a config."""
    try:
        with torch.device("meta"), WithoutValues():
            return constructed_ties(type(model)(copy.deepcopy(model.config)))
    except TypeError:
        return {}


__all__ = ["aliases", "constructed_ties"]
