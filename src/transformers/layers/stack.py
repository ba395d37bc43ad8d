"""The one layer loop: hidden states, attentions, per-layer arguments and checkpointing for every trunk."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
import torch.utils.checkpoint

from .cache import Cache
from .kernel_options import carried
from .scan import scan_layers


class Stack(NamedTuple):
    """What a stack of layers gives.

    The last hidden state and what was collected, None where it was not asked for.
    """

    hidden_states: Any
    all_hidden_states: Any
    attentions: Any
    cross_attentions: Any


def run_layers(
    layers,
    hidden_states,
    *args,
    collect_hidden=False,
    collect_attentions=False,
    checkpointing=False,
    layer_drop=0.0,
    per_layer=None,
    final=None,
    **kwargs,
):
    """Run `layers` one after another, each on what the one before gave.

    A layer is called as `layer(hidden_states, *args, output_attentions=collect_attentions, **kwargs)` and
    returns (hidden states, self attention or None[, cross attention or None]).
    per_layer: {argument name: sequence with one value per layer}.
    checkpointing: drop each layer's intermediates and compute them again in the backward pass.
    layer_drop: probability with which a layer is skipped; the caller passes 0 outside training
        (arXiv:1909.11556).
    final: applied to what the last layer gives, the norm at the end of pre-norm models.

    A list of layers whose `scanned` is set runs as one compiled loop where the framework has such loops, the
    layers are of one form and no cache is written.
    """
    own = {name: values for name, values in (per_layer or {}).items() if values is not None}

    def run(layer, hidden_states, options):
        options = {**kwargs, **options, "output_attentions": collect_attentions}
        if not checkpointing:
            return layer(hidden_states, *args, **options)
        layer = carried(layer)
        return torch.utils.checkpoint.checkpoint(layer, hidden_states, *args, use_reentrant=False, **options)

    scanned = None
    if getattr(layers, "scanned", False) and not layer_drop and not holds_cache(args, kwargs):
        scanned = scan_layers(layers, run, hidden_states, own)
    states, attentions, cross = [], [], []
    for index, layer in enumerate(layers):
        if collect_hidden:
            states.append(hidden_states)
        if scanned is None:
            outputs = run(layer, hidden_states, {name: values[index] for name, values in own.items()})
        else:
            outputs = scanned[index]
        hidden_states = outputs[0] if not layer_drop else kept_or(outputs[0], hidden_states, layer_drop)
        attentions.append(outputs[1])
        cross.append(outputs[2] if len(outputs) > 2 else None)
    if final is not None:
        hidden_states = final(hidden_states)
    if collect_hidden:
        states.append(hidden_states)
    crossed = bool(cross) and cross[0] is not None
    return Stack(
        hidden_states,
        tuple(states) if collect_hidden else None,
        tuple(attentions) if collect_attentions else None,
        tuple(cross) if collect_attentions and crossed else None,
    )


def run_blocks(blocks, features, *, collect=False):
    """(features, what each block gave or None): blocks of a convolutional network, each `block(features)`.

    collect: whether to keep every block's output, as a tuple without the first block's input.
    """
    states = []
    for block in blocks:
        features = block(features)
        states.append(features)
    return features, tuple(states) if collect else None


def holds_cache(args, kwargs):
    """Whether a cache is among the arguments of a layer."""
    return any(isinstance(value, Cache) for value in (*args, *kwargs.values()))


def kept_or(new, old, probability):
    """`old` with the given probability, else `new`."""
    keep = F.dropout(torch.ones_like(new[:1, :1, :1]), p=probability, training=True) > 0  # (1, 1, 1)
    return torch.where(keep, new, old)


__all__ = ["Stack", "run_blocks", "run_layers"]
