"""Weights as tensors of torchao's classes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

import torch
from torch import nn

from ..layers.base import replace_module
from ..utils.quantization_libraries import imported, quiet
from .published import FileQuantizer, Waiting, packed_view
from .reading import Packed, PackedCheckpoint
from .torchao_tensors import apart, is_wrapped, together
from .weight_only import kept_wide, named


class TorchAoQuantizer(FileQuantizer):
    """See `TorchAoConfig`."""

    needs_data: ClassVar[bool] = False
    first_dtype: ClassVar[str | None] = None

    def __init__(self, quantization_config: Any, pre_quantized: bool = False) -> None:
        super().__init__(quantization_config, pre_quantized)
        if quantization_config.quant_type == "autoquant":
            raise ValueError("quant_type 'autoquant' is not supported: name the type")

    def default_dtype(self, config: Any) -> str | None:
        """bfloat16 for 4 bits, which has kernels for nothing else; a quantised checkpoint's own."""
        if self.pre_quantized:
            return super().default_dtype(config)
        return "bfloat16" if self.quantization_config.quant_type == "int4_weight_only" else None

    def get_state_dict_and_metadata(self, model: Any, safe_serialization: bool = False) -> tuple[Any, Any]:
        """For safetensors: plain tensors, and what they make up; other files hold the tensors as they are.

        Raises:
            ValueError: a tensor is of a class that files have no form for.
        """
        from ..loading.device_map import whole_state

        state = whole_state(model)
        for name, tensor in state.items():
            if type(tensor) not in (torch.Tensor, nn.Parameter) and not is_wrapped(tensor):
                raise ValueError(
                    f"{name} is a {type(tensor).__name__}, which cannot be saved: call dequantize() first, "
                    "or quantise with int8_weight_only, int4_weight_only or WeightOnlyConfig"
                )
        if not safe_serialization:
            return state, {}
        arrays: dict[str, Any] = {}
        metadata = {"tensor_names": json.dumps(list(state))}
        for name, tensor in state.items():
            if is_wrapped(tensor):
                parts, metadata[name] = apart(name, tensor)
                arrays |= parts
            else:
                arrays[name], metadata[name] = tensor, json.dumps({"_type": "Tensor"})
        return arrays, metadata

    def view(self, checkpoint: Any, model: Any = None, expected: Any = ()) -> Any:
        """The checkpoint with one weight a packed layer, if it is quantised."""
        return PackedCheckpoint(checkpoint, self.form, whole=False) if self.pre_quantized else checkpoint

    def start(self, model: Any, checkpoint: Any, plan: Any) -> None:
        """Wait for the file's tensors in the layers and embeddings that have them."""
        if not self.pre_quantized:
            return
        view = packed_view(checkpoint)
        for path, layer in list(model.named_modules()):
            key = plan.sources.get(f"{path}.weight")
            if key is not None and view.parts(key) is not None:
                replace_module(model, path, Waiting(layer, self._builder(model, path, layer)))

    def packs(self, value: Any, old: Any) -> bool:
        """Whether a file's value is one of torchao's tensors."""
        return isinstance(value, Packed)

    def layer(self, value: Any, old: Any) -> Any:
        """The layer itself with torchao's tensor as its weight."""
        weight = together(value.parts, value.about, type(old).__name__)
        if old.weight.dtype != weight.dtype:
            weight = weight.to(old.weight.dtype)
        old.weight = nn.Parameter(weight, requires_grad=False)
        return old

    def finish(self, model: Any) -> None:
        """Quantise the layers, which have their values, unless the file's were quantised."""
        if self.pre_quantized:
            super().finish(model)
            return
        quantize_ = imported("torchao.quantization").quantize_
        config = self.quantization_config
        if config.untie_embedding_weights:
            untie(model)
        how = on_cpu(config) if model.device.type == "cpu" else config.get_apply_tensor_subclass()
        with quiet():
            for _, layer in list(self.layers(model)):
                quantize_(layer, how, filter_fn=lambda module, name: isinstance(module, nn.Linear))
        super().finish(model)

    def layers(self, model: Any) -> Iterator[tuple[str, Any]]:
        """(path, linear layer) of what is quantised; the projection to the vocabulary only if asked for."""
        config = self.quantization_config
        head = model.get_output_embeddings() if model._output_embeddings else None
        for path, layer in model.named_modules():
            outside = layer is head and not config.include_input_output_embeddings
            wanted = type(layer) is nn.Linear and not outside and not kept_wide(model, path)
            if wanted and not named(path, config.modules_to_not_convert):
                yield path, layer

    def dequantize(self, model: Any) -> None:
        """Put plain weights back."""
        for path, layer in list(model.named_modules()):
            if type(layer) is nn.Linear and hasattr(layer.weight, "dequantize"):
                plain = nn.Linear(1, 1, bias=False)
                plain.in_features, plain.out_features = layer.in_features, layer.out_features
                plain.weight = nn.Parameter(layer.weight.detach().dequantize().to(model.dtype))
                plain.bias = layer.bias
                replace_module(model, path, plain.train(layer.training))


def untie(model: Any) -> None:
    """Give the projection to the vocabulary weights of its own."""
    head = model.get_output_embeddings()
    if head is not None and model.config.tie_word_embeddings:
        head.weight = nn.Parameter(head.weight.detach().clone())
        model.config.tie_word_embeddings = False


def on_cpu(config: Any) -> Any:
    """torchao's own config; its 4-bit weights for GPUs have a plain counterpart on CPUs."""
    if config.quant_type != "int4_weight_only":
        return config.get_apply_tensor_subclass()
    unknown = sorted(set(config.quant_type_kwargs) - {"group_size"})
    if unknown:
        raise TypeError(f"on a CPU int4_weight_only takes group_size only, got {', '.join(unknown)}")
    size = config.quant_type_kwargs.get("group_size", 128)
    groups = imported("torchao.quantization.granularity").PerGroup(size)
    return imported("torchao.quantization").IntxWeightOnlyConfig(weight_dtype=torch.int4, granularity=groups)


__all__ = ["TorchAoQuantizer"]
