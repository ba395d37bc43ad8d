"""Conformance cases: padding, resizing, attention."""

from __future__ import annotations

from .cases import b, f, h, i, op

op(
    "F.pad",
    lambda t, x: (
        t.nn.functional.pad(x, (1, 2)),
        t.nn.functional.pad(x, (1, 0, 0, 2), value=1.5),
        t.nn.functional.pad(x, (-1, 1, 1, -1)),
    ),
    f(2, 3, 4),
)
op(
    "F.pad",
    lambda t, x: (
        t.nn.functional.pad(x, (1, 2), mode="reflect"),
        t.nn.functional.pad(x, (2, 1), "replicate"),
        t.nn.functional.pad(x, (1, 2), mode="circular"),
    ),
    f(2, 3, 4),
)
op(
    "F.pad",
    lambda t, x: (
        t.nn.functional.pad(x, (0, (-x.shape[-1]) % 3)),
        t.nn.functional.pad(x, (0, 0, 0, (-x.size(1)) % 4)),
    ),
    f(2, 3, 4),
)
op(
    "F.pad",
    lambda t, x, y: (t.nn.functional.pad(x, (1, 1), value=True), t.nn.functional.pad(y, (2, 0), value=-100)),
    b(2, 3),
    i(5, 2, 3),
)
for _mode in ("nearest", "nearest-exact", "bilinear", "bicubic"):
    op(
        "F.interpolate",
        lambda t, x, m=_mode: (
            t.nn.functional.interpolate(x, size=(7, 5), mode=m),
            t.nn.functional.interpolate(x, scale_factor=2, mode=m),
        ),
        f(1, 2, 4, 6),
    )
    op(
        "F.interpolate",
        lambda t, x, m=_mode: (
            t.nn.functional.interpolate(x, size=(3, 4), mode=m),
            t.nn.functional.interpolate(x, scale_factor=(1.5, 0.6), mode=m),
        ),
        f(1, 2, 5, 6),
    )
for _mode in ("bilinear", "bicubic"):
    op(
        "F.interpolate",
        lambda t, x, m=_mode: (
            t.nn.functional.interpolate(x, size=(7, 3), mode=m, align_corners=True),
            t.nn.functional.interpolate(x, size=(1, 9), mode=m, align_corners=True),
        ),
        f(1, 2, 4, 6),
    )
op(
    "F.interpolate",
    lambda t, x, y: (
        t.nn.functional.interpolate(x, size=5, mode="linear"),
        t.nn.functional.interpolate(x, scale_factor=2),
        t.nn.functional.interpolate(y, size=x.shape[-1:] * 2, mode="bilinear"),
    ),
    f(1, 2, 4),
    f(1, 2, 3, 5),
)
op(
    "F.pixel_shuffle",
    lambda t, x: (t.nn.functional.pixel_shuffle(x, 2), t.nn.functional.pixel_unshuffle(x, 2)),
    f(1, 8, 4, 6),
)
op("F.unfold", lambda t, x: t.nn.functional.unfold(x, 3, padding=1, stride=2), f(1, 2, 5, 6))

_Q, _K = f(2, 4, 5, 8), f(2, 4, 6, 8)
op(
    "F.scaled_dot_product_attention",
    lambda t, q, k, v: (_sdpa(t)(q, k, v), _sdpa(t)(q, k, v, is_causal=True), _sdpa(t)(q, k, v, scale=0.3)),
    _Q,
    _K,
    _K,
)
op(
    "F.scaled_dot_product_attention",
    lambda t, q, k, v, m: (_sdpa(t)(q, k, v, m), _sdpa(t)(q, k, v, attn_mask=m & (t.arange(5)[:, None] > 0))),
    _Q,
    _K,
    _K,
    b(2, 1, 5, 6),
)
op("F.scaled_dot_product_attention", lambda t, q, k, v, m: _sdpa(t)(q, k, v, m), _Q, _K, _K, f(2, 1, 5, 6))
op(
    "F.scaled_dot_product_attention",
    lambda t, q, k, v, m: _sdpa(t)(q, k, v, t.where(m, 0.0, float("-inf"))),
    _Q,
    _K,
    _K,
    b(2, 1, 5, 6),
    grad=False,
)
op(
    "F.scaled_dot_product_attention",
    lambda t, q, k, v: _sdpa(t)(q, k, v, enable_gqa=True),
    _Q,
    f(2, 2, 6, 8),
    f(2, 2, 6, 8),
)
op(
    "F.scaled_dot_product_attention",
    lambda t, q, k, v: _sdpa(t)(q, k, v),
    h(2, 4, 5, 8),
    h(2, 4, 6, 8),
    h(2, 4, 6, 8),
    tolerance=3e-2,
    grad=False,
)


def _sdpa(t):
    return t.nn.functional.scaled_dot_product_attention
