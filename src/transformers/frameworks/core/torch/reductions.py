"""Functions that combine elements along axes: sums, extremes, tests, running sums, norms."""

from __future__ import annotations

import builtins
import math
from typing import Any, NamedTuple

from ...core import dtypes
from .. import backend as B
from .promotion import axes_of, axis_of, cast, floating, long, operand, result_type
from .tensor import Raw, Tensor, method, wrap

Dims = int | tuple[int, ...] | list[int] | None


class values_and_indices(NamedTuple):
    """What `max(dim)`, `sort` and `topk` return."""

    values: Tensor
    indices: Tensor


def _sum_input(input: Tensor, dtype: dtypes.dtype | None) -> Raw:
    if dtype is None and input.dtype.kind < dtypes.FLOAT:
        dtype = long()
    return input.a if dtype is None else cast(input.a, dtype)


def _mean_input(input: Tensor, dtype: dtypes.dtype | None, name: str) -> Raw:
    if dtype is None and input.dtype.kind < dtypes.FLOAT:
        raise RuntimeError(f"{name} needs a floating dtype, not {input.dtype}: write x.float().{name}(...)")
    return input.a if dtype is None else cast(input.a, dtype)


@method
def sum(
    input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """Sum along `dim` (None: all); integers and bools add up as `torch.long`."""
    raw = _sum_input(input, dtype)
    return wrap(B.sum_(raw, axes_of(dim, B.rank(raw)), keepdim))


@method
def prod(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """Product along `dim` (None: all); integers multiply as `torch.long`."""
    raw = _sum_input(input, dtype)
    return wrap(B.prod(raw, axes_of(dim, B.rank(raw)), keepdim))


@method
def mean(
    input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """Mean along `dim` (None: all) of a floating tensor."""
    raw = _mean_input(input, dtype, "mean")
    return wrap(B.mean(raw, axes_of(dim, B.rank(raw)), keepdim))


def count(raw: Raw, axes: tuple[int, ...]) -> Any:
    """How many elements one result along `axes` has: an int, or a raw scalar."""
    sizes = B.shape(raw)
    return math.prod(sizes[axis] for axis in axes)


def mean_and_square(raw: Raw, axes: tuple[int, ...]) -> tuple[Raw, Raw, Raw]:
    """Mean and mean squared deviation along `axes` (kept), and the deviations."""
    center = B.mean(raw, axes, True)
    away = B.subtract(raw, center)
    return center, B.mean(B.square(away), axes, True), away


@method
def var(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """Variance along `dim`; divided by the number of elements less `correction` (1 unless `unbiased` is
    False).
    """
    if isinstance(dim, builtins.bool):  # the published overload var(unbiased)
        dim, unbiased = None, dim
    raw = _mean_input(input, None, "var")
    axes = axes_of(dim, B.rank(raw))
    less = (1 if unbiased else 0) if correction is None else correction
    away = B.subtract(raw, B.mean(raw, axes, True))
    total = wrap(B.sum_(B.square(away), axes, keepdim))
    n = count(raw, axes)
    if isinstance(n, int):
        return total / builtins.max(n - less, 0) if n > less else total * math.nan
    return total / (wrap(n) - less)


def _root(raw: Raw) -> Raw:
    """The square root, through which the gradient at 0 is 0, as torch has it for norms and deviations."""
    kind = B.dtype(raw)
    zero = B.equal(raw, B.scalar(0.0, kind))
    return B.where(zero, B.asarray(0.0, kind), B.sqrt(B.where(zero, B.asarray(1.0, kind), raw)))


@method
def std(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """Standard deviation along `dim`; see `var`."""
    return wrap(_root(var(input, dim, unbiased, keepdim, correction=correction).a))


@method
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """log(sum(exp(input))) along `dim`, without overflow."""
    raw = floating(input)
    return wrap(B.logsumexp(raw, axes_of(dim, B.rank(raw)), keepdim))


def _test(primitive: Any, input: Tensor, dim: Dims, keepdim: bool) -> Tensor:
    boolean = cast(input.a, dtypes.DTYPES["bool"])
    out = primitive(boolean, axes_of(dim, B.rank(boolean)), keepdim)
    return wrap(B.cast(out, "uint8") if input.dtype.name == "uint8" else out)


@method
def any(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether any element along `dim` is nonzero."""
    return _test(B.any_, input, dim, keepdim)


@method
def all(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether all elements along `dim` are nonzero."""
    return _test(B.all_, input, dim, keepdim)


def _extreme(reduce: Any, position: Any, binary: Any, input: Tensor, dim: Any, keepdim: bool) -> Any:
    if isinstance(dim, Tensor):
        common = result_type(input, dim)
        return wrap(binary(operand(input, common), operand(dim, common)))
    raw = input.a
    if dim is None:
        return wrap(reduce(raw, axes_of(None, B.rank(raw)), False))
    if not B.rank(raw):
        return values_and_indices(input, wrap(B.full((), 0, long().name)))
    axis = axis_of(dim, B.rank(raw))
    indices = B.cast(position(raw, axis), long().name)
    kept = B.expand_dims(indices, axis)
    if B.dtype(raw).startswith(("float", "bfloat")) and B.NAME != "np":
        # The element itself, so that among equal ones the gradient goes to that one, as in torch.
        value = B.take_along(raw, kept, axis)
        value = value if keepdim else B.squeeze(value, (axis,))
    else:
        value = reduce(raw, (axis,), keepdim)
    return values_and_indices(wrap(value), wrap(kept if keepdim else indices))


@method
def max(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest element; with `dim`, values and indices; with a second tensor, `maximum`."""
    return _extreme(B.max_, B.argmax, B.maximum, input, dim, keepdim)


@method
def min(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest element; with `dim`, values and indices; with a second tensor, `minimum`."""
    return _extreme(B.min_, B.argmin, B.minimum, input, dim, keepdim)


@method
def amax(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """The largest element along `dim`."""
    return wrap(B.max_(input.a, axes_of(dim, input.ndim), keepdim))


@method
def amin(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """The smallest element along `dim`."""
    return wrap(B.min_(input.a, axes_of(dim, input.ndim), keepdim))


def _position(primitive: Any, input: Tensor, dim: int | None, keepdim: bool) -> Tensor:
    raw = input.a
    flat = dim is None or not B.rank(raw)
    if flat:
        raw = B.reshape(raw, (-1,))
    axis = 0 if dim is None else axis_of(dim, B.rank(raw))
    out = B.cast(primitive(raw, axis), long().name)
    if keepdim and input.ndim:
        out = B.reshape(out, (1,) * input.ndim) if flat else B.expand_dims(out, axis)
    return wrap(out)


@method
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Position of the largest element, in the flattened tensor if `dim` is None."""
    return _position(B.argmax, input, dim, keepdim)


@method
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Position of the smallest element, in the flattened tensor if `dim` is None."""
    return _position(B.argmin, input, dim, keepdim)


def _running(primitive: Any, input: Tensor, dim: int, dtype: dtypes.dtype | None) -> Tensor:
    raw = _sum_input(input, dtype)
    return wrap(primitive(raw, axis_of(dim, B.rank(raw)))) if B.rank(raw) else wrap(raw)


@method
def cumsum(input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """Running sum along `dim`; integers and bools add up as `torch.long`."""
    return _running(B.cumsum, input, dim, dtype)


@method
def cumprod(input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """Running product along `dim`."""
    return _running(B.cumprod, input, dim, dtype)


@method
def norm(
    input: Tensor,
    p: float | str | None = "fro",
    dim: Dims = None,
    keepdim: bool = False,
    dtype: dtypes.dtype | None = None,
) -> Tensor:
    """The vector norm of order `p` along `dim` (None: all elements); "fro" and None mean 2."""
    if p in (None, "fro"):
        p = 2.0
    if isinstance(p, str):
        raise ValueError(f"norm of order {p!r}: give a number, 'fro' or inf")
    raw = _mean_input(input, dtype, "norm")
    axes = axes_of(dim, B.rank(raw))
    if input.is_complex():
        raw = B.abs_(raw)
    if p == 2:
        return wrap(_root(B.sum_(B.square(raw), axes, keepdim)))
    size = B.abs_(raw)
    if p == math.inf:
        return wrap(B.max_(size, axes, keepdim))
    if p == -math.inf:
        return wrap(B.min_(size, axes, keepdim))
    if p == 1:
        return wrap(B.sum_(size, axes, keepdim))
    if p == 0:
        return (wrap(size) != 0).to(wrap(size).dtype).sum(dim, keepdim)
    total = B.sum_(wrap(size).pow(p).a, axes, keepdim)
    zero = B.equal(total, B.scalar(0.0, B.dtype(total)))
    safe = B.where(zero, B.asarray(1.0, B.dtype(total)), total)
    return wrap(B.where(zero, B.asarray(0.0, B.dtype(total)), wrap(safe).pow(1.0 / p).a))


@method
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The norm of `input - other`."""
    return norm(input - other, p)


@method
def count_nonzero(input: Tensor, dim: Dims = None) -> Tensor:
    """How many elements along `dim` are not zero."""
    return sum(input != 0, dim)


def var_mean(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Tensor, Tensor]:
    """`(var, mean)` along `dim`."""
    return var(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "count_nonzero", "cumprod", "cumsum", "dist",
    "logsumexp", "max", "mean", "min", "norm", "prod", "std", "sum", "var", "var_mean",
]  # fmt: skip
