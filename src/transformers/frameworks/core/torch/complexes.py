"""Complex numbers: made from pairs of real tensors, taken apart again."""

from __future__ import annotations

from ...core import dtypes
from .. import backend as B
from .pointwise import cos, mul, sign, sin
from .promotion import floating, pair
from .tensor import Tensor, method, wrap


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """real + i imag, of two tensors of one floating dtype."""
    if real.dtype is not imag.dtype or real.dtype.name not in ("float32", "float64"):
        raise RuntimeError(
            f"complex needs two float32 or two float64 tensors, not {real.dtype} and {imag.dtype}"
        )
    return wrap(B.complex_(real.a, imag.a))


def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """The complex numbers with these absolute values and angles (radians)."""
    return complex(mul(abs, cos(angle)), mul(abs, sin(angle)))


def view_as_complex(input: Tensor) -> Tensor:
    """The last axis, of size 2, read as real and imaginary part."""
    last = input.shape[-1] if input.ndim else 0
    if isinstance(last, int) and last != 2:
        raise RuntimeError(f"view_as_complex needs a last axis of size 2, not sizes {list(input.shape)}")
    return complex(input[..., 0], input[..., 1])


def view_as_real(input: Tensor) -> Tensor:
    """Real and imaginary part along a new last axis of size 2."""
    if not input.is_complex():
        raise RuntimeError(f"view_as_real is for complex tensors, not {input.dtype}")
    return wrap(B.stack([B.real(input.a), B.imag(input.a)], input.ndim))


def real(input: Tensor) -> Tensor:
    """The real parts; a real tensor is returned as it is."""
    return wrap(B.real(input.a)) if input.is_complex() else input


def imag(input: Tensor) -> Tensor:
    """The imaginary parts of a complex tensor."""
    if not input.is_complex():
        raise RuntimeError(f"imag is for complex tensors, not {input.dtype}")
    return wrap(B.imag(input.a))


@method
def conj(input: Tensor) -> Tensor:
    """Imaginary parts negated."""
    return wrap(B.conj(input.a)) if input.is_complex() else input


@method
def angle(input: Tensor) -> Tensor:
    """Angles in the complex plane, in radians: 0 or pi for real numbers."""
    if input.is_complex():
        return wrap(B.angle(input.a))
    raw = floating(input)
    kind = B.dtype(raw)
    half_turn = B.where(
        B.less(raw, B.scalar(0, kind)), B.asarray(3.141592653589793, kind), B.asarray(0, kind)
    )
    return wrap(B.where(B.isnan(raw), raw, half_turn))


@method
def sgn(input: Tensor) -> Tensor:
    """`sign`; of complex numbers, those of length 1 in the same direction."""
    if not input.is_complex():
        return sign(input)
    size = B.abs_(input.a)
    zero = B.equal(size, B.scalar(0, B.dtype(size)))
    safe = B.where(zero, B.asarray(1, B.dtype(size)), size)
    top, bottom = pair(input, wrap(safe))
    return wrap(B.divide(top, bottom))


def is_complex(input: Tensor) -> bool:
    """Whether the dtype is complex."""
    return input.dtype.kind == dtypes.COMPLEX


def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is a floating one."""
    return input.dtype.kind == dtypes.FLOAT


def isreal(input: Tensor) -> Tensor:
    """Where the imaginary part is zero."""
    if not input.is_complex():
        return input == input if input.dtype.kind < dtypes.FLOAT else (input == input) | (input != input)
    return wrap(B.equal(B.imag(input.a), B.scalar(0, B.dtype(B.imag(input.a)))))


for _name in ("resolve_conj", "conj_physical"):
    setattr(Tensor, _name, conj if _name == "conj_physical" else lambda input: input)
Tensor.real = property(real, doc=real.__doc__)  # type: ignore[attr-defined]
Tensor.imag = property(imag, doc=imag.__doc__)  # type: ignore[attr-defined]
Tensor.isreal = isreal  # type: ignore[attr-defined]

__all__ = [
    "angle", "complex", "conj", "imag", "is_complex", "is_floating_point", "isreal", "polar", "real", "sgn",
    "view_as_complex", "view_as_real",
]  # fmt: skip
