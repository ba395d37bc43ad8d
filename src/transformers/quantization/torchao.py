"""Weights as tensors of torchao's classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from ..layers.base import replace_module
from ..utils import logging
from ..utils.quantization_libraries import imported, quiet
from .methods import Quantizer
from .weight_only import kept_wide, named

logger = logging.get_logger(__name__)


class TorchAoQuantizer(Quantizer):
    """See `TorchAoConfig`."""

    def __init__(self, quantization_config: Any, pre_quantized: bool = False) -> None:
        super().__init__(quantization_config, pre_quantized)
        if pre_quantized:
            raise ValueError(
                "files of torchao's tensors are pickled objects and are not read: quantise the original "
                "weights again, or save them with WeightOnlyConfig"
            )
        if quantization_config.quant_type == "autoquant":
            raise ValueError("quant_type 'autoquant' is not supported: name the type")

    def default_dtype(self, config: Any) -> str | None:
        """bfloat16 for 4 bits, which has kernels for nothing else."""
        return "bfloat16" if self.quantization_config.quant_type == "int4_weight_only" else None

    def is_serializable(self, safe_serialization: bool | None = None) -> bool:
        """Tensors of classes of their own have no place in safetensors."""
        return False

    def finish(self, model: Any) -> None:
        """Quantise the layers, which have their values."""
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
    import torch

    unknown = sorted(set(config.quant_type_kwargs) - {"group_size"})
    if unknown:
        raise TypeError(f"on a CPU int4_weight_only takes group_size only, got {', '.join(unknown)}")
    size = config.quant_type_kwargs.get("group_size", 128)
    groups = imported("torchao.quantization.granularity").PerGroup(size)
    return imported("torchao.quantization").IntxWeightOnlyConfig(weight_dtype=torch.int4, granularity=groups)


__all__ = ["TorchAoQuantizer"]
