"""`Parameter` and `Buffer`: named places of a module that hold a value, or the recipe of one.

A slot holds one of: a recipe (made when first read), a host array (moved when first read), an array of the
framework, a variable bound by a face, or `Abstract` (shape and dtype only).  In a `Scope` reads and writes
go to the scope.
"""

from __future__ import annotations

import builtins
import dataclasses
from typing import Any

import numpy as np

from ....core.recipe import Abstract, Recipe
from ....core.scope import current
from ... import backend as B
from ..creation import tensor
from ..devices import on_meta
from ..filled import Filled
from ..tensor import Raw, Size, Tensor, dtype_named, make_size


class _Slot(Tensor):
    """A tensor whose array can be replaced."""

    __slots__ = ("_value", "_variable", "requires_grad")

    requires_grad: builtins.bool  # type: ignore[assignment]

    def __init__(self, data: Any, requires_grad: builtins.bool = True) -> None:
        self._variable: Any = None
        self.requires_grad = requires_grad
        if isinstance(data, (_Slot, Filled)):
            data = (
                data.peek() if isinstance(data, _Slot) else (data.recipe if data._raw is None else data._raw)
            )
        elif not isinstance(data, (Recipe, Abstract)):
            data = data.a if isinstance(data, Tensor) else tensor(data).a
        self._value: Any = data

    # -------------------------------------------------------------- reading
    def peek(self) -> Any:
        """What the slot holds now: a recipe, an abstract value, a host array or a raw array."""
        scope = current()
        held = self._value if self._variable is None else self._variable
        return held if scope is None else scope.read(self, held)

    @property
    def a(self) -> Raw:  # type: ignore[override]
        """The raw array."""
        scope = current()
        if scope is not None and (given := scope.read(self, None)) is not None:
            return given
        return self._own() if self._variable is None else B.read_variable(self._variable)

    def _own(self) -> Raw:
        """The value of the slot itself, made or moved to the framework at the first reading."""
        held = self._value
        if isinstance(held, Abstract):
            raise RuntimeError(
                f"a {type(self).__name__} of shape {list(held.shape)} was made on the meta device "
                "and has no value yet: load weights into the module before using it"
            )
        if isinstance(held, Recipe):
            held = self._value = B.constant(held.make())
        elif isinstance(held, np.ndarray):
            held = self._value = B.constant(held)
        return held

    @a.setter
    def a(self, raw: Any) -> None:
        scope = current()
        if scope is not None:
            scope.updates[id(self)] = raw
        elif self._variable is not None:
            B.write_variable(self._variable, raw)
        elif B.is_raw(raw) and B.traced(raw):
            raise RuntimeError(
                f"a {type(self).__name__} cannot take a value that {B.NAME} is tracing: "
                "run the module in a Scope, which collects updates of buffers"
            )
        else:
            self._value = raw

    def _described(self) -> tuple[tuple[Any, ...], str]:
        held = self.peek()
        if isinstance(held, (Recipe, Abstract)):
            return held.shape, held.dtype
        if isinstance(held, np.ndarray):
            return held.shape, held.dtype.name
        raw = self.a
        return B.shape(raw), B.dtype(raw)

    @property
    def shape(self) -> Size:
        return make_size(self._described()[0])

    @property
    def dtype(self) -> Any:
        return dtype_named(self._described()[1])

    @property
    def ndim(self) -> builtins.int:
        return len(self._described()[0])

    @property
    def is_meta(self) -> builtins.bool:
        return isinstance(self.peek(), Abstract)

    # -------------------------------------------------------------- writing
    def set(self, value: Any) -> None:
        """Hold `value` (recipe, abstract, host array or raw array) from now on; nothing is checked or
        converted.
        """
        if self._variable is not None and not isinstance(value, Abstract):
            value = value.make() if isinstance(value, Recipe) else value
            B.write_variable(self._variable, value)
        else:
            self._value = value

    def bind(self, variable: Any) -> None:
        """Let a variable of the framework hold the value from now on; reads and writes go there."""
        self._variable = variable
        self._value = None

    @property
    def variable(self) -> Any:
        """The bound variable, or None."""
        return self._variable

    def convert(self, dtype: Any) -> None:
        """Hold the value as `dtype`; recipes and abstract values stay unmade."""
        held = self.peek()
        name = B.canonical(dtype.name)
        if isinstance(held, (Recipe, Abstract)):
            self.set(dataclasses.replace(held, dtype=name))
        elif self.dtype.name != name:
            self.set(B.cast(self.a, name))

    def requires_grad_(self, requires_grad: builtins.bool = True) -> Any:
        """Set the flag and return the parameter."""
        self.requires_grad = requires_grad
        return self

    # -------------------------------------------------------------- copies
    def _held(self) -> Any:
        held = self._value if self._variable is None else B.read_variable(self._variable)
        return held if isinstance(held, (Recipe, Abstract)) else B.to_numpy(held)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._held(), self.requires_grad, getattr(self, "persistent", None))

    def __deepcopy__(self, memo: dict[builtins.int, Any]) -> Any:
        held = self._value if self._variable is None else self._held()
        copy = _restore(type(self), held, self.requires_grad, getattr(self, "persistent", None))
        memo[id(self)] = copy
        return copy


def _restore(cls: Any, held: Any, requires_grad: builtins.bool, persistent: builtins.bool | None) -> Any:
    slot = object.__new__(cls)
    slot._value, slot._variable, slot.requires_grad = held, None, requires_grad
    if persistent is not None:
        slot.persistent = persistent
    return slot


class Parameter(_Slot):
    """A trainable tensor of a module; made under `torch.device("meta")` it has shape and dtype only."""

    __slots__ = ()

    def __init__(self, data: Any = None, requires_grad: builtins.bool = True) -> None:
        super().__init__(tensor([]) if data is None else data, requires_grad)
        if on_meta() or (isinstance(data, Filled) and data.is_meta):
            self._value = Abstract(*self._described())

    def __repr__(self) -> str:
        if self.is_meta or isinstance(self.peek(), Recipe):
            return f"Parameter containing: shape={list(self.shape)}, dtype={self.dtype}"
        return f"Parameter containing:\n{super().__repr__()}"


class Buffer(_Slot):
    """A tensor of a module that is not trained; saved with it if `persistent`."""

    __slots__ = ("persistent",)

    def __init__(self, data: Any, persistent: builtins.bool = True) -> None:
        super().__init__(data, False)
        self.persistent = persistent


for _cls in (_Slot, Parameter, Buffer):
    B.register_tensor(_cls)

__all__ = ["Buffer", "Parameter"]
