"""Tensors of equal elements, made when first read."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from ...core import dtypes
from ...core.recipe import Recipe
from .. import backend as B
from .devices import device, on_meta
from .promotion import cast, get_default_dtype, named_sizes, number_dtype, raw_sizes
from .tensor import Raw, Size, Tensor, dtype_named, make_size, method, wrap

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
    return _filled(named_sizes(size, ignored), 0, dtype, device)


def ones(*size: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """A tensor of ones."""
    return _filled(named_sizes(size, ignored), 1, dtype, device)


def empty(*size: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any) -> Tensor:
    """A tensor whose elements nobody should read (they are zero)."""
    return _filled(named_sizes(size, ignored), 0, dtype, device)


def full(
    size: Sequence[Any],
    fill_value: Any,
    *,
    dtype: dtypes.dtype | None = None,
    device: Device = None,
    **ignored: Any,
) -> Tensor:
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


def zeros_like(
    input: Tensor, *, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any
) -> Tensor:
    """Zeros with the sizes and dtype of `input`."""
    return _like(input, 0, dtype, device)


def ones_like(
    input: Tensor, *, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any
) -> Tensor:
    """Ones with the sizes and dtype of `input`."""
    return _like(input, 1, dtype, device)


empty_like = zeros_like


def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: dtypes.dtype | None = None,
    device: Device = None,
    **ignored: Any,
) -> Tensor:
    """A number with the sizes and dtype of `input`."""
    return _like(input, fill_value, dtype, device)


@method
def new_zeros(
    self: Tensor, *size: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any
) -> Tensor:
    """Zeros in the dtype of this tensor."""
    return _filled(size, 0, dtype or self.dtype, device)


@method
def new_ones(
    self: Tensor, *size: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any
) -> Tensor:
    """Ones in the dtype of this tensor."""
    return _filled(size, 1, dtype or self.dtype, device)


@method
def new_empty(
    self: Tensor, *size: Any, dtype: dtypes.dtype | None = None, device: Device = None, **ignored: Any
) -> Tensor:
    """A tensor of this dtype whose elements nobody should read."""
    return _filled(size, 0, dtype or self.dtype, device)


@method
def new_full(
    self: Tensor,
    size: Any,
    fill_value: Any,
    dtype: dtypes.dtype | None = None,
    device: Device = None,
    **ignored: Any,
) -> Tensor:
    """A number in the dtype of this tensor."""
    return full(size, fill_value, dtype=dtype or self.dtype, device=device)


__all__ = ["empty", "empty_like", "full", "full_like", "ones", "ones_like", "zeros", "zeros_like"]
