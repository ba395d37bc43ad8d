"""Sampling at the points of a grid."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from .... import backend as B
from ...creation import arange, linspace, tensor
from ...indexing import where
from ...shapes import stack
from ...tensor import Tensor, wrap
from .resizing import cubic_taps

_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


def _unnormalised(point: Tensor, size: Any, align: bool) -> Tensor:
    """From -1 ... 1 to positions along an axis."""
    return (point + 1) * ((size - 1) / 2) if align else ((point + 1) * size - 1) / 2


def _reflected(place: Tensor, size: Any, align: bool) -> Tensor:
    """Positions outside mirrored at the first and last elements (or their outer edges), again and again."""
    low = 0.0 if align else -0.5
    span = size - 1 if align else size
    if isinstance(span, int) and span == 0:
        return place * 0.0
    away = (place - low).abs()
    turns = (away / span).floor()
    rest = away - turns * span
    even = turns - 2 * (turns / 2).floor() == 0
    return where(even, rest, span - rest) + low


def _bounded(place: Tensor, size: Any, padding: str, align: bool) -> Tensor:
    """Positions after the padding mode has moved them inside; zeros leaves them."""
    if padding == "zeros":
        return place
    if padding == "reflection":
        place = _reflected(place, size, align)
    return place.clamp(min=0).clamp(max=size - 1)


def _picked(rows: Tensor, batch: Any, sizes: Sequence[Any], places: Sequence[Tensor]) -> Tensor:
    """The rows (N * positions, C) at whole-numbered places (N, ...); zeros outside: (N, ..., C)."""
    inside: Any = None
    flat: Any = arange(batch).reshape(-1, *(1,) * (places[0].ndim - 1))
    for place, size in zip(places, sizes, strict=True):
        within = (place >= 0) & (place <= size - 1)
        inside = within if inside is None else inside & within
        flat = flat * size + where(within, place, 0.0).long()
    found = wrap(B.take(rows.a, flat.a, 0))
    return where(inside.unsqueeze(-1), found, 0.0)


def _offsets(reach: Sequence[int], n: int) -> list[Tensor]:
    """All combinations of `reach` along `n` axes: for every axis (taps, 1)."""
    taps = list(itertools.product(reach, repeat=n))
    return [tensor([[float(tap[axis])] for tap in taps]) for axis in range(n)]


def _corners(rows: Tensor, batch: Any, sizes: Sequence[Any], places: Sequence[Tensor]) -> Tensor:
    """The 2 ** n neighbours of each place, weighted by nearness."""
    near: list[Tensor] = []
    weight: Any = None
    for place, end in zip(places, _offsets((0, 1), len(sizes)), strict=True):
        low, end = place.floor(), end.to(place.dtype)
        share = (place - low).unsqueeze(1)  # (N, 1, points)
        nearness = share * end + (1 - share) * (1 - end)
        weight = nearness if weight is None else weight * nearness
        near.append(low.unsqueeze(1) + end)
    return (_picked(rows, batch, sizes, near) * weight.unsqueeze(-1)).sum(1)


def _sixteen(
    rows: Tensor, batch: Any, sizes: Sequence[Any], places: Sequence[Tensor], padding: str, align: bool
) -> Tensor:
    """The 4 x 4 neighbours of each place, weighted by the cubic kernel."""
    near, shares = [], []
    for place, step, size in zip(places, _offsets((-1, 0, 1, 2), 2), sizes, strict=True):
        low = place.floor()
        shares.append(stack(cubic_taps(place - low), 1))  # (N, 4, points)
        near.append(_bounded(low.unsqueeze(1) + step.to(low.dtype), size, padding, align))
    weight = (shares[0].unsqueeze(2) * shares[1].unsqueeze(1)).flatten(1, 2)
    return (_picked(rows, batch, sizes, near) * weight.unsqueeze(-1)).sum(1)


def _check(input: Tensor, grid: Tensor, mode: str, padding_mode: str) -> None:
    n = input.ndim - 2
    if mode not in _MODES or (mode == "bicubic" and n != 2):
        raise ValueError(f"grid_sample: mode {mode!r} does not fit an input with {input.ndim} axes")
    if padding_mode not in _PADDINGS:
        raise ValueError(
            f"grid_sample: padding_mode must be one of {', '.join(_PADDINGS)}, not {padding_mode!r}"
        )
    width = grid.shape[-1]
    if n not in (2, 3) or grid.ndim != input.ndim or (isinstance(width, int) and width != n):
        raise ValueError(
            "grid_sample needs an input (N, C, H, W) with a grid (N, h, w, 2), or one more axis each, "
            f"not {list(input.shape)} with {list(grid.shape)}"
        )
    if input.dtype is not grid.dtype:
        raise RuntimeError(f"grid_sample of {input.dtype} with a grid of {grid.dtype}: convert one of them")


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """`input` (N, C, H, W) at the points (x, y) of `grid` (N, h, w, 2), -1 and 1 being its edges.

    Modes: bilinear, nearest, bicubic; outside are zeros, the border or the mirrored input.  Five axes with
    points (x, y, z) work too, without bicubic.
    """
    _check(input, grid, mode, padding_mode)
    n, align = input.ndim - 2, bool(align_corners)
    batch, channels, *sizes = input.shape
    wide = input.float() if input.dtype.itemsize == 2 else input
    rows = wide.permute(0, *range(2, n + 2), 1).reshape(-1, channels)
    points = grid.to(wide.dtype).reshape(batch, -1, n)
    places = [_unnormalised(points[..., n - 1 - axis], size, align) for axis, size in enumerate(sizes)]
    if mode == "bicubic":
        out = _sixteen(rows, batch, sizes, places, padding_mode, align)
    else:
        places = [_bounded(p, size, padding_mode, align) for p, size in zip(places, sizes, strict=True)]
        if mode == "nearest":
            out = _picked(rows, batch, sizes, [place.round() for place in places])
        else:
            out = _corners(rows, batch, sizes, places)
    return out.transpose(1, 2).reshape(batch, channels, *grid.shape[1:-1]).to(input.dtype)


def affine_grid(theta: Tensor, size: Sequence[Any], align_corners: bool | None = None) -> Tensor:
    """A grid for `grid_sample`: every point of the output (N, C, H, W) moved by `theta` (N, 2, 3).

    With five sizes `theta` is (N, 3, 4).
    """
    sizes = list(size)[2:]
    n = len(sizes)
    wrong = [
        have
        for have, want in zip(theta.shape[1:], (n, n + 1), strict=False)
        if isinstance(have, int) and have != want
    ]
    if n not in (2, 3) or theta.ndim != 3 or wrong:
        raise ValueError(
            "affine_grid needs theta (N, 2, 3) with four sizes or (N, 3, 4) with five, "
            f"not {list(theta.shape)} with {len(sizes) + 2}"
        )
    axes = []
    for axis, extent in enumerate(sizes):
        steps = linspace(-1, 1, extent, dtype=theta.dtype)
        if isinstance(extent, int) and extent == 1:
            steps = steps * 0.0
        if not align_corners:
            steps = steps * ((extent - 1) / extent)
        axes.append(steps.reshape([-1 if i == axis else 1 for i in range(n)]).expand(sizes))
    base = stack([*reversed(axes), (axes[0] * 0.0) + 1.0], -1).reshape(-1, n + 1)
    return (base @ theta.transpose(1, 2)).reshape(theta.shape[0], *sizes, n)


__all__ = ["affine_grid", "grid_sample"]
