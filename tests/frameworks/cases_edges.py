"""Conformance cases: gradients where they need care: at kinks, ties, zeros, bounds and infinities."""

from __future__ import annotations

import math

from .cases import f, op

_VALUES = [[0.0, 0.0, 1.0, 2.0], [2.0, -1.0, 2.0, 0.0], [1.0, 1.0, 1.0, -1.0]]


def _at(t, x):
    """The values above, with the gradient of `x`."""
    return x - x.detach() + t.tensor(_VALUES)


_FUNCTIONAL = (
    "relu", "relu6", "hardtanh", "softplus", "logsigmoid", "softsign", "silu", "selu", "celu", "elu", "mish",
    "leaky_relu", "gelu", "normalize", "tanhshrink",
)  # fmt: skip
for _name in _FUNCTIONAL:
    op("gradient at edges", lambda t, x, n=_name: getattr(t.nn.functional, n)(_at(t, x)), f(3, 4))
_EDGES = {
    "abs": lambda t, x: x.abs(),
    "bce": lambda t, x: t.nn.functional.binary_cross_entropy(x.clamp(0, 1), (x > 0).float()),
    "bce logits": lambda t, x: t.nn.functional.binary_cross_entropy_with_logits(x, (x > 0).float()),
    "cdist": lambda t, x: t.cdist(x, x),
    "clamp": lambda t, x: (x.clamp(0, 1), x.clamp(min=1), x.clamp(max=2)),
    "cosine": lambda t, x: t.cosine_similarity(x, x * 0),
    "cumprod": lambda t, x: x.cumprod(1),
    "dist": lambda t, x: t.dist(x, x * 1),
    "fmod": lambda t, x: t.fmod(x, x + 1.5),
    "hardswish": lambda t, x: (t.nn.functional.hardswish(x * 3), t.nn.functional.hardsigmoid(x * 3)),
    "l1": lambda t, x: t.nn.functional.l1_loss(x, t.zeros_like(x), reduction="none"),
    "logaddexp": lambda t, x: (t.logaddexp(x, x * 1), x.logcumsumexp(1)),
    "logsumexp": lambda t, x: t.logsumexp(t.where(x < 1, -math.inf, x), 1),
    "max": lambda t, x: (t.max(x, 1).values, x.min(0, keepdim=True).values, x.max(), t.amax(x, 1)),
    "maximum": lambda t, x: (t.nn.functional.smooth_l1_loss(x, x * 0), t.nn.functional.huber_loss(x, x * 0)),
    "norm": lambda t, x: ((x * 0).norm(dim=1), x.norm(1, 1), x.norm(math.inf, 1), (x * 0).norm(3, 1)),
    "pow": lambda t, x: (x**0, x**2.0, x**3, x**1.0),
    "prod": lambda t, x: (x.prod(), x.prod(1)),
    "remainder": lambda t, x: (x % 2, t.fmod(x, 2)),
    "softmax": lambda t, x: t.softmax(t.where(x < 1, -math.inf, x), 1),
    "sort": lambda t, x: (x.sort(dim=1, stable=True).values * t.arange(4), x.cummax(1).values),
    "std": lambda t, x: ((x * 0).std(1), x.var(1)),
    "xlogy": lambda t, x: t.xlogy(x, t.ones_like(x)),
}
for _run in _EDGES.values():
    op("gradient at edges", lambda t, x, run=_run: run(t, _at(t, x)), f(3, 4))
