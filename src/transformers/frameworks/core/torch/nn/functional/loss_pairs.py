"""Losses of pairs and triplets, of margins, and of the parameters of distributions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...algebra import cosine_similarity
from ...bounded import clamp
from ...creation import arange
from ...indexing import where
from ...pointwise import exp, log, log1p
from ...reductions import mean, sum
from ...tensor import Tensor
from .activation import logsigmoid
from .linear import pairwise_distance
from .loss import _reduced, mode_of


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """How far `target * (input1 - input2)` stays below `margin`."""
    return _reduced(
        clamp(-target * (input1 - input2) + margin, min=0), mode_of(size_average, reduce, reduction)
    )


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cosine where `target` is 1, what the cosine exceeds `margin` by where it is -1."""
    cosine = cosine_similarity(input1, input2, -1)
    apart = where(target == -1, clamp(cosine - margin, min=0), 0.0)
    loss = where(target == 1, 1 - cosine, apart).to(cosine.dtype)
    return _reduced(loss, mode_of(size_average, reduce, reduction))


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The distance `input` where `target` is 1, what it falls short of `margin` by where it is -1."""
    near = where(target == -1, 0.0, input)
    far = where(target == 1, 0.0, clamp(margin - input, min=0))
    return _reduced((near + far).to(input.dtype), mode_of(size_average, reduce, reduction))


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-target * input)), of targets 1 and -1."""
    return _reduced(log1p(exp(-target * input)), mode_of(size_average, reduce, reduction))


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross entropy of logits (N, C), the mean over the classes."""
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    loss = mean(loss if weight is None else loss * weight, -1)
    return _reduced(loss, mode_of(size_average, reduce, reduction))


def _is_class(classes: Tensor, input: Tensor) -> Tensor:
    """Which of the classes along the last axis of `input` each of `classes` is, along a new last axis."""
    return classes.unsqueeze(-1) == arange(input.shape[-1])


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Hinge between every class in `target` (N, C; the classes up to the first -1) and every other one."""
    ended = (target < 0).long().cumsum(-1) > 0
    classes = where(ended, 0, target).to(target.dtype)
    listed = (_is_class(classes, input) & (~ended).unsqueeze(-1)).any(-2)
    chosen = input.gather(-1, classes.long())
    short = clamp(1 - (chosen.unsqueeze(-1) - input.unsqueeze(-2)), min=0)
    counted = (~ended).unsqueeze(-1) & (~listed).unsqueeze(-2)
    loss = sum(where(counted, short, 0.0), (-2, -1)) / input.shape[-1]
    return _reduced(loss, mode_of(size_average, reduce, reduction))


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Hinge between the class `target` (N,) and every other one."""
    if p not in (1, 2):
        raise ValueError(f"multi_margin_loss: p must be 1 or 2, not {p}")
    index = target.long().unsqueeze(-1)
    short = clamp(margin - input.gather(-1, index) + input, min=0)
    short = short if p == 1 else short.square()
    if weight is not None:
        short = short * weight.index_select(0, target.long().reshape(-1)).reshape(target.shape).unsqueeze(-1)
    others = ~_is_class(target, input)
    loss = sum(where(others, short, 0.0), -1) / input.shape[-1]
    return _reduced(loss, mode_of(size_average, reduce, reduction))


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """How much nearer than by `margin` the negative is, beside the positive; distances of order `p`."""

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return pairwise_distance(a, b, p, eps)

    chosen = mode_of(size_average, reduce, reduction)
    return triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=distance, margin=margin, swap=swap, reduction=chosen
    )


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own."""
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return _reduced(clamp(near - far + margin, min=0), reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Negative logarithm of the normal density of `target` with mean `input` and variance `var`.

    Variances below `eps` count as `eps`, for which there is no gradient; `full` adds the constant.
    """
    if not isinstance(var, Tensor):
        var = input * 0 + var
    elif var.ndim == input.ndim - 1:
        var = var.unsqueeze(-1)
    var = var + clamp(eps - var.detach(), min=0)
    loss = 0.5 * (log(var) + (input - target).square() / var)
    return _reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative logarithm of the Poisson probability of `target` with rate `input` (or its logarithm).

    full: adds Stirling's formula for the factorial of targets above 1.
    """
    loss = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        many = target > 1
        safe = where(many, target, 2).to(loss.dtype)
        stirling = safe * log(safe) - safe + 0.5 * log(2 * math.pi * safe)
        loss = loss + where(many, stirling, 0.0).to(loss.dtype)
    return _reduced(loss, mode_of(size_average, reduce, reduction))


__all__ = [
    "cosine_embedding_loss", "gaussian_nll_loss", "hinge_embedding_loss", "margin_ranking_loss",
    "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss", "poisson_nll_loss",
    "soft_margin_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss",
]  # fmt: skip
