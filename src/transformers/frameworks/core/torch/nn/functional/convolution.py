"""Convolutions, channels first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import backend as B
from ...tensor import Tensor, wrap

Sizes = int | Sequence[int]


def each(value: Any, n: int, name: str) -> tuple[Any, ...]:
    """An int as `n` equal ones, or `n` given ones."""
    if isinstance(value, (tuple, list)):
        if len(value) not in (1, n):
            raise ValueError(f"{name} must be one number or {n}, not {tuple(value)}")
        return tuple(value) * (n if len(value) == 1 else 1)
    return (value,) * n


def _padding(
    padding: Any, kernel: Sequence[int], dilation: Sequence[int], stride: Sequence[int]
) -> list[tuple[int, int]]:
    if padding == "valid":
        return [(0, 0)] * len(kernel)
    if padding == "same":
        if any(s != 1 for s in stride):
            raise ValueError("padding='same' needs stride 1")
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return [(total // 2, total - total // 2) for total in totals]
    if isinstance(padding, str):
        raise ValueError(f"padding must be a number, numbers, 'same' or 'valid', not {padding!r}")
    return [(p, p) for p in each(padding, len(kernel), "padding")]


def _conv(
    n: int,
    input: Tensor,
    weight: Tensor,
    bias: Any,
    stride: Sizes,
    padding: Any,
    dilation: Sizes,
    groups: int,
) -> Tensor:
    raw, kernel = input.a, weight.a
    name = f"conv{n}d"
    if B.rank(raw) not in (n + 1, n + 2) or B.rank(kernel) != n + 2:
        raise ValueError(f"{name} needs an input with {n + 1} or {n + 2} axes, not {B.rank(raw)}")
    if input.dtype is not weight.dtype:
        raise RuntimeError(f"{name} of {input.dtype} with a weight of {weight.dtype}: convert one of them")
    single = B.rank(raw) == n + 1
    raw = B.expand_dims(raw, 0) if single else raw
    channels, per_group = B.shape(raw)[1], B.shape(kernel)[1]
    if isinstance(channels, int) and channels != per_group * groups:
        raise ValueError(
            f"{name}: the input has {channels} channels, the weight expects {per_group * groups}"
        )
    steps, spread = each(stride, n, "stride"), each(dilation, n, "dilation")
    pads = _padding(padding, tuple(B.shape(kernel))[2:], spread, steps)
    out = B.conv(raw, kernel, steps, pads, spread, groups)
    if bias is not None:
        out = B.add(out, B.reshape(bias.a, (1, -1) + (1,) * n))
    return wrap(B.squeeze(out, (0,)) if single else out)


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Any = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of `input` (N, C, L) with `weight` (O, C / groups, k)."""
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Any = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of `input` (N, C, H, W) with `weight` (O, C / groups, kH, kW)."""
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Any = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of `input` (N, C, T, H, W) with `weight` (O, C / groups, kT, kH, kW)."""
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


__all__ = ["conv1d", "conv2d", "conv3d"]
