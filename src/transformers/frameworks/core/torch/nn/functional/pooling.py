"""Pooling, channels first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .... import backend as B
from ...tensor import Raw, Tensor, wrap
from .convolution import Sizes, each


def _ceil_extra(size: Any, kernel: int, stride: int, padding: int, dilation: int) -> Any:
    """How much more padding at the end makes the last, partial window of `ceil_mode` a whole one."""
    if not isinstance(size, int):
        return _ceil_extra_unknown(wrap(size), kernel, stride, padding, dilation).a
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    outs = -(-room // stride) + 1
    if (outs - 1) * stride >= size + padding:  # the last window must begin inside
        outs -= 1
    return max((outs - 1) * stride - room, 0)


def _ceil_extra_unknown(size: Tensor, kernel: int, stride: int, padding: int, dilation: int) -> Tensor:
    room = size + (2 * padding - dilation * (kernel - 1) - 1)
    steps = -(-room // stride)
    steps = steps - (steps * stride >= size + padding).long()
    return (steps * stride - room).clamp(min=0)


def _windows(
    raw: Raw, n: int, kernel: Sizes, stride: Any, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> tuple[Any, ...]:
    """Kernel, stride, dilation and (before, after) padding of a pooling, one per axis."""
    sizes = each(kernel, n, "kernel_size")
    steps = each(stride, n, "stride") if stride not in (None, [], ()) else sizes
    pads, spread = each(padding, n, "padding"), each(dilation, n, "dilation")
    if any(p > k // 2 for p, k in zip(pads, sizes, strict=True)):
        raise ValueError(f"padding {pads} must be at most half of the kernel {sizes}")
    extents = tuple(B.shape(raw))[2:]
    extra = [
        _ceil_extra(*each_axis) if ceil_mode else 0
        for each_axis in zip(extents, sizes, steps, pads, spread, strict=True)
    ]
    return sizes, steps, spread, [(p, p + e) for p, e in zip(pads, extra, strict=True)], pads


def _batched(input: Tensor, n: int) -> tuple[Raw, bool]:
    raw = input.a
    if B.rank(raw) not in (n + 1, n + 2):
        raise ValueError(
            f"pooling over {n} axes needs an input with {n + 1} or {n + 2} axes, not {B.rank(raw)}"
        )
    single = B.rank(raw) == n + 1
    return (B.expand_dims(raw, 0) if single else raw), single


def _some(width: Any) -> bool:
    """Whether a width is not zero; one that a graph knows when it runs may be anything."""
    return not isinstance(width, int) or width != 0


def _padded(raw: Raw, pads: Sequence[tuple[Any, Any]], value: float) -> Raw:
    if not any(_some(before) or _some(after) for before, after in pads):
        return raw
    return B.pad(raw, [(0, 0), (0, 0), *pads], "constant", value)


def _max_pool(
    n: int,
    input: Tensor,
    kernel: Sizes,
    stride: Any,
    padding: Sizes,
    dilation: Sizes,
    ceil_mode: bool,
    indices: bool,
) -> Tensor:
    if indices:
        raise ValueError("max_pool: return_indices is not part of the torch-API layer")
    raw, single = _batched(input, n)
    sizes, steps, spread, pads, _ = _windows(raw, n, kernel, stride, padding, dilation, ceil_mode)
    out = B.pool(_padded(raw, pads, -math.inf), sizes, steps, spread, "max")
    return wrap(B.squeeze(out, (0,)) if single else out)


def _avg_pool(
    n: int,
    input: Tensor,
    kernel: Sizes,
    stride: Any,
    padding: Sizes,
    ceil_mode: bool,
    include: bool,
    divisor: int | None,
) -> Tensor:
    raw, single = _batched(input, n)
    sizes, steps, ones, pads, plain = _windows(raw, n, kernel, stride, padding, 1, ceil_mode)
    name = B.dtype(raw)
    total = B.pool(_padded(raw, pads, 0.0), sizes, steps, ones, "sum")
    uneven = any(_some(after) and (not isinstance(after, int) or after != p) for p, after in pads) or (
        any(plain) and not include
    )
    if divisor is not None or not uneven:
        out = B.divide(total, B.scalar(float(math.prod(sizes) if divisor is None else divisor), name))
    else:  # how many elements each window really has
        shape = (1, 1, *tuple(B.shape(raw))[2:])
        inside = B.full(shape, 1.0, name)
        if include:
            inside = _padded(inside, [(p, p) for p in plain], 1.0)
            inside = _padded(inside, [(0, after - before) for before, after in pads], 0.0)
        else:
            inside = _padded(inside, pads, 0.0)
        out = B.divide(total, B.pool(inside, sizes, steps, ones, "sum"))
    return wrap(B.squeeze(out, (0,)) if single else out)


def max_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Any = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """The maximum of windows along the last axis."""
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Any = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """The maximum of windows over the last two axes."""
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Any = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """The maximum of windows over the last three axes."""
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def avg_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Any = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of windows along the last axis."""
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Any = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of windows over the last two axes."""
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Any = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of windows over the last three axes."""
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


__all__ = ["avg_pool1d", "avg_pool2d", "avg_pool3d", "max_pool1d", "max_pool2d", "max_pool3d"]
