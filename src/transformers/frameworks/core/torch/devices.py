"""`torch.device`, which matters here only as "meta"."""

from __future__ import annotations

import contextvars
from typing import Any


class device:
    """Where a tensor lives: accepted everywhere and ignored, because the framework places its arrays itself.

    The exception is `torch.device("meta")`: `with torch.device("meta"):` makes the parameters of modules
    built inside abstract (shape and dtype, no memory).
    """

    __slots__ = ("_tokens", "index", "type")

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        name, _, number = str(type).partition(":")
        self.type = name
        self.index = int(number) if number else index
        self._tokens: list[Any] = []

    def __enter__(self) -> device:
        self._tokens.append(_meta.set(self.type == "meta"))
        return self

    def __exit__(self, *exception: object) -> None:
        _meta.reset(self._tokens.pop())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            other = device(other)
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{index})"

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (self.type, self.index)


_meta: contextvars.ContextVar[bool] = contextvars.ContextVar("meta_device", default=False)
CPU = device("cpu")
META = device("meta")


def on_meta(where: Any = None) -> bool:
    """Whether a tensor made with `device=where` is abstract."""
    return _meta.get() if where is None else device(where).type == "meta"


__all__ = ["device"]
