"""Conformance cases: normalisation in training and evaluation, with and without running statistics."""

from __future__ import annotations

from .cases import f, fixed, h, h16, op
from .cases_layers import _filled, _layer


def _trained(make, *given, **options):
    """A layer in training: its outputs for two calls, its new statistics, and its output in evaluation."""

    def run(t, x, y):
        layer = _filled(t, make(t.nn)).train()
        outputs = [layer(x), layer(y)]
        moved = [value * 1.0 for value in layer.state_dict().values()]
        return (*outputs, *moved, layer.eval()(x))

    name = make.__code__.co_names[0]
    op(f"nn.{name}", _scoped(run), *given, tolerance=1e-4, **options)


def _scoped(run):
    """The run in a scope of its own where there is one: a traced call may not write buffers without."""

    def scoped(t, *inputs):
        if t.__name__ == "torch":
            return run(t, *inputs)
        from transformers.frameworks.core.scope import Scope, use

        with use(Scope()):
            return run(t, *inputs)

    return scoped


_trained(lambda nn: nn.BatchNorm1d(4), f(3, 4), f(5, 4))
_trained(lambda nn: nn.BatchNorm1d(4, momentum=None), f(3, 4, 2), f(2, 4, 3))
_trained(lambda nn: nn.BatchNorm2d(4, momentum=0.3, affine=False), f(2, 4, 3, 2), f(3, 4, 2, 2))
_trained(lambda nn: nn.BatchNorm2d(4, track_running_stats=False), f(2, 4, 3, 2), f(3, 4, 2, 2))
_trained(lambda nn: nn.BatchNorm3d(2, bias=False), f(2, 2, 3, 2, 1), f(3, 2, 2, 1, 2))
_trained(lambda nn: nn.InstanceNorm1d(4, track_running_stats=True), f(3, 4, 5), f(2, 4, 3))
_trained(lambda nn: nn.InstanceNorm2d(4, affine=True, momentum=0.4, track_running_stats=True),
         f(3, 4, 5, 2), f(2, 4, 3, 3))  # fmt: skip
_layer(lambda nn: nn.InstanceNorm1d(4), f(4, 5), tolerance=1e-4)
_layer(lambda nn: nn.InstanceNorm2d(4, affine=True), f(3, 4, 5, 2), tolerance=1e-4)
_layer(lambda nn: nn.InstanceNorm3d(2, eps=1e-3), f(3, 2, 2, 2, 3), tolerance=1e-4)
_layer(lambda nn: nn.SyncBatchNorm(4), f(3, 4, 5))
_layer(lambda nn: nn.LocalResponseNorm(3, alpha=0.5, beta=0.6, k=2.0), f(2, 5, 3, 2))
_layer(lambda nn: nn.GroupNorm(1, 4, affine=False), f(2, 4), tolerance=1e-4)
_layer(lambda nn: nn.GroupNorm(4, 4, bias=False), f(2, 4, 2, 3), tolerance=1e-4)
_layer(lambda nn: nn.RMSNorm((3, 4), elementwise_affine=False, eps=1e-3), f(2, 3, 4))
_layer(lambda nn: nn.LayerNorm(4, elementwise_affine=False), f(2, 3, 4))
op(
    "F.local_response_norm",
    lambda t, x: (
        t.nn.functional.local_response_norm(x, 4, alpha=1.5),
        t.nn.functional.local_response_norm(x[..., 0], 2, beta=0.5),
    ),
    f(2, 5, 3, 2),
)
op(
    "F.instance_norm",
    lambda t, x, m, v, w: t.nn.functional.instance_norm(x, m, v.abs() + 0.5, w, None, use_input_stats=False),
    f(2, 3, 5),
    fixed(3),
    fixed(3),
    f(3),
    dynamic=False,
)
for _half in (h, h16):
    op(
        "F.group_norm",
        lambda t, x, w, c: t.nn.functional.group_norm(x, 2, w, c),
        _half(2, 4, 9),
        _half(4),
        _half(4),
        tolerance=3e-2,
        grad=False,
    )
    op(
        "F.batch_norm",
        lambda t, x, w, c: t.nn.functional.batch_norm(x, None, None, w, c, True),
        _half(5, 4, 9),
        f(4),
        f(4),
        tolerance=3e-2,
        grad=False,
    )
op(
    "F.normalize",
    lambda t, x: (
        t.nn.functional.normalize(x, p=3.0, dim=-1),
        t.nn.functional.normalize(x * 0, dim=0),
        t.nn.functional.normalize(x, dim=(1, 2), eps=10.0),
        t.nn.functional.normalize(x, p=float("inf"), dim=1),
    ),
    f(2, 3, 4),
    grad=False,
)
op(
    "nn.modules.batchnorm._BatchNorm",
    lambda t, x: (
        t.tensor([isinstance(t.nn.BatchNorm1d(3), t.nn.modules.batchnorm._BatchNorm)]),
        t.tensor([isinstance(t.nn.LayerNorm(3), t.nn.modules.batchnorm._BatchNorm)]),
        t.nn.modules.Linear is t.nn.Linear,
        x,
    ),
    f(2, 3),
)
