"""`torch.fft`: discrete Fourier transforms.

norm: "backward" (the default) scales the inverse by 1 / n, "forward" the transform, "ortho" both by
1 / sqrt(n).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...core import dtypes
from .. import backend as B
from .complexes import conj
from .creation import arange
from .indexing import where
from .promotion import axes_of, axis_of, cast, get_default_dtype
from .shapes import roll
from .tensor import Raw, Tensor, dtype_named, unwrap, wrap

_NORMS = ("backward", "forward", "ortho")


def _input(input: Tensor, name: str, complex_: bool) -> Raw:
    """The raw array, in the dtype that the transform takes."""
    kind = input.dtype
    if kind.name in ("float16", "bfloat16"):
        raise RuntimeError(f"fft.{name} is not made for {kind}: convert it, e.g. x.float()")
    if kind.kind < dtypes.FLOAT:
        kind = get_default_dtype()
    if complex_ and kind.kind != dtypes.COMPLEX:
        kind = dtype_named("complex128" if kind.name == "float64" else "complex64")
    if not complex_ and kind.kind == dtypes.COMPLEX:
        raise RuntimeError(f"fft.{name} is for real tensors, not {kind}; use fft.{name[1:]}")
    return cast(input.a, kind)


def _resized(raw: Raw, n: Any, axis: int) -> Raw:
    """`raw` cut, or filled up with zeros, to `n` elements along `axis`."""
    have = B.shape(raw)[axis]
    if n is None or (isinstance(n, int) and isinstance(have, int) and n == have):
        return raw
    if isinstance(n, int) and n < 1:
        raise RuntimeError(f"fft: the number of points must be at least 1, not {n}")
    cut: tuple[Any, ...] = (slice(None),) * axis
    if isinstance(n, int) and isinstance(have, int):
        if n < have:
            return B.getitem(raw, (*cut, slice(0, n)))
        widths = [(0, 0)] * axis + [(0, n - have)] + [(0, 0)] * (B.rank(raw) - axis - 1)
        return B.pad(raw, widths, "constant", 0)
    widths = [(0, 0)] * axis + [(0, n)] + [(0, 0)] * (B.rank(raw) - axis - 1)
    return B.getitem(B.pad(raw, widths, "constant", 0), (*cut, slice(0, n)))


def _scaled(raw: Raw, n: Any, norm: str | None, inverse: bool) -> Tensor:
    """The result scaled; the primitives leave the transform as it is and divide the inverse by `n`."""
    norm = norm or "backward"
    if norm not in _NORMS:
        raise RuntimeError(f"fft: norm must be one of {', '.join(_NORMS)}, not {norm!r}")
    if norm == "backward":
        return wrap(raw)
    points = n if isinstance(n, int) else wrap(n).to(get_default_dtype())
    if norm == "ortho":
        points = math.sqrt(points) if isinstance(points, int) else points.sqrt()
    return wrap(raw) * points if inverse else wrap(raw) / points


def _whole(input: Tensor, n: Any, dim: int, norm: str | None, inverse: bool) -> Tensor:
    axis = axis_of(dim, input.ndim)
    raw = _resized(_input(input, "ifft" if inverse else "fft", True), unwrap(n), axis)
    out = (B.ifft if inverse else B.fft)(raw, axis)
    return _scaled(out, B.shape(raw)[axis], norm, inverse)


def fft(input: Tensor, n: Any = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """Transform along `dim`, of `n` points (cut or filled up with zeros)."""
    return _whole(input, n, dim, norm, False)


def ifft(input: Tensor, n: Any = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """Inverse of `fft`."""
    return _whole(input, n, dim, norm, True)


def rfft(input: Tensor, n: Any = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The first n // 2 + 1 numbers of the transform of a real tensor; the others mirror them."""
    axis = axis_of(dim, input.ndim)
    raw = _resized(_input(input, "rfft", False), unwrap(n), axis)
    return _scaled(B.rfft(raw, axis), B.shape(raw)[axis], norm, False)


def irfft(input: Tensor, n: Any = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """Inverse of `rfft`, of `n` elements (2 (m - 1) for m numbers unless given)."""
    axis = axis_of(dim, input.ndim)
    raw = _input(input, "irfft", True)
    points = unwrap(n) if n is not None else (B.shape(raw)[axis] - 1) * 2
    return _scaled(B.irfft(_resized(raw, points // 2 + 1, axis), points, axis), points, norm, True)


_MIRROR = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def hfft(input: Tensor, n: Any = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """Transform of a signal that mirrors itself, given by its first half: a real tensor."""
    return irfft(conj(input), n, dim, _MIRROR.get(norm, norm))


def ihfft(input: Tensor, n: Any = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """Inverse of `hfft`."""
    return conj(rfft(input, n, dim, _MIRROR.get(norm, norm)))


def _several(input: Tensor, s: Sequence[Any] | None, dim: Any) -> list[tuple[int, Any]]:
    """Axes to transform, with their numbers of points (None: as they are)."""
    if dim is None and s is not None:
        dim = tuple(range(input.ndim - len(s), input.ndim))
    axes = axes_of(dim, input.ndim)
    sizes = [None] * len(axes) if s is None else [None if isinstance(n, int) and n == -1 else n for n in s]
    if len(sizes) != len(axes):
        raise RuntimeError(f"fft: s has {len(sizes)} sizes for {len(axes)} dims")
    return list(zip(axes, sizes, strict=True))


def fftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """`fft` along several axes (all unless given)."""
    for axis, n in _several(input, s, dim):
        input = fft(input, n, axis, norm)
    return input


def ifftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """Inverse of `fftn`."""
    for axis, n in _several(input, s, dim):
        input = ifft(input, n, axis, norm)
    return input


def rfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """`rfft` along the last of several axes, `fft` along the others."""
    pairs = _several(input, s, dim)
    out = rfft(input, pairs[-1][1], pairs[-1][0], norm)
    for axis, n in pairs[:-1]:
        out = fft(out, n, axis, norm)
    return out


def irfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """Inverse of `rfftn`."""
    pairs = _several(input, s, dim)
    for axis, n in pairs[:-1]:
        input = ifft(input, n, axis, norm)
    return irfft(input, pairs[-1][1], pairs[-1][0], norm)


def fft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """`fftn` of the last two axes."""
    return fftn(input, s, dim, norm)


def ifft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """Inverse of `fft2`."""
    return ifftn(input, s, dim, norm)


def rfft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """`rfftn` of the last two axes."""
    return rfftn(input, s, dim, norm)


def irfft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """Inverse of `rfft2`."""
    return irfftn(input, s, dim, norm)


def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    """Halves exchanged along `dim` (None: all), so that frequency 0 stands in the middle."""
    axes = axes_of(dim, input.ndim)
    return roll(input, tuple(input.shape[axis] // 2 for axis in axes), axes)


def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    """Inverse of `fftshift`."""
    axes = axes_of(dim, input.ndim)
    return roll(input, tuple(input.shape[axis] - input.shape[axis] // 2 for axis in axes), axes)


def fftfreq(n: Any, d: float = 1.0, *, dtype: dtypes.dtype | None = None, **ignored: Any) -> Tensor:
    """Frequencies of the numbers that `fft` gives, for samples `d` apart."""
    i = arange(n)
    signed = where(i < (n + 1) // 2, i, i - n)
    return (signed / (n * d)).to(dtype or get_default_dtype())


def rfftfreq(n: Any, d: float = 1.0, *, dtype: dtypes.dtype | None = None, **ignored: Any) -> Tensor:
    """Frequencies of the numbers that `rfft` gives, for samples `d` apart."""
    return (arange(n // 2 + 1) / (n * d)).to(dtype or get_default_dtype())


__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft",
    "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip
