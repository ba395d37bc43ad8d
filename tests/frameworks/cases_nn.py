"""Conformance cases: activations, linear maps, normalisation, convolution, pooling."""

from __future__ import annotations

from .cases import f, fixed, h, i, op, w

_PLAIN = [
    "relu", "relu6", "gelu", "silu", "mish", "leaky_relu", "elu", "selu", "celu", "softplus", "logsigmoid",
    "hardtanh", "hardsigmoid", "hardswish", "softsign", "tanhshrink", "sigmoid", "tanh", "glu",
]  # fmt: skip
for _name in _PLAIN:
    op(f"F.{_name}", lambda t, x, n=_name: getattr(t.nn.functional, n)(x * 2), f(3, 4))
for _name in ("gelu", "silu", "relu", "softplus"):
    op(
        f"F.{_name}",
        lambda t, x, n=_name: getattr(t.nn.functional, n)(x),
        h(3, 40),
        grad=False,
        tolerance=1e-2,
    )
op("F.gelu", lambda t, x: t.nn.functional.gelu(x, approximate="tanh"), f(3, 4))
op("F.softplus", lambda t, x: t.nn.functional.softplus(x * 10, beta=2, threshold=5), f(3, 4))
op("F.leaky_relu", lambda t, x: (t.nn.functional.leaky_relu(x, 0.2), t.nn.functional.elu(x, 0.5)), f(3, 4))
op(
    "F.prelu",
    lambda t, x, w: (t.nn.functional.prelu(x, w), t.nn.functional.prelu(x, w[:1])),
    f(2, 3, 4),
    f(3),
    dynamic=False,
)
op("F.softmin", lambda t, x: t.nn.functional.softmin(x, dim=1), f(3, 4))

op(
    "F.linear",
    lambda t, x, w, c: (t.nn.functional.linear(x, w, c), t.nn.functional.linear(x[0, 0], w)),
    f(2, 3, 4),
    w(5, 4),
    w(5),
)
op(
    "F.linear",
    lambda t, x, w, c: t.nn.functional.linear(x, w, c),
    h(3, 40),
    h(5, 40),
    h(5),
    tolerance=3e-2,
    grad=False,
)
op(
    "F.bilinear",
    lambda t, x, y, w, c: t.nn.functional.bilinear(x, y, w, c),
    f(3, 4),
    f(3, 5),
    f(2, 4, 5),
    f(2),
)
op(
    "F.embedding",
    lambda t, x, w: (t.nn.functional.embedding(x, w), t.nn.functional.embedding(x, w, padding_idx=1)),
    i(4, 2, 3),
    f(4, 5),
)
op(
    "F.one_hot",
    lambda t, x: (t.nn.functional.one_hot(x, 5), t.nn.functional.one_hot(x, num_classes=4).float()),
    i(4, 2, 3),
)
op(
    "F.normalize",
    lambda t, x: (
        t.nn.functional.normalize(x),
        t.nn.functional.normalize(x, dim=-1),
        t.nn.functional.normalize(x, p=1, dim=0),
    ),
    f(3, 4),
)
op("F.pairwise_distance", lambda t, x, y: t.nn.functional.pairwise_distance(x, y), f(3, 4), f(3, 4))
op(
    "F.dropout",
    lambda t, x: (
        t.nn.functional.dropout(x, 0.5, False),
        t.nn.functional.dropout(x, p=0.0),
        t.nn.functional.dropout(x, 1.0),
    ),
    f(3, 4),
)

op(
    "F.layer_norm",
    lambda t, x, w, c: (t.nn.functional.layer_norm(x, (4,), w, c), t.nn.functional.layer_norm(x, (4,))),
    f(2, 3, 4),
    f(4),
    f(4),
)
op("F.layer_norm", lambda t, x: t.nn.functional.layer_norm(x, (3, 4), eps=1e-3), f(2, 3, 4))
op(
    "F.layer_norm",
    lambda t, x, w, c: t.nn.functional.layer_norm(x, (40,), w, c),
    h(3, 40),
    h(40),
    h(40),
    tolerance=2e-2,
    grad=False,
)
op(
    "F.rms_norm",
    lambda t, x, w: (t.nn.functional.rms_norm(x, (4,), w, 1e-6), t.nn.functional.rms_norm(x, (4,))),
    f(2, 3, 4),
    f(4),
)
op(
    "F.rms_norm",
    lambda t, x, w: t.nn.functional.rms_norm(x, (40,), w, 1e-6),
    h(3, 40),
    h(40),
    tolerance=2e-2,
    grad=False,
)
op(
    "F.group_norm",
    lambda t, x, w, c: (t.nn.functional.group_norm(x, 2, w, c), t.nn.functional.group_norm(x, 4)),
    f(2, 4, 3, 5),
    f(4),
    f(4),
    tolerance=1e-4,
)
op(
    "F.batch_norm",
    lambda t, x, m, v, w, c: t.nn.functional.batch_norm(x, m, v.abs() + 0.5, w, c),
    f(3, 4, 5),
    fixed(4),
    fixed(4),
    f(4),
    f(4),
)
op(
    "F.batch_norm",
    lambda t, x, w, c: t.nn.functional.batch_norm(x, None, None, w, c, True),
    f(3, 4, 5),
    f(4),
    f(4),
    tolerance=1e-4,
)
op(
    "F.instance_norm",
    lambda t, x, w, c: t.nn.functional.instance_norm(x, weight=w, bias=c),
    f(2, 3, 5),
    f(3),
    f(3),
    tolerance=1e-4,
    dynamic=False,
)

op(
    "F.conv1d",
    lambda t, x, w, c: (t.nn.functional.conv1d(x, w, c), t.nn.functional.conv1d(x, w, stride=2, padding=1)),
    f(2, 4, 9),
    w(6, 4, 3),
    w(6),
    tolerance=1e-4,
)
op(
    "F.conv1d",
    lambda t, x, w: t.nn.functional.conv1d(x, w, padding="same", dilation=2, groups=2),
    f(2, 4, 9),
    w(6, 2, 3),
    tolerance=1e-4,
)
op(
    "F.conv1d",
    lambda t, x, w: t.nn.functional.conv1d(x, w, padding=2, groups=4),
    f(2, 4, 9),
    w(4, 1, 4),
    tolerance=1e-4,
)
op(
    "F.conv2d",
    lambda t, x, w, c: (
        t.nn.functional.conv2d(x, w, c),
        t.nn.functional.conv2d(x, w, c, stride=(2, 1), padding=(1, 2)),
    ),
    f(2, 4, 6, 7),
    w(6, 4, 3, 2),
    w(6),
    tolerance=1e-4,
)
op(
    "F.conv2d",
    lambda t, x, w: t.nn.functional.conv2d(x, w, stride=2, dilation=2, padding=2),
    f(2, 4, 8, 7),
    w(6, 4, 3, 3),
    tolerance=1e-4,
)
op(
    "F.conv2d",
    lambda t, x, w: t.nn.functional.conv2d(x, w, groups=2, padding=1),
    f(2, 4, 6, 7),
    w(6, 2, 3, 3),
    tolerance=1e-4,
)
op(
    "F.conv2d",
    lambda t, x, w: t.nn.functional.conv2d(x, w, groups=4, padding=1, stride=2),
    f(2, 4, 6, 7),
    w(8, 1, 3, 3),
    tolerance=1e-4,
)
op(
    "F.conv2d",
    lambda t, x, w: t.nn.functional.conv2d(x, w, groups=4, stride=(2, 1)),
    f(2, 4, 6, 7),
    w(4, 1, 3, 3),
    tolerance=1e-4,
)
op(
    "F.conv3d",
    lambda t, x, w, c: t.nn.functional.conv3d(x, w, c, stride=2, padding=1),
    f(1, 3, 4, 5, 6),
    w(4, 3, 2, 3, 3),
    w(4),
    tolerance=1e-4,
)
op(
    "F.max_pool1d",
    lambda t, x: (t.nn.functional.max_pool1d(x, 2), t.nn.functional.max_pool1d(x, 3, 1, padding=1)),
    f(2, 3, 8),
)
op(
    "F.max_pool2d",
    lambda t, x: (
        t.nn.functional.max_pool2d(x, 2),
        t.nn.functional.max_pool2d(x, (3, 2), stride=1, padding=1),
    ),
    f(2, 3, 7, 6),
)
op(
    "F.max_pool2d",
    lambda t, x: (
        t.nn.functional.max_pool2d(x, 3, 2, 1, ceil_mode=True),
        t.nn.functional.max_pool2d(x, 2, 1, dilation=2),
    ),
    f(2, 3, 7, 6),
    dynamic=False,
)
op("F.max_pool3d", lambda t, x: t.nn.functional.max_pool3d(x, 2), f(1, 2, 4, 5, 6))
op(
    "F.avg_pool1d",
    lambda t, x: (t.nn.functional.avg_pool1d(x, 2), t.nn.functional.avg_pool1d(x, 3, 2, padding=1)),
    f(2, 3, 8),
)
op(
    "F.avg_pool2d",
    lambda t, x: (
        t.nn.functional.avg_pool2d(x, 2),
        t.nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False),
    ),
    f(2, 3, 7, 6),
)
op(
    "F.avg_pool2d",
    lambda t, x: (
        t.nn.functional.avg_pool2d(x, 3, 2, 1, ceil_mode=True),
        t.nn.functional.avg_pool2d(x, 2, divisor_override=3),
    ),
    f(2, 3, 6, 6),
    dynamic=False,
)
op("F.avg_pool3d", lambda t, x: t.nn.functional.avg_pool3d(x, 2), f(1, 2, 4, 5, 6))
op(
    "F.adaptive_avg_pool1d",
    lambda t, x: (t.nn.functional.adaptive_avg_pool1d(x, 3), t.nn.functional.adaptive_avg_pool1d(x, 1)),
    f(2, 3, 8),
    dynamic=False,
)
op(
    "F.adaptive_avg_pool2d",
    lambda t, x: (
        t.nn.functional.adaptive_avg_pool2d(x, (3, 2)),
        t.nn.functional.adaptive_avg_pool2d(x, (1, None)),
    ),
    f(2, 3, 7, 6),
    dynamic=False,
)
op("F.adaptive_avg_pool2d", lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, 1), f(2, 3, 7, 6))
op(
    "F.adaptive_max_pool2d",
    lambda t, x: t.nn.functional.adaptive_max_pool2d(x, (3, 2)),
    f(2, 3, 7, 6),
    dynamic=False,
)
