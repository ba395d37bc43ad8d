"""Conformance cases: transposed convolution, weight normalisation, modes of padding."""

from __future__ import annotations

from .cases import f, h, op, w
from .cases_layers import _filled, _layer


def _transposed(n, *given, **options):
    op(
        f"F.conv_transpose{n}d",
        lambda t, x, weight, bias: getattr(t.nn.functional, f"conv_transpose{n}d")(
            x, weight, bias, **options
        ),
        *given,
        tolerance=1e-4,
    )


_transposed(1, f(2, 4, 7), w(4, 6, 3), w(6))
_transposed(1, f(2, 4, 7), w(4, 3, 4), w(6), stride=3, padding=1, output_padding=2, groups=2)
_transposed(1, f(2, 4, 7), w(4, 1, 3), w(4), stride=2, padding=1, dilation=2, groups=4)
_transposed(1, f(4, 7), w(4, 2, 2), w(2), stride=2)
_transposed(2, f(2, 4, 5, 6), w(4, 3, 2, 3), w(3), stride=(2, 1), padding=(0, 1))
_transposed(2, f(1, 4, 5, 3), w(4, 3, 3, 2), w(6), stride=2, dilation=(1, 3), output_padding=1, groups=2)
_transposed(2, f(1, 4, 4, 3), w(4, 1, 3, 3), w(4), stride=2, padding=1, output_padding=1, groups=4)
_transposed(3, f(1, 2, 3, 2, 4), w(2, 3, 2, 3, 2), w(3), stride=(1, 2, 2), padding=(0, 1, 0))
op(
    "F.conv_transpose1d",
    lambda t, x, weight: t.nn.functional.conv_transpose1d(x, weight, stride=2),
    h(2, 4, 7),
    h(4, 3, 4),
    tolerance=3e-2,
    grad=False,
    dynamic=False,
)
_layer(
    lambda nn: nn.ConvTranspose1d(4, 6, 4, stride=2, padding=1, groups=2, bias=False),
    f(2, 4, 5),
    tolerance=1e-4,
)
_layer(lambda nn: nn.ConvTranspose2d(3, 5, 2, stride=2), f(2, 3, 4, 5), tolerance=1e-4)
_layer(lambda nn: nn.ConvTranspose3d(2, 3, (1, 2, 2), (1, 2, 2)), f(1, 2, 3, 4, 2), tolerance=1e-4)
op(
    "nn.ConvTranspose2d",
    lambda t, x: _filled(t, t.nn.ConvTranspose2d(3, 5, 3, stride=2, padding=1))(
        x, output_size=(2 * x.shape[2], 2 * x.shape[3])
    ),
    f(2, 3, 4, 5),
    tolerance=1e-4,
)
for _mode in ("reflect", "replicate", "circular"):
    op(
        "nn.Conv1d",
        lambda t, x, m=_mode: _filled(
            t, t.nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2, padding_mode=m)
        )(x),
        f(2, 4, 7),
        tolerance=1e-4,
    )
op(
    "nn.Conv2d",
    lambda t, x: (
        _filled(t, t.nn.Conv2d(4, 6, (4, 3), padding="same", dilation=(1, 2), padding_mode="circular"))(x),
        _filled(t, t.nn.Conv2d(4, 4, 2, padding="valid", groups=4, stride=(1, 2)))(x[0]),
        _filled(t, t.nn.Conv2d(4, 8, 3, padding=(1, 0), groups=4, dilation=2))(x),
    ),
    f(2, 4, 6, 5),
    tolerance=1e-4,
)
op(
    "nn.Conv3d",
    lambda t, x: (
        _filled(t, t.nn.Conv3d(4, 6, (2, 3, 2), padding="same", groups=2, bias=False))(x),
        _filled(t, t.nn.Conv3d(4, 2, 2, padding=1, stride=(1, 2, 2), padding_mode="replicate"))(x),
    ),
    f(1, 4, 3, 4, 5),
    tolerance=1e-4,
)


def _normed(spelling, make, *given, **options):
    """A layer with a normalised weight, by both spellings; and the weight itself."""

    def run(t, *inputs):
        utils = t.nn.utils
        wrap = utils.weight_norm if spelling == "old" else utils.parametrizations.weight_norm
        layer = _filled(t, wrap(make(t.nn), **options))
        return layer(*inputs), layer.weight

    room = "nn.utils" if spelling == "old" else "nn.utils.parametrizations"
    op(f"{room}.weight_norm", run, *given, tolerance=1e-4)


for _spelling in ("old", "new"):
    _normed(_spelling, lambda nn: nn.Conv1d(4, 6, 3, groups=2), f(2, 4, 7), dim=2)
    _normed(_spelling, lambda nn: nn.ConvTranspose1d(4, 6, 3, stride=2), f(2, 4, 5))
    _normed(_spelling, lambda nn: nn.Linear(4, 5), f(2, 3, 4), dim=None)
    _normed(_spelling, lambda nn: nn.Conv2d(3, 4, 2), f(1, 3, 4, 5), dim=1)
op(
    "nn.utils.remove_weight_norm",
    lambda t, x: t.nn.utils.remove_weight_norm(_filled(t, t.nn.utils.weight_norm(t.nn.Conv1d(4, 6, 3))))(x),
    f(2, 4, 7),
    tolerance=1e-4,
)
op(
    "nn.utils.parametrize.remove_parametrizations",
    lambda t, x: t.nn.utils.parametrize.remove_parametrizations(
        _filled(t, t.nn.utils.parametrizations.weight_norm(t.nn.Conv1d(4, 6, 3), dim=2)), "weight"
    )(x),
    f(2, 4, 7),
    tolerance=1e-4,
)
op(
    "F.conv2d",
    lambda t, x, weight: t.nn.functional.conv2d(x, weight, stride=(1, 2)),
    f(2, 1, 4, 3),
    w(2, 1, 1, 2),
)  # TensorFlow's own kernel is wrong here
