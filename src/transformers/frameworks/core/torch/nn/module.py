"""`nn.Module`: a tree of named parameters, buffers and children, as in PyTorch."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ....core.scope import current
from ..tensor import Tensor
from . import state
from .parameter import Buffer, Parameter

_Self = TypeVar("_Self", bound="Module")
_TABLES = ("_parameters", "_buffers", "_modules")


class Module:
    """Base of all models and layers; assigning a Parameter or a Module to an attribute registers it."""

    _path = ""  # the module's name in its model, set by a face: dropout depends on it

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        set_ = object.__setattr__
        set_(self, "_mode", True)
        for table in _TABLES:
            set_(self, table, {})

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What calling the module computes."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        scope = current()
        if scope is None or scope.rng is None:
            return self.forward(*args, **kwargs)
        scope.paths.append(self._path)
        try:
            return self.forward(*args, **kwargs)
        finally:
            scope.paths.pop()

    # -------------------------------------------------------------- attributes
    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for table in _TABLES:
            if table in own and name in own[table]:
                return own[table][name]
        if name in own.get("_computed", ()):  # a weight made of other parameters, see `nn.utils`
            return own["_computed"][name](self)
        raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if isinstance(value, (Parameter, Module, Buffer)):
            if "_modules" not in own:
                raise AttributeError(
                    f"call super().__init__() before assigning {name!r} to {type(self).__name__}"
                )
            table = (
                "_parameters"
                if isinstance(value, Parameter)
                else "_buffers"
                if isinstance(value, Buffer)
                else "_modules"
            )
            self._forget(name, table)
            own[table][name] = value
            return
        for table in _TABLES:
            if name in own.get(table, ()):
                self._replace(table, name, value)
                return
        if name in own.get("_computed", ()):
            raise TypeError(f"{name!r} is computed from other parameters: assign to those instead")
        object.__setattr__(self, name, value)

    def _replace(self, table: str, name: str, value: Any) -> None:
        """Assign a plain value to a registered name."""
        entries = self.__dict__[table]
        if value is None or entries[name] is value:
            entries[name] = value
        elif table == "_buffers" and isinstance(value, Tensor):
            if entries[name] is None:
                entries[name] = Buffer(value)
            else:
                entries[name].a = value.a  # the slot stays: a scope knows it
        else:
            kind = {"_parameters": "parameter", "_buffers": "buffer", "_modules": "child module"}[table]
            wanted = {"_parameters": "an nn.Parameter", "_buffers": "a tensor", "_modules": "a module"}[table]
            raise TypeError(
                f"{name!r} is a {kind} of {type(self).__name__}: assign {wanted} or None, "
                f"not {type(value).__name__}"
            )

    def _forget(self, name: str, kept: str) -> None:
        """Drop an attribute from everywhere but the table where it is about to be set."""
        self.__dict__.pop(name, None)
        for table in _TABLES:
            if table != kept:
                self.__dict__[table].pop(name, None)

    def __delattr__(self, name: str) -> None:
        for table in _TABLES:
            if name in self.__dict__.get(table, ()):
                del self.__dict__[table][name]
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = set(object.__dir__(self))
        return sorted(names.union(*(self.__dict__.get(table, ()) for table in _TABLES)))

    def _check_name(self, name: str, kind: str) -> None:
        if not isinstance(name, str) or not name or "." in name:
            raise KeyError(f"the name of a {kind} must be a nonempty string without a dot, not {name!r}")
        taken = hasattr(self, name) and not any(name in self.__dict__[table] for table in _TABLES)
        if taken:
            raise KeyError(f"{type(self).__name__} already has an attribute {name!r}")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter; None reserves the name."""
        self._check_name(name, "parameter")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"parameter {name!r} must be an nn.Parameter or None, not {type(param).__name__}")
        self._forget(name, "_parameters")
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is not trained; it is in `state_dict` if `persistent`."""
        self._check_name(name, "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"buffer {name!r} must be a tensor or None, not {type(tensor).__name__}")
        self._forget(name, "_buffers")
        self._buffers[name] = None if tensor is None else Buffer(tensor, persistent)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child; None reserves the name."""
        self._check_name(name, "module")
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"module {name!r} must be an nn.Module or None, not {type(module).__name__}")
        self._forget(name, "_modules")
        self._modules[name] = module

    register_module = add_module

    # -------------------------------------------------------------- the tree
    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Names and direct children, each child once."""
        seen: set[int] = set()
        for name, child in self._modules.items():
            if child is not None and id(child) not in seen:
                seen.add(id(child))
                yield name, child

    def children(self) -> Iterator[Module]:
        """Direct children, each once."""
        return (child for _, child in self.named_children())

    def named_modules(
        self, memo: set[int] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Dotted names and modules of the tree, this one first."""
        memo = set() if memo is None else memo
        if remove_duplicate and id(self) in memo:
            return
        memo.add(id(self))
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                inner = f"{prefix}.{name}" if prefix else name
                yield from child.named_modules(memo, inner, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """All modules of the tree, each once."""
        return (module for _, module in self.named_modules())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Dotted names and parameters; a shared one under its first name unless `remove_duplicate` is
        False.
        """
        return state.named_slots(self, "_parameters", prefix, recurse, remove_duplicate)

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Buffer]]:
        """Dotted names and buffers."""
        return state.named_slots(self, "_buffers", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, each once."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def buffers(self, recurse: bool = True) -> Iterator[Buffer]:
        """All buffers, each once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module of a dotted name; "" is this one."""
        return state.find(self, target)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name."""
        return state.find_slot(self, target, "_parameters")

    def get_buffer(self, target: str) -> Buffer:
        """The buffer of a dotted name."""
        return state.find_slot(self, target, "_buffers")

    def apply(self: _Self, fn: Callable[[Module], Any]) -> _Self:
        """Call `fn` on every module, children first."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    # -------------------------------------------------------------- state
    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> dict[str, Any]:
        """Dotted names and the parameters and persistent buffers themselves, shared ones under each name."""
        return state.state_dict(self, prefix)

    def load_state_dict(
        self, state_dict: Any, strict: bool = True, assign: bool = False
    ) -> state.IncompatibleKeys:
        """Take values by name: tensors or arrays, converted to the dtype that is here unless `assign`.

        Raises RuntimeError naming every wrong shape and, if `strict`, every missing or unexpected name.
        """
        return state.load_state_dict(self, state_dict, strict, assign)

    @property
    def training(self) -> bool:
        """Whether the module is in training mode: the scope's, or the module's own flag."""
        scope = current()
        return self._mode if scope is None or scope.train is None else scope.train

    @training.setter
    def training(self, mode: bool) -> None:
        object.__setattr__(self, "_mode", bool(mode))

    def train(self: _Self, mode: bool = True) -> _Self:
        """Put the whole tree in training mode (or evaluation mode)."""
        if not isinstance(mode, bool):
            raise ValueError(f"train(mode): mode must be True or False, not {mode!r}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: _Self) -> _Self:
        """Put the whole tree in evaluation mode."""
        return self.train(False)

    def requires_grad_(self: _Self, requires_grad: bool = True) -> _Self:
        """Set the flag of every parameter."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def to(self: _Self, *args: Any, dtype: Any = None, device: Any = None, **ignored: Any) -> _Self:
        """Convert floating parameters and buffers to `dtype`; devices are accepted and ignored."""
        return state.convert(self, args, dtype)

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What `repr` says of this module beside its children."""
        return ""

    def __repr__(self) -> str:
        return state.describe(self)


def _cast_method(name: str, target: str) -> Callable[[_Self], _Self]:
    def convert(self: _Self) -> _Self:
        return state.convert(self, (target,), None)

    convert.__name__ = name
    convert.__doc__ = f"Convert floating parameters and buffers to {target}."
    return convert


def _same(self: _Self, *args: Any, **ignored: builtins.object) -> _Self:
    """The module itself: placement is the framework's business."""
    return self


for _name, _target in (
    ("float", "float32"),
    ("half", "float16"),
    ("double", "float64"),
    ("bfloat16", "bfloat16"),
):
    setattr(Module, _name, _cast_method(_name, _target))
Module.cpu = Module.cuda = _same  # type: ignore[attr-defined]

__all__ = ["Module"]
