"""JAX primitives: complex numbers and Fourier transforms along one axis."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

Raw = Any


def complex_(re: Raw, im: Raw) -> Raw:
    """re + i im."""
    return lax.complex(*jnp.broadcast_arrays(re, im))


def real(x: Raw) -> Raw:
    """The real parts."""
    return jnp.real(x)


def imag(x: Raw) -> Raw:
    """The imaginary parts of a complex array."""
    return jnp.imag(x)


def conj(x: Raw) -> Raw:
    """Imaginary parts negated."""
    return jnp.conj(x)


def angle(x: Raw) -> Raw:
    """Angles in the complex plane, in radians, of a complex array."""
    return jnp.angle(x)


def fft(x: Raw, axis: int) -> Raw:
    """Transform of a complex array, not scaled."""
    return jnp.fft.fft(x, axis=axis)


def ifft(x: Raw, axis: int) -> Raw:
    """Inverse of `fft`."""
    return jnp.fft.ifft(x, axis=axis)


def rfft(x: Raw, axis: int) -> Raw:
    """The first half of the transform of a real array, not scaled."""
    return jnp.fft.rfft(x, axis=axis)


def irfft(x: Raw, n: int, axis: int) -> Raw:
    """Inverse of `rfft`, `n` elements long."""
    return jnp.fft.irfft(x, n, axis=axis)


PRIMITIVES = ["angle", "complex_", "conj", "fft", "ifft", "imag", "irfft", "real", "rfft"]

__all__ = ["PRIMITIVES"]
