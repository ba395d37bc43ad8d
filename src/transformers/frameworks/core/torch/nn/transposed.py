"""Transposed convolutions as layers."""

from __future__ import annotations

import math
from typing import Any

from ..tensor import Tensor
from . import functional as F
from . import init
from .layers import make_parameter
from .module import Module

each = F.convolution.each


class _ConvTransposed(Module):
    """What the transposed convolutions share; weight (in_channels, out_channels / groups, ...kernel)."""

    _axes = 1

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{in_channels} input and {out_channels} output channels must be multiples of "
                f"groups ({groups})"
            )
        if padding_mode != "zeros":
            raise ValueError(f"a transposed convolution pads with zeros only, not {padding_mode!r}")
        n = self._axes
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = each(kernel_size, n, "kernel_size"), each(stride, n, "stride")
        self.padding, self.dilation = each(padding, n, "padding"), each(dilation, n, "dilation")
        self.output_padding = each(output_padding, n, "output_padding")
        self.transposed, self.padding_mode = True, padding_mode
        where = {"dtype": dtype, "device": device}
        self.weight = make_parameter(in_channels, out_channels // groups, *self.kernel_size, **where)
        self.register_parameter("bias", make_parameter(out_channels, **where) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Uniform within 1 / sqrt(outputs per input)."""
        reached = self.out_channels // self.groups * math.prod(self.kernel_size)
        bound = 1.0 / math.sqrt(reached) if reached else 0.0
        for parameter in (self.weight, self.bias):
            if parameter is not None:
                init.uniform_(parameter, -bound, bound)

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """(N, in_channels, ...) to (N, out_channels, ...); of several sizes that fit, `output_size`."""
        extra = self.output_padding if output_size is None else self._missing(input, output_size)
        return F.transposed.transposed(
            self._axes,
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            extra,
            self.groups,
            self.dilation,
        )

    def _missing(self, input: Tensor, output_size: Any) -> tuple[Any, ...]:
        """The `output_padding` that gives the sizes asked for."""
        n = self._axes
        wanted = tuple(output_size)[-n:]
        if len(wanted) != n:
            raise ValueError(f"output_size needs {n} numbers (or all {n + 2} sizes), got {len(wanted)}")
        settings = zip(self.stride, self.padding, self.dilation, self.kernel_size, strict=True)
        least = [
            (size - 1) * step - 2 * cut + gap * (kernel - 1) + 1
            for size, (step, cut, gap, kernel) in zip(input.shape[-n:], settings, strict=True)
        ]
        known = [pair for pair in zip(wanted, least, self.stride, strict=True) if isinstance(pair[1], int)]
        if any(not low <= size < low + step for size, low, step in known if isinstance(size, int)):
            raise ValueError(
                f"output_size {wanted} is out of reach: from {tuple(least)}, each less than a stride "
                f"{self.stride} more"
            )
        return tuple(size - low for size, low in zip(wanted, least, strict=True))

    def extra_repr(self) -> str:
        """Channels and whatever is not the default."""
        n = self._axes
        sizes = f"{self.in_channels}, {self.out_channels}"
        shown = [sizes, f"kernel_size={self.kernel_size}", f"stride={self.stride}"]
        shown += [f"padding={self.padding}"] if self.padding != (0,) * n else []
        shown += [f"dilation={self.dilation}"] if self.dilation != (1,) * n else []
        shown += [f"output_padding={self.output_padding}"] if self.output_padding != (0,) * n else []
        shown += [f"groups={self.groups}"] if self.groups != 1 else []
        return ", ".join([*shown, *(["bias=False"] if self.bias is None else [])])


class ConvTranspose1d(_ConvTransposed):
    """Transposed convolution of (N, C, L)."""


class ConvTranspose2d(_ConvTransposed):
    """Transposed convolution of (N, C, H, W)."""

    _axes = 2


class ConvTranspose3d(_ConvTransposed):
    """Transposed convolution of (N, C, T, H, W)."""

    _axes = 3


__all__ = ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]
