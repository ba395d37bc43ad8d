"""Conformance cases: resizing, padding, pooling, patches, sampling on grids."""

from __future__ import annotations

from .cases import b, f, h, h16, i, op, u
from .cases_layers import _layer


def _resize(*given, name="F.interpolate", tolerance=1e-4, **options):
    op(
        name,
        lambda t, *x: tuple(t.nn.functional.interpolate(each, **options) for each in x),
        *given,
        tolerance=tolerance,
    )


for _align in (False, True):
    _resize(f(1, 2, 5), size=8, mode="linear", align_corners=_align)
    _resize(f(1, 2, 3, 4, 5), size=(4, 3, 7), mode="trilinear", align_corners=_align)
    _resize(f(1, 2, 7, 5), size=(3, 8), mode="bilinear", align_corners=_align, antialias=True)
    _resize(f(1, 2, 7, 5), size=(9, 2), mode="bicubic", align_corners=_align, antialias=True)
_resize(f(1, 2, 4, 6), scale_factor=(1.7, 0.6), mode="bilinear", align_corners=True)
_resize(f(1, 2, 7, 5), scale_factor=0.55, mode="bicubic", antialias=True)
_resize(f(2, 1, 4, 6), scale_factor=1.3, mode="bicubic", recompute_scale_factor=True)
_resize(f(2, 1, 5, 3, 4), size=(3, 4, 9), mode="nearest")
_resize(f(2, 1, 5, 3, 4), size=(3, 4, 9), mode="nearest-exact")
_resize(f(2, 1, 9), scale_factor=0.7, mode="nearest-exact")
_resize(f(2, 1, 4, 3), scale_factor=(2.2, 1.3), mode="nearest")
_resize(f(2, 1, 2, 3), scale_factor=(1.3, 2.2), mode="bilinear")
_resize(f(2, 1, 9), size=4, mode="area")
_resize(f(2, 1, 7, 5), size=(3, 8), mode="area")
_resize(f(2, 1, 4, 6), scale_factor=0.5, mode="area")
_resize(f(2, 1, 4, 5, 3), size=(2, 2, 3), mode="area")
op(
    "F.interpolate",
    lambda t, x, y: tuple(
        t.nn.functional.interpolate(z, size=(5, 7), mode=m)
        for z in (x, y)
        for m in ("bicubic", "bilinear", "nearest", "area")
    ),
    h(1, 2, 6, 4),
    h16(1, 2, 6, 4),
    tolerance=3e-2,
    grad=False,
)
op(
    "F.upsample",
    lambda t, x: t.nn.functional.upsample(x, scale_factor=2, mode="bilinear", align_corners=True),
    f(1, 2, 3, 4),
)
_layer(lambda nn: nn.Upsample(size=(5, 3)), f(1, 2, 3, 4))
_layer(lambda nn: nn.Upsample(scale_factor=(2, 1.5), mode="bicubic", align_corners=True), f(1, 2, 3, 4))


# ------------------------------------------------------------------ padding
def _pads(*given, **options):
    op(
        "F.pad",
        lambda t, x: tuple(
            t.nn.functional.pad(x, width, **{"mode": mode, **options})
            for mode in ("reflect", "replicate", "circular")
            for width in WIDTHS[x.ndim]
        ),
        *given,
    )


WIDTHS = {
    3: [(2, 1), (-1, 2), (0, -2)],
    4: [(1, 2, 2, 0), (-1, 1, 1, -1), (0, 0, 1, 1)],
    5: [(1, 2, 2, 0, 1, 1), (-1, 1, 1, -1, 0, 1)],
}
_pads(f(2, 3, 4))
_pads(f(2, 1, 3, 5))
_pads(f(1, 2, 3, 3, 4))
op(
    "F.pad",
    lambda t, x: (
        t.nn.functional.pad(x, (1, -1, -1, 0, 0, 1, 2, 0), value=-2.5),
        t.nn.functional.pad(x[0, 0, 0], (-1, 3)),
        t.nn.functional.pad(x, ()),
    ),
    f(2, 3, 4, 2),
)
op("F.pad", lambda t, x: t.nn.functional.pad(x, (1, 2), value=float("-inf")), h(2, 3), grad=False)
op("F.pad", lambda t, x: t.nn.functional.pad(x, (1, 2, 1, 1), "replicate"), i(9, 1, 2, 3, low=-5))
_layer(lambda nn: nn.CircularPad1d((2, 1)), f(1, 2, 4))
_layer(lambda nn: nn.CircularPad2d(1), f(1, 2, 3, 4))
_layer(lambda nn: nn.CircularPad3d(1), f(1, 2, 3, 2, 4))
_layer(lambda nn: nn.ConstantPad1d((2, -1), 1.5), f(1, 2, 4))
_layer(lambda nn: nn.ConstantPad2d(2, -1.0), f(1, 2, 4))
_layer(lambda nn: nn.ConstantPad3d((1, 0, 2, 0, 0, 1), 3.0), f(1, 2, 4, 3))
_layer(lambda nn: nn.ReflectionPad1d(2), f(2, 4))
_layer(lambda nn: nn.ReflectionPad3d(1), f(1, 2, 3, 2, 4))
_layer(lambda nn: nn.ReplicationPad1d((0, 3)), f(1, 2, 4))
_layer(lambda nn: nn.ReplicationPad2d((1, 2, 0, 3)), f(1, 2, 3, 4))
_layer(lambda nn: nn.ReplicationPad3d(1), f(1, 2, 3, 2, 4))
_layer(lambda nn: nn.ZeroPad1d((-1, 2)), f(2, 4))
_layer(lambda nn: nn.ZeroPad3d(1), f(1, 2, 3, 2, 4))


# ------------------------------------------------------------------ pooling
for _n, _sizes in ((1, (2, 3, 8)), (2, (2, 3, 7, 6)), (3, (1, 2, 5, 4, 6))):
    op(
        f"F.max_pool{_n}d",
        lambda t, x, n=_n: (
            getattr(t.nn.functional, f"max_pool{n}d")(x, 3, 2, 1, ceil_mode=True),
            getattr(t.nn.functional, f"max_pool{n}d")(x, 2, 3, dilation=2, ceil_mode=True),
            getattr(t.nn.functional, f"max_pool{n}d")(x[0], 2, stride=1, padding=1),
        ),
        f(*_sizes),
    )
    op(
        f"F.avg_pool{_n}d",
        lambda t, x, n=_n: (
            getattr(t.nn.functional, f"avg_pool{n}d")(x, 3, 2, 1, ceil_mode=True),
            getattr(t.nn.functional, f"avg_pool{n}d")(x, 3, 2, 1, True, False),
            getattr(t.nn.functional, f"avg_pool{n}d")(x, 2, 3, 1, False, False),
            getattr(t.nn.functional, f"avg_pool{n}d")(x[0], 2, 1),
        ),
        f(*_sizes),
    )
    for _kind in ("avg", "max"):
        op(
            f"F.adaptive_{_kind}_pool{_n}d",
            lambda t, x, n=_n, kind=_kind: tuple(
                getattr(t.nn.functional, f"adaptive_{kind}_pool{n}d")(x, size) for size in (3, 1, 2)
            ),
            f(*_sizes),
            tolerance=1e-4,
        )
op(
    "F.avg_pool2d",
    lambda t, x: t.nn.functional.avg_pool2d(x, (3, 2), (2, 1), (1, 0), True, divisor_override=5),
    f(1, 2, 6, 5),
)
op(
    "F.adaptive_avg_pool2d",
    lambda t, x: (
        t.nn.functional.adaptive_avg_pool2d(x, (None, 3)),
        t.nn.functional.adaptive_avg_pool2d(x[0], 5),
    ),
    h(1, 2, 6, 5),
    tolerance=2e-2,
    grad=False,
)
_layer(lambda nn: nn.MaxPool1d(3, 2, 1, 1, False, True), f(1, 2, 6))
_layer(lambda nn: nn.MaxPool3d(2, padding=1), f(1, 2, 3, 4, 5))
_layer(lambda nn: nn.AvgPool1d(3, 2, 1, True, False), f(1, 2, 6))
_layer(lambda nn: nn.AvgPool3d(2, divisor_override=3), f(1, 2, 3, 4, 5))
_layer(lambda nn: nn.AdaptiveAvgPool1d(3), f(1, 2, 7))
_layer(lambda nn: nn.AdaptiveAvgPool3d((1, 2, None)), f(1, 2, 3, 4, 5))
_layer(lambda nn: nn.AdaptiveMaxPool1d(3), f(1, 2, 7))
_layer(lambda nn: nn.AdaptiveMaxPool2d((2, None)), f(1, 2, 7, 3))
_layer(lambda nn: nn.AdaptiveMaxPool3d(2), f(1, 2, 3, 4, 5))


# ------------------------------------------------------------------ patches
op(
    "F.unfold",
    lambda t, x: (
        t.nn.functional.unfold(x, (2, 3), dilation=(1, 2), padding=(0, 2), stride=(3, 1)),
        t.nn.functional.unfold(x[0], 2),
    ),
    f(2, 3, 5, 6),
)
op(
    "F.fold",
    lambda t, x: (t.nn.functional.fold(x, (4, 5), (2, 3)), t.nn.functional.fold(x[0], 2, 2, padding=(1, 1))),
    f(2, 12, 9),
)
op(
    "F.fold",
    lambda t, x: t.nn.functional.fold(
        t.nn.functional.unfold(x, 3, dilation=2, padding=1, stride=2), x.shape[2:], 3, 2, 1, 2
    ),
    f(2, 3, 6, 7),
)
op("F.channel_shuffle", lambda t, x: t.nn.functional.channel_shuffle(x, 3), f(2, 6, 3, 2))
_layer(lambda nn: nn.ChannelShuffle(2), f(2, 6, 3))
_layer(lambda nn: nn.Fold((5, 6), 2, stride=3), f(2, 12, 4))
_layer(lambda nn: nn.Unfold(2, padding=1), f(2, 3, 4, 5))
_layer(lambda nn: nn.PixelShuffle(3), f(2, 9, 2, 3))
_layer(lambda nn: nn.PixelUnshuffle(2), f(2, 3, 4, 6))

# ------------------------------------------------------------------ grids
for _mode in ("bilinear", "nearest", "bicubic"):
    for _padding in ("zeros", "border", "reflection"):
        op(
            "F.grid_sample",
            lambda t, x, grid, m=_mode, p=_padding: tuple(
                t.nn.functional.grid_sample(x, grid, mode=m, padding_mode=p, align_corners=align)
                for align in (False, True)
            ),
            f(2, 3, 4, 5),
            u(-2.2, 2.2, 2, 3, 2, 2),
            tolerance=1e-4,
        )
op(
    "F.grid_sample",
    lambda t, x, grid: tuple(
        t.nn.functional.grid_sample(x, grid, m, p, align)
        for m in ("bilinear", "nearest")
        for p, align in (("zeros", True), ("border", False), ("reflection", False))
    ),
    f(2, 2, 3, 4, 5),
    u(-1.8, 1.8, 2, 2, 3, 1, 3),
    tolerance=1e-4,
)
op(
    "F.grid_sample",
    lambda t, x, grid: t.nn.functional.grid_sample(x, grid),
    f(1, 2, 1, 5),
    u(-1.2, 1.2, 1, 3, 2, 2),
    tolerance=1e-4,
)
op(
    "F.affine_grid",
    lambda t, theta: tuple(
        t.nn.functional.affine_grid(theta, size, align_corners=align)
        for size in ((2, 3, 4, 5), (2, 1, 1, 3))
        for align in (False, True)
    ),
    f(2, 2, 3),
)
op("F.affine_grid", lambda t, theta: t.nn.functional.affine_grid(theta, (2, 3, 2, 4, 3)), f(2, 3, 4))
for _name in ("dropout1d", "dropout2d", "dropout3d"):
    op(
        f"F.{_name}",
        lambda t, x, n=_name: (
            getattr(t.nn.functional, n)(x, 0.3, False),
            getattr(t.nn.functional, n)(x, 1.0),
        ),
        f(2, 3, 2, 2, 2) if _name == "dropout3d" else f(2, 3, 4),
    )
op("nn.Dropout2d", lambda t, x: t.nn.Dropout2d(0.4).eval()(x), f(2, 3, 4, 2))
op("F.pad", lambda t, x: t.nn.functional.pad(x, (1, 1, 0, 2), "constant", True), b(2, 3))
