"""`torch.linalg`: norms."""

from __future__ import annotations

from typing import Any

from .algebra import cross as cross
from .tensor import Tensor


def vector_norm(
    x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of order `ord` along `dim` (None: all elements)."""
    return x.norm(ord, dim, keepdim, dtype)


def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The vector norm along `dim`; orders other than 2 of a matrix are not here."""
    if ord not in (None, 2, "fro") and (dim is None or isinstance(dim, (tuple, list))) and A.ndim != 1:
        raise ValueError(f"linalg.norm: a matrix norm of order {ord!r} is not part of the torch-API layer")
    return A.norm(2 if ord is None else ord, dim, keepdim, dtype)


__all__ = ["cross", "norm", "vector_norm"]
