"""`torch.linalg`: norms and products."""

from __future__ import annotations

import math
from typing import Any

from .algebra import cross as cross
from .algebra import matmul as matmul
from .diagonals import diagonal as _diagonal
from .promotion import axes_of, axis_of
from .reductions import amax, amin, sum
from .tensor import Tensor


def vector_norm(
    x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of order `ord` along `dim` (None: all elements)."""
    return x.norm(ord, dim, keepdim, dtype)


def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of matrices in two axes: "fro", or the largest (smallest, if negative) sum of absolute
    values of a column (1) or a row (inf).
    """
    axes = axes_of(dim, A.ndim)
    if len(axes) != 2:
        raise RuntimeError(f"matrix_norm needs two different axes, not {dim}")
    if ord == "fro":
        return A.norm(2, axes, keepdim, dtype)
    if not isinstance(ord, (int, float)) or abs(ord) not in (1, math.inf):
        raise ValueError(
            f"a matrix norm of order {ord!r} is not part of the torch-API layer, which has 'fro', 1, -1, "
            "inf and -inf"
        )
    summed, left = axes if abs(ord) == 1 else axes[::-1]
    size = A.abs() if dtype is None else A.to(dtype).abs()
    sums = sum(size, summed, True)
    extreme = (amax if ord > 0 else amin)(sums, left, True)
    return extreme if keepdim else extreme.squeeze(axes)


def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """A matrix norm where `ord` is given and `dim` names two axes (or a matrix has no `dim`), else a vector
    norm along `dim`.
    """
    if ord is None or isinstance(dim, int) or (isinstance(dim, (tuple, list)) and len(dim) == 1):
        return A.norm(2 if ord is None else ord, dim, keepdim, dtype)
    if dim is None and A.ndim == 1:
        return A.norm(ord, None, keepdim, dtype)
    if dim is None and A.ndim != 2:
        raise RuntimeError(f"linalg.norm of order {ord!r} needs dim for a tensor of {A.ndim} axes")
    return matrix_norm(A, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """Inner products along `dim`, the first conjugated."""
    return sum(x.conj() * y, dim)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices in two axes."""
    return _diagonal(A, offset, axis_of(dim1, A.ndim), axis_of(dim2, A.ndim))


__all__ = ["cross", "diagonal", "matmul", "matrix_norm", "norm", "vecdot", "vector_norm"]
