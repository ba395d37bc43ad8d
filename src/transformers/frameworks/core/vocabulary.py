"""Which names of PyTorch the torch-API layer has, read from the layer itself (over NumPy, the cheapest
framework).

The lint of ring files holds model code to these names; every other one raises AttributeError at run time.
"""

from __future__ import annotations

import functools
import types
from typing import Any

from ..loader import torch_module

_SUBMODULES = ("compiler", "distributions", "fft", "jit", "linalg", "nn", "special", "utils")
_INNER = ("functional", "init", "modules", "parameter", "utils")


def _public(namespace: types.ModuleType, modules: tuple[str, ...] = ()) -> frozenset[str]:
    """Names of a namespace package: what its parts define, and the submodules that PyTorch has too."""
    names = {
        name
        for name, value in vars(namespace).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "annotations"
    }
    return frozenset(names.union(modules))


@functools.cache
def vocabulary() -> dict[str, frozenset[str]]:
    """Names by where they live: "torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "Tensor" and
    smaller ones.
    """
    torch: Any = torch_module("np")
    functional = torch.nn.functional
    helpers = frozenset(name for name in vars(torch.nn.init) if name.startswith("_calculate"))
    wide = frozenset(torch._WIDE)
    return {
        "torch": _public(torch, _SUBMODULES) | wide,
        "torch.nn": _public(torch.nn, _INNER),
        "torch.nn.functional": _public(functional),
        "torch.nn.utils": frozenset(torch.nn.utils.__all__),
        "torch.nn.utils.parametrizations": frozenset(torch.nn.utils.parametrizations.__all__),
        "torch.nn.utils.parametrize": frozenset(torch.nn.utils.parametrize.__all__),
        "torch.nn.utils.rnn": frozenset(torch.nn.utils.rnn.__all__),
        "torch.nn.init": frozenset(torch.nn.init.__all__) | helpers,
        "torch.distributions": frozenset(torch.distributions.__all__),
        "torch.fft": frozenset(torch.fft.__all__),
        "torch.special": frozenset(torch.special.__all__),
        "torch.linalg": frozenset(torch.linalg.__all__),
        "torch.compiler": frozenset(torch.compiler.__all__),
        "torch.jit": frozenset(torch.jit.__all__),
        "torch.utils.checkpoint": frozenset(torch.utils.checkpoint.__all__),
        "Tensor": frozenset(name for name in dir(torch.Tensor) if not name.startswith("_") and name != "a"),
    }


def __getattr__(name: str) -> Any:
    if name == "VOCABULARY":
        return vocabulary()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["VOCABULARY", "vocabulary"]  # noqa: F822 - the constant is made when first asked for
