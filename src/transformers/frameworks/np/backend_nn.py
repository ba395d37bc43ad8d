"""NumPy primitives: products, convolution, pooling, softmax."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .backend_math import is_half, quiet

Raw = Any
Sizes = Sequence[int]


def _widened(x: Raw) -> Raw:
    return x.astype(np.float32) if is_half(x) else x


@quiet
def matmul(a: Raw, b: Raw) -> Raw:
    """Matrix product over the last two axes, the others broadcast."""
    x, y = _widened(a), _widened(b)
    if y.ndim == 2 and x.ndim > 2:  # one large product instead of a loop of small ones
        out = (x.reshape(-1, x.shape[-1]) @ y).reshape(*x.shape[:-1], y.shape[-1])
    else:
        out = np.matmul(x, y)
    return np.asarray(out).astype(a.dtype, copy=False)


@quiet
def einsum(equation: str, *operands: Raw) -> Raw:
    """Sum of products by Einstein's notation."""
    out = np.einsum(equation, *map(_widened, operands), optimize=len(operands) > 1)
    return np.asarray(out).astype(operands[0].dtype, copy=False)


@quiet
def softmax(x: Raw, axis: int) -> Raw:
    """exp(x) over its sum along `axis`."""
    out = _widened(x)
    out = out - np.max(out, axis=axis, keepdims=True)
    np.exp(out, out=out)
    out /= np.sum(out, axis=axis, keepdims=True)
    return out.astype(x.dtype, copy=False)


@quiet
def log_softmax(x: Raw, axis: int) -> Raw:
    """Logarithm of `softmax`."""
    out = _widened(x)
    out = out - np.max(out, axis=axis, keepdims=True)
    out -= np.log(np.sum(np.exp(out), axis=axis, keepdims=True))
    return out.astype(x.dtype, copy=False)


def _out_sizes(sizes: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> list[int]:
    return [
        (n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(sizes, kernel, stride, dilation, strict=True)
    ]


def _taps(x: Raw, kernel: Sizes, stride: Sizes, dilation: Sizes) -> list[Raw]:
    """For every position in the kernel, the view of channels-first `x` that this position sees."""
    outs = _out_sizes(x.shape[2:], kernel, stride, dilation)
    views = []
    for offsets in itertools.product(*map(range, kernel)):
        cut = [
            slice(o * d, o * d + (n - 1) * s + 1, s)
            for o, n, s, d in zip(offsets, outs, stride, dilation, strict=True)
        ]
        views.append(x[(slice(None), slice(None), *cut)])
    return views


def conv(
    x: Raw, w: Raw, stride: Sizes, padding: Sequence[tuple[int, int]], dilation: Sizes, groups: int
) -> Raw:
    """Cross-correlation of channels-first `x` (N, C, ...) with `w` (O, C / groups, ...)."""
    kernel = w.shape[2:]
    wide, weights = _widened(x), _widened(w)
    if any(before or after for before, after in padding):
        wide = np.pad(wide, [(0, 0), (0, 0), *padding])
    taps = _taps(wide, kernel, stride, dilation)
    outs = taps[0].shape[2:]
    batch, channels, features = x.shape[0], x.shape[1], w.shape[0]
    if groups == channels == features:  # depthwise: scaled views, added up
        shape = (1, channels, *[1] * len(outs))
        scales = np.moveaxis(weights.reshape(channels, -1), 1, 0)
        out = functools.reduce(
            np.add, (tap * scale.reshape(shape) for tap, scale in zip(taps, scales, strict=True))
        )
        return out.astype(x.dtype, copy=False)
    columns = np.stack(taps, 2)  # (N, C, K, ...)
    columns = columns.reshape(batch, groups, channels // groups * len(taps), -1)
    out = np.matmul(weights.reshape(groups, features // groups, -1), columns)  # (N, G, O / G, ...)
    return out.reshape(batch, features, *outs).astype(x.dtype, copy=False)


def pool(x: Raw, kernel: Sizes, stride: Sizes, dilation: Sizes, kind: str) -> Raw:
    """Maximum ("max") or sum ("sum") over windows of channels-first `x`, without padding."""
    combine: Callable[..., Raw] = np.maximum if kind == "max" else np.add
    return functools.reduce(combine, _taps(_widened(x), kernel, stride, dilation)).astype(x.dtype)


PRIMITIVES = ["conv", "einsum", "log_softmax", "matmul", "pool", "softmax"]

__all__ = ["PRIMITIVES"]
