"""Conformance cases: diagonals, triangles and pieces, products by notation, distances and norms."""

from __future__ import annotations

from .cases import b, f, h, i, op

op(
    "torch.diag",
    lambda t, x, y: (t.diag(x), x.diag(1), y.diag(), y.diag(-1), t.diag(y, 2)),
    f(3, 4),
    f(3),
)
op(
    "torch.diag_embed",
    lambda t, x: (t.diag_embed(x), x.diag_embed(1), x.diag_embed(-2), t.diag_embed(x, 1, 0, 2)),
    f(2, 3),
)
op(
    "torch.diagonal",
    lambda t, x: (
        x.diagonal(),
        t.diagonal(x, 1),
        x.diagonal(-1, 1, 2),
        x.diagonal(2, 0, -1),
        t.linalg.diagonal(x),
    ),
    f(3, 4, 5),
)
op("torch.trace", lambda t, x: (t.trace(x), x.trace()), f(3, 4))
op(
    "torch.tril",
    lambda t, x, y: (x.tril(), t.tril(x, 1), t.triu(x, -1), x.triu(2), y.triu(), t.tril(t.ones(3, 4), -1)),
    f(2, 3, 4),
    b(4, 4),
)
op(
    "torch.tril_indices",
    lambda t, x: (
        t.tril_indices(3, 4),
        t.tril_indices(4, 3, -1),
        t.triu_indices(3, 3, 1),
        t.triu_indices(2, 4),
    ),
    f(1),
    grad=False,
)
op("torch.block_diag", lambda t, x, y: t.block_diag(x, y, y[0]), f(2, 3), f(2, 2))
op("torch.cartesian_prod", lambda t, x, y: (t.cartesian_prod(x, y), t.cartesian_prod(x)), f(3), f(2))
op(
    "torch.tensor_split",
    lambda t, x: (*t.tensor_split(x, 3), *x.tensor_split((1, 4), 1), *x.tensor_split([2, 9, -1])),
    f(7, 5),
    dynamic=False,
)
op(
    "torch.split_with_sizes",
    lambda t, x: (*t.split_with_sizes(x, (2, 5)), *x.split_with_sizes([1, 4], 1)),
    f(7, 5),
)
op(
    "torch.as_strided",
    lambda t, x: (
        t.as_strided(x, (3, 3), (2, 1)),
        x.as_strided((2, 2), (x.stride(0), 2), 1),
        x[0].as_strided((2,), (1,)),
    ),
    f(3, 5),
)
op("Tensor.stride", lambda t, x: (t.tensor(x.stride()), t.tensor(x.stride(-2))), f(2, 3, 4), grad=False)
op(
    "torch.einsum",
    lambda t, x, y: (
        t.einsum("bij,bjk->bik", x, y),
        t.einsum("...ij,...jk->...ik", x, y),
        t.einsum("bij,bjk", x, y),
        t.einsum("bij -> b", x),
        t.einsum("Bij,BjK->BK", x, y),
        t.einsum("b...,b...->...", x, x),
        t.einsum("bii->bi", t.matmul(x, y)),
        t.einsum("ii", t.matmul(x, y)[0]),
        t.einsum("i,j->ij", x[0, 0], y[0, 0]),
        t.einsum("bij,bjk,kl->bil", x, y, y[0].t()),
    ),
    f(2, 3, 4),
    f(2, 4, 3),
    tolerance=5e-5,
)
op("torch.einsum", lambda t, x, y: t.einsum("ij,jk->ik", x, y), i(5, 2, 3), i(5, 3, 4))
op(
    "torch.einsum",
    lambda t, x, y: t.einsum("bij,bkj->bik", x, y),
    h(2, 3, 8),
    h(2, 4, 8),
    grad=False,
    tolerance=5e-2,
)
op(
    "torch.repeat_interleave",
    lambda t, x: (x.repeat_interleave(2), t.repeat_interleave(x, 3, dim=1), x.repeat_interleave(2, -2)),
    f(3, 4),
)
op(
    "torch.meshgrid",
    lambda t, x, y: (*t.meshgrid(x, y, indexing="ij"), *t.meshgrid([x, y, x], indexing="xy")),
    f(3),
    f(2),
)
op(
    "torch.cdist",
    lambda t, x, y: (t.cdist(x, y), t.cdist(x, y, p=1), t.cdist(x[0], y[0], 3.0)),
    f(2, 3, 4),
    f(2, 5, 4),
)
op("torch.cdist", lambda t, x: (t.cdist(x, x), t.cdist(x, x, p=float("inf"))), f(3, 4), grad=False)
op(
    "torch.linalg.norm",
    lambda t, x: (
        t.linalg.norm(x),
        t.linalg.norm(x, 1, dim=0),
        t.linalg.norm(x, float("inf"), -1, keepdim=True),
        t.linalg.norm(x, "fro"),
        t.linalg.norm(x, 1),
        t.linalg.norm(x, float("-inf"), dim=(0, 1), keepdim=True),
        t.linalg.norm(x[0], 3),
        t.linalg.norm(x, dtype=t.float64).float(),
    ),
    f(3, 4),
)
op(
    "torch.linalg.matrix_norm",
    lambda t, x: (
        t.linalg.matrix_norm(x),
        t.linalg.matrix_norm(x, 1),
        t.linalg.matrix_norm(x, -1, (0, 2)),
        t.linalg.matrix_norm(x, float("inf"), (-1, 0), keepdim=True),
        t.linalg.matrix_norm(x, float("-inf"), (2, 0)),
    ),
    f(2, 3, 4),
)
op(
    "torch.linalg.vector_norm",
    lambda t, x: (
        t.linalg.vector_norm(x),
        t.linalg.vector_norm(x, 0),
        t.linalg.vector_norm(x, 0.5, dim=1),
        t.linalg.vector_norm(x, float("-inf"), dim=(0, 1), keepdim=True),
        t.linalg.vecdot(x, x),
    ),
    f(3, 4),
)
op(
    "torch.norm",
    lambda t, x: ((x * 0).norm(dim=1), (x * 0).norm(3, 0), (x * 0).std(0), t.cdist(x * 0, x * 0)),
    f(3, 4),
)
