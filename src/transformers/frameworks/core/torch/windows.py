"""`Tensor.unfold`: windows along an axis."""

from __future__ import annotations

from typing import Any

from .. import backend as B
from .creation import arange
from .promotion import axis_of
from .tensor import Tensor, method, wrap


@method
def unfold(input: Tensor, dimension: int, size: Any, step: Any) -> Tensor:
    """Windows of `size` elements, `step` apart, along `dimension`; a window's elements are the last axis."""
    axis = axis_of(dimension, input.ndim)
    length = input.shape[axis]
    if isinstance(length, int) and isinstance(size, int) and not 0 < size <= length:
        raise RuntimeError(
            f"unfold: windows of {size} do not fit into the {length} elements of dim {dimension}"
        )
    count = (length - size) // step + 1
    places = arange(count).unsqueeze(1) * step + arange(size)
    return wrap(B.take(input.a, places.a, axis)).movedim(axis + 1, -1)


__all__: list[str] = []
