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
    context_fn: Any = None,
    determinism_check: str = "default",
    debug: bool = False,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, recomputed in the backward pass where there is one (JAX, TensorFlow).

    The settings of PyTorch's own machinery are taken and have nothing to do here.
    """
    scope = current()
    if scope is None:
        return B.checkpoint(function, args, kwargs)
    before, paths, counted = dict(scope.updates), list(scope.paths), dict(scope.calls)

    def run(*inner: Any, **options: Any) -> tuple[Any, dict[int, Any]]:
        # However often it runs, it draws the same random numbers.
        inside = Scope(scope.values, scope.train, (current() or scope).rng)
        inside.updates, inside.paths, inside.calls = dict(before), list(paths), dict(counted)
        inside.hashes = scope.hashes
        with use(inside):
            out = function(*inner, **options)
        scope.calls.update(inside.calls)
        return out, {key: value for key, value in inside.updates.items() if before.get(key) is not value}

    out, updates = B.checkpoint(run, args, kwargs)
    scope.updates.update(updates)
    return out


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Functions one after the other, all but the last of `segments` groups by `checkpoint`."""
    parts = list(functions)
    size = max(len(parts) // segments, 1)
    starts = [size * i for i in range(segments - 1)] if size * (segments - 1) < len(parts) else []

    def run(group: list[Callable[..., Any]]) -> Callable[..., Any]:
        def through(x: Any) -> Any:
            for part in group:
                x = part(x)
            return x

        return through

    for start in starts:
        input = checkpoint(run(parts[start : start + size]), input, use_reentrant=use_reentrant, **kwargs)
    return run(parts[size * len(starts) :])(input)


__all__ = ["checkpoint", "checkpoint_sequential"]
