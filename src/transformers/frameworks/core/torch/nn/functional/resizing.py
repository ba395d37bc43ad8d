"""Resizing: interpolation between the elements of the inner axes."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

from ...creation import arange, as_tensor
from ...indexing import where
from ...tensor import Tensor
from .adaptive import adaptive
from .convolution import each

_LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}
_MODES = ("nearest", "nearest-exact", "area", *_LINEAR)


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
    return size / wanted if factor is None else 1.0 / factor


def _unless(size: Any, wanted: Any, factor: Any, times: Sequence[int]) -> Any:
    """`factor`, or none where the output is exactly so many times as large: torch forgets it there."""
    if factor is None:
        return None
    if isinstance(size, int) and isinstance(wanted, int):
        return None if any(wanted == size * many for many in times) else factor
    kept = as_tensor(factor)
    for many in times:
        kept = where(as_tensor(wanted) == as_tensor(size) * many, float(many), kept)
    return kept


def _steps(x: Tensor, wanted: Any) -> Tensor:
    return arange(wanted).to(x.dtype) if x.is_floating_point() else arange(wanted).float()


def _nearest(x: Tensor, axis: int, wanted: Any, factor: Any, exact: bool) -> Tensor:
    size = x.shape[axis]
    steps = arange(wanted).float()
    if x.ndim == 4 and not exact:
        factor = _unless(size, wanted, factor, (1, 2))
    place = (((steps + 0.5) if exact else steps) * _ratio(size, wanted, factor)).floor()
    last = size - 1
    return x.index_select(axis, place.long().clamp(max=last))


def _places(x: Tensor, axis: int, wanted: Any, factor: Any, align: bool) -> Tensor:
    """Where the output positions lie among the input positions."""
    size, steps = x.shape[axis], _steps(x, wanted)
    if align:
        if isinstance(wanted, int):
            return steps * ((size - 1) / (wanted - 1) if wanted > 1 else 0.0)
        return steps * ((size - 1) / (wanted - 1).clamp(min=1))
    return (steps + 0.5) * _ratio(size, wanted, factor) - 0.5


def _blend(x: Tensor, axis: int, places: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
    """Sum of the elements at `places` along `axis`, times `weights`."""
    last = x.shape[axis] - 1
    shape = [1] * x.ndim
    shape[axis] = -1
    terms = [  # one after the other: XLA is much slower with all of them in one gather
        x.index_select(axis, place.long().clamp(0, last)) * weight.reshape(shape)
        for place, weight in zip(places, weights, strict=True)
    ]
    return functools.reduce(operator.add, terms)


def _linear(x: Tensor, axis: int, wanted: Any, factor: Any, align: bool) -> Tensor:
    factor = _unless(x.shape[axis], wanted, factor, (1,))
    place = _places(x, axis, wanted, factor, align).clamp(min=0)
    low = place.floor()
    share = place - low
    return _blend(x, axis, (low, low + 1), (1 - share, share))


def near_tap(d: Tensor, a: float) -> Tensor:
    """Keys' cubic kernel at a distance `d` up to 1."""
    return ((a + 2) * d - (a + 3)) * d * d + 1


def far_tap(d: Tensor, a: float) -> Tensor:
    """Keys' cubic kernel at a distance `d` from 1 to 2."""
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a


def cubic_taps(t: Tensor) -> tuple[Tensor, ...]:
    """Weights of the four neighbours of a point `t` after the second of them."""
    a = -0.75
    return far_tap(t + 1, a), near_tap(t, a), near_tap(1 - t, a), far_tap(2 - t, a)


def _cubic(x: Tensor, axis: int, wanted: Any, factor: Any, align: bool) -> Tensor:
    place = _places(x, axis, wanted, factor, align)
    low = place.floor()
    return _blend(x, axis, (low - 1, low, low + 1, low + 2), cubic_taps(place - low))


def _triangle_filter(d: Tensor) -> Tensor:
    return (1.0 - d).clamp(min=0.0)


def _cubic_filter(d: Tensor) -> Tensor:
    a = -0.5  # smoothed resizing uses another cubic than plain resizing
    return where(d < 1.0, near_tap(d, a), where(d < 2.0, far_tap(d, a), 0.0))


def _smooth(x: Tensor, axis: int, wanted: Any, factor: Any, align: bool, cubic: bool) -> Tensor:
    """Resizing where a smaller output averages over all of the input, by a matrix of weights."""
    size = x.shape[axis]
    kernel: Callable[[Tensor], Tensor] = _cubic_filter if cubic else _triangle_filter
    steps = _steps(x, wanted)
    if align:
        stride = (size - 1) / (wanted - 1 if not isinstance(wanted, int) else max(wanted - 1, 1))
        stride = 0.0 if isinstance(wanted, int) and wanted == 1 else stride
    else:
        stride = _ratio(size, wanted, factor)
    wide = stride.clamp(min=1.0).to(x.dtype) if isinstance(stride, Tensor) else max(stride, 1.0)
    reach = (2.0 if cubic else 1.0) * wide
    center = ((steps + 0.5) * stride).unsqueeze(1)
    first = (center - reach + 0.5).trunc().clamp(min=0.0)
    last = (center + reach + 0.5).trunc()
    column = _steps(x, size)
    weight = kernel(((column + 0.5 - center) / wide).abs())
    weight = where((column >= first) & (column < last), weight, 0.0)
    weight = (weight / weight.sum(1, True)).to(x.dtype)
    return (x.transpose(axis, -1) @ weight.t()).transpose(axis, -1)


def _check(input: Tensor, n: int, mode: str, align_corners: bool | None, antialias: bool) -> None:
    if mode not in _MODES or _LINEAR.get(mode, n) != n:
        raise ValueError(f"interpolate: mode {mode!r} does not fit an input with {input.ndim} axes")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(f"interpolate: antialias is for modes bilinear and bicubic, not {mode!r}")
    if align_corners is not None and mode not in _LINEAR:
        raise ValueError("interpolate: align_corners has no meaning for nearest modes and area")
    if mode in _LINEAR and not input.is_floating_point():
        raise TypeError(f"interpolate: mode {mode!r} needs a floating dtype, not {input.dtype}")


def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resize the axes after the first two: nearest, nearest-exact, area, linear, bilinear, trilinear or
    bicubic.

    `antialias` makes bilinear and bicubic average where the output is smaller.  `align_corners` puts the
    first and last elements of input and output at the same places.
    """
    n = input.ndim - 2
    _check(input, n, mode, align_corners, antialias)
    wanted, factors = _target(input, n, size, scale_factor)
    if recompute_scale_factor:
        if scale_factor is None:
            raise ValueError("interpolate: recompute_scale_factor needs a scale_factor")
        factors = [None] * n
    if mode == "area":
        return adaptive(n, input, wanted, "avg")
    wide = input.float() if input.dtype.itemsize == 2 and input.is_floating_point() else input
    align = bool(align_corners)
    for i, (target, factor) in enumerate(zip(wanted, factors, strict=True)):
        if mode.startswith("nearest"):
            wide = _nearest(wide, i + 2, target, factor, mode == "nearest-exact")
        elif antialias:
            wide = _smooth(wide, i + 2, target, factor, align, mode == "bicubic")
        else:
            resize = _cubic if mode == "bicubic" else _linear
            wide = resize(wide, i + 2, target, factor, align)
    return wide.to(input.dtype)


def upsample(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """`interpolate` by its older name."""
    return interpolate(input, size, scale_factor, mode, align_corners)


__all__ = ["interpolate", "upsample"]
