"""`Tensor`: a box around one array of the framework.

A box is never changed by an operation; every operation makes a new one.  The sole writes are `x[index] =
value`, which puts a new array into this box alone (there are no views that would see it), and those of
`nn.init` on parameters.

Most methods are attached by the modules that define the functions of the same name; see `method`.
"""

from __future__ import annotations

import builtins
import contextvars
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from ...core import dtypes
from ...core.recipe import Abstract
from .. import backend as B
from .devices import CPU, META, device
from .excluded import method_text

Raw = Any
_Function = TypeVar("_Function", bound=Callable[..., Any])

_no_grad: contextvars.ContextVar[builtins.bool] = contextvars.ContextVar("no_grad", default=False)
_DTYPES = dtypes.DTYPES
_new = object.__new__


class Size(tuple[Any, ...]):
    """Sizes of a tensor: ints, or 0-d integer tensors where a size is known only when a graph runs."""

    __slots__ = ()

    def numel(self) -> Any:
        """Product of the sizes."""
        total: Any = 1
        for size in self:
            total = total * size
        return total

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if isinstance(index, slice) else found

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


def dtype_named(name: str) -> dtypes.dtype:
    """The dtype object that this framework uses for `name`; int64 is int32 in JAX without 64-bit types."""
    return _DTYPES[B.canonical(name)]


def wrap(raw: Raw) -> Tensor:
    """A new box around `raw`, the result of an operation."""
    box = _new(Tensor)
    box.a = B.stop_gradient(raw) if _no_grad.get() else raw
    return box


def _box(value: Any) -> Tensor:
    """A new box around whatever a tree transformation puts there (not always an array)."""
    box = _new(Tensor)
    box.a = value
    return box


def unwrap(value: Any) -> Any:
    """The raw array of a tensor; anything else unchanged."""
    return value.a if isinstance(value, Tensor) else value


def method(function: _Function) -> _Function:
    """Decorator: `function(input, ...)` is also the method `input.function(...)`."""
    setattr(Tensor, function.__name__, function)
    return function


class Tensor:
    """An array with PyTorch's methods, dtypes and operators; `.a` is the framework's own array."""

    __slots__ = ("__weakref__", "a")
    __array_priority__ = 1000
    __array_ufunc__ = None  # so that `numpy_number * tensor` reaches our operators

    a: Raw
    requires_grad = False
    grad_fn = None
    is_cuda = False
    is_leaf = True
    _wrap = staticmethod(wrap)
    _rewrap = staticmethod(_box)

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Tensor:
            raise TypeError(
                "torch.Tensor(...) is not part of the torch-API layer; "
                "write torch.tensor(...) or torch.empty(...)"
            )
        return _new(cls)

    # -------------------------------------------------------------- what it is
    @property
    def dtype(self) -> dtypes.dtype:
        return _DTYPES[B.dtype(self.a)]

    @property
    def shape(self) -> Size:
        return make_size(B.shape(self.a))

    @property
    def ndim(self) -> builtins.int:
        return B.rank(self.a)

    @property
    def device(self) -> device:
        return META if self.is_meta else CPU

    @property
    def is_meta(self) -> builtins.bool:
        return False

    def dim(self) -> builtins.int:
        """Number of axes."""
        return self.ndim

    def size(self, dim: builtins.int | None = None) -> Any:
        """All sizes, or the size of one axis."""
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> Any:
        """Number of elements."""
        return self.shape.numel()

    nelement = numel

    def element_size(self) -> builtins.int:
        """Bytes per element."""
        return self.dtype.itemsize

    def is_floating_point(self) -> builtins.bool:
        return self.dtype.is_floating_point

    def is_complex(self) -> builtins.bool:
        return self.dtype.is_complex

    def is_contiguous(self, **kwargs: Any) -> builtins.bool:
        """True: layout is the framework's business."""
        return True

    # -------------------------------------------------------------- values on the host
    def numpy(self, *, force: builtins.bool = False) -> np.ndarray[Any, Any]:
        """The values as a NumPy array."""
        return B.to_numpy(concrete(self.a, "numpy()"))

    def item(self) -> Any:
        """The one element, as a Python number."""
        return self.numpy().item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self.numpy().tolist()

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return np.asarray(self.numpy(), dtype)

    def __bool__(self) -> builtins.bool:
        return builtins.bool(B.to_numpy(concrete(self.a, "bool()")))

    def __int__(self) -> builtins.int:
        return builtins.int(B.to_numpy(concrete(self.a, "int()")))

    def __float__(self) -> builtins.float:
        return builtins.float(B.to_numpy(concrete(self.a, "float()")))

    def __index__(self) -> builtins.int:
        value = B.to_numpy(concrete(self.a, "an index"))
        if value.ndim or value.dtype.kind not in "iu":
            raise TypeError(f"only a 0-d integer tensor is an index, not shape {value.shape} of {self.dtype}")
        return builtins.int(value)

    def __len__(self) -> builtins.int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(self.shape[0]))

    def __contains__(self, value: Any) -> builtins.bool:
        return builtins.bool((self == value).any())

    def __repr__(self) -> str:
        if B.traced(self.a):
            return f"tensor(shape={list(self.shape)}, dtype={self.dtype}, traced)"
        text = np.array2string(B.to_numpy(self.a), separator=", ", prefix="tensor(", precision=4)
        plain = self.dtype.name in ("float32", "int64", "bool")
        return f"tensor({text})" if plain else f"tensor({text}, dtype={self.dtype})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec and not self.ndim else repr(self)

    __hash__ = object.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (B.to_numpy(self.a),)

    def __deepcopy__(self, memo: dict[builtins.int, Any]) -> Tensor:
        return wrap(self.a)

    # -------------------------------------------------------------- what it has not
    def __getattr__(self, name: str) -> Any:
        raise AttributeError(method_text(name, B.NAME))


def _rebuild(values: np.ndarray[Any, Any]) -> Tensor:
    return _box(B.constant(values))


def make_size(sizes: Sequence[Any]) -> Size:
    """`Size` of raw sizes; those of the graph become 0-d tensors."""
    return Size(wrap(size) if B.is_raw(size) else size for size in sizes)


def concrete(raw: Raw, use: str) -> Raw:
    """`raw`, or an error where it has no value yet."""
    if B.traced(raw):
        raise TypeError(
            f"{use} of a tensor needs its value, which is not known while {B.NAME} traces: "
            "branch on the configuration, or use torch.where"
        )
    if isinstance(raw, Abstract):
        raise RuntimeError(f"{use} of a tensor on the meta device, which has no values")
    return raw


def is_tensor(obj: object) -> builtins.bool:
    """Whether `obj` is a `Tensor` of this framework."""
    return isinstance(obj, Tensor)


B.register_tensor(Tensor)

__all__ = ["Size", "Tensor", "device", "is_tensor"]
