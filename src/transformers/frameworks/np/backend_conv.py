"""NumPy primitives: transposed convolution."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from .backend_math import is_half

Raw = Any
Sizes = Sequence[int]


def conv_transpose(x: Raw, w: Raw, stride: Sizes, dilation: Sizes, groups: int) -> Raw:
    """Every element of channels-first `x` (N, C, ...) spread by `w` (C, O / groups, ...), all of it kept."""
    batch, channels, *sizes = x.shape
    kernel, features = w.shape[2:], w.shape[1] * groups
    wide, weights = (part.astype(np.float32) if is_half(part) else part for part in (x, w))
    taps = weights.reshape(groups, channels // groups, -1).transpose(0, 2, 1)
    columns = np.matmul(taps, wide.reshape(batch, groups, channels // groups, -1))
    columns = columns.reshape(batch, features, -1, *sizes)  # (N, O, K, ...)
    outs = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(sizes, stride, dilation, kernel, strict=True)]
    total = np.zeros((batch, features, *outs), columns.dtype)
    for tap, offsets in enumerate(itertools.product(*map(range, kernel))):
        cut = [
            slice(o * d, o * d + (n - 1) * s + 1, s)
            for o, d, n, s in zip(offsets, dilation, sizes, stride, strict=True)
        ]
        total[(slice(None), slice(None), *cut)] += columns[:, :, tap]
    return total.astype(x.dtype, copy=False)


PRIMITIVES = ["conv_transpose"]

__all__ = ["PRIMITIVES"]
