"""Initial values as recipes: what a parameter will be, worked out on the host when somebody first reads it.

Building a model costs nothing this way, and a model whose weights come from a file never draws the random
numbers.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np


def numpy_dtype(name: str) -> np.dtype[Any]:
    """The NumPy dtype called `name`; bfloat16 comes from the ml_dtypes package."""
    if name != "bfloat16":
        return np.dtype(name)
    try:
        import ml_dtypes
    except ImportError:
        raise ImportError("bfloat16 over NumPy needs ml_dtypes: pip install ml_dtypes") from None
    return np.dtype(ml_dtypes.bfloat16)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """An array to be made on the host.

    Args:
        shape: sizes, plain ints.
        dtype: name of the element type.
        kind: "full" (value `low`), "uniform" (`low` to `high`), "normal" (mean `low`, deviation `high`),
            "truncated" (the same within `bounds`), "orthogonal" (gain `high`), or "lengths" (of the recipe
            `of`, over its `axes`).
        seed: seeds the draw; the same recipe always makes the same array.
        zero_row: index along the first axis whose entries are 0 (the padding token of an embedding).
    """

    shape: tuple[int, ...]
    dtype: str
    kind: str = "full"
    low: Any = 0
    high: float = 1.0
    bounds: tuple[float, float] = (0.0, 0.0)
    seed: int = 0
    zero_row: int | None = None
    of: Recipe | None = None
    axes: tuple[int, ...] = ()

    def make(self) -> np.ndarray[Any, Any]:
        """The array."""
        dtype = numpy_dtype(self.dtype)
        if self.kind == "full":
            return np.full(self.shape, self.low, dtype) if self.low else np.zeros(self.shape, dtype)
        rng = np.random.Generator(np.random.SFC64(self.seed))
        drawn = getattr(self, f"_{self.kind}")(rng)
        if self.zero_row is not None:
            drawn[self.zero_row] = 0
        return np.asarray(drawn, dtype)

    def _uniform(self, rng: np.random.Generator) -> np.ndarray[Any, Any]:
        drawn = rng.random(self.shape, np.float32)
        drawn *= np.float32(self.high - self.low)
        drawn += np.float32(self.low)
        return drawn

    def _normal(self, rng: np.random.Generator) -> np.ndarray[Any, Any]:
        drawn = rng.standard_normal(self.shape, np.float32)
        if self.high != 1.0:
            drawn *= np.float32(self.high)
        if self.low:
            drawn += np.float32(self.low)
        return drawn

    def _truncated(self, rng: np.random.Generator) -> np.ndarray[Any, Any]:
        drawn = self._normal(rng)
        low, high = self.bounds
        while (outside := (drawn < low) | (drawn > high)).any():
            again = rng.standard_normal(int(outside.sum()), np.float32)
            drawn[outside] = again * np.float32(self.high) + np.float32(self.low)
        return drawn

    def _orthogonal(self, rng: np.random.Generator) -> np.ndarray[Any, Any]:
        rows, columns = self.shape[0], int(np.prod(self.shape[1:]))
        drawn = rng.standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(drawn)
        q *= np.sign(np.diag(r))
        return self.high * (q if rows >= columns else q.T).reshape(self.shape)

    def _lengths(self, rng: np.random.Generator) -> np.ndarray[Any, Any]:
        if self.of is None:
            raise ValueError("a recipe of lengths needs the recipe of what they are lengths of")
        wide = self.of.make().astype(np.float32)
        return np.sqrt((wide * wide).sum(self.axes)).reshape(self.shape)


@dataclasses.dataclass(frozen=True)
class Abstract:
    """A value that is not there: shape and element type only, as on torch's "meta" device."""

    shape: tuple[int, ...]
    dtype: str


_host = np.random.default_rng()


def seed_host(seed: int) -> None:
    """Restart the generator that initialisation and eager random tensors draw from."""
    global _host
    _host = np.random.default_rng(seed)


def host() -> np.random.Generator:
    """The generator of the host."""
    return _host


def next_seed() -> int:
    """A seed for one recipe."""
    return int(_host.integers(0, 2**63))


__all__ = ["Abstract", "Recipe", "host", "next_seed", "numpy_dtype", "seed_host"]
