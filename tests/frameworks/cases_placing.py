"""Conformance cases: gather and scatter, and the index functions."""

from __future__ import annotations

from .cases import b, f, h, i, op

for _reduce in ("sum", "prod", "mean", "amax", "amin"):
    for _self in (True, False):
        op(
            "torch.scatter_reduce",
            lambda t, x, y, z, r=_reduce, s=_self: (
                x.scatter_reduce(0, y, z, r, include_self=s),
                t.scatter_reduce(x, 1, y[:, :2], z[:, :2], reduce=r, include_self=s),
            ),
            f(4, 3),
            i(3, 3, 3),
            f(3, 3),
        )
    op(
        "torch.scatter_reduce",
        lambda t, x, y, z, r=_reduce: x.scatter_reduce(0, y, z, r),
        i(9, 4, low=-9),
        i(4, 6),
        i(9, 6, low=-9),
    )
    op(
        "torch.scatter_reduce",
        lambda t, x, y, r=_reduce: (
            t.zeros(3).scatter_reduce(0, y, x.round(), r),
            t.ones(3).scatter_reduce(0, y, x * 0, r, include_self=False),
        ),
        f(7),
        i(3, 7),
        grad=_reduce in ("sum", "mean", "prod"),
    )
op(
    "torch.scatter",
    lambda t, x, y, z: (
        x.scatter(1, y.argsort(-1), z),
        t.scatter(x, 0, y[:1], 2.5),
        x.scatter(-1, y[:2, :1], value=7),
    ),
    f(3, 3),
    i(3, 3, 3),
    f(3, 3),
)
op(
    "torch.scatter",
    lambda t, x, y, z: (
        x.scatter(1, y, 1.5, reduce="add"),
        x.scatter(0, y, z, reduce="multiply"),
        x.scatter(0, y[:2], z),
    ),
    f(3, 3),
    i(3, 3, 3),
    f(3, 3),
    grad=False,
)
op(
    "torch.scatter_add",
    lambda t, x, y, z: (x.scatter_add(1, y, z), t.scatter_add(x, 0, y[:2] % 3, z[:2])),
    f(3, 4),
    i(3, 3, 4),
    f(3, 4),
)
op("torch.scatter_add", lambda t, x, y: t.zeros(3, dtype=t.long).scatter_add(0, y, x), i(9, 5), i(3, 5))
op(
    "torch.scatter_add",
    lambda t, x, y: t.zeros(3, dtype=t.bfloat16).scatter_add(0, y, x),
    h(5),
    i(3, 5),
    grad=False,
    tolerance=2e-2,
)
op(
    "torch.gather",
    lambda t, x, y: (x.gather(1, y[:2]), t.gather(x, 0, y % 3), x[0, 0].gather(0, y[0, 0] * 0)),
    f(3, 4),
    i(4, 3, 4),
)
op(
    "torch.take_along_dim",
    lambda t, x, y: (
        t.take_along_dim(x, y, dim=1),
        x.take_along_dim(y % 3, 0),
        x.take_along_dim(y.flatten()),
    ),
    f(3, 4),
    i(4, 3, 4),
)
op(
    "torch.index_select",
    lambda t, x, y: (
        x.index_select(0, y),
        t.index_select(x, -1, y),
        x.index_select(1, y[0]),
        t.take(x, y - 3),
    ),
    f(3, 4),
    i(3, 5),
)
op(
    "torch.index_add",
    lambda t, x, y, z: (
        x.index_add(0, y, z),
        t.index_add(x, 0, y, z, alpha=0.5),
        x.index_add(1, y[:4] % 4, x),
    ),
    f(3, 4),
    i(3, 5),
    f(5, 4),
)
op("torch.index_add", lambda t, x, y, z: x.index_add(0, y, z, alpha=2), i(5, 4), i(4, 6), i(5, 6))
op(
    "torch.index_copy",
    lambda t, x, y, z: (x.index_copy(0, y.argsort()[:2], z), t.index_copy(x, 1, t.tensor([2, 0]), x[:, :2])),
    f(3, 4),
    i(50, 3),
    f(2, 4),
)
op(
    "torch.index_fill",
    lambda t, x, y: (x.index_fill(0, y, 2.5), t.index_fill(x, -1, y, -1), x.index_fill(1, y[:1], x[0, 0])),
    f(3, 4),
    i(3, 2),
)
op(
    "torch.index_put",
    lambda t, x, y, z: (
        x.index_put((y,), z),
        t.index_put(x, (y % 2, y), z[:, 0], accumulate=True),
        x.index_put((y,), z, accumulate=True),
    ),
    f(4, 3),
    i(3, 1),
    f(1, 3),
)
op("torch.index_put", lambda t, x, m: x.index_put((m,), t.tensor(2.0)), f(4, 3), b(4, 3))
op("Tensor.put", lambda t, x, y, z: (x.put(y, z), x.put(y % 3, z, accumulate=True)), f(4, 3), i(12, 1), f(1))
op("Tensor.put", lambda t, x, y, z: x.put(y, z, accumulate=True), f(4, 3), i(12, 7), f(7))
op(
    "torch.select_scatter",
    lambda t, x, z: (t.select_scatter(x, z, 0, 1), x.select_scatter(z, -2, -1)),
    f(3, 4),
    f(4),
)
op(
    "torch.slice_scatter",
    lambda t, x, z: x.slice_scatter(z, 1, 0, 4, 2),
    f(3, 4),
    f(3, 2),
)
op(
    "torch.slice_scatter",
    lambda t, x, z: (t.slice_scatter(x, z, 0, 1), x.slice_scatter(z, 0, end=-1)),
    f(3, 4),
    f(2, 4),
)
op(
    "torch.masked_scatter",
    lambda t, x, m, z: (x.masked_scatter(m, z), t.masked_scatter(x, m[0], z)),
    f(3, 4),
    b(3, 4),
    f(5, 4),
)
op(
    "torch.where",
    lambda t, m, x, y: (t.where(m, x, y), t.where(m, x, 0), t.where(m, 1.5, y), x.where(m, y)),
    b(3, 4),
    f(3, 4),
    f(4),
)
op(
    "torch.where",
    lambda t, m, x, y: (t.where(m, x, y), t.where(m, 1, 0), t.where(m, x, 0.5)),
    b(3, 4),
    i(5, 3, 4),
    f(3, 1),
    grad=False,
)
