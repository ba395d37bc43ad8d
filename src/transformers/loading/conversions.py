"""A checkpoint seen in the form that a model has: tensors transposed, split, merged, under other names.

Shapes are worked out before anything is read, and values when they are asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..layers.renames import Merge, Split, Transpose, WeightNorm
from .arrays import TensorInfo, as_framework
from .checkpoint import Checkpoint

Shape = tuple[int, ...]
Transform = Transpose | Split | Merge | WeightNorm


@dataclass(frozen=True)
class _Recipe:
    """How one tensor comes about: from which of the file, of which type and shape, by which function."""

    sources: tuple[str, ...]
    info: TensorInfo
    make: Callable[..., Any]


class ConvertedCheckpoint:
    """A checkpoint with the transforms of a model class applied; satisfies `Checkpoint`.

    Args:
        checkpoint: the file.
        renames: the entries of `_renames` that have a transform.
        known: names of the model's own tensors.  One that the file holds under its own name is left alone.

    Raises:
        ValueError: a transform does not fit the shape in the file.
    """

    def __init__(self, checkpoint: Checkpoint, renames: Iterable[Sequence[Any]], known: Collection[str]):
        self.file = checkpoint
        self.metadata = checkpoint.metadata
        self._made: dict[str, _Recipe] = {}
        plain = {name for name in checkpoint if name in known}
        used: set[str] = set()
        for pattern, replacement, transform in renames:
            patterns = (pattern,) if isinstance(pattern, str) else tuple(pattern)
            targets = (replacement,) if isinstance(replacement, str) else tuple(replacement)
            for sources, found in _groups(checkpoint, patterns, targets, used):
                if plain.isdisjoint(found) or set(found) & set(sources):
                    infos = [checkpoint.info(name) for name in sources]
                    self._made.update(_recipes(transform, sources, infos, found))
                    used.update(sources)
        self._names = [*(name for name in checkpoint if name not in used), *self._made]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def info(self, name: str) -> TensorInfo:
        """Number type and shape of a tensor, in the model's form."""
        made = self._made.get(name)
        return self.file.info(name) if made is None else made.info

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor as an array of `framework`, in the model's form."""
        made = self._made.get(name)
        if made is None:
            return self.file.get(name, framework)
        inner = "pt" if framework == "pt" else "np"
        value = made.make(*(self.file.get(source, inner) for source in made.sources))
        return value if inner == framework else as_framework(value, framework)


def converted(checkpoint: Checkpoint, renames: Iterable[Sequence[Any]], known: Collection[str]) -> Checkpoint:
    """`checkpoint` in the form that a model with these `_renames` has; itself if none transforms."""
    rules = [rule for rule in renames if len(rule) > 2]
    return ConvertedCheckpoint(checkpoint, rules, known) if rules else checkpoint


def _groups(
    checkpoint: Checkpoint, patterns: tuple[str, ...], targets: tuple[str, ...], used: Collection[str]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(names in the file, names in the model) of every place where all patterns have a tensor."""
    rows: dict[tuple[str, ...], dict[int, str]] = {}
    for name in checkpoint:
        for place, pattern in enumerate(patterns):
            if name not in used and re.search(pattern, name):
                key = tuple(re.sub(pattern, target, name) for target in targets)
                rows.setdefault(key, {})[place] = name
                break
    for key, row in rows.items():
        if len(row) == len(patterns):
            yield tuple(row[place] for place in range(len(patterns))), key


def _recipes(
    transform: Transform, sources: tuple[str, ...], infos: list[TensorInfo], targets: tuple[str, ...]
) -> dict[str, _Recipe]:
    """The recipe of every target."""
    if isinstance(transform, Split):
        return _split(transform, sources, infos[0], targets)
    shapes = [info.shape for info in infos]
    if isinstance(transform, Transpose):
        shape, make = _transpose(transform, shapes, sources)
    elif isinstance(transform, Merge):
        shape, make = _merge(transform, shapes, sources)
    else:
        shape, make = _weight_norm(transform, shapes, sources)
    return {targets[0]: _Recipe(sources, TensorInfo(infos[0].dtype, shape), make)}


def _split(
    transform: Split, sources: tuple[str, ...], info: TensorInfo, targets: tuple[str, ...]
) -> dict[str, _Recipe]:
    shape, parts = info.shape, len(targets)
    dim = _axis(transform.dim, shape, sources)
    blocks = transform.heads or 1
    sizes = transform.sizes or (shape[dim] // blocks // parts,) * parts
    if len(sizes) != parts or sum(sizes) * blocks != shape[dim]:
        raise ValueError(
            f"{sources[0]} of shape {list(shape)} cannot be split into {parts} parts along axis {dim}"
        )

    def cut(start: int, size: int) -> Callable[[Any], Any]:
        def make(x: Any) -> Any:
            x = x.reshape(*shape[:dim], blocks, sum(sizes), *shape[dim + 1 :])
            x = x[(slice(None),) * (dim + 1) + (slice(start, start + size),)]
            return x.reshape(*shape[:dim], blocks * size, *shape[dim + 1 :])

        return make

    made, start = {}, 0
    for target, size in zip(targets, sizes, strict=True):
        whole = (*shape[:dim], blocks * size, *shape[dim + 1 :])
        made[target] = _Recipe(sources, TensorInfo(info.dtype, whole), cut(start, size))
        start += size
    return made


def _transpose(
    transform: Transpose, shapes: list[Shape], sources: tuple[str, ...]
) -> tuple[Shape, Callable[..., Any]]:
    (shape,) = shapes
    dims = transform.dims or tuple(range(len(shape)))[::-1]
    if sorted(dims) != list(range(len(shape))):
        raise ValueError(f"{sources[0]} of shape {list(shape)} cannot be transposed by {dims}")

    def make(x: Any) -> Any:
        return x.permute(dims).contiguous() if hasattr(x, "permute") else x.transpose(dims).copy()

    return tuple(shape[axis] for axis in dims), make


def _merge(
    transform: Merge, shapes: list[Shape], sources: tuple[str, ...]
) -> tuple[Shape, Callable[..., Any]]:
    first, dim = shapes[0], transform.dim
    if transform.new_axis:
        if set(shapes) != {first} or not 0 <= dim <= len(first):
            raise ValueError(f"{', '.join(sources)} cannot be stacked: shapes {shapes}")

        def stack(*xs: Any) -> Any:
            whole = (*first[:dim], 1, *first[dim:])
            return _joined([x.reshape(whole) for x in xs], dim)

        return (*first[:dim], len(shapes), *first[dim:]), stack
    dim = _axis(dim, first, sources)
    if len({(*shape[:dim], *shape[dim + 1 :]) for shape in shapes}) != 1:
        raise ValueError(f"{', '.join(sources)} cannot be joined along axis {dim}: shapes {shapes}")
    length = sum(shape[dim] for shape in shapes)
    return (*first[:dim], length, *first[dim + 1 :]), lambda *xs: _joined(list(xs), dim)


def _joined(xs: list[Any], dim: int) -> Any:
    """Arrays of one kind, torch's or NumPy's, one after another."""
    if hasattr(xs[0], "permute"):
        import torch

        return torch.cat(xs, dim=dim)
    import numpy as np

    return np.concatenate(xs, axis=dim)


def _weight_norm(
    transform: WeightNorm, shapes: list[Shape], sources: tuple[str, ...]
) -> tuple[Shape, Callable[..., Any]]:
    magnitude, shape = shapes
    dim = _axis(transform.dim, shape, sources)
    if math.prod(magnitude) != shape[dim]:
        raise ValueError(
            f"{sources[0]} of shape {list(magnitude)} is no magnitude along axis {dim} of {shape}"
        )
    axes = tuple(axis for axis in range(len(shape)) if axis != dim)
    row = tuple(size if axis == dim else 1 for axis, size in enumerate(shape))

    def make(g: Any, v: Any) -> Any:
        length = (v * v).sum(axes).reshape(row) ** 0.5
        return v * (g.reshape(row) / length)

    return shape, make


def _axis(dim: int, shape: Shape, sources: tuple[str, ...]) -> int:
    if not -len(shape) <= dim < len(shape):
        raise ValueError(f"{sources[0]} of shape {list(shape)} has no axis {dim}")
    return dim % len(shape)


__all__ = ["ConvertedCheckpoint", "converted"]
