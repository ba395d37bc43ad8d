"""What a pickle of tensors is made of, as data: number types, storages, views of them, other objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DType:
    """A number type, or the storage class that stands for one, as data."""

    name: str


@dataclass(frozen=True)
class Storage:
    """A run of elements in the file: its key, number type and length."""

    key: str
    dtype: str
    numel: int


@dataclass(frozen=True)
class View:
    """A strided view of a storage; not checked yet."""

    storage: Any
    dtype: Any
    offset: Any
    size: Any
    stride: Any


class Described:
    """An object that the pickle would make, as the name of its class and what it is made of.

    arguments: of the call.  state: what is set afterwards, or None.
    """

    def __init__(self, name: str, arguments: tuple[Any, ...]) -> None:
        self.name, self.arguments = name, arguments
        self.state: dict[Any, Any] | None = None

    def take(self, state: Any) -> None:
        """Note the state."""
        if not isinstance(state, dict) or self.arguments:
            raise TypeError(f"a state of {self.name} that is not a dict, or that nothing was said of")
        self.state = state


@dataclass(frozen=True)
class Kind:
    """A class or function that only its name is known of; a call describes an object of it."""

    name: str

    def __call__(self, *arguments: Any) -> Described:
        return Described(self.name, arguments)


__all__ = ["DType", "Described", "Kind", "Storage", "View"]
