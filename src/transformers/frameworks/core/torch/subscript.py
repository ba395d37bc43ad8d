"""`x[index]` and `x[index] = value`, with PyTorch's reading of an index.

PyTorch first applies ints, slices, None and `...`, then arrays; NumPy treats ints beside arrays as arrays,
which puts axes elsewhere.  So an index is taken apart here, and backends see the two steps.
"""

from __future__ import annotations

import builtins
import dataclasses
import math
from typing import Any

import numpy as np

from ...core.recipe import Recipe
from .. import backend as B
from .tensor import Raw, Tensor, unwrap, wrap


def _is_array(part: Any) -> bool:
    """Whether an element of an index picks by an array (0-d integer tensors act as ints)."""
    if isinstance(part, Tensor):
        return part.ndim > 0 or part.dtype.name == "bool"
    return isinstance(part, (list, range)) or (isinstance(part, np.ndarray) and part.ndim > 0)


def _array(part: Any) -> Raw:
    if isinstance(part, Tensor):
        return part.a
    values = np.asarray(part)
    if not values.size and values.dtype.kind == "f":
        values = values.astype(np.int64)
    return B.constant(values if values.dtype == np.bool_ else values.astype(B.canonical("int64")))


def _basic(part: Any) -> Any:
    if isinstance(part, slice):
        return slice(unwrap(part.start), unwrap(part.stop), unwrap(part.step))
    return part.a if isinstance(part, Tensor) else part


def _consumed(part: Any) -> int:
    """How many axes of the tensor an element of an index stands on."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    if _is_array(part):
        raw = _array(part)
        return B.rank(raw) if B.dtype(raw) == "bool" else 1
    return 1


def _split(index: Any, rank: int) -> tuple[tuple[Any, ...], list[tuple[int, Raw]]]:
    """The basic part of an index (arrays replaced by `:`), and the arrays with the axes where they stand
    after it.
    """
    parts = list(index) if isinstance(index, tuple) else [index]
    used = builtins.sum(_consumed(part) for part in parts)
    if used > rank:
        raise IndexError(f"too many indices: {used} for a tensor with {rank} axes")
    if not builtins.any(part is Ellipsis for part in parts):
        parts.append(Ellipsis)
    basic: list[Any] = []
    arrays: list[tuple[int, Raw]] = []
    axis = 0
    for part in parts:
        if part is Ellipsis:
            basic += [slice(None)] * (rank - used)
            axis += rank - used
        elif isinstance(part, bool):
            basic.append(None)
            arrays.append((axis, _array(np.asarray([part]))))
            axis += 1
        elif _is_array(part):
            raw = _array(part)
            basic += [slice(None)] * _consumed(part)
            arrays.append((axis, raw))
            axis += _consumed(part)
        else:
            basic.append(_basic(part))
            axis += 1 if part is None or isinstance(part, slice) else 0
    return tuple(basic), arrays


def _trivial(basic: tuple[Any, ...]) -> bool:
    return builtins.all(isinstance(part, slice) and part == slice(None) for part in basic)


def _pick(raw: Raw, arrays: list[tuple[int, Raw]]) -> Raw:
    masks = [(axis, array) for axis, array in arrays if B.dtype(array) == "bool"]
    if len(masks) == 1 and len(arrays) == 1:
        return B.getitem_mask(raw, masks[0][1], masks[0][0])
    if masks:
        raise IndexError("an index with a bool mask beside other arrays; use torch.where or gather")
    if len(arrays) == 1:
        return B.take(raw, arrays[0][1], arrays[0][0])
    return B.gather(raw, [axis for axis, _ in arrays], [array for _, array in arrays])


def _getitem(self: Tensor, index: Any) -> Tensor:
    raw = self.a
    basic, arrays = _split(index, B.rank(raw))
    if not _trivial(basic):
        raw = B.getitem(raw, basic)
    return wrap(_pick(raw, arrays) if arrays else raw)


def _zero_row(self: Tensor, index: Any, value: Any) -> bool:
    """Zero a row of a parameter whose values nobody has read yet, without making them."""
    recipe = self.peek() if hasattr(self, "peek") else None
    drawn = isinstance(recipe, Recipe) and recipe.kind in ("normal", "uniform", "truncated")
    plain = type(index) is int and type(value) in (int, float) and value == 0
    if (
        not drawn
        or not plain
        or recipe.zero_row is not None
        or not -recipe.shape[0] <= index < recipe.shape[0]
    ):
        return False
    self._value = dataclasses.replace(recipe, zero_row=index)
    return True


def _setitem(self: Tensor, index: Any, value: Any) -> None:
    if _zero_row(self, index, value):
        return
    raw = self.a
    kind = B.dtype(raw)
    value = unwrap(value)
    new = B.cast(value, kind) if B.is_raw(value) else B.asarray(value, kind)
    basic, arrays = _split(index, B.rank(raw))
    if not arrays:
        self.a = B.setitem(raw, basic, new)
        return
    if len(arrays) == 1 and B.dtype(arrays[0][1]) == "bool" and _trivial(basic) and not B.rank(new):
        self.a = B.where(_mask_over(raw, *arrays[0]), new, raw)
        return
    sizes = B.shape(raw)
    positions = B.reshape(B.arange(0, math.prod(sizes), 1, B.canonical("int64")), sizes)
    chosen = _pick(positions if _trivial(basic) else B.getitem(positions, basic), arrays)
    source = B.broadcast_to(new, B.shape(chosen))
    flat = B.put_slices(B.reshape(raw, (-1,)), B.reshape(chosen, (-1,)), B.reshape(source, (-1,)), 0, "set")
    self.a = B.reshape(flat, sizes)


def _mask_over(raw: Raw, axis: int, mask: Raw) -> Raw:
    """The mask standing on `axis` and following, shaped to broadcast against `raw`."""
    after = B.rank(raw) - axis - B.rank(mask)
    return B.reshape(mask, (*[1] * axis, *B.shape(mask), *[1] * after))


Tensor.__getitem__ = _getitem  # type: ignore[attr-defined]
Tensor.__setitem__ = _setitem  # type: ignore[attr-defined]

__all__: list[str] = []
