"""Conformance cases: creation, products, conversion."""

from __future__ import annotations

from .cases import f, h, i, op

op(
    "torch.zeros",
    lambda t, x: (
        t.zeros(2, 3),
        t.zeros((2,), dtype=t.long),
        t.zeros(x.shape),
        x.new_zeros(2),
        x.new_zeros((x.size(0), 2)),
    ),
    f(2, 3),
)
op(
    "torch.ones",
    lambda t, x: (t.ones(2, 3), t.ones([2], dtype=t.bool), t.ones(x.shape[0], 1), x.new_ones(x.shape)),
    f(2, 3),
)
op(
    "torch.full",
    lambda t, x: (
        t.full((2, 3), 1.5),
        t.full((2,), 3),
        t.full((x.size(0), 2), float("-inf")),
        x.new_full((2,), 7),
    ),
    f(2, 3),
)
op(
    "torch.full",
    lambda t, x: (t.full((2,), True), t.full((2,), 3, dtype=t.float32), t.full((2,), x[0, 0])),
    f(2, 3),
    grad=False,
)
op(
    "torch.zeros_like",
    lambda t, x, y: (
        t.zeros_like(x),
        t.ones_like(y),
        t.full_like(x, 2.5),
        t.zeros_like(x, dtype=t.long),
        t.full_like(y, 2),
    ),
    f(2, 3),
    i(4, 2),
)
op(
    "torch.arange",
    lambda t, x: (
        t.arange(5),
        t.arange(2, 9, 3),
        t.arange(0, 1, 0.25),
        t.arange(3.0),
        t.arange(x.size(1)),
        t.arange(4, dtype=t.float32),
    ),
    f(2, 3),
)
op(
    "torch.arange",
    lambda t, x: (
        t.arange(5, -1, -1),
        t.arange(x.size(0), x.size(0) + 4),
        t.arange(0, x.shape[1], 2) / 2,
        t.arange(end=3),
    ),
    f(2, 3),
)
op(
    "torch.linspace",
    lambda t, x: (t.linspace(0, 1, 5), t.linspace(-3.0, 2.0, 8), t.linspace(1, 0, x.size(1))),
    f(2, 3),
)
op("torch.eye", lambda t, x: (t.eye(3), t.eye(2, 4), t.eye(x.size(0))), f(2, 3))
op(
    "torch.tensor",
    lambda t, x: (
        t.tensor(1.5),
        t.tensor([1, 2]),
        t.tensor([[True], [False]]),
        t.tensor(3),
        t.tensor([1, 2.5]),
        t.tensor([1], dtype=t.float32),
    ),
    f(1),
)
op("torch.as_tensor", lambda t, x: (t.as_tensor([1, 2]), t.as_tensor(x), x.new_tensor([1.0, 2.0])), f(2))
op(
    "torch.meshgrid",
    lambda t, x, y: (
        *t.meshgrid(x, y, indexing="ij"),
        *t.meshgrid(x, y, indexing="xy"),
        *t.meshgrid([x, y], indexing="ij"),
    ),
    f(2),
    f(3),
)
op(
    "torch.tril",
    lambda t, x: (
        x.tril(),
        t.tril(x, -1),
        t.triu(x, diagonal=1),
        x.triu(),
        t.tril(t.ones(3, 3, dtype=t.bool)),
    ),
    f(2, 3, 4),
)
op("torch.diagonal", lambda t, x: (x.diagonal(), t.diagonal(x, 1), x.diagonal(-1)), f(3, 4), dynamic=False)
op(
    "torch.finfo",
    lambda t, x: (
        t.full((1,), t.finfo(t.float32).min),
        t.full((1,), t.finfo(x.dtype).eps),
        t.full((1,), t.iinfo(t.int32).max),
    ),
    f(1),
    tolerance=0,
)

op(
    "torch.matmul",
    lambda t, x, y: (x @ y, t.matmul(x, y), x[0].matmul(y), x @ y[:, 0], x[0, 0] @ y),
    f(2, 3, 4),
    f(4, 5),
)
op(
    "torch.matmul",
    lambda t, x, y: (x @ y, t.bmm(x[0], y[0]), x @ y[:, :1], x[0, 0].mm(y[0, 0])),
    f(2, 3, 4, 5),
    f(2, 3, 5, 2),
)
op("torch.matmul", lambda t, x, y: x @ y, h(3, 40), h(40, 2), tolerance=3e-2)
op("torch.matmul", lambda t, x, y: (x @ y, x[0] @ y), i(5, 3, 4), i(5, 4, 2))
op(
    "torch.baddbmm",
    lambda t, c, x, y: (
        t.baddbmm(c, x, y, beta=0.5, alpha=2),
        c[0].addmm(x[0], y[0]),
        t.addmm(c[0], x[0], y[0]),
    ),
    f(2, 3, 5),
    f(2, 3, 4),
    f(2, 4, 5),
)
op("torch.outer", lambda t, x, y: (t.outer(x, y), x.dot(x), t.dot(y, y)), f(3), f(4))
op(
    "torch.einsum",
    lambda t, x, y: (
        t.einsum("bhid,bhjd->bhij", x, y),
        t.einsum("bhid,bhid->bh", x, x),
        t.einsum("...id->...di", x),
    ),
    f(2, 3, 4, 5),
    f(2, 3, 6, 5),
)
op(
    "torch.einsum",
    lambda t, x, y: (
        t.einsum("BLC,DC->BLD", x, y),
        t.einsum("b l c, d c -> d b l", x, y),
        t.einsum("blc->", x),
        t.einsum("ij,kj", y, y),
    ),
    f(2, 3, 4),
    f(5, 4),
)
op(
    "torch.tensordot",
    lambda t, x, y: (t.tensordot(x, y, 1), t.tensordot(x, y, ([2], [0]))),
    f(2, 3, 4),
    f(4, 5),
)
op("torch.cross", lambda t, x, y: (t.cross(x, y, dim=-1), t.linalg.cross(x, y)), f(2, 3), f(2, 3))
op(
    "torch.cosine_similarity",
    lambda t, x, y: (t.cosine_similarity(x, y), t.nn.functional.cosine_similarity(x, y, dim=-1)),
    f(3, 4),
    f(3, 4),
)
op("torch.cdist", lambda t, x, y: t.cdist(x, y), f(2, 3, 4), f(2, 5, 4), tolerance=1e-4)

op(
    "Tensor.to",
    lambda t, x: (
        x.to(t.float16),
        x.to("cpu"),
        x.to(t.int32),
        x.to(x.device, t.bool),
        x.type(t.int8),
        x.to(dtype=t.float64),
    ),
    f(3, 4),
    grad=False,
    tolerance=1e-3,
)
op(
    "Tensor.float",
    lambda t, x: (x.float(), x.half(), x.bool(), x.int(), x.long(), x.bfloat16(), x.double()),
    i(5, 3),
)
op(
    "Tensor.type_as",
    lambda t, x, y: (x.type_as(y), y.type_as(x), x.contiguous(), x.clone(), x.detach()),
    f(3),
    i(4, 3),
    grad=False,
)
op("Tensor.detach", lambda t, x: x * x.detach(), f(3))
op("torch.no_grad", lambda t, x: x * _frozen(t, x), f(3))


def _frozen(t, x):
    with t.no_grad():
        return x * 2 + 1
