"""Layers over the tensors of GPTQ's and AWQ's files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import nn

from ..layers.base import replace_module
from . import packing
from .formats import FORMATS, GptqFormat
from .linear import QuantizedLinear, is_linear
from .methods import Quantizer
from .reading import Packed, PackedCheckpoint
from .weight_only import make_whole


class FileLinear(QuantizedLinear):
    """A linear layer over the tensors of a published file, made whole in each call.

    parts: the file's tensors; they become buffers by their own names, so that saving writes them back.
    """

    slow: ClassVar[bool] = True

    def __init__(self, parts: dict[str, torch.Tensor], in_features: int, out_features: int) -> None:
        super().__init__(in_features, out_features)
        self.fixed_dtypes = tuple(parts)  # type: ignore[misc]
        for name, value in parts.items():
            self.register_buffer(name, value)

    @property
    def weight(self) -> torch.Tensor:
        """The packed numbers."""
        packed: torch.Tensor = self.qweight  # type: ignore[assignment]
        return packed

    def put(self, name: str, value: torch.Tensor) -> None:
        """Keep a tensor as a buffer."""
        self._buffers[name] = value

    def held(self) -> dict[str, Any]:
        """The file's tensors by name."""
        return {name: getattr(self, name) for name in self.fixed_dtypes}


class GptqLinear(FileLinear):
    """GPTQ: `qweight` (in * bits / 32, out), `qzeros` (groups, out * bits / 32), `scales`, `g_idx` (in,).

    bits: 2, 3, 4 or 8.  offset: what is added to the zero points of the file.
    """

    def __init__(
        self, parts: dict[str, torch.Tensor], sizes: tuple[int, int], bits: int, offset: int
    ) -> None:
        super().__init__(parts, *sizes)
        self.bits, self.offset = bits, offset  # type: ignore[misc]

    def whole(self, dtype: torch.dtype) -> torch.Tensor:
        """The weights (out, in) in floating point."""
        numbers: torch.Tensor = packing.gptq_weight(self.held(), self.bits, self.offset)
        return numbers.t().to(dtype)


class AwqLinear(FileLinear):
    """AWQ: `qweight` (in, out / 8), `qzeros` (groups, out / 8), `scales` (groups, out)."""

    bits: ClassVar[int] = 4

    def whole(self, dtype: torch.dtype) -> torch.Tensor:
        """The weights (out, in) in floating point."""
        numbers: torch.Tensor = packing.awq_weight(self.held(), self.bits)
        return numbers.t().to(dtype)


class Waiting(nn.Module):
    """Stands in for a linear layer until what a file holds for its weight is known.

    build: makes the layer of that, and puts it in its place.
    """

    awaits_weight = True

    def __init__(self, old: Any, build: Callable[[Any], None]) -> None:
        super().__init__()
        self.weight = old.weight
        self.bias = getattr(old, "bias", None)  # embeddings have none
        self.build = build

    def take(self, value: Any) -> None:
        """Give way to the layer."""
        self.build(value)


class FileQuantizer(Quantizer):
    """Runs checkpoints that are quantised: GPTQ and AWQ.

    Raises:
        ValueError: the checkpoint is not quantised.
    """

    needs_data: ClassVar[bool] = True
    first_dtype: ClassVar[str | None] = "float16"

    def __init__(self, quantization_config: Any, pre_quantized: bool = False) -> None:
        super().__init__(quantization_config, pre_quantized)
        method = quantization_config.quant_method.value
        self.form = FORMATS[method](quantization_config)
        if self.needs_data and not pre_quantized:
            raise ValueError(
                f"quantising with {method} needs texts to learn from, which is its own library's work: load "
                "a checkpoint that is quantised, or use WeightOnlyConfig"
            )

    def view(self, checkpoint: Any, model: Any = None, expected: Any = ()) -> Any:
        """The checkpoint with one weight a packed layer."""
        return PackedCheckpoint(checkpoint, self.form, whole=False)

    def start(self, model: Any, checkpoint: Any, plan: Any) -> None:
        """Put layers over the file's tensors in their places."""
        view = packed_view(checkpoint)
        for path, layer in list(model.named_modules()):
            key = plan.sources.get(f"{path}.weight")
            if is_linear(layer) and key is not None and view.parts(key) is not None:
                replace_module(model, path, Waiting(layer, self._builder(model, path, layer)))

    def _builder(self, model: Any, path: str, old: Any) -> Callable[[Any], None]:
        def build(value: Any) -> None:
            bias = model.get_submodule(path).bias
            if self.packs(value, old):
                new = self.layer(value, old)
            else:  # made whole on its way, since the model has it in another form
                new = old
                new.weight = nn.Parameter(value.to(old.weight.dtype))
            new.bias = bias
            replace_module(model, path, new)

        return build

    def packs(self, value: Any, old: Any) -> bool:
        """Whether a file's value becomes a layer of few bits."""
        return isinstance(value, Packed)

    def layer(self, value: Any, old: Any) -> Any:
        """The layer over a file's tensors that takes a linear layer's place."""
        outputs, inputs = value.shape
        new: FileLinear
        if isinstance(self.form, GptqFormat):
            bits = self.form.bits({part: tuple(tensor.shape) for part, tensor in value.parts.items()})
            new = GptqLinear(value.parts, (inputs, outputs), bits, self.form.offset)
        else:
            new = AwqLinear(value.parts, inputs, outputs)
        new.origin = type(old)
        return new

    def dequantize(self, model: Any) -> None:
        """Put plain linear layers back."""
        make_whole(model)


def packed_view(checkpoint: Any) -> PackedCheckpoint:
    """The view of packed layers behind a checkpoint that may be converted further."""
    while not isinstance(checkpoint, PackedCheckpoint):
        checkpoint = checkpoint.file
    return checkpoint


__all__ = ["AwqLinear", "FileLinear", "FileQuantizer", "GptqLinear", "Waiting", "packed_view"]
