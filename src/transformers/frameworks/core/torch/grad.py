"""Gradient modes, as context managers and decorators.

Gradients are the framework's own (`jax.grad`, `tf.GradientTape`); inside `no_grad` the results of
operations are detached, so that no gradient flows through them.
"""

from __future__ import annotations

import contextlib
from typing import Any

from .tensor import _no_grad


class _Mode(contextlib.ContextDecorator):
    _off = True

    def __init__(self, mode: bool | None = None) -> None:
        self._tokens: list[Any] = []
        if mode is not None:
            self._off = not mode

    def __enter__(self) -> _Mode:
        self._tokens.append(_no_grad.set(self._off))
        return self

    def __exit__(self, *exception: object) -> None:
        _no_grad.reset(self._tokens.pop())


class no_grad(_Mode):
    """No gradient flows through what is computed inside."""

    def __init__(self) -> None:
        super().__init__(False)


class enable_grad(_Mode):
    """Gradients flow again inside a `no_grad`."""

    def __init__(self) -> None:
        super().__init__(True)


class set_grad_enabled(_Mode):
    """Gradients flow inside if `mode`."""


class inference_mode(_Mode):
    """As `no_grad`, unless `mode` is False."""

    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode)


def is_grad_enabled() -> bool:
    """Whether gradients flow through what is computed now."""
    return not _no_grad.get()


__all__ = ["enable_grad", "inference_mode", "is_grad_enabled", "no_grad", "set_grad_enabled"]
