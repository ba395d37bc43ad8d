"""The dtype objects of the torch-API layer and PyTorch's promotion rules; plain data, one set for all
frameworks.

JAX has no 64-bit types unless `jax_enable_x64` is set.  There the names `torch.int64` (`torch.long`),
`torch.float64` and `torch.complex128` denote the 32-bit objects themselves, so that `x.dtype == torch.long`
and `torch.iinfo(torch.long)` speak of the array that is really there; see `canonical` of each backend.
"""

from __future__ import annotations

from typing import Any

BOOL, INTEGER, FLOAT, COMPLEX = range(4)


class dtype:
    """An element type, as `torch.dtype`; one object per name, so `is` and `==` agree."""

    __slots__ = ("bits", "kind", "name")

    def __init__(self, name: str, kind: int, bits: int) -> None:
        self.name = name
        self.kind = kind
        self.bits = bits

    @property
    def is_floating_point(self) -> bool:
        return self.kind == FLOAT

    @property
    def is_complex(self) -> bool:
        return self.kind == COMPLEX

    @property
    def is_signed(self) -> bool:
        return self.kind > BOOL and self.name != "uint8"

    @property
    def itemsize(self) -> int:
        """Bytes per element."""
        return self.bits // 8

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return by_name, (self.name,)


DTYPES: dict[str, dtype] = {
    name: dtype(name, kind, bits)
    for name, kind, bits in (
        ("bool", BOOL, 8),
        ("uint8", INTEGER, 8),
        ("int8", INTEGER, 8),
        ("int16", INTEGER, 16),
        ("int32", INTEGER, 32),
        ("int64", INTEGER, 64),
        ("float16", FLOAT, 16),
        ("bfloat16", FLOAT, 16),
        ("float32", FLOAT, 32),
        ("float64", FLOAT, 64),
        ("complex64", COMPLEX, 64),
        ("complex128", COMPLEX, 128),
    )
}

# The second names that torch gives some dtypes.
ALIASES: dict[str, str] = {
    "half": "float16",
    "float": "float32",
    "double": "float64",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "cfloat": "complex64",
    "cdouble": "complex128",
}


def by_name(name: str) -> dtype:
    """The dtype called `name`, e.g. `by_name("float32")` or `by_name("long")`."""
    try:
        return DTYPES[ALIASES.get(name, name)]
    except KeyError:
        known = ", ".join(DTYPES)
        raise TypeError(f"dtype {name!r} is not part of the torch-API layer, which has {known}") from None


def join(a: dtype, b: dtype) -> dtype:
    """The smallest dtype that both `a` and `b` convert to, by torch's table."""
    if a is b:
        return a
    if a.kind != b.kind:
        low, high = (a, b) if a.kind < b.kind else (b, a)
        wide = high.kind == COMPLEX and low.kind == FLOAT and low.bits == 64
        return DTYPES["complex128"] if wide else high
    if a.bits != b.bits:
        return a if a.bits > b.bits else b
    return DTYPES["float32"] if a.kind == FLOAT else DTYPES["int16"]  # float16 with bfloat16, uint8 with int8


# Bits of the fraction, largest exponent and decimal resolution of every floating type.
_FLOATS: dict[str, tuple[int, int, float]] = {
    "float16": (10, 15, 1e-3),
    "bfloat16": (7, 127, 1e-2),
    "float32": (23, 127, 1e-6),
    "float64": (52, 1023, 1e-15),
}


class finfo:
    """Limits of a floating dtype, as `torch.finfo`: `min`, `max`, `eps`, `tiny`, `smallest_normal`,
    `resolution`, `bits`.
    """

    def __init__(self, type: dtype | None = None) -> None:
        kind = DTYPES["float32"] if type is None else type
        if not isinstance(kind, dtype) or kind.name not in _FLOATS:
            raise TypeError(f"finfo needs a floating dtype such as torch.float32, not {type!r}")
        fraction, exponent, self.resolution = _FLOATS[kind.name]
        self.dtype = kind.name
        self.bits = kind.bits
        self.eps = 2.0**-fraction
        self.max = (2.0 - self.eps) * 2.0**exponent
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0 ** (1 - exponent)

    def __repr__(self) -> str:
        limits = f"min={self.min:g}, max={self.max:g}, eps={self.eps:g}, tiny={self.tiny:g}"
        return f"finfo({limits}, dtype={self.dtype})"


class iinfo:
    """Limits of an integer dtype, as `torch.iinfo`: `min`, `max`, `bits`."""

    def __init__(self, type: dtype) -> None:
        if not isinstance(type, dtype) or type.kind != INTEGER:
            raise TypeError(f"iinfo needs an integer dtype such as torch.int32, not {type!r}")
        self.dtype = type.name
        self.bits = type.bits
        self.max = 2 ** (type.bits - type.is_signed) - 1
        self.min = -(2 ** (type.bits - 1)) if type.is_signed else 0

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


__all__ = [
    "ALIASES", "BOOL", "COMPLEX", "DTYPES", "FLOAT", "INTEGER", "by_name", "dtype", "finfo", "iinfo",
    "join",
]  # fmt: skip
