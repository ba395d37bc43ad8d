"""Products of one row with weights of 8 bits, by the kernel that sums the rows of an embedding table.

A row x times W (out, in) is the sum over the inputs k of x[k] times column k of W: a bag that holds every
entry of a table, the entries weighted by x. PyTorch's kernel for bags of 8-bit embeddings (FBGEMM's, with
AVX-512) reads such a table as fast as memory gives it, with x and the sum in float32; the kernel that is made
for 8-bit products is bound by its arithmetic to half of that. The table is cut into bags of as many outputs
as the registers hold.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

Product = Callable[[torch.Tensor], torch.Tensor | None]  # None: not for these rows
WIDTH = 448  # outputs of a bag, which registers hold at once
SINGLE = 640  # outputs up to which one bag is faster than two (measured)
LANES = 16  # outputs that an instruction takes together
BAGS_A_THREAD = 4  # from which several threads gain (measured with two)
CALLS = 8  # calls with several rows after which these get a copy of their own: prompts alone do not
TAIL = 8  # bytes behind the steps of a table's row: its scale and its offset
OFFSET = 128  # the table's steps are without signs
DTYPES = (torch.float32, torch.bfloat16, torch.float16)


def kernel() -> Any:
    """PyTorch's operation."""
    return torch.ops.quantized.embedding_bag_byte_rowwise_offsets


@functools.cache
def readable() -> bool:
    """Whether this build and processor have the fast kernel, and it gives what is expected of it."""
    fast = "fbgemm" in torch.backends.quantized.supported_engines
    if not fast or torch.backends.cpu.get_cpu_capability() != "AVX512":
        return False
    weight = torch.arange(-60, 60, dtype=torch.int8).reshape(40, 3)
    x = torch.tensor([[1.0, 0.5, -2.0]])
    try:
        y = Bags(weight).product(x, torch.ones(40), None)
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return bool(torch.equal(y, x @ weight.t().float()))


def bags_for(outputs: int) -> int:
    """Into how many bags the outputs of a product are cut."""
    if outputs <= SINGLE and torch.get_num_threads() == 1:
        return 1
    least = -(-outputs // WIDTH)
    return next((count for count in range(least, 2 * least) if outputs % (count * LANES) == 0), least)


def suits(layer: Any) -> bool:
    """Whether one row times a layer's weight is faster as bags."""
    threads = torch.get_num_threads()
    return readable() and (threads == 1 or bags_for(layer.out_features) >= threads * BAGS_A_THREAD)


@functools.lru_cache(maxsize=64)
def places(count: int, inputs: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(rows of the table in the order of the bags, where each bag begins and the last one ends)."""
    with torch.inference_mode(False):
        rows = torch.arange(count * inputs, dtype=torch.int32)
        return rows, torch.arange(count + 1, dtype=torch.int32) * inputs


class Bags:
    """A weight of 8 bits as a table of embeddings.

    weight: int8 (out, in).
    """

    def __init__(self, weight: torch.Tensor) -> None:
        self.outputs, self.inputs = weight.shape
        self.count = bags_for(self.outputs)
        self.width = -(-self.outputs // (self.count * LANES)) * LANES
        self.table = torch.empty(self.count * self.inputs, self.width + TAIL, dtype=torch.uint8)
        self.table[:, self.width :] = torch.tensor([1.0, -OFFSET]).view(torch.uint8)
        missing = self.count * self.width - self.outputs
        steps = torch.nn.functional.pad(weight ^ -OFFSET, (0, 0, 0, missing)).view(torch.uint8)
        self.steps.copy_(steps.view(self.count, self.width, self.inputs).transpose(1, 2))

    @property
    def steps(self) -> torch.Tensor:
        """What the table holds of the weight: uint8 (bags, in, outputs of a bag)."""
        return self.table.view(self.count, self.inputs, -1)[..., : self.width]

    def weight(self) -> torch.Tensor:
        """The weight again: int8 (out, in)."""
        steps = self.steps.transpose(1, 2).reshape(-1, self.inputs)
        return steps[: self.outputs].view(torch.int8) ^ -OFFSET

    def product(self, x: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """One row (..., in) times the weight and the scale (out,) in float32, and the bias: (..., out)."""
        rows, starts = places(self.count, self.inputs)
        factors = x.float().reshape(-1)
        if self.count > 1:
            factors = torch.cat([factors] * self.count)
        sums = kernel()(self.table, rows, starts, False, 0, False, factors, None, True).view(-1)
        y = sums[: self.outputs] if sums.numel() != self.outputs else sums
        y = y.mul_(scale) if bias is None else torch.addcmul(bias, y, scale)
        return y.to(x.dtype).view(*x.shape[:-1], self.outputs)


def bags_product(bags: Bags, layer: Any) -> Product:
    """One row times a layer's weight, scale and bias."""
    inputs, scale = bags.inputs, layer.weight_scale.detach().float()
    bias = None if layer.bias is None else layer.bias.detach().float()

    def product(x: torch.Tensor) -> torch.Tensor | None:
        fits = x.numel() == inputs and x.dim() and x.shape[-1] == inputs and x.dtype in DTYPES
        return bags.product(x, scale, bias) if fits else None

    return product


def later(make: Callable[[], Product], least: int, most: int, dtype: torch.dtype) -> Product:
    """A product for `least` rows and more of a dtype, made once it was called often with up to `most`."""
    made: Product | None = None
    calls = 0

    def product(x: torch.Tensor) -> torch.Tensor | None:
        nonlocal made, calls
        rows = x.numel() // x.shape[-1] if x.dim() and x.shape[-1] else 0
        if rows < least or x.dtype != dtype:
            return None
        if made is None:
            calls += rows <= most
            if calls < CALLS:
                return None
            made = make()
        return made(x)

    return product


__all__ = ["Bags", "bags_product", "later", "suits"]
