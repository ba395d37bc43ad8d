"""`torch.nn.utils.parametrizations`: weight normalisation by its newer names.

The parameters are `parametrizations.weight.original0` (lengths) and `original1` (directions).
"""

from __future__ import annotations

from typing import Any

from ..module import Module
from . import parametrize
from .normed import lengths, scaled


class _WeightNorm(Module):
    """`scaled` along `dim`."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        """The weight."""
        return scaled(weight_v, weight_g, self.dim)


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Split the parameter `name` into lengths and directions; `dim` is the axis with a length each (None:
    one length for all).
    """
    maker = _WeightNorm(dim)
    weight = module.get_parameter(name)
    parametrize.install(module, name, maker, [lengths(weight, maker.dim), weight])
    return module


__all__ = ["weight_norm"]
