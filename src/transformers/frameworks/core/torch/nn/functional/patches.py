"""Patches of images as columns, and back; channels and pixels exchanged."""

from __future__ import annotations

from typing import Any

from .... import backend as B
from ...creation import arange
from ...shapes import stack
from ...tensor import Tensor, wrap
from .convolution import each
from .image import pad


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


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels (axis 1) of `groups` groups dealt out: the first of each group, then the second, ..."""
    batch, channels, *sizes = input.shape
    if isinstance(channels, int) and channels % groups:
        raise ValueError(f"channel_shuffle: {channels} channels do not divide into {groups} groups")
    split = input.reshape(batch, groups, channels // groups, *sizes)
    return split.transpose(1, 2).reshape(batch, channels, *sizes)


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The patches of (N, C, H, W) as columns: (N, C kH kW, positions); the same without N."""
    if input.ndim == 3:
        return unfold(input.unsqueeze(0), kernel_size, dilation, padding, stride).squeeze(0)
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


def fold(
    input: Tensor,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Tensor:
    """Columns (N, C kH kW, positions) added up as the patches of (N, C, *output_size); the same without N."""
    if input.ndim == 2:
        return fold(input.unsqueeze(0), output_size, kernel_size, dilation, padding, stride).squeeze(0)
    sizes, kernel = each(output_size, 2, "output_size"), each(kernel_size, 2, "kernel_size")
    gaps, cuts = each(dilation, 2, "dilation"), each(padding, 2, "padding")
    steps, taps = each(stride, 2, "stride"), kernel[0] * kernel[1]
    places = [
        (size + 2 * cut - gap * (k - 1) - 1) // step + 1
        for size, cut, gap, k, step in zip(sizes, cuts, gaps, kernel, steps, strict=True)
    ]
    batch, columns, positions = input.shape
    known = [columns, positions, *places]
    if all(isinstance(number, int) for number in known) and (
        columns % taps or positions != places[0] * places[1]
    ):
        raise ValueError(
            f"fold to {sizes} with a kernel {kernel} needs (N, C * {taps}, {places[0] * places[1]}), "
            f"got {list(input.shape)}"
        )
    channels = columns // taps
    split = input.reshape(batch * channels, taps, *places)
    one_each = arange(taps).unsqueeze(1) == arange(taps)  # tap k of a patch lands on place k of the kernel
    spread = one_each.to(input.dtype).reshape(taps, 1, *kernel)
    full = wrap(B.conv_transpose(split.a, spread.a, steps, gaps, 1))
    reach = [size + cut for size, cut in zip(sizes, cuts, strict=True)]
    missing = [end - have for end, have in zip(reach, full.shape[2:], strict=True)]
    longer = pad(full, (0, _more(missing[1]), 0, _more(missing[0])))
    out = longer[:, :, cuts[0] : reach[0], cuts[1] : reach[1]]
    return out.reshape(batch, channels, *sizes)


def _more(missing: Any) -> Any:
    return missing.clamp(min=0) if isinstance(missing, Tensor) else max(missing, 0)


__all__ = ["channel_shuffle", "fold", "pixel_shuffle", "pixel_unshuffle", "unfold"]
