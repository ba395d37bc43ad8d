"""`torch.nn.utils.parametrize`: a weight computed from other parameters, live at every reading."""

from __future__ import annotations

from typing import Any

from ..containers import ModuleDict, ModuleList
from ..module import Module
from ..parameter import Parameter


class ParametrizationList(ModuleList):
    """original0, original1, ... and the module that makes the weight of them."""

    _folds_repr = False

    def forward(self) -> Any:
        """The weight."""
        originals = [slot for name, slot in self._parameters.items() if name.startswith("original")]
        return self[0](*originals)


class Parametrized:
    """What a module computes when its attribute `name` is read."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, module: Any) -> Any:
        return module.parametrizations[self.name]()

    def __repr__(self) -> str:
        return f"Parametrized({self.name!r})"


def computed(module: Module, name: str, rule: Any) -> None:
    """From now on the attribute `name` is `rule(module)`; the parameter of that name is forgotten."""
    module._forget(name, "")
    module.__dict__.setdefault("_computed", {})[name] = rule


def uncomputed(module: Module, name: str) -> Any:
    """Forget such a rule and return what it gave."""
    value = getattr(module, name)
    del module.__dict__["_computed"][name]
    return value


def install(module: Module, name: str, maker: Module, originals: list[Parameter]) -> None:
    """Let `maker(*originals)` be the attribute `name`."""
    if "parametrizations" not in module._modules:
        module.add_module("parametrizations", ModuleDict())
    made = ParametrizationList([maker])
    for place, original in enumerate(originals):
        made.register_parameter(f"original{place}", original)
    module.parametrizations[name] = made
    computed(module, name, Parametrized(name))


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether the module computes `tensor_name` (None: anything) from other parameters."""
    table = module._modules.get("parametrizations")
    if not isinstance(table, ModuleDict):
        return False
    return len(table) > 0 if tensor_name is None else tensor_name in table


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make the computed weight a parameter again."""
    if not leave_parametrized:
        raise ValueError(
            "remove_parametrizations: only leave_parametrized=True is part of the torch-API layer"
        )
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"{type(module).__name__} does not compute {tensor_name!r}")
    value = uncomputed(module, tensor_name)
    del module.parametrizations[tensor_name]
    if not len(module.parametrizations):
        del module.parametrizations
    module.register_parameter(tensor_name, Parameter(value))
    return module


__all__ = ["ParametrizationList", "is_parametrized", "remove_parametrizations"]
