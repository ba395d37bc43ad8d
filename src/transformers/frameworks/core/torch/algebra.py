"""Products of vectors, matrices and tensors."""

from __future__ import annotations

from typing import Any

from .. import backend as B
from .promotion import cast, pair, result_type
from .tensor import Tensor, method, wrap


def _product_operands(input: Tensor, other: Tensor, name: str) -> tuple[Any, Any]:
    if input.dtype is not other.dtype:
        raise RuntimeError(
            f"{name} of {input.dtype} with {other.dtype}: convert one of them, e.g. x.to(y.dtype)"
        )
    return input.a, other.a


@method
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """Matrix product over the last two axes; vectors are rows on the left and columns on the right."""
    a, b = _product_operands(input, other, "matmul")
    left, right = B.rank(a) == 1, B.rank(b) == 1
    out = B.matmul(B.expand_dims(a, 0) if left else a, B.expand_dims(b, 1) if right else b)
    rank = B.rank(out)
    dropped = tuple(axis for axis, drop in ((rank - 2, left), (rank - 1, right)) if drop)
    return wrap(B.squeeze(out, dropped) if dropped else out)


@method
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """Product of two matrices."""
    if input.ndim != 2 or mat2.ndim != 2:
        raise RuntimeError(f"mm is for matrices, not {input.ndim} and {mat2.ndim} axes; use matmul")
    return matmul(input, mat2)


@method
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """Products of two batches of matrices."""
    if input.ndim != 3 or mat2.ndim != 3:
        raise RuntimeError(f"bmm is for 3 axes, not {input.ndim} and {mat2.ndim}; use matmul")
    return matmul(input, mat2)


@method
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """Matrix times vector."""
    return matmul(input, vec)


@method
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """Inner product of two vectors."""
    return matmul(input, tensor)


@method
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """`beta * input + alpha * batch1 @ batch2`; `input` is not read if `beta` is 0."""
    product = matmul(batch1, batch2)
    product = product if alpha == 1 else product * alpha
    if beta == 0:
        return product
    return (input if beta == 1 else input * beta) + product


@method
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """`beta * input + alpha * mat1 @ mat2`."""
    return baddbmm(input, mat1, mat2, beta=beta, alpha=alpha)


@method
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """All products of elements of two vectors."""
    a, b = pair(input, vec2)
    return wrap(B.multiply(B.expand_dims(a, 1), B.expand_dims(b, 0)))


def einsum(equation: str, *operands: Any) -> Tensor:
    """Sum of products by Einstein's notation; capital letters and `...` are allowed."""
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = tuple(operands[0])
    if any(operand.dtype is not operands[0].dtype for operand in operands):
        raise RuntimeError(f"einsum of {[str(operand.dtype) for operand in operands]}: convert to one dtype")
    return wrap(B.einsum(equation.replace(" ", ""), *(operand.a for operand in operands)))


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Product summed over the last `dims` axes of `a` and the first of `b`, or over two lists of axes."""
    if isinstance(dims, int):
        axes_a, axes_b = list(range(a.ndim - dims, a.ndim)), list(range(dims))
    else:
        axes_a, axes_b = ([d % t.ndim for d in axes] for axes, t in zip(dims, (a, b), strict=True))
    letters = "abcdefghijklmnopqrstuvwxyz"
    names_a = list(letters[: a.ndim])
    names_b = list(letters[a.ndim : a.ndim + b.ndim])
    for i, j in zip(axes_a, axes_b, strict=True):
        names_b[j] = names_a[i]
    kept = [n for i, n in enumerate(names_a) if i not in axes_a] + [
        n for j, n in enumerate(names_b) if j not in axes_b
    ]
    return einsum(f"{''.join(names_a)},{''.join(names_b)}->{''.join(kept)}", a, b)


@method
def cross(input: Tensor, other: Tensor, dim: int = -1) -> Tensor:
    """Vector product along `dim`, of size 3."""
    common = result_type(input, other)
    a, b = (wrap(cast(x.a, common)).movedim(dim, 0) for x in (input, other))
    parts = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    return wrap(B.stack([part.a for part in parts], dim % (parts[0].ndim + 1)))


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Inner product along `dim` of `x1` and `x2`, each scaled to length 1 (lengths below `eps` count as
    `eps`).
    """
    first = x1 / x1.norm(2, dim, True).clamp(min=eps)
    second = x2 / x2.norm(2, dim, True).clamp(min=eps)
    return (first * second).sum(dim)


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    """Distances of order `p` between all rows of `x1` (..., M, D) and of `x2` (..., N, D)."""
    return (x1.unsqueeze(-2) - x2.unsqueeze(-3)).norm(p, -1)


Tensor.__matmul__ = matmul  # type: ignore[attr-defined]

__all__ = [
    "addmm", "baddbmm", "bmm", "cdist", "cosine_similarity", "cross", "dot", "einsum", "matmul", "mm", "mv",
    "outer", "tensordot",
]  # fmt: skip
