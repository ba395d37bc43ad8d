"""Products with weights in the forms that kernels of PyTorch's CPU build read: copies, and what uses them."""

from __future__ import annotations

import functools
from typing import Any

import torch
import torch.nn.functional as F

from ..layers.conv1d import Conv1D
from .bags import Bags, Product, bags_product, later, suits
from .linear import ALIGNMENT, FEW_8, Int8Linear, QuantizedLinear

# Rows up to which float16 weights are read faster than float32 ones are multiplied (measured, one thread).
FEW_HALF = 16
TOGETHER = 4  # rows for which the kernel of 8 bits reads the weights once
LEAST = 1 << 20  # multiplications from which a call of oneDNN's pays (measured, one thread)
LARGE = 1 << 18  # elements of a weight from which it pays for any number of rows
PLAIN = (torch.Tensor, torch.nn.Parameter)


@functools.cache
def usable() -> bool:
    """Whether this build of PyTorch has oneDNN's linear product."""
    ops = torch.ops.mkldnn
    if not torch.backends.mkldnn.is_available():
        return False
    return bool(hasattr(ops, "_linear_pointwise") and hasattr(ops, "_reorder_linear_weight"))


@functools.cache
def has_half() -> bool:
    """Whether this build multiplies float32 rows with float16 weights, exactly so."""
    x, weight = torch.eye(8), torch.arange(64.0).reshape(8, 8) / 16
    try:
        pack = torch.ops.quantized.linear_prepack_fp16(weight, None)
        return bool(torch.equal(torch.ops.quantized.linear_dynamic_fp16(x, pack), weight.t()))
    except (AttributeError, RuntimeError, NotImplementedError):
        return False


def compute_dtype(layer: Any) -> torch.dtype | None:
    """The dtype of a plain layer's products; None for packed weights, which take what comes."""
    return None if isinstance(layer, QuantizedLinear) else layer.weight.dtype


def copied_bytes(layer: Any) -> int:
    """About how many bytes a copy of a layer's weight takes."""
    if isinstance(layer, QuantizedLinear):
        width = 3 if isinstance(layer, Int8Linear) else 2
        return width * layer.in_features * layer.out_features
    return int(layer.weight.numel() * layer.weight.element_size())


def form_for(layer: Any, forced: bool, dtype: torch.dtype = torch.float32) -> str | None:
    """The form in which to copy a layer's weight; None to leave it.

    dtype: of the model, which packed weights are multiplied with.
    forced: copy also packed weights that were packed to be small.
    """
    if isinstance(layer, QuantizedLinear):
        if layer.slow:
            return "held"
        if isinstance(layer, Int8Linear) and suits(layer):
            return "bags"
        if dtype != torch.float32:  # the packed weights themselves are what is read fastest
            return None
        return "steps" if isinstance(layer, Int8Linear) and has_half() else "whole" if forced else None
    return "blocks" if layer.weight.dtype in (torch.bfloat16, torch.float32) else None


def linear_form(layer: Any) -> torch.Tensor:
    """The weight (out, in) of a plain layer of either kind."""
    weight: torch.Tensor = layer.weight.detach()
    return weight.t() if isinstance(layer, Conv1D) else weight


def without_copy(layer: Any) -> Product | None:
    """The product over the weight as it lies; None where it gains nothing over the layer's own.

    That is oneDNN's for float32 rows, and the kernel of 8 bits called straight.
    """
    if isinstance(layer, Int8Linear):
        return packed_product(layer)
    return functools.partial(whole_product, layer) if compute_dtype(layer) == torch.float32 else None


def whole_product(layer: Any, x: torch.Tensor) -> torch.Tensor | None:
    """float32 rows times a layer's weight as it lies; None where PyTorch's own product is faster."""
    weight, width = layer.weight, x.shape[-1] if x.dim() else 0
    inputs, outputs = weight.shape if isinstance(layer, Conv1D) else weight.shape[::-1]
    if width != inputs or not x.numel() or (x.numel() * outputs < LEAST and inputs * outputs < LARGE):
        return None
    if not (x.dtype == weight.dtype == torch.float32 and weight.is_cpu and type(weight) in PLAIN):
        return None
    turned = weight.t() if isinstance(layer, Conv1D) else weight
    y: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, turned, layer.bias, "none", [], "")
    return y


def copied(layer: Any, form: str) -> tuple[str, Product]:
    """(the form that was made, the product with it)."""
    if form == "steps":
        return "half", half_product(layer, layer.weight.detach().float(), layer.weight_scale.detach().float())
    if form == "held":
        return "held", held_product(layer)
    if form == "bags":
        return "bags", bags_products(layer)
    weight = linear_form(layer) if form != "whole" else layer.whole(torch.float32)
    if weight.dtype == torch.float32 and has_half() and (factor := exact_factor(weight)) is not None:
        scale = None if factor == 1 else torch.tensor(1 / factor)
        return "half", half_product(layer, weight * factor, scale)
    return "blocks", blocks_product(layer, weight)


def exact_factor(weight: torch.Tensor) -> float | None:
    """A power of two by which all numbers of a weight become ones of float16; None where there is none."""
    sample = weight.reshape(-1)[:4096] if weight.is_contiguous() else weight[:8]
    top = float(weight.abs().amax())
    if not 0 < top < float("inf"):
        return None
    factors = [1.0, 2.0 ** (14 - int(torch.tensor(top).frexp().exponent))]
    for factor in factors:
        for part in (sample, weight):
            larger = part * factor
            if not torch.equal(larger.half().float(), larger) or factor * top > 65504:
                break
        else:
            return factor
    return None


def half_product(layer: Any, weight: torch.Tensor, scale: torch.Tensor | None) -> Product:
    """float32 rows times float16 weights (out, in), summed in float32, times `scale`."""
    pack = torch.ops.quantized.linear_prepack_fp16(weight.contiguous(), None)
    multiply = torch.ops.quantized.linear_dynamic_fp16

    def product(x: torch.Tensor) -> torch.Tensor | None:
        if x.dtype != torch.float32 or x.numel() > FEW_HALF * x.shape[-1]:
            return None
        y: torch.Tensor = multiply(x, pack)
        if scale is not None:
            y = y.mul_(scale)
        return y if layer.bias is None else y.add_(layer.bias)

    return product


def bags_products(layer: Any) -> Product:
    """Rows times weights of 8 bits: one as bags, and several as whole steps where they keep coming."""
    bags = Bags(layer.weight.detach())
    scale = {dtype: layer.weight_scale.detach().to(dtype) for dtype in (torch.float32, torch.bfloat16)}
    halves = later(
        lambda: half_product(layer, bags.weight().float(), scale[torch.float32]), 2, FEW_HALF, torch.float32
    )
    blocks = later(
        lambda: blocks_product(layer, bags.weight().bfloat16(), scale[torch.bfloat16]),
        TOGETHER + 1,
        FEW_8,
        torch.bfloat16,
    )
    several = joined(halves, blocks) if has_half() else blocks
    return joined(bags_product(bags, layer), several)


def held_product(layer: Any) -> Product:
    """Rows times the whole weights, which are made once for each dtype."""
    held: dict[torch.dtype, torch.Tensor] = {}

    def product(x: torch.Tensor) -> torch.Tensor | None:
        if (weight := held.get(x.dtype)) is None:
            weight = held[x.dtype] = layer.whole(x.dtype)
        y = F.linear(x, weight)
        return y if layer.bias is None else y + layer.bias.to(y.dtype)

    return product


def packed_product(layer: Any) -> Product | None:
    """Few bfloat16 rows times packed weights, with all that can be checked before."""
    weight, scale = layer.weight.detach(), layer.weight_scale.detach()
    if weight.data_ptr() % ALIGNMENT or scale.dtype != torch.bfloat16:
        return None
    inputs, outputs, multiply = layer.in_features, layer.out_features, torch._weight_int8pack_mm

    def product(x: torch.Tensor) -> torch.Tensor | None:
        if x.dtype != torch.bfloat16 or not 0 < x.numel() <= FEW_8 * inputs:
            return None
        y: torch.Tensor = multiply(x.reshape(-1, inputs), weight, scale).view(*x.shape[:-1], outputs)
        return y if layer.bias is None else y.add_(layer.bias)

    return product


def blocks_product(layer: Any, weight: torch.Tensor, scale: torch.Tensor | None = None) -> Product:
    """Rows times a weight in oneDNN's order, times `scale`."""
    rows = 8  # measured: for one row too, the order for eight is read fastest, or as fast as any
    blocks = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), rows)
    multiply, dtype = torch.ops.mkldnn._linear_pointwise, weight.dtype

    def product(x: torch.Tensor) -> torch.Tensor | None:
        if x.dtype != dtype or not x.numel():
            return None
        if scale is None:
            y: torch.Tensor = multiply(x, blocks, layer.bias, "none", [], "")
            return y
        y = multiply(x, blocks, None, "none", [], "").mul_(scale)
        return y if layer.bias is None else y.add_(layer.bias)

    return product


def joined(first: Product, second: Product | None) -> Product:
    """The first of two products that takes the rows."""
    if second is None:
        return first

    def product(x: torch.Tensor) -> torch.Tensor | None:
        y = first(x)
        return second(x) if y is None else y

    return product


__all__ = [
    "Product",
    "copied",
    "copied_bytes",
    "form_for",
    "joined",
    "usable",
    "whole_product",
    "without_copy",
]
