"""While a model writes on a CPU, its linear layers run on the kernels that are fastest for their rows.

float32 products go to oneDNN, which needs nothing for it. Where many tokens are to be written, each weight is
also copied once, into the order that its kernel reads best: oneDNN's blocks, half as many bytes where every
number of float32 is one of float16 as well (as in checkpoints made from float16 or bfloat16), or tables of
embeddings for weights of 8 bits. The products are the same numbers up to the order of summation.

Copies live outside the model, so that its state, its files and its training do not know them. They are
compared with the weights before each text, and go when the model is trained, moved, cast or loaded anew. By
default they are made if they take at most 2 GiB and 32 or more tokens may be written;
`model.prepack_weights(True or False)` and the environment variable TRANSFORMERS_PREPACK=1 or 0 say otherwise.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from ..layers.conv1d import Conv1D
from ..utils import environment
from . import kernels, siblings, small_steps
from .linear import QuantizedLinear, is_linear

LARGEST = 2 << 30  # bytes of copies that are made without being asked for
FEWEST = 32  # new tokens from which they pay
SMALLEST = 1 << 14  # elements of a weight that are worth a call of another kernel
_SWITCHES: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()
_COPIES: weakref.WeakKeyDictionary[Any, dict[str, Copy]] = weakref.WeakKeyDictionary()


class _Inside(threading.local):
    depth = 0


INSIDE = _Inside()  # whether the fast kernels are at work in this thread


class Copy:
    """The copy of one layer's weight: what it was made from, in which form, and the function that uses it.

    Of layers that could be joined: "apart" and no function where that does not pay.
    """

    def __init__(self, form: str, mark: tuple[Any, ...], run: kernels.Product | None) -> None:
        self.form, self.mark, self.run = form, mark, run


def switch(model: Any, enabled: bool | None) -> None:
    """See `WeightsMixin.prepack_weights`."""
    if enabled not in (True, False, None):
        raise TypeError(f"enabled must be True, False or None, got {enabled!r}")
    if enabled is None:
        _SWITCHES.pop(model, None)
    else:
        _SWITCHES[model] = enabled
    if enabled is False:
        drop(model)


def drop(model: Any) -> None:
    """Forget the copies of a model's weights."""
    _COPIES.pop(model, None)


def chosen(model: Any) -> bool | None:
    """What the caller or the environment says; None where nobody does."""
    if (own := _SWITCHES.get(model)) is not None:
        return own
    word = (environment.text("TRANSFORMERS_PREPACK") or "").upper()
    return True if word in environment.TRUE_VALUES else False if word in environment.FALSE_VALUES else None


@contextlib.contextmanager
def fast_products(model: Any, steps: int) -> Iterator[None]:
    """Run the linear layers of a model on the fastest kernels.

    steps: that are to come.
    """
    wanted = chosen(model)
    if wanted is False or model.training or not kernels.usable() or torch.is_grad_enabled():
        yield
        return
    layers = dict(eligible(model))
    size = sum(kernels.copied_bytes(layer) for layer in layers.values())
    copying = wanted or (steps >= FEWEST and size <= LARGEST)
    old = _COPIES.pop(model, {}) if copying else {}
    new: dict[str, Copy] = {}
    dtype = model.dtype
    changed: list[Any] = []
    calm = small_steps.hurry(model)
    outside, INSIDE.depth = INSIDE.depth, 1
    try:
        shared = joint_products(model, layers, old, new, bool(wanted)) if copying else {}
        for name, layer in layers.items():
            run = plain = kernels.without_copy(layer)
            if name in shared:
                run = kernels.joined(shared[name], plain)
            elif copying and (form := kernels.form_for(layer, bool(wanted), dtype)) is not None:
                copy = new[name] = kept(old.pop(name, None), layer, form)
                run = plain if copy.run is None else kernels.joined(copy.run, plain)
            if run is not None:
                layer.forward = within(run, layer)
                changed.append(layer)
        if copying:
            _COPIES[model] = new
        yield
    finally:
        INSIDE.depth = outside
        calm()
        for layer in changed:
            layer.__dict__.pop("forward", None)


def joint_products(
    model: Any, layers: dict[str, Any], old: dict[str, Copy], new: dict[str, Copy], forced: bool
) -> dict[str, kernels.Product]:
    """The products of layers that share their rows, by name; their copies go from `old` to `new`."""
    found: dict[str, kernels.Product] = {}
    for names in siblings.groups(model, layers):
        members = [layers[name] for name in names]
        if (form := kernels.form_for(members[0], forced, model.dtype)) is None:
            continue  # packed weights that are read as they are gain nothing (measured)
        now = (form, *(part for layer in members for part in mark(layer, bias=True)))
        key = f"{names[0]}+"
        entry = old.pop(key, None)
        if entry is None or entry.mark != now:
            made = siblings.product_of(members, form)
            entry = Copy("apart", now, None) if made is None else Copy(made[0], now, made[1])
        new[key] = entry
        if entry.run is not None:
            together = siblings.Together(entry.run, [layer.out_features for layer in members])
            found.update(zip(names, together.members(), strict=True))
    return found


def within(run: kernels.Product, layer: Any) -> Callable[[Any], Any]:
    """A forward that leaves to the layer itself what the kernel cannot take."""
    own, dtype = layer.forward, layer.bias.dtype if layer.bias is not None else layer.weight.dtype
    floating = dtype if dtype.is_floating_point else None

    def forward(x: torch.Tensor) -> Any:
        if floating is not None and x.dtype != floating:
            return own(x)
        y = run(x)
        return own(x) if y is None else y

    return forward


def eligible(model: Any) -> Iterator[tuple[str, Any]]:
    """Linear layers with a weight that is worth it, and whose call nobody else has changed."""
    for name, layer in model.named_modules():
        if not is_linear(layer) and not isinstance(layer, QuantizedLinear):
            continue
        if is_linear(layer) and layer.bias is not None and type(layer) not in (nn.Linear, Conv1D):
            continue  # a class of its own may add its bias in another way
        weight = layer.weight
        plain = type(weight) in (nn.Parameter, torch.Tensor) and weight.device.type == "cpu"
        if plain and weight.is_contiguous() and weight.numel() >= SMALLEST and "forward" not in vars(layer):
            yield name, layer


def kept(old: Copy | None, layer: Any, form: str) -> Copy:
    """The copy of a layer's weight in a form: the one there is, if the weight is what it was."""
    now = mark(layer)
    if old is not None and old.mark == (form, *now):
        return old
    found, run = kernels.copied(layer, form)
    return Copy(found, (form, *now), run)


def mark(layer: Any, bias: bool = False) -> tuple[Any, ...]:
    """What tells whether a layer's weight has changed: its place, its version, and the sum of its bits.

    bias: of its bias too.
    """
    found: list[Any] = []
    names = (*getattr(layer, "fixed_dtypes", ("weight",)), *(("bias",) if bias else ()))
    for name in names:
        if getattr(layer, name) is None:
            continue
        value = getattr(layer, name).detach()
        version = 0 if value.is_inference() else value._version
        size = value.element_size() * value.shape[-1]
        bits = torch.int64 if size % 8 == 0 else torch.int16 if size % 2 == 0 else torch.int8
        with contextlib.suppress(RuntimeError):  # a view of bytes that do not begin at a whole number
            value = value.view(bits)
        found += [value.data_ptr(), version, tuple(value.shape), value.dtype, int(value.sum())]
    return tuple(found)


__all__ = ["drop", "fast_products", "switch"]
