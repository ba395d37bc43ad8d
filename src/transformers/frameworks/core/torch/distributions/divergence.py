"""Divergences between distributions of one family."""

from __future__ import annotations

from typing import Any

from ..nn.functional import softplus
from ..pointwise import log, square
from ..reductions import sum
from ..tensor import Tensor
from .continuous import Normal
from .discrete import Bernoulli, Categorical
from .distribution import Independent, sum_rightmost


def _normals(p: Normal, q: Normal) -> Tensor:
    ratio = square(p.scale / q.scale)
    return 0.5 * (ratio + square((p.loc - q.loc) / q.scale) - 1 - log(ratio))


def _categoricals(p: Categorical, q: Categorical) -> Tensor:
    return sum(p.probs * (p.logits - q.logits), -1)


def _bernoullis(p: Bernoulli, q: Bernoulli) -> Tensor:
    one = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    return one + (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))


_FAMILIES: tuple[tuple[type, Any], ...] = (
    (Normal, _normals),
    (Categorical, _categoricals),
    (Bernoulli, _bernoullis),
)


def kl_divergence(p: Any, q: Any) -> Tensor:
    """The Kullback-Leibler divergence of `q` from `p`: normal, Bernoulli or categorical ones, also
    `Independent`.
    """
    if isinstance(p, Independent) and isinstance(q, Independent):
        return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)
    for family, divergence in _FAMILIES:
        if isinstance(p, family) and isinstance(q, family):
            return divergence(p, q)
    raise NotImplementedError(
        f"no divergence between {type(p).__name__} and {type(q).__name__}; there is one between two "
        f"of {', '.join(family.__name__ for family, _ in _FAMILIES)}"
    )


__all__ = ["kl_divergence"]
