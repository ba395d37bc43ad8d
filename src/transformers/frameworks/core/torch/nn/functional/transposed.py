"""Transposed convolutions, channels first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import backend as B
from ...tensor import Tensor, unwrap, wrap
from .convolution import Sizes, each


def _check(n: int, input: Tensor, weight: Tensor, groups: int) -> None:
    name = f"conv_transpose{n}d"
    if input.ndim not in (n + 1, n + 2) or weight.ndim != n + 2:
        raise ValueError(f"{name} needs an input with {n + 1} or {n + 2} axes, not {input.ndim}")
    if input.dtype is not weight.dtype:
        raise RuntimeError(f"{name} of {input.dtype} with a weight of {weight.dtype}: convert one of them")
    channels, expected = input.shape[-n - 1], weight.shape[0]
    if isinstance(channels, int) and channels != expected:
        raise ValueError(f"{name}: the input has {channels} channels, the weight expects {expected}")
    if expected % groups:
        raise ValueError(f"{name}: {expected} channels do not divide into {groups} groups")


def transposed(
    n: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sizes,
    padding: Sizes,
    output_padding: Any,
    groups: int,
    dilation: Sizes,
) -> Tensor:
    """`conv_transpose1d` to `3d`; an `output_padding` may be a size that a graph knows when it runs."""
    _check(n, input, weight, groups)
    steps, spread = each(stride, n, "stride"), each(dilation, n, "dilation")
    cuts, extra = each(padding, n, "padding"), each(output_padding, n, "output_padding")
    for more, step, gap in zip(extra, steps, spread, strict=True):
        if isinstance(more, int) and not 0 <= more < max(step, gap):
            raise ValueError(
                f"output_padding ({more}) must be smaller than the stride ({step}) or the dilation ({gap})"
            )
    raw = input.a
    single = B.rank(raw) == n + 1
    raw = B.expand_dims(raw, 0) if single else raw
    full = B.conv_transpose(raw, weight.a, steps, spread, groups)
    out = _trimmed(full, cuts, extra)
    if bias is not None:
        out = B.add(out, B.reshape(bias.a, (1, -1) + (1,) * n))
    return wrap(B.squeeze(out, (0,)) if single else out)


def _trimmed(full: Any, cuts: Sequence[int], extra: Sequence[Any]) -> Any:
    """`cuts` fewer elements at both ends of the inner axes, and `extra` more at the end."""
    ends = [unwrap(more) for more in extra]
    if not any(cuts) and all(isinstance(more, int) and not more for more in ends):
        return full
    sizes = B.shape(full)[2:]
    longer = [(0, 0), (0, 0), *((0, more) for more in ends)]
    index = [slice(cut, size + more - cut) for cut, size, more in zip(cuts, sizes, ends, strict=True)]
    return B.getitem(B.pad(full, longer, "constant", 0), (slice(None), slice(None), *index))


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """What `conv1d` does backwards: `input` (N, C, L) with `weight` (C, O / groups, k)."""
    return transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """What `conv2d` does backwards: `input` (N, C, H, W) with `weight` (C, O / groups, kH, kW)."""
    return transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """What `conv3d` does backwards: `input` (N, C, T, H, W) with `weight` (C, O / groups, kT, kH, kW)."""
    return transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


__all__ = ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]
