"""Calls of a model without gradients run their large float32 products on oneDNN.

PyTorch gives them to a library that leaves the widest registers of some processors alone; oneDNN reads the
same weights at up to twice the speed there, and nothing is copied unless the caller has said
`model.prepack_weights(True)`. The products are the same numbers up to the order of summation.

A layer has the kernel for the time of the model's call only, and every product looks at its weight and its
rows as they are then. Whatever is more than a plain product on a CPU stays PyTorch's: gradients, compiling,
tracing, autocast, modes that watch operations, transformations of functions, layers of other kinds.
`model.prepack_weights(False)` and TRANSFORMERS_PREPACK=0 leave everything to PyTorch.
"""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ..layers.conv1d import Conv1D
from . import kernels, prepack

DTYPES = (torch.float32, torch.bfloat16)  # that copies are for
_CALLS: weakref.WeakKeyDictionary[Any, Calls] = weakref.WeakKeyDictionary()


class Calls:
    """The layers of one model that have a faster kernel, and how many calls of it run now."""

    def __init__(self, model: Any) -> None:
        self.lock, self.running = threading.Lock(), 0
        copying = prepack.chosen(model) is True
        found = prepack.eligible(model) if pays() or (copying and kernels.usable()) else ()
        self.layers = [
            (layer, functools.partial(product, layer, held=Held(layer) if copying else None))
            for _, layer in found
            if type(layer).forward in (nn.Linear.forward, Conv1D.forward)
        ]

    def __enter__(self) -> None:
        with self.lock:
            self.running += 1
            if self.running == 1:
                for layer, forward in self.layers:
                    vars(layer).setdefault("forward", forward)  # a forward of somebody else's stays
        prepack.INSIDE.depth = 1  # models inside this one have their kernels already

    def __exit__(self, *error: object) -> None:
        prepack.INSIDE.depth = 0
        with self.lock:
            self.running -= 1
            if self.running == 0:
                for layer, forward in self.layers:
                    if vars(layer).get("forward") is forward:
                        del layer.__dict__["forward"]


@functools.cache
def pays() -> bool:
    """Whether oneDNN is there, and a processor whose widest registers it uses."""
    return kernels.usable() and torch.backends.cpu.get_cpu_capability().startswith("AVX512")


def run(model: Any, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """`call(*args, **kwargs)` of a model, with the faster kernels where they give the same."""
    if prepack.INSIDE.depth or watched() or prepack.chosen(model) is False:
        return call(*args, **kwargs)
    if (calls := _CALLS.get(model)) is None:
        calls = _CALLS[model] = Calls(model)
    if not calls.layers:
        return call(*args, **kwargs)
    with calls:
        return call(*args, **kwargs)


def watched() -> bool:
    """Whether something wants to see PyTorch's own operations, or to carry them out in its own way."""
    return bool(
        not torch._C._get_mkldnn_enabled()
        or torch.jit.is_tracing()
        or torch.is_autocast_enabled("cpu")
        or torch._C._len_torch_function_stack()
        or torch._C._len_torch_dispatch_stack()
        or torch._C._functorch.peek_interpreter_stack() is not None
    )


def drop(model: Any) -> None:
    """Look for the layers anew at the next call."""
    _CALLS.pop(model, None)


class Held:
    """A copy of one layer's weight over many calls, made anew when the weight is another one.

    That is told by its place and form in memory and by PyTorch's count of its changes, which does not know of
    writing through `.data`.
    """

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.made: tuple[torch.Tensor, Any, kernels.Product] | None = None

    def product(self, x: torch.Tensor) -> torch.Tensor | None:
        """Rows times the copy; None where weight, bias or rows are not what it is for."""
        layer, weight, bias = self.layer, self.layer.weight, self.layer.bias
        inputs = weight.shape[0 if isinstance(layer, Conv1D) else -1]
        if type(weight) not in kernels.PLAIN or not weight.is_cpu or weight.is_inference():
            return None
        if x.dtype not in DTYPES or weight.dtype != x.dtype or not x.dim() or x.shape[-1] != inputs:
            return None
        if bias is not None and (bias.dtype != x.dtype or not bias.is_cpu):
            return None
        mark = weight.data_ptr(), weight._version, weight.shape, weight.stride()
        if self.made is None or self.made[1] != mark:
            # Its memory is kept, so that no other weight can come to lie there unseen.
            self.made = weight.detach(), mark, kernels.copied(layer, "blocks")[1]
        return self.made[2](x)


def product(layer: Any, x: Any, held: Held | None = None) -> Any:
    """What a linear layer gives, from oneDNN where its rows and its weight suit it."""
    y = None
    if not torch.is_grad_enabled() and type(x) is torch.Tensor and x.is_cpu and not x.is_nested:
        y = None if held is None else held.product(x)
        y = kernels.whole_product(layer, x) if y is None else y
    return type(layer).forward(layer, x) if y is None else y


__all__ = ["drop", "run"]
