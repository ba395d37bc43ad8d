"""Samples of distributions through which gradients flow."""

from __future__ import annotations

from ...bounded import clamp, softmax
from ...filled import zeros_like
from ...pointwise import log
from ...randomness import rand_like
from ...scattering import scatter
from ...tensor import Tensor


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """Softmax of logits with Gumbel noise, at temperature `tau`; `hard` gives one-hot vectors whose
    gradient is that of the soft ones.
    """
    noise = -log(-log(clamp(rand_like(logits), 1e-7, 1 - 1e-7)))
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = soft.argmax(dim, keepdim=True)
    return scatter(zeros_like(soft), dim, index, 1.0) - soft.detach() + soft


__all__ = ["gumbel_softmax"]
