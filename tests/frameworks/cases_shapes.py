"""Conformance cases: shapes, indexing, gathering and scattering, order."""

from __future__ import annotations

from .cases import b, f, i, op, u

op(
    "Tensor.view",
    lambda t, x: (x.view(6, 4), x.view(2, -1), x.view((3, 8)), x.view_as(x.reshape(4, 6))),
    f(2, 3, 4),
    dynamic=False,
)
op("Tensor.view", lambda t, x: x.view(x.size(0), x.shape[1], 2, x.size(-1) // 2), f(2, 3, 4))
op("Tensor.view", lambda t, x: x.view(x.shape[0] * x.shape[1], -1).view(*x.shape), f(2, 3, 4))
op("torch.reshape", lambda t, x: (x.reshape(-1), t.reshape(x, (4, -1)), x.reshape(2, 3, 2, 2)), f(2, 3, 4))
op(
    "torch.transpose",
    lambda t, x: (x.transpose(0, 1), t.transpose(x, -1, -2), x.swapaxes(0, 2), x.mT),
    f(2, 3, 4),
)
op(
    "torch.permute",
    lambda t, x: (x.permute(2, 0, 1), x.permute((1, 2, 0)), t.permute(x, (0, -1, 1))),
    f(2, 3, 4),
)
op("Tensor.t", lambda t, x, y: (x.t(), y.t(), x.T, t.t(x)), f(2, 3), f(4))
op(
    "torch.movedim",
    lambda t, x: (t.movedim(x, 0, 2), x.movedim((0, 1), (1, 2)), x.moveaxis(-1, 0)),
    f(2, 3, 4),
)
op(
    "torch.unsqueeze",
    lambda t, x: (x.unsqueeze(0), x.unsqueeze(-1), t.unsqueeze(x, 1), x.unsqueeze(-2)),
    f(2, 3),
)
op(
    "torch.squeeze",
    lambda t, x: (x.squeeze(), x.squeeze(0), x.squeeze(1), x.squeeze(-1), x.squeeze((0, 3))),
    f(1, 2, 3, 1),
    dynamic=False,
)
op("torch.squeeze", lambda t, x: (x.unsqueeze(1).squeeze(1), x[:, :1].squeeze(1)), f(2, 3))
op(
    "torch.flatten",
    lambda t, x: (x.flatten(), x.flatten(1), t.flatten(x, 0, 1), x.flatten(-2), x.ravel()),
    f(2, 3, 4),
)
op(
    "torch.unflatten",
    lambda t, x: (x.unflatten(-1, (2, 2)), t.unflatten(x, 1, (3, -1))),
    f(2, 3, 4),
    dynamic=False,
)
op("torch.unflatten", lambda t, x: x.unflatten(-1, (2, -1)), f(2, 3, 4))
op(
    "Tensor.expand",
    lambda t, x: (x.expand(4, -1, 3), x.expand(2, 4, 2, 3), x.expand(-1, -1, -1)),
    f(1, 2, 3),
    dynamic=False,
)
op(
    "Tensor.expand",
    lambda t, x, y: (x[:, None].expand(-1, 4, -1), y.expand(x.size(0), -1), y.expand_as(x)),
    f(2, 3),
    f(3),
)
op(
    "Tensor.repeat",
    lambda t, x: (x.repeat(2, 1), x.repeat(3, 1, 2), x.tile(2), x.tile((2, 2)), x.repeat(x.size(0), 1)),
    f(2, 3),
)
op(
    "torch.repeat_interleave",
    lambda t, x: (x.repeat_interleave(2), x.repeat_interleave(3, dim=1), t.repeat_interleave(x, 2, 0)),
    f(2, 3),
)
op(
    "torch.repeat_interleave",
    lambda t, x: t.repeat_interleave(x, t.tensor([1, 3]), dim=0),
    f(2, 3),
    jit=False,
)
op(
    "torch.cat",
    lambda t, x, y: (t.cat([x, y]), t.cat((x, x), dim=-1), t.concat([x, y], 0), t.cat([x[:, :0], x], 1)),
    f(2, 3),
    f(4, 3),
)
op(
    "torch.cat",
    lambda t, x, y: (t.cat([x, y]), t.cat([x, y.bool()]), t.cat([t.tensor([]), x.float()])),
    i(5, 2, dtype="int32"),
    i(5, 3),
)
op(
    "torch.stack",
    lambda t, x, y: (t.stack([x, y]), t.stack((x, y), dim=-1), t.stack([x, y], 1)),
    f(2, 3),
    f(2, 3),
)
op("torch.hstack", lambda t, x, y: (t.hstack([x, y]), t.vstack([x, y])), f(2, 3), f(2, 3))
op("torch.flip", lambda t, x: (x.flip(0), t.flip(x, [0, -1]), x.flip((1,)), x.flip(0, 1)), f(2, 3))
op(
    "torch.roll",
    lambda t, x: (t.roll(x, 1, 0), x.roll((1, -2), (0, 1)), t.roll(x, 2), t.roll(x, shifts=(-1,), dims=(1,))),
    f(3, 4),
)
op("torch.broadcast_tensors", lambda t, x, y: t.broadcast_tensors(x, y), f(3, 1), f(4))
op("torch.broadcast_to", lambda t, x: t.broadcast_to(x, (2, 3)), f(3))

op(
    "Tensor.__getitem__",
    lambda t, x: (x[0], x[-1], x[:, 1], x[..., 0], x[:, None], x[1:, :2], x[::2], x[..., -1:], x[0, 1, 2]),
    f(3, 3, 4),
)
op(
    "Tensor.__getitem__",
    lambda t, x, y: (x[y], x[:, y], x[y, y], x[0, :, y], x[y, :, y], x[y[:, None], y], x[..., y]),
    f(3, 3, 4),
    i(3, 2),
)
op(
    "Tensor.__getitem__",
    lambda t, x, y: (x[y[0]], x[:, y[1]], x[[0, 2]], x[:, [1, 0]], x[y - 3], x[:, :, None, 1]),
    f(3, 3, 4),
    i(3, 2),
)
op("Tensor.__getitem__", lambda t, x: (x[x.shape[0] - 1 :], x[:, : x.size(1) // 2], x[-x.size(0) :]), f(3, 4))
op(
    "Tensor.__getitem__",
    lambda t, x, y: (x[y], x[:, y[:3]]),
    f(4, 3),
    b(4),
    jit=False,
    dynamic=False,
    skip={},
)


def _write(t, x, y):
    x = x.clone()
    x[:, 1] = 5.0
    x[0] = y
    x[..., -1:] = 2
    x[1:, 0] = y[0]
    return x


def _write_arrays(t, x, mask):
    index = t.tensor([2, 0])
    x, z, w = x.clone(), x.clone(), x.clone()
    x[index] = 1.5
    z[:, index] = x[:, index] * 2
    w[mask] = -1.0
    v = w.clone()
    v[t.arange(2), index] = 7.0
    return x, z, w, v


op("Tensor.__setitem__", _write, f(3, 4), f(4))
op("Tensor.__setitem__", _write_arrays, f(3, 4), b(3, 4))
op(
    "torch.gather",
    lambda t, x, y: (x.gather(1, y), t.gather(x, 1, y[:2]), x.gather(-1, y.argsort(-1))),
    f(3, 4),
    i(4, 3, 2),
)
op("torch.take_along_dim", lambda t, x, y: t.take_along_dim(x, y, 1), f(3, 4), i(4, 3, 2))
op("torch.index_select", lambda t, x, y: (x.index_select(0, y), t.index_select(x, 1, y)), f(3, 4), i(3, 5))
op("torch.take", lambda t, x, y: t.take(x, y), f(3, 4), i(12, 2, 2))
op(
    "torch.scatter",
    lambda t, x, s: (
        x.scatter(1, t.tensor([[2, 0], [1, 3], [0, 1]]), s),
        t.scatter(x, 1, t.tensor([[2, 0]]), 3.0),
    ),
    f(3, 4),
    f(3, 2),
)
op(
    "torch.scatter",
    lambda t, x, y: (x.scatter(1, y, 1.0), t.zeros_like(x).scatter(1, y, 1)),
    f(3, 4),
    i(4, 3, 2),
)
op(
    "torch.scatter_add",
    lambda t, x, y, s: (x.scatter_add(1, y, s), t.scatter_add(x, 0, y.clamp(max=2), s)),
    f(3, 4),
    i(4, 3, 4),
    f(3, 4),
)
for _how in ("sum", "amax", "amin", "prod"):
    op(
        "torch.scatter_reduce",
        lambda t, x, y, s, n=_how: (
            x.scatter_reduce(1, y, s, n),
            x.scatter_reduce(1, y, s, n, include_self=False),
        ),
        f(3, 4), i(4, 3, 5), f(3, 5), grad=_how == "sum",
    )  # fmt: skip
op(
    "torch.index_copy",
    lambda t, x, s: (x.index_copy(0, t.tensor([2, 0]), s), t.index_copy(x, 1, t.tensor([1]), x[:, :1] * 2)),
    f(3, 4),
    f(2, 4),
)
op(
    "torch.index_add",
    lambda t, x, y, s: (x.index_add(0, y, s), t.index_add(x, 0, y, s, alpha=2)),
    f(3, 4),
    i(3, 5),
    f(5, 4),
)
op(
    "torch.index_fill",
    lambda t, x: (x.index_fill(0, t.tensor([2, 0]), 3.0), x.index_fill(1, t.tensor([1]), 0)),
    f(3, 4),
)
op(
    "torch.masked_fill",
    lambda t, x, m: (
        x.masked_fill(m, -1.0),
        t.masked_fill(x, m[0], 2),
        x.masked_fill(m, float("-inf")).exp(),
    ),
    f(3, 4),
    b(3, 4),
)
op(
    "torch.masked_fill",
    lambda t, x, m: (x.masked_fill(m, 3), x.masked_fill(m, t.tensor(4))),
    i(5, 3, 4),
    b(3, 4),
)
op("torch.masked_scatter", lambda t, x, m, s: x.masked_scatter(m, s), f(3, 4), b(3, 4), f(12))
op(
    "torch.where",
    lambda t, m, x, y: (
        t.where(m, x, y),
        t.where(m, x, 0.0),
        t.where(m, 1, y),
        x.where(m, y),
        t.where(m[0], x, y),
    ),
    b(3, 4),
    f(3, 4),
    f(4),
)
op(
    "torch.where",
    lambda t, m, x: (t.where(m, x, 1.5), t.where(m, 1, 2), t.where(m, x, m), t.where(m, 1.0, 0.0)),
    b(3, 4),
    i(3, 3, 4),
)
op("torch.select", lambda t, x: (x.select(1, 2), t.select(x, 0, -1)), f(3, 4))
op("torch.narrow", lambda t, x: (x.narrow(1, 1, 2), t.narrow(x, 0, 0, x.shape[0] - 1)), f(3, 4))
op(
    "torch.split",
    lambda t, x: (*x.split(2, 1), *t.split(x, [1, 4], dim=1), *x.split((2, 3), -1)),
    f(3, 5),
    dynamic=False,
)
op("torch.split", lambda t, x: t.split(x, [1, 4], dim=1), f(3, 5))
op("torch.chunk", lambda t, x: (*x.chunk(3, 1), *t.chunk(x, 2)), f(3, 5), dynamic=False)
op("torch.chunk", lambda t, x: (*x.chunk(2, 1), *t.chunk(x, 2, dim=-1)), f(3, 4))
op("torch.unbind", lambda t, x: (*x.unbind(), *t.unbind(x, 1)), f(2, 3), dynamic=False)
op(
    "torch.sort",
    lambda t, x: (*x.sort(), *t.sort(x, 0, descending=True), x.argsort(-1), t.argsort(x, descending=True)),
    f(3, 5),
)
op("torch.sort", lambda t, x: t.sort(x, stable=True), i(3, 12))
op("torch.topk", lambda t, x: (*x.topk(2), *t.topk(x, 3, dim=0), *x.topk(2, largest=False)), f(4, 5))
op("torch.median", lambda t, x: (x.median(), x.median(1).values), f(3, 5), dynamic=False)
op("torch.kthvalue", lambda t, x: t.kthvalue(x, 2, 1), f(3, 5))
op(
    "torch.searchsorted",
    lambda t, x: (t.searchsorted(t.arange(5) * 1.0, x), t.bucketize(x, t.arange(5) * 1.0, right=True)),
    u(-1, 6, 3, 4),
)
op("torch.diff", lambda t, x, y: (t.diff(x), x.diff(dim=0), t.diff(y, prepend=y[:1] - 1)), f(3, 4), i(9, 5))
op("torch.isin", lambda t, x: t.isin(x, t.tensor([1, 3])), i(5, 3, 4))
