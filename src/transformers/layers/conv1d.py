"""The linear layer of the first GPT models, with its weight stored the other way round."""

from __future__ import annotations

import torch
from torch import nn


class Conv1D(nn.Module):
    """`nn.Linear` over a weight of shape (in, out), as GPT-2's checkpoints hold it.

    nf: output features.  nx: input features.
    """

    _layouts = {"flax": {"weight": ("kernel", (1, 0))}, "tf": {}}  # see `loading.layouts`

    def __init__(self, nf, nx):
        super().__init__()
        self.nf = nf
        self.nx = nx
        self.weight = nn.Parameter(torch.empty(nx, nf))
        self.bias = nn.Parameter(torch.zeros(nf))
        self.reset_parameters()

    def reset_parameters(self, std=0.02):
        nn.init.normal_(self.weight, std=std)
        nn.init.zeros_(self.bias)

    def forward(self, x):
        rows = torch.addmm(self.bias, x.reshape(-1, self.nx), self.weight)
        return rows.reshape(*x.shape[:-1], self.nf)  # (..., in) -> (..., out)

    def extra_repr(self):
        return f"nf={self.nf}, nx={self.nx}"


def prune_conv1d_layer(layer, index, dim=1):
    """A Conv1D with only the output (dim 1) or input (dim 0) features `index`, with gradients."""
    index = index.to(layer.weight.device)
    weight = layer.weight.index_select(dim, index).detach().clone()
    smaller = Conv1D(weight.shape[1], weight.shape[0])
    smaller.weight = nn.Parameter(weight)
    bias = layer.bias.index_select(0, index) if dim == 1 else layer.bias
    smaller.bias = nn.Parameter(bias.detach().clone())
    return smaller


__all__ = ["Conv1D", "prune_conv1d_layer"]
