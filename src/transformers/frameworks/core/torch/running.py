"""Running extremes and logarithms of running sums along an axis.

Where the size is a plain number, results double their reach step by step; a size known only when the graph
runs takes a square of comparisons.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .creation import arange
from .filled import full_like
from .indexing import _highest, _lowest, gather, narrow, where
from .pointwise import isnan, logaddexp
from .promotion import axis_of, floating, long
from .reductions import amax, amin, logsumexp, values_and_indices
from .shapes import cat
from .tensor import Tensor, method, wrap


def _reaches(size: int) -> list[int]:
    """1, 2, 4, ... below `size`."""
    return [1 << k for k in range((size - 1).bit_length())] if size > 1 else []


def _before(x: Tensor, reach: int, axis: int) -> Tensor:
    """What stands `reach` places before; the first elements themselves, which nothing precedes."""
    return cat([narrow(x, axis, 0, reach), narrow(x, axis, 0, x.shape[axis] - reach)], axis)


def _extreme_so_far(input: Tensor, dim: int, wins: Callable[[Tensor, Tensor], Tensor], reduce: Any) -> Any:
    axis = axis_of(dim, input.ndim)
    if not input.ndim:
        return values_and_indices(input, full_like(input, 0, dtype=long()))
    size = input.shape[axis]
    order = arange(size)
    if not isinstance(size, int):
        indices = _by_square(input.detach().movedim(axis, -1), order, reduce).movedim(-1, axis)
        return values_and_indices(gather(input, axis, indices), indices)
    best = input.detach()
    places = order.reshape((1,) * axis + (-1,) + (1,) * (input.ndim - axis - 1)).expand_as(input)
    for reach in _reaches(size):
        old, old_places = _before(best, reach, axis), _before(places, reach, axis)
        keep = wins(old, best) | (isnan(old) & ~isnan(best))
        best, places = where(keep, old, best), where(keep, old_places, places)
    return values_and_indices(gather(input, axis, places), places)


def _by_square(x: Tensor, order: Tensor, reduce: Any) -> Tensor:
    """The last place of the extreme of every prefix of the last axis."""
    reached = order.unsqueeze(-1) >= order
    fill = _lowest(x.dtype) if reduce is amax else _highest(x.dtype)
    columns = x.unsqueeze(-2)
    extreme = reduce(where(reached, columns, fill).to(x.dtype), -1)
    return amax(where(reached & (columns == extreme.unsqueeze(-1)), order, 0), -1)


@method
def cummax(input: Tensor, dim: int) -> values_and_indices:
    """The largest element so far along `dim`, and the last place where it stands."""
    return _extreme_so_far(input, dim, lambda old, new: old > new, amax)


@method
def cummin(input: Tensor, dim: int) -> values_and_indices:
    """The smallest element so far along `dim`, and the last place where it stands."""
    return _extreme_so_far(input, dim, lambda old, new: old < new, amin)


@method
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """log of the running sum of exp(input), without overflow or underflow."""
    out = wrap(floating(input))
    axis = axis_of(dim, out.ndim)
    if not out.ndim:
        return out
    size = out.shape[axis]
    if isinstance(size, int):
        for reach in _reaches(size):
            # The first elements are complete; the others take in what was summed before them.
            head = narrow(out, axis, 0, reach)
            summed = logaddexp(narrow(out, axis, reach, size - reach), narrow(out, axis, 0, size - reach))
            out = cat([head, summed], axis)
        return out
    order = arange(size)
    moved = out.movedim(axis, -1).unsqueeze(-2)
    seen = where(order.unsqueeze(-1) >= order, moved, float("-inf")).to(out.dtype)
    return logsumexp(seen, -1).movedim(-1, axis)


__all__ = ["cummax", "cummin", "logcumsumexp"]
