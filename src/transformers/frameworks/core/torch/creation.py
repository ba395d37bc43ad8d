"""Functions that make tensors, and the conversions of a tensor."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import backend as B
from ...core import dtypes
from ...core.recipe import Recipe
from .promotion import cast, get_default_dtype, is_number, long, number_dtype, operand, raw_sizes
from .tensor import Raw, Size, Tensor, device, dtype_named, make_size, method, on_meta, unwrap, wrap

Device = device | str | None
_new = object.__new__


class Filled(Tensor):
    """A tensor of equal elements that is made when first read; a Parameter made from it costs nothing."""

    __slots__ = ("_meta", "_raw", "recipe")

    @property
    def a(self) -> Raw:  # type: ignore[override]
        if self._raw is None:
            self._raw = B.constant(self.recipe.make())
        return self._raw

    @a.setter
    def a(self, raw: Raw) -> None:
        self._raw = raw

    @property
    def dtype(self) -> dtypes.dtype:
        return dtypes.DTYPES[self.recipe.dtype]

    @property
    def shape(self) -> Size:
        return make_size(self.recipe.shape)

    @property
    def ndim(self) -> int:
        return len(self.recipe.shape)

    @property
    def is_meta(self) -> builtins.bool:
        return self._meta


B.register_tensor(Filled)


def _filled(sizes: Sequence[Any], value: Any, dtype: dtypes.dtype | None, where: Any) -> Tensor:
    kind = dtype_named((dtype or get_default_dtype()).name)
    sizes = raw_sizes(sizes)
    if B.tracing() or not builtins.all(isinstance(size, builtins.int) for size in sizes):
        return wrap(B.full(sizes, value, kind.name))
    box = _new(Filled)
    box._raw, box._meta, box.recipe = None, on_meta(where), Recipe(tuple(sizes), kind.name, "full", value)
    return box


def zeros(*size: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """A tensor of zeros."""
    return _filled(size, 0, dtype, device)


def ones(*size: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """A tensor of ones."""
    return _filled(size, 1, dtype, device)


def empty(*size: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """A tensor whose elements nobody should read (they are zero)."""
    return _filled(size, 0, dtype, device)


def full(size: Sequence[Any], fill_value: Any, *, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """A tensor filled with a number or a 0-d tensor, in its dtype unless given."""
    if isinstance(fill_value, Tensor):
        kind = dtype or fill_value.dtype
        return wrap(B.broadcast_to(cast(fill_value.a, kind), raw_sizes((size,))))
    return _filled((size,), fill_value, dtype or number_dtype(fill_value), device)


def _like(input: Tensor, value: Any, dtype: dtypes.dtype | None, where: Any) -> Tensor:
    kind = dtype or input.dtype
    if isinstance(value, Tensor):
        return full(input.shape, value, dtype=kind)
    return _filled((input.shape,), value, kind, where)


def zeros_like(input: Tensor, *, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """Zeros with the sizes and dtype of `input`."""
    return _like(input, 0, dtype, device)


def ones_like(input: Tensor, *, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """Ones with the sizes and dtype of `input`."""
    return _like(input, 1, dtype, device)


empty_like = zeros_like


def full_like(input: Tensor, fill_value: Any, *, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """A number with the sizes and dtype of `input`."""
    return _like(input, fill_value, dtype, device)


@method
def new_zeros(self: Tensor, *size: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """Zeros in the dtype of this tensor."""
    return _filled(size, 0, dtype or self.dtype, device)


@method
def new_ones(self: Tensor, *size: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """Ones in the dtype of this tensor."""
    return _filled(size, 1, dtype or self.dtype, device)


@method
def new_empty(self: Tensor, *size: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """A tensor of this dtype whose elements nobody should read."""
    return _filled(size, 0, dtype or self.dtype, device)


@method
def new_full(self: Tensor, size: Any, fill_value: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """A number in the dtype of this tensor."""
    return full(size, fill_value, dtype=dtype or self.dtype, device=device)


@method
def new_tensor(self: Tensor, data: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """`torch.tensor(data)` in the dtype of this tensor."""
    return tensor(data, dtype=dtype or self.dtype)


def _contains_tensor(data: Any) -> builtins.bool:
    if isinstance(data, (list, tuple)):
        return builtins.any(_contains_tensor(item) for item in data)
    return isinstance(data, Tensor) or (B.is_raw(data) and not isinstance(data, (np.ndarray, np.generic)))


def _nested(data: Any) -> Tensor:
    """Nested lists with tensors (sizes of the graph, say) among the numbers."""
    from .shapes import stack

    return stack([_nested(item) for item in data]) if isinstance(data, (list, tuple)) else tensor(data)


def _host_array(data: Any) -> np.ndarray[Any, Any]:
    try:
        values = np.asarray(data)
    except ValueError:
        values = np.asarray(None)
    if values.dtype.kind not in "biufc":
        raise TypeError("tensor: the data must be numbers, or nested lists of numbers of equal lengths")
    if isinstance(data, (np.ndarray, np.generic)):
        return values
    sample = values.flat[0].item() if values.size else 0.0
    return values.astype(B.canonical(number_dtype(sample).name))


def tensor(data: Any, *, dtype: dtypes.dtype | None = None, device: Device = None, requires_grad: builtins.bool = False) -> Tensor:
    """A tensor of numbers, nested lists, NumPy arrays, arrays of the framework, or tensors."""
    if isinstance(data, Tensor) or (B.is_raw(data) and not isinstance(data, np.ndarray)):
        raw = unwrap(data)
        name = B.dtype(raw)
        return wrap(B.asarray(raw, B.canonical((dtype.name if dtype else name))))
    if _contains_tensor(data):
        found = _nested(data)
        return found if dtype is None else wrap(cast(found.a, dtype))
    values = _host_array(data)
    name = dtype.name if dtype else values.dtype.name
    if name not in dtypes.DTYPES:
        raise TypeError(f"tensor: no dtype for data of NumPy type {values.dtype}")
    return wrap(B.asarray(values, B.canonical(name)))


as_tensor = asarray = tensor


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """The NumPy array as a tensor."""
    return tensor(ndarray)


def scalar_tensor(s: Any, *, dtype: dtypes.dtype | None = None, device: Device = None) -> Tensor:
    """A number as a 0-d tensor."""
    return tensor(s, dtype=dtype or get_default_dtype())


def arange(*bounds: Any, start: Any = None, end: Any = None, step: Any = None, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """`arange(end)`, `arange(start, end)` or `arange(start, end, step)`; sizes of the graph are allowed."""
    given = list(bounds)
    if len(given) == 1:
        first, last, by = 0 if start is None else start, given[0], step
    else:
        first, last, by = [*given, *[None] * (3 - len(given))]
        first, last, by = (start if first is None else first), (end if last is None else last), (step if by is None else by)
    values = [0 if first is None else first, last, 1 if by is None else by]
    if dtype is None:
        whole = builtins.all(not isinstance(v, builtins.float) and not (isinstance(v, Tensor) and v.is_floating_point()) for v in values)
        dtype = long() if whole else get_default_dtype()
    return wrap(B.arange(*(unwrap(v) for v in values), B.canonical(dtype.name)))


def linspace(start: Any, end: Any, steps: Any, *, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """`steps` numbers from `start` to `end`, both included; counted from the nearer end, as torch does."""
    kind = dtype or get_default_dtype()
    if isinstance(steps, builtins.int) and steps == 1:
        return full((1,), start, dtype=kind)
    wide = kind if kind.is_floating_point and kind.bits >= 32 else get_default_dtype()
    i = arange(steps, dtype=wide)
    step = (end - start) / (steps - 1)
    rising = start + i * step
    falling = end - (steps - 1 - i) * step
    from .indexing import where

    return where(i < steps // 2, rising, falling).to(kind)


def eye(n: Any, m: Any = None, *, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """Ones on the diagonal."""
    rows, columns = arange(n), arange(n if m is None else m)
    return (rows.unsqueeze(1) == columns).to(dtype or get_default_dtype())


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinates of a grid from those of its axes; `indexing` "ij" or "xy"."""
    axes = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else list(tensors)
    if indexing not in ("ij", "xy"):
        raise ValueError(f"meshgrid: indexing must be 'ij' or 'xy', not {indexing!r}")
    sizes = tuple(axis.shape[0] if axis.ndim else 1 for axis in axes)
    grids = [axis.reshape((1,) * i + (-1,) + (1,) * (len(axes) - i - 1)).expand(sizes) for i, axis in enumerate(axes)]
    return tuple(grid.transpose(0, 1) for grid in grids) if indexing == "xy" and len(axes) > 1 else tuple(grids)


def _triangle(input: Tensor, diagonal: Any, lower: builtins.bool) -> Tensor:
    rows, columns = input.shape[-2], input.shape[-1]
    away = arange(columns) - arange(rows).unsqueeze(1)
    kept = away <= diagonal if lower else away >= diagonal
    return wrap(B.where(kept.a, input.a, operand(0, input.dtype)))


@method
def tril(input: Tensor, diagonal: Any = 0) -> Tensor:
    """The lower triangle of the last two axes, zeros above it."""
    return _triangle(input, diagonal, True)


@method
def triu(input: Tensor, diagonal: Any = 0) -> Tensor:
    """The upper triangle of the last two axes, zeros below it."""
    return _triangle(input, diagonal, False)


@method
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of two axes, which becomes the last axis."""
    moved = input.movedim((dim1, dim2), (-2, -1))
    rows, columns = moved.shape[-2] + builtins.min(offset, 0), moved.shape[-1] - builtins.max(offset, 0)
    i = arange(builtins.min(rows, columns))
    return moved[..., i - builtins.min(offset, 0), i + builtins.max(offset, 0)]


__all__ = [
    "arange", "as_tensor", "asarray", "diagonal", "empty", "empty_like", "eye", "from_numpy", "full", "full_like", "linspace",
    "meshgrid", "ones", "ones_like", "scalar_tensor", "tensor", "tril", "triu", "zeros", "zeros_like",
]  # fmt: skip
