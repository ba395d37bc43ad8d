"""Files that trainers write with `torch.save`: tensors in nested dicts, beside settings of the run.

What is no tensor, number or text is left out: it is neither imported nor run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .pickle_machine import PickleMachine
from .pickle_reader import GLOBALS, PickledFile
from .safetensors_reader import FormatError


class Settings(dict[str, Any]):
    """What stands for an object of a class that is not read: its attributes, as far as they are plain."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the file's settings have no {name!r}") from None


def _inert(*arguments: Any) -> Settings:
    return Settings()


class _Names(Mapping[str, Any]):
    """The names that tensors need; every other one stands for nothing."""

    def __getitem__(self, name: str) -> Any:
        return GLOBALS.get(name, _inert)

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(GLOBALS)

    def __len__(self) -> int:
        return len(GLOBALS)


class _Machine(PickleMachine):
    def _step(self, name: str, argument: Any) -> None:
        state = self.stack[-1] if name == "BUILD" else None
        super()._step(name, argument)
        if isinstance(state, dict) and isinstance(self.stack[-1], Settings):
            self.stack[-1].update({key: value for key, value in state.items() if isinstance(key, str)})


class TrainingFile(PickledFile):
    """Such a file; as a checkpoint its tensors go by their paths, "model.language_model.embedding".

    Raises:
        FormatError: the file is damaged, or no dict.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._tree: dict[str, Any] = {}
        super().__init__(path)

    def _machine(self, storage: Callable[[Any], Any]) -> PickleMachine:
        return _Machine(_Names(), storage)

    def _take(self, described: dict[str, Any]) -> None:
        self._tree = self._walk(described, "", 0)

    def _walk(self, branch: dict[Any, Any], prefix: str, depth: int) -> Any:
        if depth > 64:
            raise FormatError("dicts are nested more than 64 deep")
        found = Settings()
        for key, value in branch.items():
            name = f"{prefix}{key}"
            if hasattr(value, "storage"):
                self._add(name, value)
                found[str(key)] = _Place(name)
            elif isinstance(value, dict):
                found[str(key)] = self._walk(value, f"{name}.", depth + 1)
            elif value is None or isinstance(value, str | int | float | bool):
                found[str(key)] = value
        return found

    def tree(self, framework: str = "pt") -> Any:
        """The nested dicts, with tensors as arrays of `framework`; attributes of objects are entries too."""

        def filled(branch: Any) -> Any:
            if isinstance(branch, _Place):
                return self.get(branch, framework)
            if isinstance(branch, dict):
                return Settings({key: filled(value) for key, value in branch.items()})
            return branch

        return filled(self._tree)


class _Place(str):
    """The name of a tensor."""


__all__ = ["Settings", "TrainingFile"]
