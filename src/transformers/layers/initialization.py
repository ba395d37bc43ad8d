"""Weight initialisers shared by models' `_init_weights`."""

from __future__ import annotations

import torch
from torch import nn


def init_normal(module, std):
    """BERT's initialisation (arXiv:1810.04805).

    N(0, std) weights, zero biases and padding rows, unit scales.
    """
    if isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d):
        nn.init.normal_(module.weight, mean=0.0, std=std)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, mean=0.0, std=std)
        if module.padding_idx is not None:
            with torch.no_grad():
                module.weight[module.padding_idx] = 0.0
    elif isinstance(module, nn.LayerNorm):
        if module.weight is not None:
            nn.init.ones_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif hasattr(module, "reset_parameters"):  # a part with parameters of its own
        module.reset_parameters()


__all__ = ["init_normal"]
