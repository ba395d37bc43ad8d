"""Loops that a compiled program keeps as loops: over time, and over layers of one form.

Over another framework this module is `frameworks/<framework>/scan.py`, with the same functions.
"""

from __future__ import annotations

import torch
from torch._higher_order_ops.scan import scan as traced_scan


def scan(step, carry, xs):
    """Run a recurrence over the first axis of `xs`, whose length may be unknown when it is traced.

    step: (carry, x) -> (carry, y), both of the same form at every step; no buffer may be written in it.
    carry: a tensor or a tuple of tensors.  xs: a tensor (T, ...) or a tuple of such.
    Returns the last carry, and the ys stacked along a new first axis.
    Raises:
        ValueError: there are no steps (told where the length is a plain number).
    """
    length = (xs[0] if isinstance(xs, tuple) else xs).shape[0]
    if isinstance(length, int) and length == 0:
        raise ValueError("scan needs at least one step, got xs of length 0")
    if torch.compiler.is_compiling():
        return traced_scan(step, carry, xs)
    ys = []
    for t in range(length):
        carry, y = step(carry, tuple(x[t] for x in xs) if isinstance(xs, tuple) else xs[t])
        ys.append(y)
    if isinstance(ys[0], tuple):
        return carry, tuple(torch.stack([y[i] for y in ys]) for i in range(len(ys[0])))
    return carry, torch.stack(ys)


def scan_layers(layers, run, hidden_states, per_layer):
    """Outputs of all layers by one compiled loop over their stacked weights, or None where there is none.

    PyTorch has none: its compilers unroll.
    """
    return None


__all__ = ["scan", "scan_layers"]
