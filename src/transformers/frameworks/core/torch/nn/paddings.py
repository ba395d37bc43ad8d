"""Layers that pad."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from . import functional as F
from .module import Module


class _Pad(Module):
    """More elements at the ends of the last axes; `padding` is one number, or (before, after) from the last
    axis on.
    """

    _axes = 1
    _pad_mode = "constant"
    _value = 0.0

    def __init__(self, padding: Any) -> None:
        super().__init__()
        many = isinstance(padding, (tuple, list))
        self.padding = tuple(padding) if many else (padding,) * (2 * self._axes)
        if len(self.padding) != 2 * self._axes:
            raise ValueError(f"{type(self).__name__} needs one width or {2 * self._axes}, got {self.padding}")

    def forward(self, input: Tensor) -> Tensor:
        """Larger sizes."""
        return F.pad(input, self.padding, self._pad_mode, self._value)

    def extra_repr(self) -> str:
        """The widths."""
        return f"{self.padding}"


class _ConstantPad(_Pad):
    """Padding with a number."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = self._value = value

    def extra_repr(self) -> str:
        """The widths and the number."""
        return f"padding={self.padding}, value={self.value}"


def _padding(name: str, mode: str, axes: int, base: type[Module] = _Pad) -> type[Module]:
    where = f"the last {axes} axes" if axes > 1 else "the last axis"
    doc = f"Padding of {where}, mode {mode}."
    return type(name, (base,), {"__doc__": doc, "__module__": __name__, "_axes": axes, "_pad_mode": mode})


CircularPad1d = _padding("CircularPad1d", "circular", 1)
CircularPad2d = _padding("CircularPad2d", "circular", 2)
CircularPad3d = _padding("CircularPad3d", "circular", 3)
ConstantPad1d = _padding("ConstantPad1d", "constant", 1, _ConstantPad)
ConstantPad2d = _padding("ConstantPad2d", "constant", 2, _ConstantPad)
ConstantPad3d = _padding("ConstantPad3d", "constant", 3, _ConstantPad)
ReflectionPad1d = _padding("ReflectionPad1d", "reflect", 1)
ReflectionPad2d = _padding("ReflectionPad2d", "reflect", 2)
ReflectionPad3d = _padding("ReflectionPad3d", "reflect", 3)
ReplicationPad1d = _padding("ReplicationPad1d", "replicate", 1)
ReplicationPad2d = _padding("ReplicationPad2d", "replicate", 2)
ReplicationPad3d = _padding("ReplicationPad3d", "replicate", 3)
ZeroPad1d = _padding("ZeroPad1d", "constant", 1)
ZeroPad2d = _padding("ZeroPad2d", "constant", 2)
ZeroPad3d = _padding("ZeroPad3d", "constant", 3)

__all__ = [
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
    "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
    "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
]  # fmt: skip
