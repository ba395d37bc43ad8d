"""`torch.nn.utils`: weight normalisation by its older names, and the submodules.

The parameters are `weight_g` (lengths) and `weight_v` (directions).
"""

from __future__ import annotations

from typing import Any

from ..module import Module
from ..parameter import Parameter
from . import parametrizations as parametrizations
from . import parametrize as parametrize
from . import rnn as rnn
from .normed import lengths, scaled


class WeightNorm:
    """What a module computes when its attribute `name` is read."""

    def __init__(self, name: str, dim: int) -> None:
        self.name, self.dim = name, dim

    def __call__(self, module: Any) -> Any:
        return scaled(getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g"), self.dim)

    def __repr__(self) -> str:
        return f"WeightNorm({self.name!r}, {self.dim})"


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Split the parameter `name` into `name_g` and `name_v`; `dim` is the axis with a length each (None: one
    length for all).
    """
    if name in module.__dict__.get("_computed", ()):
        raise RuntimeError(f"{name!r} of {type(module).__name__} is normalised already")
    weight, rule = module.get_parameter(name), WeightNorm(name, -1 if dim is None else dim)
    parametrize.computed(module, name, rule)
    module.register_parameter(f"{name}_g", lengths(weight, rule.dim))
    module.register_parameter(f"{name}_v", weight)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Make the normalised weight a parameter again."""
    if not isinstance(module.__dict__.get("_computed", {}).get(name), WeightNorm):
        raise ValueError(f"{type(module).__name__} has no weight_norm of {name!r}")
    held = module._parameters[f"{name}_v"]
    value = None if held.is_meta else parametrize.uncomputed(module, name)
    if value is None:
        del module.__dict__["_computed"][name]
    for end in ("_g", "_v"):
        del module._parameters[name + end]
    module.register_parameter(name, held if value is None else Parameter(value))
    return module


__all__ = ["parametrizations", "parametrize", "remove_weight_norm", "rnn", "weight_norm"]
