"""The scope of one functional call: which values parameters have, whether it trains, and where randomness
comes from.

A model over JAX (or TensorFlow, NumPy) is an ordinary object whose parameters hold values.  A face that
wants a pure function enters a scope: inside it every parameter and buffer named in `values` reads from
there, and writes to buffers are collected in `updates` instead of changing the model.
"""

from __future__ import annotations

import contextlib
import contextvars
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Scope:
    """What holds during one call.

    Args:
        values: raw arrays by `id` of the Parameter or Buffer they stand for.
        train: what `module.training` answers for every module; None leaves each module's own flag.
        rng: the framework's random key; None where the framework needs none, or where nothing random may
            happen.

    After the call `updates` holds the new raw values of the buffers that the call wrote, by `id`.
    """

    __slots__ = ("calls", "hashes", "paths", "rng", "train", "updates", "values")

    def __init__(
        self, values: Mapping[int, Any] | None = None, train: bool | None = None, rng: Any = None
    ) -> None:
        self.values: Mapping[int, Any] = {} if values is None else values
        self.train = train
        self.rng = rng
        self.updates: dict[int, Any] = {}
        self.paths: list[str] = []
        self.calls: dict[str, int] = {}
        self.hashes: Callable[[str], Any] = lambda path: zlib.crc32(path.encode())

    def position(self) -> tuple[Any, int]:
        """(hash of the running module's path, how many random draws it made before): a new pair at every
        call.
        """
        path = self.paths[-1] if self.paths else ""
        count = self.calls.get(path, 0)
        self.calls[path] = count + 1
        return self.hashes(path), count

    def read(self, slot: object, default: Any) -> Any:
        """The raw value that `slot` has in this scope, or `default`."""
        key = id(slot)
        if key in self.updates:
            return self.updates[key]
        return self.values.get(key, default)


_current: contextvars.ContextVar[Scope | None] = contextvars.ContextVar("transformers_scope", default=None)


def current() -> Scope | None:
    """The innermost active scope of this thread or task."""
    return _current.get()


def nested(step: Any, fold: Callable[[Any, Any], Any] | None = None) -> Scope:
    """A scope for one step of a loop inside the active one; it reads what that one reads.

    fold: makes the key of a step out of the key of all; None leaves the key.
    """
    outer = current() or Scope()
    rng = outer.rng if fold is None or outer.rng is None else fold(outer.rng, step)
    inner = Scope({**outer.values, **outer.updates}, outer.train, rng)
    inner.paths, inner.calls, inner.hashes = list(outer.paths), dict(outer.calls), outer.hashes
    return inner


@contextlib.contextmanager
def use(scope: Scope) -> Iterator[Scope]:
    """Make `scope` the active one for the `with` block."""
    token = _current.set(scope)
    try:
        yield scope
    finally:
        _current.reset(token)


__all__ = ["Scope", "current", "nested", "use"]
