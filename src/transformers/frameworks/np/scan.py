"""`layers.scan` over NumPy: plain loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..loader import torch_module


def scan(step: Callable[[Any, Any], tuple[Any, Any]], carry: Any, xs: Any) -> tuple[Any, Any]:
    """Run a recurrence over the first axis of `xs`; see `layers.scan.scan`."""
    torch = torch_module("np")
    length = (xs[0] if isinstance(xs, tuple) else xs).shape[0]
    if length == 0:
        raise ValueError("scan needs at least one step, got xs of length 0")
    ys = []
    for t in range(length):
        carry, y = step(carry, tuple(x[t] for x in xs) if isinstance(xs, tuple) else xs[t])
        ys.append(y)
    if isinstance(ys[0], tuple):
        return carry, tuple(torch.stack(list(parts)) for parts in zip(*ys, strict=True))
    return carry, torch.stack(ys)


def scan_layers(layers: Any, run: Any, hidden_states: Any, per_layer: Any) -> None:
    """NumPy compiles nothing: the layer loop stays a loop."""


__all__ = ["scan", "scan_layers"]
