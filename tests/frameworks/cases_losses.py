"""Conformance cases: losses of pairs, margins, distributions, sequences; arguments of the others."""

from __future__ import annotations

from .cases import f, fixed, i, op, u

_REDUCTIONS = ("mean", "sum", "none")


def _loss(name, *given, module=None, sign=False, **options):
    """A loss by its function, in all reductions, and by its module."""

    def prepared(inputs):
        return (*inputs[:-1], inputs[-1] * 2 - 1) if sign else inputs

    for reduction in _REDUCTIONS:
        op(
            f"F.{name}",
            lambda t, *inputs, r=reduction: getattr(t.nn.functional, name)(
                *prepared(inputs), reduction=r, **options
            ),
            *given,
        )
    if module:
        op(f"nn.{module}", lambda t, *inputs: getattr(t.nn, module)(**options)(*prepared(inputs)), *given)


_loss("margin_ranking_loss", f(5), f(5), i(2, 5), module="MarginRankingLoss", sign=True, margin=0.2)
_loss("cosine_embedding_loss", f(5, 4), f(5, 4), i(2, 5), module="CosineEmbeddingLoss", sign=True, margin=0.1)
_loss("hinge_embedding_loss", f(5, 4), i(2, 5, 4), module="HingeEmbeddingLoss", sign=True, margin=0.7)
_loss("soft_margin_loss", f(5, 4), i(2, 5, 4), module="SoftMarginLoss", sign=True)
_loss("multilabel_soft_margin_loss", f(5, 4), u(0, 1, 5, 4), module="MultiLabelSoftMarginLoss")
_loss("multi_margin_loss", f(5, 4), i(4, 5), module="MultiMarginLoss", margin=0.8)
_loss("multi_margin_loss", f(5, 4), i(4, 5), p=2)
_loss("multilabel_margin_loss", f(5, 4), i(4, 5, 4, low=-1), module="MultiLabelMarginLoss")
_loss("triplet_margin_loss", f(5, 4), f(5, 4), f(5, 4), module="TripletMarginLoss", margin=0.6)
_loss("triplet_margin_loss", f(5, 4), f(5, 4), f(5, 4), p=1, swap=True)
_loss("gaussian_nll_loss", f(5, 4), f(5, 4), u(0.2, 2, 5, 4), module="GaussianNLLLoss", full=True)
_loss("gaussian_nll_loss", f(5, 4), f(5, 4), u(0.2, 2, 5))
_loss("poisson_nll_loss", f(5, 4), i(6, 5, 4), module="PoissonNLLLoss", full=True)
_loss("poisson_nll_loss", u(0.2, 2, 5, 4), u(0, 3, 5, 4), log_input=False, eps=1e-4)
op(
    "F.multilabel_soft_margin_loss",
    lambda t, x, y, w: t.nn.functional.multilabel_soft_margin_loss(x, y, weight=w),
    f(5, 4),
    u(0, 1, 5, 4),
    fixed(4),
)
op(
    "F.multi_margin_loss",
    lambda t, x, y, w: t.nn.functional.multi_margin_loss(x, y, weight=w),
    f(5, 4),
    i(4, 5),
    fixed(4),
)
op(
    "F.triplet_margin_with_distance_loss",
    lambda t, x, y, z: t.nn.functional.triplet_margin_with_distance_loss(
        x, y, z, distance_function=lambda a, b: 1 - t.nn.functional.cosine_similarity(a, b), swap=True
    ),
    f(5, 4),
    f(5, 4),
    f(5, 4),
)
op(
    "nn.TripletMarginWithDistanceLoss",
    lambda t, x, y, z: t.nn.TripletMarginWithDistanceLoss(margin=0.5)(x, y, z),
    f(5, 4),
    f(5, 4),
    f(5, 4),
)

# ------------------------------------------------------------------ arguments of the common ones
for _name in ("mse_loss", "l1_loss", "huber_loss"):
    for _reduction in _REDUCTIONS:
        op(
            f"F.{_name}",
            lambda t, x, y, w, n=_name, r=_reduction: getattr(t.nn.functional, n)(
                x, y, reduction=r, weight=w.abs()
            ),
            f(5, 4),
            f(5, 4),
            fixed(5, 4),
        )
op(
    "F.smooth_l1_loss",
    lambda t, x, y: (
        t.nn.functional.smooth_l1_loss(x, y, beta=0.3),
        t.nn.functional.smooth_l1_loss(x, y, beta=0.0),
        t.nn.functional.huber_loss(x, y, delta=0.4),
    ),
    f(5, 4),
    f(5, 4),
)
op(
    "F.binary_cross_entropy",
    lambda t, x, y, w: (
        t.nn.functional.binary_cross_entropy(x, y, w.abs()),
        t.nn.functional.binary_cross_entropy(t.tensor([0.0, 1.0, 0.5]), t.tensor([1.0, 1.0, 0.0])),
    ),
    u(0.1, 0.9, 5, 4),
    u(0, 1, 5, 4),
    fixed(4),
)
op(
    "F.binary_cross_entropy_with_logits",
    lambda t, x, y, w: t.nn.functional.binary_cross_entropy_with_logits(
        x, y, weight=w.abs(), pos_weight=w.abs() + 1, reduction="none"
    ),
    f(5, 4),
    u(0, 1, 5, 4),
    fixed(4),
)
op(
    "F.nll_loss",
    lambda t, x, y, w: (
        t.nn.functional.nll_loss(t.log_softmax(x, 1), y, weight=w.abs(), ignore_index=1),
        t.nn.functional.nll_loss(t.log_softmax(x, 1), y, weight=w.abs(), reduction="sum"),
        t.nn.functional.nll_loss(t.log_softmax(x[0], 0), y[0]),
    ),
    f(5, 4),
    i(4, 5),
    fixed(4),
)
op(
    "F.nll_loss",
    lambda t, x, y: t.nn.functional.nll_loss(t.log_softmax(x, 1), y, ignore_index=0, reduction="none"),
    f(2, 4, 3, 5),
    i(4, 2, 3, 5),
)
for _reduction in _REDUCTIONS:
    op(
        "F.cross_entropy",
        lambda t, x, y, w, r=_reduction: (
            t.nn.functional.cross_entropy(x, y, w.abs(), ignore_index=2, reduction=r, label_smoothing=0.2),
            t.nn.functional.cross_entropy(x[..., 0], t.softmax(x[..., 1], 1), w.abs(), reduction=r),
            t.nn.functional.cross_entropy(
                x, t.softmax(x * 0.5, 1).detach(), w.abs(), reduction=r, label_smoothing=0.1
            ),
        ),
        f(3, 4, 2),
        i(4, 3, 2),
        fixed(4),
        tolerance=5e-5,
    )
op(
    "F.kl_div",
    lambda t, x, y: (
        t.nn.functional.kl_div(t.log_softmax(x, 1), t.softmax(y, 1), reduction="sum"),
        t.nn.functional.kl_div(x, t.log_softmax(y, 1), log_target=True, reduction="batchmean"),
        t.nn.KLDivLoss(reduction="batchmean", log_target=True)(x, y),
    ),
    f(5, 4),
    f(5, 4),
    tolerance=5e-5,
)
op("F.kl_div", lambda t, x, y: t.nn.functional.kl_div(x, y.float(), reduction="none"), f(5, 4), i(2, 5, 4))
op(
    "F.mse_loss",
    lambda t, x, y: (
        t.nn.functional.mse_loss(x, y, size_average=False),
        t.nn.functional.mse_loss(x, y, reduce=False),
        t.nn.functional.l1_loss(x, y, None, None, "sum"),
    ),
    f(5, 4),
    f(5, 4),
)


# ------------------------------------------------------------------ sequences
def _scores(t, x):
    return t.nn.functional.log_softmax(x, -1)


for _reduction in _REDUCTIONS:
    op(
        "F.ctc_loss",
        lambda t, x, y, r=_reduction: t.nn.functional.ctc_loss(
            _scores(t, x), y + 1, t.tensor([9, 7, 8]), t.tensor([4, 2, 0]), reduction=r
        ),
        f(9, 3, 6),
        i(5, 3, 4),
        tolerance=5e-5,
    )
op(
    "F.ctc_loss",
    lambda t, x, y: (
        t.nn.functional.ctc_loss(_scores(t, x), y, (9, 6), (3, 2), blank=5, reduction="none"),
        t.nn.functional.ctc_loss(_scores(t, x), y.flatten(), (9, 6), (4, 4), blank=5),
        t.nn.functional.ctc_loss(_scores(t, x[:, 0]), y[0], (9,), (4,), blank=5, reduction="sum"),
    ),
    f(9, 2, 6),
    i(5, 2, 4),
    tolerance=5e-5,
)
op(
    "F.ctc_loss",
    lambda t, x: (
        t.nn.functional.ctc_loss(
            _scores(t, x), t.tensor([[1, 1, 1], [2, 2, 1]]), (5, 4), (3, 3), zero_infinity=True
        ),
        t.nn.functional.ctc_loss(
            _scores(t, x),
            t.tensor([[1, 1, 1], [1, 1, 1]]),
            (5, 4),
            (3, 3),
            reduction="none",
            zero_infinity=True,
        ),
    ),
    f(5, 2, 4),
    tolerance=5e-5,
)
op(
    "F.ctc_loss",
    lambda t, x: t.nn.functional.ctc_loss(
        _scores(t, x), t.tensor([[1, 1, 1], [1, 1, 1]]), (5, 4), (3, 3), reduction="none"
    ),
    f(5, 2, 4),
    grad=False,
)
op(
    "nn.CTCLoss",
    lambda t, x, y: t.nn.CTCLoss(blank=1, zero_infinity=True)(
        _scores(t, x), t.where(y == 1, 0, y), t.tensor([9, 3]), t.tensor([3, 3])
    ),
    f(9, 2, 6),
    i(6, 2, 3),
    tolerance=5e-5,
)


def _adaptive(t, x, y, **options):
    import numpy as np

    layer = t.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 12], div_value=2.0, **options)
    draws = {
        n: np.random.default_rng(len(n)).normal(size=tuple(v.shape)) for n, v in layer.state_dict().items()
    }
    layer.load_state_dict({name: t.from_numpy(value.astype(np.float32)) for name, value in draws.items()})
    return (*layer(x, y), layer.log_prob(x), layer.predict(x))


op("nn.AdaptiveLogSoftmaxWithLoss", _adaptive, f(6, 8), i(20, 6), tolerance=1e-4, dynamic=False)
op(
    "nn.AdaptiveLogSoftmaxWithLoss",
    lambda t, x, y: _adaptive(t, x, y, head_bias=True),
    f(6, 8),
    i(20, 6),
    tolerance=1e-4,
    dynamic=False,
)
op("F.softmin", lambda t, x: (t.nn.functional.softmin(x, dim=-1), t.nn.functional.log_softmax(x, 0)), f(3, 4))
