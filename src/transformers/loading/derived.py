"""What checkpoints have in common whose tensors are made of those of another file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .arrays import TensorInfo


class DerivedCheckpoint:
    """Names and forms of such tensors; with a `get` of its own a class satisfies `Checkpoint`.

    Attributes:
        metadata: text by name, as the file has it.
        _parts: our name -> how the tensor is made, and last what comes out.
    """

    metadata: dict[str, str]
    _parts: Mapping[str, tuple[Any, ...]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def info(self, name: str) -> TensorInfo:
        """Number type and shape of a tensor, in the model's form."""
        found: TensorInfo = self._parts[name][-1]
        return found


__all__ = ["DerivedCheckpoint"]
