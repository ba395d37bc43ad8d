"""Weight normalisation (arXiv:1602.07868): a weight as directions, each scaled to a length."""

from __future__ import annotations

import dataclasses

from .....core.recipe import Abstract, Recipe
from ...tensor import Tensor
from ..parameter import Parameter


def _axes(rank: int, dim: int) -> tuple[int, ...]:
    """The axes that one length sums over; `dim` -1 means all."""
    return tuple(axis for axis in range(rank) if dim == -1 or axis != dim % rank)


def _wide(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype.itemsize == 2 else tensor


def _norm(v: Tensor, dim: int) -> Tensor:
    return v.norm(2, _axes(v.ndim, dim), dim != -1)


def scaled(v: Tensor, g: Tensor, dim: int) -> Tensor:
    """`v` with the lengths `g` along `dim`."""
    wide = _wide(v)
    return (wide * (_wide(g) / _norm(wide, dim))).to(v.dtype)


def lengths(weight: Parameter, dim: int) -> Parameter:
    """The lengths that `weight` has, unmade where the weight is."""
    held, rank = weight.peek(), weight.ndim
    axes = _axes(rank, dim)
    sizes = () if dim == -1 else tuple(1 if axis in axes else weight.shape[axis] for axis in range(rank))
    if isinstance(held, Abstract):
        return Parameter(dataclasses.replace(held, shape=sizes))
    if isinstance(held, Recipe):
        return Parameter(Recipe(sizes, held.dtype, "lengths", of=held, axes=axes))
    return Parameter(_norm(_wide(weight), dim).to(weight.dtype))


__all__ = ["lengths", "scaled"]
