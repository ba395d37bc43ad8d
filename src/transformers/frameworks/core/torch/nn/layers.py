"""Layers with weights: linear maps, embeddings, convolutions; and those that only rearrange."""

from __future__ import annotations

import math
from typing import Any

from ....core import dtypes
from ....core.recipe import Abstract, Recipe
from ..devices import on_meta
from ..promotion import get_default_dtype
from ..tensor import Tensor, dtype_named
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter


def make_parameter(
    *sizes: int, dtype: dtypes.dtype | None = None, device: Any = None, fill: float = 0.0
) -> Parameter:
    """A parameter of equal elements that costs nothing until it is read."""
    name = dtype_named((dtype or get_default_dtype()).name).name
    return Parameter(Abstract(sizes, name) if on_meta(device) else Recipe(sizes, name, "full", fill))


class Identity(Module):
    """Returns its input; accepts and forgets any arguments."""

    def forward(self, input: Any) -> Any:
        """`input`."""
        return input


class Linear(Module):
    """`x @ weight.T + bias`; weight (out_features, in_features)."""

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = make_parameter(out_features, in_features, dtype=dtype, device=device)
        self.register_parameter(
            "bias", make_parameter(out_features, dtype=dtype, device=device) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Uniform within 1 / sqrt(in_features)."""
        bound = 1.0 / math.sqrt(self.in_features) if self.in_features else 0.0
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        """(..., in_features) to (..., out_features)."""
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        )


class Bilinear(Module):
    """`x1 @ weight[o] @ x2 + bias[o]` for every output o."""

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = make_parameter(out_features, in1_features, in2_features, dtype=dtype, device=device)
        self.register_parameter(
            "bias", make_parameter(out_features, dtype=dtype, device=device) if bias else None
        )
        bound = 1.0 / math.sqrt(in1_features)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """(..., in1) and (..., in2) to (..., out)."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes."""
        sizes = f"in1_features={self.in1_features}, in2_features={self.in2_features}"
        return f"{sizes}, out_features={self.out_features}, bias={self.bias is not None}"


class Embedding(Module):
    """The rows of `weight` (num_embeddings, embedding_dim) at integer positions; row `padding_idx` starts
    as zeros.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if max_norm is not None or scale_grad_by_freq:
            raise ValueError("Embedding: max_norm and scale_grad_by_freq are not part of the torch-API layer")
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"padding_idx ({padding_idx}) is outside the {num_embeddings} embeddings")
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        if _weight is None:
            self.weight = make_parameter(num_embeddings, embedding_dim, dtype=dtype, device=device)
            self.reset_parameters()
        else:
            self.weight = Parameter(_weight)
        self.weight.requires_grad = not _freeze

    @classmethod
    def from_pretrained(
        cls, embeddings: Tensor, freeze: bool = True, padding_idx: int | None = None
    ) -> Embedding:
        """An embedding with the given rows, not trained if `freeze`."""
        rows, columns = embeddings.shape
        return cls(rows, columns, padding_idx, _weight=embeddings, _freeze=freeze)

    def reset_parameters(self) -> None:
        """Normal with deviation 1."""
        init._fill(self.weight, "normal", 0.0, 1.0, zero_row=self.padding_idx)

    def forward(self, input: Tensor) -> Tensor:
        """(...) to (..., embedding_dim)."""
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """Sizes and the padding row."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


class _Conv(Module):
    """What the convolutions share; weight (out_channels, in_channels / groups, ...kernel)."""

    _axes = 1

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
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
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                f"padding_mode must be zeros, reflect, replicate or circular, not {padding_mode!r}"
            )
        n = self._axes
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = F.convolution.each(kernel_size, n, "kernel_size")
        self.stride = F.convolution.each(stride, n, "stride")
        self.padding = padding if isinstance(padding, str) else F.convolution.each(padding, n, "padding")
        self.dilation = F.convolution.each(dilation, n, "dilation")
        self.padding_mode = padding_mode
        self.weight = make_parameter(
            out_channels, in_channels // groups, *self.kernel_size, dtype=dtype, device=device
        )
        self.register_parameter(
            "bias", make_parameter(out_channels, dtype=dtype, device=device) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Uniform within 1 / sqrt(inputs per output)."""
        inputs = self.in_channels // self.groups * math.prod(self.kernel_size)
        bound = 1.0 / math.sqrt(inputs) if inputs else 0.0
        for parameter in (self.weight, self.bias):
            if parameter is not None:
                init.uniform_(parameter, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        """(N, in_channels, ...) to (N, out_channels, ...)."""
        convolve = (F.conv1d, F.conv2d, F.conv3d)[self._axes - 1]
        padding = self.padding
        if self.padding_mode != "zeros":
            pairs = F.convolution._padding(padding, self.kernel_size, self.dilation, self.stride)
            input = F.pad(
                input, [width for pair in reversed(pairs) for width in pair], mode=self.padding_mode
            )
            padding = 0
        return convolve(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        """Channels and whatever is not the default."""
        n = self._axes
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        )
        if self.padding != (0,) * n:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * n:
            text += f", dilation={self.dilation}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        return text if self.padding_mode == "zeros" else f"{text}, padding_mode={self.padding_mode}"


class Conv1d(_Conv):
    """Convolution of (N, C, L)."""


class Conv2d(_Conv):
    """Convolution of (N, C, H, W)."""

    _axes = 2


class Conv3d(_Conv):
    """Convolution of (N, C, T, H, W)."""

    _axes = 3


class Flatten(Module):
    """`x.flatten(start_dim, end_dim)`."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        """The axes from `start_dim` to `end_dim` joined."""
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """The axes."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """`x.unflatten(dim, unflattened_size)`."""

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        """Axis `dim` split."""
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        """The axis and its parts."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


__all__ = [
    "Bilinear", "Conv1d", "Conv2d", "Conv3d", "Embedding", "Flatten", "Identity", "Linear", "Unflatten",
]  # fmt: skip
