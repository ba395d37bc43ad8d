"""Functions that order elements, or ask where they stand in an order."""

from __future__ import annotations

from typing import Any

from ...core import dtypes
from .. import backend as B
from .indexing import narrow
from .promotion import axis_of, long, operand, result_type
from .reductions import values_and_indices
from .shapes import cat, flatten, reshape
from .tensor import Tensor, method, unwrap, wrap


@method
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> values_and_indices:
    """Sorted along `dim`, and where the elements came from; equal elements keep their order."""
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
    axis, last = axis_of(dim, input.ndim), input.ndim - 1
    values, indices = B.topk(input.transpose(axis, last).a, unwrap(k), largest)
    found = (wrap(values), wrap(B.cast(indices, long().name)))
    return values_and_indices(*(part.transpose(axis, last) for part in found))


@method
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> values_and_indices:
    """The `k`-th smallest element along `dim`, and its position."""
    found = sort(input, dim)
    parts = [part.narrow(dim, k - 1, 1) if keepdim else part.select(dim, k - 1) for part in found]
    return values_and_indices(*parts)


@method
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle element (the lower of two); with `dim`, its position too."""
    if dim is None:
        flat = flatten(input)
        return kthvalue(flat, (flat.shape[0] + 1) // 2).values
    return kthvalue(input, (input.shape[dim] + 1) // 2, dim, keepdim)


def searchsorted(sorted_sequence: Tensor, values: Any, *, right: bool = False) -> Tensor:
    """Positions in a 1-D sorted tensor where `values` would go."""
    common = result_type(sorted_sequence, values)
    found = B.searchsorted(operand(sorted_sequence, common), operand(values, common), right)
    return wrap(B.cast(found, long().name))


def bucketize(input: Any, boundaries: Tensor, *, right: bool = False) -> Tensor:
    """The interval between the sorted `boundaries` in which each element lies."""
    return searchsorted(boundaries, input, right=right)


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


def isin(elements: Tensor, test_elements: Any) -> Tensor:
    """Which elements occur in `test_elements`."""
    tests = (
        test_elements if isinstance(test_elements, Tensor) else wrap(operand(test_elements, elements.dtype))
    )
    return (elements.unsqueeze(-1) == reshape(tests, -1)).any(-1)


__all__ = ["argsort", "bucketize", "diff", "isin", "kthvalue", "median", "searchsorted", "sort", "topk"]
