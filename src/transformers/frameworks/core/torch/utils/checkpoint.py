"""`torch.utils.checkpoint`: recompute in the backward pass instead of keeping intermediates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....core.scope import Scope, current, use
from ... import backend as B


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, recomputed in the backward pass where the framework can (JAX)."""
    scope = current()
    if scope is None:
        return B.checkpoint(function, args, kwargs)
    before = dict(scope.updates)

    def run(*inner: Any, **options: Any) -> tuple[Any, dict[int, Any]]:
        inside = Scope(scope.values, scope.train, scope.rng)
        inside.updates, inside.paths, inside.calls = dict(before), scope.paths, scope.calls
        inside.hashes = scope.hashes
        with use(inside):
            out = function(*inner, **options)
        return out, {key: value for key, value in inside.updates.items() if before.get(key) is not value}

    out, updates = B.checkpoint(run, args, kwargs)
    scope.updates.update(updates)
    return out


__all__ = ["checkpoint"]
