"""The library's own 8- and 4-bit weights: which layers get them, and when while a model is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import torch
from torch import nn

from ..layers.base import parameter_place, replace_module
from ..layers.conv1d import Conv1D
from .linear import BLOCK, Int4Linear, Int8Linear, QuantizedLinear, is_linear
from .methods import Quantizer

WIDTH = 32  # what the 8-bit kernel divides its inputs by


class WeightOnlyQuantizer(Quantizer):
    """See `WeightOnlyConfig`."""

    first_dtype: ClassVar[str | None] = "bfloat16"  # what the kernels multiply with

    def prepare(self, model: Any, checkpoint: Any) -> None:
        """Put the layers of a checkpoint that is quantised in their places."""
        if self.pre_quantized:
            for path, module, bits in list(self.layers(model)):
                replace_module(model, path, self.layer(module, bits))

    def start(self, model: Any, checkpoint: Any, plan: Any) -> None:
        """Put layers that quantise what they are given into their places; those that are tied wait."""
        if self.pre_quantized:
            check_types(model, checkpoint, plan)
            return
        tied = set(model.active_ties())
        for path, module, bits in list(self.layers(model)):
            if f"{path}.weight" in plan.sources and f"{path}.weight" not in tied:
                new = self.layer(module, bits)
                new.awaits_weight = True
                replace_module(model, path, new)

    def finish(self, model: Any) -> None:
        """Quantise what has its values by now: projections that were tied."""
        for path, module, bits in list(self.layers(model)):
            new = self.layer(module, bits)
            new.fill(linear_weight(module))
            if f"{path}.weight" in model.active_ties():
                model.config.tie_word_embeddings = False
            replace_module(model, path, new)
        for module in model.modules():
            if isinstance(module, QuantizedLinear):
                module.align()
        super().finish(model)

    def layers(self, model: Any) -> Iterator[tuple[str, Any, int]]:
        """(path, layer, bits) of everything that is still to be quantised.

        Those are the linear layers of the trunk, and the projection to the vocabulary.
        """
        config = self.quantization_config
        head = model.get_output_embeddings() if model._output_embeddings else None
        trunk = f"{model.base_model_prefix}." if model.base_model is not model else ""
        for path, module in model.named_modules():
            if not is_linear(module) or named(path, config.modules_to_not_convert):
                continue
            if module is not head and (not path.startswith(trunk) or kept_wide(model, path)):
                continue
            bits = config.head_bits if module is head else config.bits
            inputs, outputs = sizes(module)
            if bits is not None and min(inputs, outputs) >= config.min_features:
                bits = fitting(bits, inputs, outputs, config.group_size)
                if bits:
                    yield path, module, bits

    def layer(self, module: Any, bits: int) -> QuantizedLinear:
        """The empty layer that takes a layer's place."""
        inputs, outputs = sizes(module)
        with torch.device("meta"):
            new: QuantizedLinear
            if bits == 4:
                new = Int4Linear(inputs, outputs, module.bias, self.quantization_config.group_size)
            else:
                new = Int8Linear(inputs, outputs, module.bias)
        new.origin = type(module)
        return new

    def dequantize(self, model: Any) -> None:
        """Put plain linear layers back."""
        make_whole(model)


def make_whole(model: Any) -> None:
    """Put plain linear layers in the places of all quantised ones."""
    for path, module in list(model.named_modules()):
        if isinstance(module, QuantizedLinear):
            replace_module(model, path, plain_layer(module, model.dtype).train(module.training))


def plain_layer(module: QuantizedLinear, dtype: torch.dtype) -> Any:
    """The layer that a quantised one took the place of, over the numbers that its weights stand for."""
    plain: Any = Conv1D(1, 1) if module.turned else module.origin(1, 1, bias=False)
    weight = module.whole(dtype)
    if module.turned:
        plain.nx, plain.nf = module.in_features, module.out_features
        weight = weight.t().contiguous()
    else:
        plain.in_features, plain.out_features = module.in_features, module.out_features
    plain.weight, plain.bias = nn.Parameter(weight), module.bias
    return plain


def check_types(model: Any, checkpoint: Any, plan: Any) -> None:
    """Make sure that a checkpoint holds packed weights where the model does.

    Raises:
        CheckpointMismatchError: it holds another type, which would be cut to whole numbers.
    """
    from ..loading.matching import CheckpointMismatchError

    for name, key in plan.sources.items():
        owner, own = parameter_place(model, name)
        if isinstance(owner, QuantizedLinear) and own in owner.fixed_dtypes:
            wanted = str(getattr(owner, own).dtype).rpartition(".")[2]
            found = checkpoint.info(key).dtype
            if found != wanted:
                raise CheckpointMismatchError(
                    f"{key} is {found}, and weights quantised as the config says are {wanted}: the "
                    "checkpoint and its quantization_config do not go together"
                )


def fitting(bits: int, inputs: int, outputs: int, group_size: int | None) -> int:
    """The bits that a layer of those sizes gets: as asked for, or more where the kernels cannot divide it."""
    if bits == 4 and group_size and inputs % group_size == 0 and outputs % BLOCK == 0:
        return 4
    return 8 if inputs % WIDTH == 0 else 0


def sizes(module: Any) -> tuple[int, int]:
    """(inputs, outputs) of a linear layer of either kind."""
    if isinstance(module, Conv1D):
        return module.nx, module.nf
    return module.in_features, module.out_features


def linear_weight(module: Any) -> torch.Tensor:
    """The weight (out, in) of a linear layer of either kind."""
    weight: torch.Tensor = module.weight
    return weight.t() if isinstance(module, Conv1D) else weight


def named(path: str, names: Any) -> bool:
    """Whether a module's path holds one of `names`, whole dotted pieces."""
    return any(f".{name}." in f".{path}." for name in names or ())


def kept_wide(model: Any, path: str) -> bool:
    """Whether the architecture declares a part that needs float32."""
    return bool(model.keeps_float32(f"{path}.weight", "float16"))


__all__ = ["WeightOnlyQuantizer", "linear_weight", "make_whole", "named", "sizes"]
