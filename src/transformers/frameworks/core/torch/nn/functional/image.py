"""Padding and resizing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import backend as B
from ...creation import arange
from ...shapes import stack
from ...tensor import Tensor, unwrap, wrap
from .convolution import each

_MODES = ("constant", "reflect", "replicate", "circular")


def pad(input: Tensor, pad: Sequence[Any], mode: str = "constant", value: Any = None) -> Tensor:
    """More elements at the ends: `pad` is (before, after) of the last axis, then of the one before it, and
    so on.

    Negative numbers cut.  Modes: constant (`value`, 0 unless given), reflect, replicate, circular.
    """
    if mode not in _MODES:
        raise ValueError(f"pad: mode must be one of {', '.join(_MODES)}, not {mode!r}")
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise ValueError(
            f"pad: {len(pad)} numbers for a tensor with {input.ndim} axes; give two per padded axis"
        )
    n = len(pad) // 2
    widths: list[tuple[Any, Any]] = [(0, 0)] * (input.ndim - n)
    widths += [(pad[2 * i], pad[2 * i + 1]) for i in reversed(range(n))]
    known = [w for pair in widths for w in pair if isinstance(w, int)]
    if any(w < 0 for w in known):
        cut = tuple(
            slice(_cut(before), None if not _cut(after) else -_cut(after)) for before, after in widths
        )
        input = input[cut]
        widths = [(_kept(before), _kept(after)) for before, after in widths]
    if len(known) == 2 * len(widths) and not any(_kept(w) for w in known):
        return input
    raws = [(unwrap(before), unwrap(after)) for before, after in widths]
    return wrap(B.pad(input.a, raws, mode, 0 if value is None else value))


def _cut(width: Any) -> int:
    return max(-width, 0) if isinstance(width, int) else 0


def _kept(width: Any) -> Any:
    return max(width, 0) if isinstance(width, int) else width


def _target(input: Tensor, n: int, size: Any, scale_factor: Any) -> tuple[list[Any], list[Any]]:
    """Sizes asked for, and the factors that were given (None where a size was)."""
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: give size or scale_factor, one of them")
    if size is not None:
        return list(each(size, n, "size")), [None] * n
    factors = list(each(scale_factor, n, "scale_factor"))
    return [_times(input.shape[axis + 2], factor) for axis, factor in enumerate(factors)], factors


def _times(size: Any, factor: Any) -> Any:
    """floor(size * factor)."""
    if isinstance(size, int):
        return int(size * factor)
    if float(factor).is_integer():
        return size * int(factor)
    return (size.double() * factor).floor().long()


def _ratio(size: Any, wanted: Any, factor: Any) -> Any:
    """Input steps per output step."""
    return 1.0 / factor if factor else size / wanted


def _nearest(x: Tensor, axis: int, wanted: Any, factor: Any, exact: bool) -> Tensor:
    size = x.shape[axis]
    steps = arange(wanted).float()
    place = (((steps + 0.5) if exact else steps) * _ratio(size, wanted, factor)).floor()
    last = size - 1
    return x.index_select(axis, place.long().clamp(max=last))


def _places(size: Any, wanted: Any, factor: Any, align: bool) -> Tensor:
    """Where the output positions lie among the input positions."""
    steps = arange(wanted).float()
    if align:
        if isinstance(wanted, int) and wanted == 1:
            return steps * 0.0
        return steps * ((size - 1) / (wanted - 1))
    return (steps + 0.5) * _ratio(size, wanted, factor) - 0.5


def _blend(x: Tensor, axis: int, places: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
    """Sum of the elements at `places` along `axis`, times `weights`."""
    last = x.shape[axis] - 1
    shape = [1] * x.ndim
    shape[axis] = -1
    terms = [
        x.index_select(axis, place.long().clamp(0, last)) * weight.reshape(shape)
        for place, weight in zip(places, weights, strict=True)
    ]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _linear(x: Tensor, axis: int, wanted: Any, factor: Any, align: bool) -> Tensor:
    place = _places(x.shape[axis], wanted, factor, align).clamp(min=0)
    low = place.floor()
    share = place - low
    return _blend(x, axis, (low, low + 1), (1 - share, share))


def _cubic(x: Tensor, axis: int, wanted: Any, factor: Any, align: bool) -> Tensor:
    """Keys' cubic convolution with a = -0.75."""
    place = _places(x.shape[axis], wanted, factor, align)
    low = place.floor()
    t = place - low
    a = -0.75

    def near(d: Tensor) -> Tensor:
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d: Tensor) -> Tensor:
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    weights = (far(t + 1), near(t), near(1 - t), far(2 - t))
    return _blend(x, axis, (low - 1, low, low + 1, low + 2), weights)


_LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}


def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resize the axes after the first two: nearest, nearest-exact, linear, bilinear, trilinear or bicubic."""
    n = input.ndim - 2
    if mode not in ("nearest", "nearest-exact", *_LINEAR) or _LINEAR.get(mode, n) != n:
        raise ValueError(f"interpolate: mode {mode!r} does not fit an input with {input.ndim} axes")
    if antialias:
        raise ValueError(
            "interpolate: antialias is not part of the torch-API layer; resize images in the processor"
        )
    if align_corners is not None and mode.startswith("nearest"):
        raise ValueError("interpolate: align_corners has no meaning for nearest modes")
    wanted, factors = _target(input, n, size, scale_factor)
    if recompute_scale_factor:
        factors = [None] * n
    wide = input.float() if input.dtype.itemsize == 2 and input.is_floating_point() else input
    for i, (target, factor) in enumerate(zip(wanted, factors, strict=True)):
        if mode.startswith("nearest"):
            wide = _nearest(wide, i + 2, target, factor, mode == "nearest-exact")
        else:
            resize = _cubic if mode == "bicubic" else _linear
            wide = resize(wide, i + 2, target, factor, bool(align_corners))
    return wide.to(input.dtype)


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(..., C r r, H, W) to (..., C, H r, W r)."""
    r = upscale_factor
    *lead, channels, height, width = input.shape
    n = len(lead)
    x = input.reshape(*lead, channels // (r * r), r, r, height, width)
    x = x.permute(*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return x.reshape(*lead, channels // (r * r), height * r, width * r)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(..., C, H r, W r) to (..., C r r, H, W)."""
    r = downscale_factor
    *lead, channels, height, width = input.shape
    n = len(lead)
    x = input.reshape(*lead, channels, height // r, r, width // r, r)
    x = x.permute(*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return x.reshape(*lead, channels * r * r, height // r, width // r)


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The patches of (N, C, H, W) as columns: (N, C kH kW, positions)."""
    (kh, kw), (dh, dw) = each(kernel_size, 2, "kernel_size"), each(dilation, 2, "dilation")
    (ph, pw), (sh, sw) = each(padding, 2, "padding"), each(stride, 2, "stride")
    x = pad(input, (pw, pw, ph, ph))
    height, width = x.shape[-2], x.shape[-1]
    rows, columns = (height - dh * (kh - 1) - 1) // sh + 1, (width - dw * (kw - 1) - 1) // sw + 1
    taps = [
        x[:, :, i * dh : i * dh + (rows - 1) * sh + 1 : sh, j * dw : j * dw + (columns - 1) * sw + 1 : sw]
        for i in range(kh)
        for j in range(kw)
    ]
    return stack(taps, 2).reshape(x.shape[0], x.shape[1] * kh * kw, rows * columns)


__all__ = ["interpolate", "pad", "pixel_shuffle", "pixel_unshuffle", "unfold"]
