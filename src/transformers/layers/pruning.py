"""Removing attention heads from their projections."""

from __future__ import annotations

import torch
from torch import nn


def heads_to_remove(heads, count, pruned):
    """Which of the `count` heads that are left go, when `heads` are named by their numbers before pruning.

    pruned: the numbers removed before; naming one again is fine.
    Raises:
        ValueError: a number that is no head's, or none would be left.
    """
    left = [head for head in range(count + len(pruned)) if head not in pruned]
    if strange := [head for head in heads if head not in left and head not in pruned]:
        raise ValueError(f"heads are numbered from 0 to {count + len(pruned) - 1}, got {strange[0]!r}")
    gone = {left.index(head) for head in heads if head in left}
    if len(gone) == count:
        raise ValueError("all attention heads of a layer would be removed: leave at least one")
    return gone


def kept_features(heads, gone, head_dim):
    """Indices of the features that remain of `heads` heads of `head_dim` each without the heads `gone`."""
    kept = [head * head_dim + i for head in range(heads) if head not in gone for i in range(head_dim)]
    return torch.tensor(kept, dtype=torch.long)


def prune_linear_layer(layer, index, dim=0):
    """A Linear with only the output (dim 0) or input (dim 1) features `index`."""
    weight = layer.weight.index_select(dim, index).detach().clone()
    smaller = nn.Linear(weight.shape[1], weight.shape[0], bias=layer.bias is not None)
    smaller.weight = nn.Parameter(weight)
    if layer.bias is not None:
        bias = layer.bias.index_select(0, index) if dim == 0 else layer.bias
        smaller.bias = nn.Parameter(bias.detach().clone())
    return smaller


__all__ = ["heads_to_remove", "kept_features", "prune_linear_layer"]
