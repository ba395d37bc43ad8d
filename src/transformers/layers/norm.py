"""Norms that PyTorch's own modules do not cover."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class RMSNorm(nn.Module):
    """Divides by the root mean square over the last axis, then scales (arXiv:1910.07467).

    The statistics are computed in float32; the scale is applied in the input's dtype.
    """

    def __init__(self, hidden_size, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(hidden_size))
        self.variance_epsilon = eps

    def reset_parameters(self):
        nn.init.ones_(self.weight)

    def forward(self, hidden_states):
        x = hidden_states.to(torch.float32)
        x = F.rms_norm(x, x.shape[-1:], eps=self.variance_epsilon)
        return self.weight * x.to(hidden_states.dtype)

    def extra_repr(self):
        return f"{tuple(self.weight.shape)}, eps={self.variance_epsilon}"


__all__ = ["RMSNorm"]
