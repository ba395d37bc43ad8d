"""Diagonals, triangles as indices, and pieces of tensors by number or size."""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Sequence
from typing import Any

from .creation import arange, as_tensor, meshgrid, tensor
from .indexing import narrow, split, where
from .promotion import axis_of, long
from .reductions import sum
from .shapes import cat, reshape, stack
from .tensor import Tensor, method


def _least(a: Any, b: Any) -> Any:
    """The smaller of two sizes, either of which may belong to the graph."""
    if isinstance(a, int) and isinstance(b, int):
        return builtins.min(a, b)
    return as_tensor(a).minimum(as_tensor(b))


@method
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of two axes, which becomes the last axis."""
    moved = input.movedim((dim1, dim2), (-2, -1))
    down, right = builtins.max(-offset, 0), builtins.max(offset, 0)
    i = arange(_least(moved.shape[-2] - down, moved.shape[-1] - right))
    return moved[..., i + down, i + right]


@method
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices, in the axes `dim1` and `dim2`, with the last axis of `input` on a diagonal."""
    size = input.shape[-1]
    place = arange(size + builtins.abs(offset))
    source = (place - builtins.max(-offset, 0)).clamp(0).minimum(as_tensor(size - 1))
    on = (place - place.unsqueeze(-1)) == offset
    rows = input.index_select(-1, source).unsqueeze(-1)
    out = where(on, rows, 0).to(input.dtype)
    return out.movedim((-2, -1), (dim1, dim2))


@method
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    if input.ndim not in (1, 2):
        raise RuntimeError(f"diag is for vectors and matrices, not {input.ndim} axes; see diag_embed")
    return diag_embed(input, diagonal) if input.ndim == 1 else _diagonal(input, diagonal)


_diagonal = diagonal


@method
def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix."""
    return sum(_diagonal(input))


def _triangle_indices(row: int, col: int, offset: int, lower: bool, dtype: Any) -> Tensor:
    import numpy as np

    make = np.tril_indices if lower else np.triu_indices
    return tensor(np.stack(make(row, offset, col)).astype(np.int64), dtype=dtype or long())


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, **ignored: Any) -> Tensor:
    """Rows and columns (2, N) of a lower triangle; the sizes are plain numbers."""
    return _triangle_indices(row, col, offset, True, dtype)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, **ignored: Any) -> Tensor:
    """Rows and columns (2, N) of an upper triangle; the sizes are plain numbers."""
    return _triangle_indices(row, col, offset, False, dtype)


@method
def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """So many pieces along `dim`, the first ones one larger where they must be; or cut at indices."""
    axis = axis_of(dim, input.ndim)
    size = input.shape[axis]
    if isinstance(indices_or_sections, int):
        least, more = divmod(size, indices_or_sections)
        widths = [least + 1] * more + [least] * (indices_or_sections - more)
        return split(input, widths, axis)
    cuts = [0, *(builtins.min(cut + size if cut < 0 else cut, size) for cut in indices_or_sections), size]
    return tuple(
        narrow(input, axis, start, builtins.max(end - start, 0)) for start, end in itertools.pairwise(cuts)
    )


@method
def split_with_sizes(input: Tensor, split_sizes: Sequence[Any], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of the given sizes along `dim`."""
    return split(input, list(split_sizes), dim)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All combinations of one element from each vector, one per row."""
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(grid, -1) for grid in meshgrid(*tensors, indexing="ij")], -1)


def block_diag(*tensors: Tensor) -> Tensor:
    """A matrix with matrices along its diagonal."""
    from .nn.functional import pad

    blocks = [part.reshape(1, -1) if part.ndim < 2 else part for part in tensors]
    total, left, rows = builtins.sum(block.shape[1] for block in blocks), 0, []
    for block in blocks:
        rows.append(pad(block, (left, total - left - block.shape[1])))
        left = left + block.shape[1]
    return cat(rows, 0)


__all__ = [
    "block_diag", "cartesian_prod", "diag", "diag_embed", "diagonal", "split_with_sizes", "tensor_split",
    "trace", "tril_indices", "triu_indices",
]  # fmt: skip
