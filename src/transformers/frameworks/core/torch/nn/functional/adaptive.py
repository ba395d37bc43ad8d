"""Pooling to a given number of windows, channels first."""

from __future__ import annotations

import math
from typing import Any

from .... import backend as B
from ...creation import arange
from ...indexing import where
from ...shapes import stack
from ...tensor import Tensor, wrap
from .convolution import each


def adaptive(n: int, input: Tensor, output_size: Any, kind: str) -> Tensor:
    """Windows from floor(i * size / out) to ceil((i + 1) * size / out), axis by axis, over the last `n`."""
    if input.ndim not in (n + 1, n + 2):
        raise ValueError(
            f"pooling over {n} axes needs an input with {n + 1} or {n + 2} axes, not {input.ndim}"
        )
    out = input
    wide = out.float() if kind == "avg" and out.dtype.itemsize == 2 else out
    for axis, wanted in zip(
        range(input.ndim - n, input.ndim), each(output_size, n, "output_size"), strict=True
    ):
        size = wide.shape[axis]
        if wanted is None or (isinstance(size, int) and isinstance(wanted, int) and size == wanted):
            continue
        if isinstance(wanted, int) and wanted == 1:
            wide = wide.mean(axis, True) if kind == "avg" else wide.amax(axis, True)
        elif isinstance(size, int) and isinstance(wanted, int):
            wide = _cut(wide, axis, wanted, kind)
        else:
            wide = _masked(wide, axis, wanted, kind)
    return wide.to(input.dtype)


def _cut(x: Tensor, axis: int, wanted: int, kind: str) -> Tensor:
    size = x.shape[axis]
    if size % wanted == 0:  # equal windows that do not overlap
        parts = x.unflatten(axis, (wanted, size // wanted))
        return parts.mean(axis + 1) if kind == "avg" else parts.amax(axis + 1)
    cuts = [
        x.narrow(axis, i * size // wanted, -(-(i + 1) * size // wanted) - i * size // wanted)
        for i in range(wanted)
    ]
    return stack([cut.mean(axis) if kind == "avg" else cut.amax(axis) for cut in cuts], axis)


def _masked(x: Tensor, axis: int, wanted: Any, kind: str) -> Tensor:
    """The same where a size is known only when a graph runs: by a mask of each window over the whole axis."""
    size = x.shape[axis]
    window, place = arange(wanted).unsqueeze(1), arange(size)
    first, last = window * size // wanted, -(-(window + 1) * size // wanted)
    inside = (place >= first) & (place < last)  # (wanted, size)
    moved = x.transpose(axis, -1)
    if kind == "avg":
        share = inside.to(x.dtype)
        return (moved @ (share / share.sum(1, True)).t()).transpose(axis, -1)
    spread = where(inside, moved.unsqueeze(-2), -math.inf)
    return wrap(B.max_(spread.a, (spread.ndim - 1,), False)).transpose(axis, -1)


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The mean of as many windows along the last axis as `output_size` says."""
    return adaptive(1, input, output_size, "avg")


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The mean of as many windows over the last two axes as `output_size` says."""
    return adaptive(2, input, output_size, "avg")


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The mean of as many windows over the last three axes as `output_size` says."""
    return adaptive(3, input, output_size, "avg")


def adaptive_max_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The maximum of as many windows along the last axis as `output_size` says."""
    return adaptive(1, input, output_size, "max")


def adaptive_max_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The maximum of as many windows over the last two axes as `output_size` says."""
    return adaptive(2, input, output_size, "max")


def adaptive_max_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The maximum of as many windows over the last three axes as `output_size` says."""
    return adaptive(3, input, output_size, "max")


__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool2d", "adaptive_max_pool3d",
]  # fmt: skip
