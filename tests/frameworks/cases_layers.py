"""Conformance cases: losses and layers."""

from __future__ import annotations

from .cases import f, fixed, h16, i, op, u


def _losses(name, target, source=None, **options):
    for reduction in ("mean", "sum", "none"):
        op(
            f"F.{name}",
            lambda t, x, y, r=reduction: getattr(t.nn.functional, name)(x, y, reduction=r, **options),
            source or f(5, 4),
            target,
        )


for _name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"):
    _losses(_name, f(5, 4))
_losses("binary_cross_entropy_with_logits", u(0, 1, 5, 4))
_losses("binary_cross_entropy", u(0.1, 0.9, 5, 4), u(0.1, 0.9, 5, 4))
_losses("kl_div", u(0.1, 0.9, 5, 4))
_losses("kl_div", f(5, 4), log_target=True)
_losses("nll_loss", i(4, 5))
_losses("cross_entropy", i(4, 5))
_losses("cross_entropy", i(4, 5), ignore_index=2)
_losses("cross_entropy", i(4, 5), ignore_index=1, label_smoothing=0.2)
_losses("cross_entropy", u(0, 1, 5, 4), label_smoothing=0.1)
_losses("cross_entropy", i(4, 2, 3, 5), f(2, 4, 3, 5), label_smoothing=0.1)
op(
    "F.kl_div",
    lambda t, x, y: t.nn.functional.kl_div(x, y, reduction="batchmean"),
    f(5, 4),
    u(0.1, 0.9, 5, 4),
)
op(
    "F.cross_entropy",
    lambda t, x, y, w: (
        t.nn.functional.cross_entropy(x, y, w.abs(), label_smoothing=0.1),
        t.nn.functional.cross_entropy(x[0], y[0]),
    ),
    f(5, 4),
    i(4, 5),
    fixed(4),
)
op(
    "F.cross_entropy",
    lambda t, x, y, w: t.nn.functional.cross_entropy(x, y, w.abs(), ignore_index=2, reduction="none"),
    f(2, 4, 3),
    i(4, 2, 3),
    fixed(4),
)
op(
    "F.cross_entropy",
    lambda t, x, y: t.nn.functional.cross_entropy(x.view(-1, x.size(-1)), y.view(-1)),
    f(2, 3, 4),
    i(4, 2, 3),
)
op(
    "F.binary_cross_entropy_with_logits",
    lambda t, x, y, w: t.nn.functional.binary_cross_entropy_with_logits(x, y, pos_weight=w.abs()),
    f(5, 4),
    u(0, 1, 5, 4),
    fixed(4),
)
op(
    "F.cosine_embedding_loss",
    lambda t, x, y, z: t.nn.functional.cosine_embedding_loss(x, y, z * 2 - 1),
    f(3, 4),
    f(3, 4),
    i(2, 3),
)
op(
    "F.margin_ranking_loss",
    lambda t, x, y, z: t.nn.functional.margin_ranking_loss(x, y, z * 2 - 1, margin=0.1),
    f(3),
    f(3),
    i(2, 3),
)


def _layer(make, *given, **options):
    """A layer whose parameters are functions of their names and sizes, the same everywhere."""

    def run(t, *inputs):
        torch_layer = make(t.nn)
        return _filled(t, torch_layer)(*inputs)

    name = make.__code__.co_names[0]
    op(f"nn.{name}", run, *given, **options)


def _filled(t, layer):
    import numpy as np

    state = {}
    for name, value in layer.state_dict().items():
        draw = (
            np.random.default_rng(sum(map(ord, name)))
            .uniform(0.5, 1.5, tuple(value.shape))
            .astype(np.float32)
        )
        state[name] = t.from_numpy(draw) if value.dtype.is_floating_point else value
    layer.load_state_dict(state)
    return layer.eval()


_layer(lambda nn: nn.Linear(4, 5), f(2, 3, 4))
_layer(lambda nn: nn.Embedding(7, 5, padding_idx=0), i(7, 2, 3))
_layer(lambda nn: nn.LayerNorm(4, eps=1e-6), f(2, 3, 4))
_layer(lambda nn: nn.LayerNorm((3, 4), bias=False), f(2, 3, 4))
_layer(lambda nn: nn.RMSNorm(4), f(2, 3, 4))
_layer(lambda nn: nn.GroupNorm(2, 4), f(2, 4, 5), tolerance=1e-4)
_layer(lambda nn: nn.BatchNorm1d(4), f(3, 4))
_layer(lambda nn: nn.BatchNorm2d(4), f(3, 4, 2, 5))
_layer(lambda nn: nn.BatchNorm3d(4), f(3, 4, 2, 3, 2))
_layer(lambda nn: nn.InstanceNorm1d(4, affine=True), f(3, 4, 5), tolerance=1e-4, dynamic=False)
_layer(lambda nn: nn.Conv1d(4, 6, 3, padding=1, groups=2), f(2, 4, 7), tolerance=1e-4)
_layer(lambda nn: nn.Conv2d(3, 6, kernel_size=4, stride=4), f(2, 3, 8, 8), tolerance=1e-4)
_layer(
    lambda nn: nn.Conv2d(3, 6, 3, padding=1, padding_mode="reflect", bias=False),
    f(2, 3, 5, 6),
    tolerance=1e-4,
)
_layer(lambda nn: nn.Conv3d(3, 4, (2, 3, 3), (2, 1, 1)), f(1, 3, 4, 5, 5), tolerance=1e-4)
_layer(lambda nn: nn.Dropout(0.4), f(2, 3))
_layer(lambda nn: nn.Identity(), f(2, 3))
_layer(lambda nn: nn.Flatten(), f(2, 3, 4))
_layer(lambda nn: nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2), nn.Tanh()), f(3, 4))
_layer(lambda nn: nn.PReLU(3), f(2, 3, 4), dynamic=False)
_layer(lambda nn: nn.MaxPool2d(2, stride=1), f(1, 2, 4, 5))
_layer(lambda nn: nn.AvgPool2d(2), f(1, 2, 4, 5))
_layer(lambda nn: nn.AdaptiveAvgPool2d((1, 1)), f(1, 2, 4, 5))
_layer(lambda nn: nn.Softmax(dim=-1), f(2, 3))
_layer(lambda nn: nn.LogSoftmax(dim=1), f(2, 3))
_layer(lambda nn: nn.ZeroPad2d((1, 2, 0, 1)), f(1, 2, 3, 4))
_layer(lambda nn: nn.ReflectionPad2d(1), f(1, 2, 3, 4))
_layer(lambda nn: nn.Upsample(scale_factor=2, mode="bilinear"), f(1, 2, 3, 4))
_layer(lambda nn: nn.Bilinear(3, 4, 2), f(2, 3), f(2, 4))
for _name in [
    "GELU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Tanh",
    "LeakyReLU",
    "ELU",
    "SELU",
    "CELU",
    "Mish",
    "Hardswish",
    "Hardsigmoid",
    "Hardtanh",
    "Softplus",
    "Softsign",
    "LogSigmoid",
]:
    op(f"nn.{_name}", lambda t, x, n=_name: getattr(t.nn, n)()(x), f(3, 4))
for _name, _target in {
    "CrossEntropyLoss": i(4, 5),
    "NLLLoss": i(4, 5),
    "MSELoss": f(5, 4),
    "L1Loss": f(5, 4),
    "SmoothL1Loss": f(5, 4),
}.items():
    op(f"nn.{_name}", lambda t, x, y, n=_name: getattr(t.nn, n)()(x, y), f(5, 4), _target)
for _name in ("BCEWithLogitsLoss", "KLDivLoss", "HuberLoss"):
    op(
        f"nn.{_name}",
        lambda t, x, y, n=_name: getattr(t.nn, n)(reduction="sum")(x, y),
        f(5, 4),
        u(0.1, 0.9, 5, 4),
    )
op("nn.BCELoss", lambda t, x, y: t.nn.BCELoss()(x, y), u(0.1, 0.9, 5, 4), u(0.1, 0.9, 5, 4))
op("nn.CosineSimilarity", lambda t, x, y: t.nn.CosineSimilarity(dim=-1)(x, y), f(5, 4), f(5, 4))
op("F.layer_norm", lambda t, x: t.nn.functional.layer_norm(x, (40,)), h16(3, 40), tolerance=1e-2, grad=False)
