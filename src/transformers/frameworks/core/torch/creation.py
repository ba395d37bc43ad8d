"""Functions that make tensors, and the conversions of a tensor."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ...core import dtypes
from .. import backend as B
from .devices import device
from .filled import full
from .promotion import cast, get_default_dtype, long, number_dtype, operand
from .tensor import Tensor, method, unwrap, wrap

Device = device | str | None


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


def tensor(
    data: Any,
    *,
    dtype: dtypes.dtype | None = None,
    device: Device = None,
    requires_grad: builtins.bool = False,
) -> Tensor:
    """A tensor of numbers, nested lists, NumPy arrays, arrays of the framework, or tensors."""
    if isinstance(data, Tensor) or (B.is_raw(data) and not isinstance(data, np.ndarray)):
        raw = unwrap(data)
        name = B.dtype(raw)
        return wrap(B.asarray(raw, B.canonical(dtype.name if dtype else name)))
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


@method
def new_tensor(
    self: Tensor, data: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any
) -> Tensor:
    """`torch.tensor(data)` in the dtype of this tensor."""
    return tensor(data, dtype=dtype or self.dtype)


def scalar_tensor(s: Any, *, dtype: dtypes.dtype | None = None, device: Device = None) -> Tensor:
    """A number as a 0-d tensor."""
    return tensor(s, dtype=dtype or get_default_dtype())


def arange(
    *bounds: Any,
    start: Any = None,
    end: Any = None,
    step: Any = None,
    dtype: dtypes.dtype | None = None,
    device: Device = None,
    **ignored: Any,
) -> Tensor:
    """`arange(end)`, `arange(start, end)` or `arange(start, end, step)`; sizes of the graph are allowed."""
    given = list(bounds)
    if len(given) == 1:
        first, last, by = 0 if start is None else start, given[0], step
    else:
        first, last, by = [*given, *[None] * (3 - len(given))]
        first, last, by = (
            (start if first is None else first),
            (end if last is None else last),
            (step if by is None else by),
        )
    values = [0 if first is None else first, last, 1 if by is None else by]
    if dtype is None:
        whole = builtins.all(
            not isinstance(v, builtins.float) and not (isinstance(v, Tensor) and v.is_floating_point())
            for v in values
        )
        dtype = long() if whole else get_default_dtype()
    return wrap(B.arange(*(unwrap(v) for v in values), B.canonical(dtype.name)))


def linspace(
    start: Any,
    end: Any,
    steps: Any,
    *,
    dtype: dtypes.dtype | None = None,
    device: Device = None,
    **ignored: Any,
) -> Tensor:
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


def eye(
    n: Any, m: Any = None, *, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any
) -> Tensor:
    """Ones on the diagonal."""
    rows, columns = arange(n), arange(n if m is None else m)
    return (rows.unsqueeze(1) == columns).to(dtype or get_default_dtype())


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinates of a grid from those of its axes; `indexing` "ij" or "xy"."""
    axes = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else list(tensors)
    if indexing not in ("ij", "xy"):
        raise ValueError(f"meshgrid: indexing must be 'ij' or 'xy', not {indexing!r}")
    sizes = tuple(axis.shape[0] if axis.ndim else 1 for axis in axes)
    grids = [
        axis.reshape((1,) * i + (-1,) + (1,) * (len(axes) - i - 1)).expand(sizes)
        for i, axis in enumerate(axes)
    ]
    return (
        tuple(grid.transpose(0, 1) for grid in grids) if indexing == "xy" and len(axes) > 1 else tuple(grids)
    )


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


__all__ = [
    "arange", "as_tensor", "asarray", "eye", "from_numpy", "linspace", "meshgrid",
    "scalar_tensor", "tensor", "tril", "triu",
]  # fmt: skip
