"""The operators of `Tensor`: `+`, `==`, `~` and their kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import backend as B
from . import pointwise as P
from .promotion import is_number
from .tensor import Tensor


def _supported(other: Any) -> bool:
    return isinstance(other, Tensor) or is_number(other) or B.is_raw(other)


def _operator(name: str, function: Callable[..., Tensor], swapped: bool = False) -> None:
    def forward(self: Tensor, other: Any) -> Any:
        return function(self, other) if _supported(other) else NotImplemented

    def backward(self: Tensor, other: Any) -> Any:
        return function(other, self) if _supported(other) else NotImplemented

    operator = backward if swapped else forward
    operator.__name__ = name
    setattr(Tensor, name, operator)


def _in_place(symbol: str, function: Callable[..., Tensor]) -> Callable[[Tensor, Any], Any]:
    def operator(self: Tensor, other: Any) -> Any:
        if self.ndim:
            raise TypeError(
                f"x {symbol}= y writes in place in torch, which this layer has not: write x = x {symbol} y"
            )
        return function(self, other) if _supported(other) else NotImplemented

    return operator


_ARITHMETIC: dict[str, tuple[str, Callable[..., Tensor]]] = {
    "add": ("+", P.add),
    "sub": ("-", P.sub),
    "mul": ("*", P.mul),
    "truediv": ("/", P.div),
    "floordiv": ("//", P.floor_divide),
    "mod": ("%", P.remainder),
    "pow": ("**", P.pow),
    "and": ("&", P.bitwise_and),
    "or": ("|", P.bitwise_or),
    "xor": ("^", P.bitwise_xor),
    "lshift": ("<<", P.bitwise_left_shift),
    "rshift": (">>", P.bitwise_right_shift),
}
for _name, (_symbol, _function) in _ARITHMETIC.items():
    _operator(f"__{_name}__", _function)
    _operator(f"__r{_name}__", _function, swapped=True)
    setattr(Tensor, f"__i{_name}__", _in_place(_symbol, _function))
for _function in (P.eq, P.ne, P.lt, P.le, P.gt, P.ge):
    _operator(f"__{_function.__name__}__", _function)
for _name, _function in {"neg": P.neg, "pos": P.positive, "invert": P.bitwise_not, "abs": P.abs}.items():
    setattr(Tensor, f"__{_name}__", _function)

__all__: list[str] = []
