"""The paged cache by its published path, and the published grouping of layers."""

from __future__ import annotations

import math
from typing import Any

from ..torch_paged import PagedAttentionCache


def group_layers_by_attn_type(config: Any) -> tuple[list[list[int]], list[str]]:
    """Layers in groups of one kind and of equal size, the largest that divides all kinds; and their kinds.

    config: with `layer_types`, or of layers that all have its `sliding_window`, or none.
    """
    known = vars(config)
    kinds = known.get("layer_types")
    if kinds is None:
        alike = "full_attention" if known.get("sliding_window") is None else "sliding_attention"
        kinds = [alike] * config.num_hidden_layers
    members: dict[str, list[int]] = {}
    for layer, kind in enumerate(kinds):
        members.setdefault(kind, []).append(layer)
    size = math.gcd(*map(len, members.values()))
    found = [
        (layers[start : start + size], kind)
        for kind, layers in members.items()
        for start in range(0, len(layers), size)
    ]
    return [layers for layers, _ in found], [kind for _, kind in found]


__all__ = ["PagedAttentionCache", "group_layers_by_attn_type"]
