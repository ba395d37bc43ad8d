"""Linear layers of bitsandbytes: put in while a model is loaded, and read from files of their weights."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import nn

from ..layers.base import replace_module
from ..layers.conv1d import Conv1D
from ..utils.quantization_libraries import imported
from .formats import BnbFormat
from .linear import finite, is_linear
from .published import FileQuantizer, Waiting
from .reading import Packed, PackedCheckpoint
from .skipped import default_skips
from .weight_only import kept_wide, named, sizes


class BnbQuantizer(FileQuantizer):
    """See `BitsAndBytesConfig`.

    Raises:
        ValueError: neither width is asked for.
    """

    needs_data: ClassVar[bool] = False
    first_dtype: ClassVar[str | None] = "float16"

    def __init__(self, quantization_config: Any, pre_quantized: bool = False) -> None:
        super().__init__(quantization_config, pre_quantized)
        if not quantization_config.is_quantizable():
            raise ValueError("BitsAndBytesConfig must ask for load_in_8bit or load_in_4bit")

    def view(self, checkpoint: Any, model: Any = None, expected: Any = ()) -> Any:
        """The checkpoint with one weight a packed layer, if it is quantised."""
        return PackedCheckpoint(checkpoint, self.form, whole=False) if self.pre_quantized else checkpoint

    def start(self, model: Any, checkpoint: Any, plan: Any) -> None:
        """Put layers that quantise what they are given into their places."""
        if self.pre_quantized:
            super().start(model, checkpoint, plan)
            return
        tied = model.active_ties()
        shared = {*tied, *tied.values()}
        skipped = self.skipped(model)
        for path, layer in list(model.named_modules()):
            name = f"{path}.weight"
            if not is_linear(layer) or name not in plan.sources or name in shared:
                continue
            if not named(path, skipped) and not kept_wide(model, path):
                replace_module(model, path, Waiting(layer, self._builder(model, path, layer)))

    def skipped(self, model: Any) -> list[str]:
        """Names of layers to leave: the caller's, or else the head of a model that has one."""
        chosen = self.quantization_config.llm_int8_skip_modules
        return default_skips(model) if chosen is None else list(chosen)

    def packs(self, value: Any, old: Any) -> bool:
        """Whether a file's value becomes a layer of few bits."""
        return isinstance(value, Packed) or not self.pre_quantized

    def layer(self, value: Any, old: Any) -> Any:
        """bitsandbytes' layer over floating-point weights, or over a file's tensors."""
        config, library = self.quantization_config, imported("bitsandbytes.nn")
        inputs, outputs = sizes(old)
        with torch.device("meta"):
            if config.load_in_8bit:
                new = library.Linear8bitLt(
                    inputs,
                    outputs,
                    bias=False,
                    has_fp16_weights=config.llm_int8_has_fp16_weight,
                    threshold=config.llm_int8_threshold,
                )
            else:
                new = library.Linear4bit(
                    inputs,
                    outputs,
                    bias=False,
                    compute_dtype=config.bnb_4bit_compute_dtype,
                    compress_statistics=config.bnb_4bit_use_double_quant,
                    quant_type=config.bnb_4bit_quant_type,
                    quant_storage=config.bnb_4bit_quant_storage,
                )
        eight, packed = config.load_in_8bit, isinstance(value, Packed)
        if packed:
            weight = stored_8(value, library) if eight else stored_4(value, library, new)
        else:
            weight = value.t() if isinstance(old, Conv1D) else value
            finite(weight)
            weight = weight.to(old.weight.dtype).contiguous()
            kind = library.Int8Params if eight else library.Params4bit
            kept = {name: item for name, item in vars(new.weight).items() if name in _KEPT}
            weight = kind(weight, requires_grad=False, **kept).to("cpu")
        new.weight = weight
        new.register_state_dict_post_hook(in_rows)
        return new.eval()

    def dequantize(self, model: Any) -> None:
        """Put plain linear layers back."""
        library = imported("bitsandbytes.nn")
        for path, layer in list(model.named_modules()):
            if isinstance(layer, (library.Linear8bitLt, library.Linear4bit)):
                plain = nn.Linear(1, 1, bias=False)
                plain.in_features, plain.out_features = layer.in_features, layer.out_features
                plain.weight = nn.Parameter(whole(layer).to(model.dtype))
                plain.bias = None if layer.bias is None else nn.Parameter(layer.bias.detach().to(model.dtype))
                replace_module(model, path, plain.train(layer.training))


_KEPT = (
    "has_fp16_weights", "blocksize", "compress_statistics", "quant_type", "quant_storage", "module",
)  # fmt: skip


def stored_8(value: Packed, library: Any) -> Any:
    """A file's 8-bit weight as a parameter.

    Raises:
        ValueError: its numbers are in the order of one kernel.
    """
    if int(value.parts.get("weight_format", torch.tensor(0))) != 0:
        raise ValueError("8-bit weights of bitsandbytes are read in row order only")
    weight = library.Int8Params(value.parts["weight"], requires_grad=False)
    weight.CB, weight.SCB = weight.data, value.parts["SCB"]
    return weight


def stored_4(value: Packed, library: Any, layer: Any) -> Any:
    """A file's 4-bit weight as a parameter."""
    own = dict(value.parts)
    data, state = own.pop("weight"), own.pop("state")
    kind = layer.weight.quant_type
    if own["absmax"].ndim == 2:  # written after a kernel had turned them
        own["absmax"] = own["absmax"].t().reshape(-1).float()
    stats = {f"weight.{name}": part for name, part in own.items()}
    stats[f"weight.quant_state.bitsandbytes__{kind}"] = state
    return library.Params4bit.from_prequantized(
        data=data, quantized_stats=stats, requires_grad=False, device="cpu", module=layer
    )


def in_rows(layer: Any, state: dict[str, Any], prefix: str, metadata: Any) -> None:
    """Put scales that a kernel has turned back into the order of files."""
    name = f"{prefix}weight.absmax"
    if (scales := state.get(name)) is not None and scales.ndim == 2:
        state[name] = scales.t().reshape(-1).float()


def whole(layer: Any) -> torch.Tensor:
    """The weight (out, in) that a layer of bitsandbytes stands for, in float32."""
    state = layer.state_dict()
    parts, form = {}, BnbFormat(None)
    keys = form.layers([f"layer.{name}" for name in state]).get("layer")
    if keys is None:  # not rounded yet: 8-bit layers may keep float16
        return layer.weight.detach().float()  # type: ignore[no-any-return]
    for part, key in keys.items():
        tensor = state[key.removeprefix("layer.")].detach().cpu()
        parts[part] = (tensor.view(torch.uint8) if part == "weight" and "state" in keys else tensor).numpy()
    return torch.from_numpy(form.weight(parts))


__all__ = ["BnbQuantizer", "whole"]
