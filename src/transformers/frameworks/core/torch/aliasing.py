"""A checking mode: a write through a view, or under one, is an error.

In PyTorch `x.view(...)`, `x[0]` and their kin share memory with `x`: a write to one changes the other.
Here every tensor stands for itself, so that code which counts on the sharing (or suffers from it) gives
other numbers than PyTorch does.  With the environment variable TRANSFORMERS_CHECK_ALIASING=1, read once
when the layer is imported, `x[index] = value` raises as long as another tensor lives that PyTorch might let
see the write.  The mode costs time and is meant for tests of new model code.
"""

from __future__ import annotations

import functools
import os
import weakref
from collections.abc import Callable
from typing import Any

from .tensor import Tensor

VARIABLE = "TRANSFORMERS_CHECK_ALIASING"

# What gives, or may give, a view of its first operand in PyTorch.
_METHODS = (
    "__getitem__", "as_strided", "broadcast_to", "chunk", "contiguous", "detach", "diagonal", "expand",
    "expand_as", "flatten", "moveaxis", "movedim", "narrow", "permute", "ravel", "reshape", "reshape_as",
    "select", "split", "split_with_sizes", "squeeze", "swapaxes", "swapdims", "t", "tensor_split",
    "transpose", "unbind", "unflatten", "unfold", "unsqueeze", "view", "view_as",
)  # fmt: skip
_FUNCTIONS = ("broadcast_tensors", "imag", "meshgrid", "real", "view_as_complex", "view_as_real")
_PROPERTIES = ("T", "imag", "mT", "real")


class _Family:
    """Tensors that share memory in PyTorch."""

    __slots__ = ("members",)

    def __init__(self) -> None:
        self.members: dict[int, tuple[weakref.ref[Any], str]] = {}

    def join(self, tensor: Tensor, how: str) -> None:
        key = id(tensor)

        def leave(_: Any) -> None:
            self.members.pop(key, None)
            if _families.get(key) is self:
                _families.pop(key)

        self.members[key] = (weakref.ref(tensor, leave), how)
        _families[key] = self

    def others(self, tensor: Tensor) -> list[str]:
        return [how for key, (_, how) in self.members.items() if key != id(tensor)]


_families: dict[int, _Family] = {}


def link(source: Any, result: Any, how: str) -> None:
    """Remember that `result` (a tensor, or several) is a view of `source`."""
    if isinstance(result, (tuple, list)):
        for part in result:
            link(source, part, how)
    elif isinstance(result, Tensor) and isinstance(source, Tensor) and result is not source:
        family = _families.get(id(source))
        if family is None:
            family = _Family()
            family.join(source, "the tensor it was made from")
        family.join(result, f"a view made by {how}")


def check_write(tensor: Tensor) -> None:
    """An error if another living tensor shares memory with `tensor` in PyTorch."""
    family = _families.get(id(tensor))
    if family is not None and (others := family.others(tensor)):
        own = family.members[id(tensor)][1]
        what = (
            "a tensor of which there is" if own.startswith("the tensor") else f"{own}, beside which there is"
        )
        raise RuntimeError(
            f"x[index] = value writes to {what} {others[0]}: PyTorch would change both, this layer changes "
            f"one; write to x.clone(), or use torch.where or torch.cat ({VARIABLE} is set)"
        )


def _is_view(name: str, args: tuple[Any, ...]) -> bool:
    """Whether an index gives a view: ints, slices, None and `...` do, tensors and lists copy."""
    if name != "__getitem__":
        return True
    parts = args[0] if isinstance(args[0], tuple) else (args[0],)
    return not any(isinstance(part, (list, range)) or getattr(part, "ndim", 0) for part in parts)


def _linking(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def linked(source: Any, *args: Any, **kwargs: Any) -> Any:
        result = function(source, *args, **kwargs)
        if _is_view(name, args):
            for one in source if isinstance(source, (tuple, list)) else (source,):
                link(one, result, name)
        return result

    return linked


def _setting(function: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(function)
    def checked(self: Tensor, index: Any, value: Any) -> None:
        check_write(self)
        function(self, index, value)

    return checked


def wanted() -> bool:
    """Whether the environment asks for the checks."""
    return os.environ.get(VARIABLE, "").lower() in ("1", "true", "yes", "on")


def install(namespace: dict[str, Any]) -> None:
    """Put the checks around what makes views, and around writes; `namespace` is that of `torch`."""
    for name in _METHODS:
        linked = _linking(name, getattr(Tensor, name))
        setattr(Tensor, name, linked)
        if name in namespace:
            namespace[name] = linked
    for name in _FUNCTIONS:
        namespace[name] = _linking(name, namespace[name])
    for name in _PROPERTIES:
        setattr(Tensor, name, property(_linking(name, getattr(Tensor, name).fget)))
    Tensor.__setitem__ = _setting(Tensor.__setitem__)  # type: ignore[attr-defined]


__all__ = ["VARIABLE", "check_write", "install", "link", "wanted"]
