"""Functions that place elements: scatter, index_copy and their kin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core import dtypes
from .. import backend as B
from .creation import arange
from .indexing import _highest, _integers, _lowest, _source, gather, where
from .pointwise import isfinite
from .promotion import axis_of
from .tensor import Raw, Tensor, method, wrap

_REDUCE = {
    "sum": "add",
    "add": "add",
    "prod": "multiply",
    "multiply": "multiply",
    "amax": "amax",
    "amin": "amin",
}


def _put(input: Tensor, positions: Raw, source: Raw, dim: int, how: str) -> Tensor:
    """`put_along`, with a 0-d tensor taken as one of one element."""
    axis = axis_of(dim, input.ndim)
    if input.ndim:
        return wrap(B.put_along(input.a, positions, source, axis, how))
    flat = [B.reshape(raw, (-1,)) for raw in (input.a, positions, source)]
    return wrap(B.reshape(B.put_along(*flat, axis, how), ()))


@method
def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """`out[index[i][j]][j] = src[i][j]` for dim 0; `reduce` "add" or "multiply" combines with what is
    there.
    """
    if reduce not in (None, "add", "multiply"):
        raise ValueError(f"scatter: reduce must be 'add' or 'multiply', not {reduce!r}; see scatter_reduce")
    raw = _source(value if src is None else src, input)
    if not B.rank(raw):
        raw = B.broadcast_to(raw, B.shape(index.a))
    if reduce == "multiply":
        return _scatter_prod(input, dim, index, wrap(raw))
    how = "set" if reduce is None else "add"
    return _put(input, _integers(index, "scatter"), raw, dim, how)


@method
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """`out[index[i][j]][j] += src[i][j]` for dim 0."""
    return _put(input, _integers(index, "scatter_add"), src.a, dim, "add")


def _cut(src: Tensor, index: Tensor) -> Tensor:
    """`src`, no larger than `index`."""
    return src[tuple(slice(size) for size in index.shape)] if index.ndim else src


def _scatter_prod(start: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Products, with torch's gradients: those of the other factors, also where one factor is 0."""
    positions = _integers(index, "scatter_reduce")
    if not start.is_floating_point() or B.NAME == "np":
        return _put(start, positions, src.a, dim, "multiply")
    src = _cut(src, index)
    here, given = start.detach(), src.detach()
    nonzero = _put(where(here == 0, 1, here).to(here.dtype), positions,
                   where(given == 0, 1, given).to(here.dtype).a, dim, "multiply")  # fmt: skip
    zeros = _put((here == 0).to(here.dtype), positions, (given == 0).to(here.dtype).a, dim, "add")
    product = where(zeros == 0, nonzero, 0)

    def others(factor: Tensor, all_: Tensor, none: Tensor) -> Tensor:
        safe = where(factor == 0, 1, factor)
        return where(factor == 0, where(none == 1, all_, 0), where(none == 0, all_ / safe, 0))

    at_source = others(given, gather(nonzero, dim, index), gather(zeros, dim, index))
    out = product + (start - here) * others(here, nonzero, zeros)
    return _put(out.to(start.dtype), positions, ((src - given) * at_source).to(start.dtype).a, dim, "add")


def _scatter_extreme(start: Tensor, dim: int, index: Tensor, src: Tensor, how: str) -> Tensor:
    """Extremes, with torch's gradients: shared equally among the elements that attain them."""
    positions = _integers(index, "scatter_reduce")
    if not start.is_floating_point() or B.NAME == "np":
        return _put(start, positions, src.a, dim, how)
    src = _cut(src, index)
    here, given = start.detach(), src.detach()
    best = _put(here, positions, given.a, dim, how)
    own = (here == best).to(here.dtype)
    of_source = (given == gather(best, dim, index)).to(here.dtype)
    share = _put(own, positions, of_source.a, dim, "add").clamp(1)
    passed = where(isfinite(given), src - given, 0) * of_source / gather(share, dim, index)
    kept = where(isfinite(here), start - here, 0) * own / share
    return _put((best + kept).to(start.dtype), positions, passed.to(start.dtype).a, dim, "add")


@method
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """`scatter` with a combination: "sum", "prod", "mean", "amax", "amin"; without `include_self` what
    stands in `input` counts only where nothing falls.
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise ValueError(f"scatter_reduce: reduce must be sum, prod, mean, amax or amin, not {reduce!r}")
    positions = _integers(index, "scatter_reduce")
    start = input
    if not include_self:
        neutral = {"prod": 1, "amax": _lowest(input.dtype), "amin": _highest(input.dtype)}.get(reduce, 0)
        start = scatter(input, dim, index, value=neutral)
    if reduce == "prod":
        return _scatter_prod(start, dim, index, src)
    if reduce in ("amax", "amin"):
        return _scatter_extreme(start, dim, index, src, reduce)
    total = _put(start, positions, src.a, dim, "add")
    if reduce == "sum":
        return total
    ones = B.full(B.shape(input.a), 1 if include_self else 0, input.dtype.name)
    fallen = B.full(B.shape(index.a), 1, input.dtype.name)
    count = _put(wrap(ones), positions, fallen, dim, "add").clamp(1)
    return total / count if input.dtype.kind >= dtypes.FLOAT else total // count


def _rows(index: Tensor, name: str) -> Raw:
    """A 1-D index; a 0-d one is one of one element."""
    raw = _integers(index, name)
    return raw if B.rank(raw) else B.reshape(raw, (1,))


@method
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """The slices of `source` written at `index` along `dim`."""
    return wrap(B.put_slices(input.a, _rows(index, "index_copy"), source.a, axis_of(dim, input.ndim), "set"))


@method
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """The slices of `alpha * source` added at `index` along `dim`."""
    raw = source.a if alpha == 1 else (source * alpha).to(input.dtype).a
    return wrap(B.put_slices(input.a, _rows(index, "index_add"), raw, axis_of(dim, input.ndim), "add"))


@method
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """The slices at `index` along `dim` filled with a number."""
    axis, positions = axis_of(dim, input.ndim), _rows(index, "index_fill")
    sizes = list(B.shape(input.a))
    sizes[axis] = B.shape(positions)[0]
    source = B.broadcast_to(_source(value, input), tuple(sizes))
    return wrap(B.put_slices(input.a, positions, source, axis, "set"))


@method
def index_put(
    input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False
) -> Tensor:
    """A copy of `input` with `input[indices] = values`, or with `values` added there."""
    picked = tuple(slice(None) if index is None else index for index in indices)
    out = wrap(input.a)
    if not accumulate:
        out[picked] = values
        return out
    places = wrap(B.reshape(arange(input.numel()).a, B.shape(input.a)))[picked]
    source = B.broadcast_to(_source(values, input), B.shape(places.a))
    flat = [B.reshape(raw, (-1,)) for raw in (input.a, places.a, source)]
    return wrap(B.reshape(B.put_slices(*flat, 0, "add"), B.shape(input.a)))


@method
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy of `input` with elements of the flattened tensor replaced (or added to)."""
    flat = [B.reshape(raw, (-1,)) for raw in (input.a, _integers(index, "put"), source.a)]
    how = "add" if accumulate else "set"
    return wrap(B.reshape(B.put_slices(*flat, 0, how), B.shape(input.a)))


@method
def select_scatter(input: Tensor, src: Tensor, dim: int, index: Any) -> Tensor:
    """A copy of `input` with `src` in place of the slice at `index` along `dim`."""
    out = wrap(input.a)
    out[(*(slice(None),) * axis_of(dim, input.ndim), index)] = src
    return out


@method
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Tensor:
    """A copy of `input` with `src` in place of the slices from `start` to `end` along `dim`."""
    out = wrap(input.a)
    out[(*(slice(None),) * axis_of(dim, input.ndim), slice(start, end, step))] = src
    return out


__all__ = [
    "index_add", "index_copy", "index_fill", "index_put", "put", "scatter", "scatter_add", "scatter_reduce",
    "select_scatter", "slice_scatter",
]  # fmt: skip
