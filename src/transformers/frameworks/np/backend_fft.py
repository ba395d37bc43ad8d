"""NumPy primitives: complex numbers and Fourier transforms along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

Raw = Any


def _complex_name(x: Raw) -> str:
    """The complex type that goes with the type of `x`."""
    return "complex128" if x.dtype.name in ("float64", "complex128") else "complex64"


def complex_(re: Raw, im: Raw) -> Raw:
    """re + i im."""
    out = np.empty(np.broadcast_shapes(re.shape, im.shape), _complex_name(re))
    out.real, out.imag = re, im
    return out


def real(x: Raw) -> Raw:
    """The real parts."""
    return np.real(x)


def imag(x: Raw) -> Raw:
    """The imaginary parts of a complex array."""
    return np.imag(x)


def conj(x: Raw) -> Raw:
    """Imaginary parts negated."""
    return np.conj(x)


def angle(x: Raw) -> Raw:
    """Angles in the complex plane, in radians, of a complex array."""
    return np.angle(x)


def fft(x: Raw, axis: int) -> Raw:
    """Transform of a complex array, not scaled."""
    return np.fft.fft(x, axis=axis).astype(x.dtype, copy=False)


def ifft(x: Raw, axis: int) -> Raw:
    """Inverse of `fft`."""
    return np.fft.ifft(x, axis=axis).astype(x.dtype, copy=False)


def rfft(x: Raw, axis: int) -> Raw:
    """The first half of the transform of a real array, not scaled."""
    return np.fft.rfft(x, axis=axis).astype(_complex_name(x), copy=False)


def irfft(x: Raw, n: int, axis: int) -> Raw:
    """Inverse of `rfft`, `n` elements long."""
    wide = "float64" if x.dtype.name == "complex128" else "float32"
    return np.fft.irfft(x, n, axis=axis).astype(wide, copy=False)


PRIMITIVES = ["angle", "complex_", "conj", "fft", "ifft", "imag", "irfft", "real", "rfft"]

__all__ = ["PRIMITIVES"]
