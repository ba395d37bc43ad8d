"""JAX primitives: transposed convolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

Raw = Any
Sizes = Sequence[int]


def conv_transpose(x: Raw, w: Raw, stride: Sizes, dilation: Sizes, groups: int) -> Raw:
    """Every element of channels-first `x` (N, C, ...) spread by `w` (C, O / groups, ...), all of it kept."""
    channels, per_group, *kernel = w.shape
    split = w.reshape(groups, channels // groups, per_group, *kernel).swapaxes(1, 2)
    turned = jnp.flip(split.reshape(groups * per_group, channels // groups, *kernel), tuple(range(2, w.ndim)))
    axes = "DHW"[3 - len(kernel) :]
    reach = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    return lax.conv_general_dilated(
        x,
        turned,
        (1,) * len(kernel),
        [(r, r) for r in reach],
        lhs_dilation=tuple(stride),
        rhs_dilation=tuple(dilation),
        feature_group_count=groups,
        dimension_numbers=("NC" + axes, "OI" + axes, "NC" + axes),
    )


PRIMITIVES = ["conv_transpose"]

__all__ = ["PRIMITIVES"]
