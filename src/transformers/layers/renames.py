r"""What a model class says about tensors of published files that are stored in another form.

An entry of `_renames` is `(pattern, replacement)` for another name alone, or has a third part, one of these:

    (r"\.dense\.kernel$", ".dense.weight", Transpose())
    (r"(.*)\.qkv\.weight$", (r"\1.q.weight", r"\1.k.weight", r"\1.v.weight"), Split())
    ((r"(.*)\.k\.weight$", r"(.*)\.v\.weight$"), r"\1.kv.weight", Merge())
    ((r"(.*)\.weight_g$", r"(.*)\.weight_v$"), r"\1.weight", WeightNorm())

Patterns are applied in their order, to names as they are in the file.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Transpose:
    """The axes are in another order: axis i of ours is axis `dims[i]` of the file's, None reverses them."""

    dims: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Split:
    """One tensor of the file holds several of ours one after another along `dim`.

    sizes: their lengths there; None: all of one length.
    heads: if given, the axis is (heads, parts, rest), each head's parts together.
    """

    dim: int = 0
    sizes: tuple[int, ...] | None = None
    heads: int | None = None


@dataclass(frozen=True)
class Merge:
    """Several tensors of the file are one of ours, one after another along `dim`, or along a new axis."""

    dim: int = 0
    new_axis: bool = False


@dataclass(frozen=True)
class WeightNorm:
    """Magnitude and direction of the file are one weight: g * v / |v|, over all axes but `dim`."""

    dim: int = 0


__all__ = ["Merge", "Split", "Transpose", "WeightNorm"]
