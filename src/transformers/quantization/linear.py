"""Linear layers over weights of 8 or 4 bits, multiplied with activations as they come.

For few rows of bfloat16 on a CPU the weights are read as they lie, by PyTorch's own kernels. Else they are
made floating-point first, for this call only: with many rows that costs little beside the product.
"""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import nn

from ..layers.conv1d import Conv1D

BLOCK = 64  # rows that the 4-bit kernel takes together
# Rows up to which reading packed weights is faster than a product with whole ones (measured, one thread).
FEW_8, FEW_4 = 24, 64
ALIGNMENT = 64  # of the address of what the kernels read: they crash without


class QuantizedLinear(nn.Module):
    """What the layers of all widths share: sizes, bias, dtype and gradients.

    in_features, out_features: as in `nn.Linear`. bias: a parameter, or None.
    """

    bits: ClassVar[int] = 0
    fixed_dtypes: ClassVar[tuple[str, ...]] = ("weight", "weight_scale")  # no cast reaches them
    slow: ClassVar[bool] = False  # whether even one row needs the whole weights

    def __init__(self, in_features: int, out_features: int, bias: Any = None) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.register_parameter("bias", bias)

    awaits_weight = False  # whether what a file holds for `weight` is still to be rounded
    origin: type[Any] = nn.Linear  # of the layer whose place this took

    @property
    def turned(self) -> bool:
        """Whether files hold the weight as (in, out)."""
        return self.origin is Conv1D

    def take(self, value: torch.Tensor) -> None:
        """Round what a file holds for `weight`."""
        self.fill(value.t() if self.turned else value)
        self.awaits_weight = False

    def put(self, name: str, value: torch.Tensor) -> None:
        """Keep a tensor as a parameter that is not trained."""
        setattr(self, name, nn.Parameter(value, requires_grad=False))

    def align(self) -> None:
        """Move packed weights that lie where no kernel can read them, as in a mapped file."""
        for name in self.fixed_dtypes:
            value = getattr(self, name)
            if value.device.type == "cpu" and value.data_ptr() % ALIGNMENT:
                self.put(name, value.detach().clone())

    def fill(self, weight: torch.Tensor) -> None:
        """Take over floating-point weights (out, in)."""
        raise NotImplementedError(f"{type(self).__name__} is read from files only")

    def whole(self, dtype: torch.dtype) -> torch.Tensor:
        """The weights (out, in) in floating point."""
        raise NotImplementedError

    def product(self, x: torch.Tensor) -> torch.Tensor:
        """x (rows, in) times the weights: (rows, out)."""
        return F.linear(x, self.whole(x.dtype))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """As `nn.Linear`: (..., in) -> (..., out)."""
        y = self.product(x.reshape(-1, self.in_features)).reshape(*x.shape[:-1], self.out_features)
        return y if self.bias is None else y + self.bias.to(y.dtype)

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """Move to another device; the dtypes of the packed weights and of their scales stay."""
        before = {name: getattr(self, name).detach() for name in self.fixed_dtypes}
        super()._apply(fn, recurse)
        for name, value in before.items():
            moved = getattr(self, name)
            if moved.dtype != value.dtype:
                self.put(name, value.to(moved.device))
        return self

    def extra_repr(self) -> str:
        """What the print of a model shows."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bits={self.bits}, "
            f"bias={self.bias is not None}"
        )


class Int8Linear(QuantizedLinear):
    """8 bits: `weight` int8 (out, in), `weight_scale` bfloat16 (out,); a number is weight * scale."""

    bits = 8

    def __init__(self, in_features: int, out_features: int, bias: Any = None) -> None:
        super().__init__(in_features, out_features, bias)
        self.put("weight", torch.empty(out_features, in_features, dtype=torch.int8))
        self.put("weight_scale", torch.empty(out_features, dtype=torch.bfloat16))

    def fill(self, weight: torch.Tensor) -> None:
        """Round floating-point weights (out, in) to 255 steps a row.

        Raises:
            ValueError: a weight is not finite.
        """
        weight = finite(weight)
        scale = (weight.abs().amax(dim=1) / 127).to(torch.bfloat16)
        scale = torch.where(scale == 0, torch.ones_like(scale), scale)
        steps = (weight / scale.float()[:, None]).round().clamp(-127, 127)
        self.put("weight", steps.to(torch.int8))
        self.put("weight_scale", scale)

    def whole(self, dtype: torch.dtype) -> torch.Tensor:
        """The weights (out, in) in floating point."""
        return (self.weight.float() * self.weight_scale.float()[:, None]).to(dtype)

    def product(self, x: torch.Tensor) -> torch.Tensor:
        """x (rows, in) times the weights: (rows, out)."""
        if x.dtype == torch.float16:  # sums over whole steps would pass its largest number
            return F.linear(x, self.whole(x.dtype))
        if suits_kernel(x, self.weight, FEW_8):
            return torch._weight_int8pack_mm(x, self.weight, self.weight_scale)
        return F.linear(x, self.weight.to(x.dtype)) * self.weight_scale.to(x.dtype)


class Int4Linear(QuantizedLinear):
    """4 bits in groups along the input, each with a scale and a zero point.

    `weight`: uint8 (out, in / 2), out a multiple of 64. Rows in runs of 64: byte 32 * i + j of a run holds,
    for input i, row j in its low half and row 32 + j in its high half. `weight_scale`: bfloat16 (groups, out,
    2), scale and zero; a number is (half - 8) * scale + zero.
    """

    bits = 4

    def __init__(self, in_features: int, out_features: int, bias: Any = None, group_size: int = 64) -> None:
        super().__init__(in_features, out_features, bias)
        self.group_size = group_size
        groups = in_features // group_size
        self.put("weight", torch.empty(out_features, in_features // 2, dtype=torch.uint8))
        self.put("weight_scale", torch.empty(groups, out_features, 2, dtype=torch.bfloat16))

    def fill(self, weight: torch.Tensor) -> None:
        """Round floating-point weights (out, in) to 16 steps between the least and the largest of a group.

        Raises:
            ValueError: a weight is not finite.
        """
        groups = finite(weight).reshape(self.out_features, -1, self.group_size)
        low, high = groups.amin(dim=-1), groups.amax(dim=-1)
        scale = ((high - low) / 15).to(torch.bfloat16)
        scale = torch.where(scale == 0, torch.ones_like(scale), scale)
        zero = (low + 8 * scale.float()).to(torch.bfloat16)
        steps = (groups - zero.float()[..., None]) / scale.float()[..., None]
        codes = (steps.round() + 8).clamp(0, 15).to(torch.uint8).reshape(self.out_features, -1)
        self.put("weight", packed(codes))
        self.put("weight_scale", torch.stack([scale, zero], dim=-1).transpose(0, 1).contiguous())

    def whole(self, dtype: torch.dtype) -> torch.Tensor:
        """The weights (out, in) in floating point."""
        codes = unpacked(self.weight).reshape(self.weight.shape[0], -1, self.group_size)
        scale, zero = self.weight_scale.float().transpose(0, 1)[..., None].unbind(dim=2)
        numbers = (codes.float() - 8) * scale + zero
        return numbers.reshape(codes.shape[0], -1).to(dtype)

    def product(self, x: torch.Tensor) -> torch.Tensor:
        """x (rows, in) times the weights: (rows, out)."""
        if suits_kernel(x, self.weight, FEW_4) and kernel_reads_blocks():
            multiply = torch.ops.aten._weight_int4pack_mm_for_cpu
            y: torch.Tensor = multiply(x, self.weight, self.group_size, self.weight_scale)
            return y
        return F.linear(x, self.whole(x.dtype))

    def extra_repr(self) -> str:
        """What the print of a model shows."""
        return f"{super().extra_repr()}, group_size={self.group_size}"


def is_linear(module: Any) -> bool:
    """Whether a layer is a plain linear one, of PyTorch's or of this library's classes."""
    kind = type(module)
    ours = issubclass(kind, nn.Linear) and kind.__module__.startswith(__name__.partition(".")[0] + ".")
    return kind in (nn.Linear, Conv1D) or ours


def suits_kernel(x: torch.Tensor, weight: torch.Tensor, few: int) -> bool:
    """Whether x (rows, in) goes to a kernel that reads packed weights."""
    if torch.compiler.is_compiling() or x.dtype != torch.bfloat16 or x.device.type != "cpu":
        return False
    if torch.is_grad_enabled() and x.requires_grad:
        return False
    return bool(0 < x.shape[0] <= few and weight.data_ptr() % ALIGNMENT == 0)


def finite(weight: torch.Tensor) -> torch.Tensor:
    """The weights in float32.

    Raises:
        ValueError: one is not finite.
    """
    weight = weight.detach().float()
    if not bool(torch.isfinite(weight).all()):
        raise ValueError("weights that are not finite cannot be quantised: the checkpoint holds inf or nan")
    return weight


def packed(codes: torch.Tensor) -> torch.Tensor:
    """Numbers from 0 to 15 (rows, in), rows a multiple of 64, as `Int4Linear.weight`."""
    runs = codes.reshape(-1, BLOCK, codes.shape[1]).transpose(1, 2)
    half = BLOCK // 2
    return (runs[..., :half] | runs[..., half:] << 4).reshape(codes.shape[0], -1).contiguous()


def unpacked(weight: torch.Tensor) -> torch.Tensor:
    """`Int4Linear.weight` as numbers from 0 to 15 (rows, in)."""
    rows, half = weight.shape
    runs = weight.reshape(rows // BLOCK, 2 * half, BLOCK // 2)
    return torch.cat([runs & 15, runs >> 4], dim=2).transpose(1, 2).reshape(rows, 2 * half)


@functools.cache
def kernel_reads_blocks() -> bool:
    """Whether this machine's 4-bit kernel keeps its weights in the order of `Int4Linear`."""
    codes = torch.arange(BLOCK * 32, dtype=torch.int32).reshape(BLOCK, 32).remainder(13)
    try:
        theirs = torch.ops.aten._convert_weight_to_int4pack_for_cpu(codes, 1)
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return theirs.dtype == torch.uint8 and bool(torch.equal(theirs, packed(codes.to(torch.uint8))))


__all__ = [
    "ALIGNMENT",
    "BLOCK",
    "FEW_4",
    "FEW_8",
    "Int4Linear",
    "Int8Linear",
    "QuantizedLinear",
    "is_linear",
    "kernel_reads_blocks",
    "suits_kernel",
]
