"""Functions that order elements, or ask where they stand in an order."""

from __future__ import annotations

from typing import Any

from ...core import dtypes
from .. import backend as B
from .indexing import narrow
from .promotion import axis_of, long, operand, result_type
from .reductions import sum, values_and_indices
from .shapes import cat, flatten, reshape
from .tensor import Tensor, method, unwrap, wrap


@method
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> values_and_indices:
    """Sorted along `dim`, and where the elements came from; equal elements keep their order."""
    if not input.ndim:
        return values_and_indices(input, wrap(B.full((), 0, long().name)))
    values, indices = B.sort(input.a, axis_of(dim, input.ndim), descending)
    return values_and_indices(wrap(values), wrap(B.cast(indices, long().name)))


@method
def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """The positions that sort `input` along `dim`."""
    return sort(input, dim, descending).indices


@method
def topk(
    input: Tensor, k: Any, dim: int = -1, largest: bool = True, sorted: bool = True
) -> values_and_indices:
    """The `k` largest (or smallest) elements along `dim`, in order, and their positions."""
    if not input.ndim:
        return sort(input)
    axis, last = axis_of(dim, input.ndim), input.ndim - 1
    values, indices = B.topk(input.transpose(axis, last).a, unwrap(k), largest)
    found = (wrap(values), wrap(B.cast(indices, long().name)))
    return values_and_indices(*(part.transpose(axis, last) for part in found))


@method
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> values_and_indices:
    """The `k`-th smallest element along `dim`, and its position."""
    if not input.ndim:
        return sort(input)
    found = sort(input, dim)
    parts = [part.narrow(dim, k - 1, 1) if keepdim else part.select(dim, k - 1) for part in found]
    return values_and_indices(*parts)


@method
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle element (the lower of two); with `dim`, its position too."""
    if dim is None:
        flat = flatten(input)
        return kthvalue(flat, (flat.shape[0] + 1) // 2).values
    if not input.ndim:
        return sort(input, dim)
    return kthvalue(input, (input.shape[dim] + 1) // 2, dim, keepdim)


def _index_dtype(out_int32: bool) -> dtypes.dtype:
    return dtypes.DTYPES["int32"] if out_int32 else long()


def searchsorted(
    sorted_sequence: Tensor,
    values: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Positions in the sorted last axis where `values` would go: before equal elements, or after (`right`).

    sorted_sequence: a vector, or (..., S) for values (..., N).
    sorter: the order that sorts it, if it is not sorted.
    """
    if side not in (None, "left", "right") or (side == "left" and right):
        raise RuntimeError(
            f"searchsorted: side must be 'left' or 'right', in accord with right, not {side!r}"
        )
    right = right or side == "right"
    if sorter is not None:
        sorted_sequence = sorted_sequence.gather(-1, sorter)
    common = result_type(sorted_sequence, values)
    ordered, wanted = operand(sorted_sequence, common), operand(values, common)
    if sorted_sequence.ndim == 1:
        found = B.searchsorted(ordered, wanted, right)
    else:
        rows, columns = wrap(ordered).unsqueeze(-2), wrap(wanted).unsqueeze(-1)
        found = sum(rows <= columns if right else rows < columns, -1).a
    return wrap(B.cast(found, _index_dtype(out_int32).name))


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The interval between the sorted `boundaries` in which each element lies."""
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


@method
def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """Differences of neighbours along `dim`, `n` times."""
    parts = [part for part in (prepend, input, append) if part is not None]
    out = cat(parts, dim) if len(parts) > 1 else input
    for _ in range(n):
        after = narrow(out, dim, 1, out.shape[dim] - 1)
        before = narrow(out, dim, 0, out.shape[dim] - 1)
        out = after != before if out.dtype.kind == dtypes.BOOL else after - before
    return out


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Which elements occur in `test_elements` (or do not, with `invert`)."""
    common = result_type(elements, test_elements)
    left, right = wrap(operand(elements, common)), wrap(operand(test_elements, common))
    found = (left.unsqueeze(-1) == reshape(right, -1)).any(-1)
    return ~found if invert else found


__all__ = ["argsort", "bucketize", "diff", "isin", "kthvalue", "median", "searchsorted", "sort", "topk"]
