"""Losses."""

from __future__ import annotations

from .... import backend as B
from ...bounded import log_softmax
from ...indexing import where
from ...tensor import Tensor, wrap
from .activation import logsigmoid


def _reduced(loss: Tensor, reduction: str) -> Tensor:
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    if reduction == "none":
        return loss
    raise ValueError(f"reduction must be 'mean', 'sum' or 'none', not {reduction!r}")


def mode_of(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction, from itself or from the two flags of old that some code still gives."""
    if size_average is None and reduce is None:
        return reduction
    if reduce is False:
        return "none"
    return "sum" if size_average is False else "mean"


def _picked(log_probabilities: Tensor, target: Tensor, ignored: Tensor, axis: int) -> Tensor:
    """The entry of each target class along `axis`; class 0 where ignored."""
    index = where(ignored, 0, target).to(target.dtype).unsqueeze(axis)
    return log_probabilities.gather(axis, index).squeeze(axis)


def _weighted_nll(
    log_probabilities: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    axis: int,
    smoothing: float,
) -> tuple[Tensor, Tensor]:
    """Loss of every position (0 where ignored) and its weight in the mean."""
    ignored = target == ignore_index
    share = where(ignored, 0.0, 1.0).to(log_probabilities.dtype)
    loss = -_picked(log_probabilities, target, ignored, axis)
    if weight is not None:
        safe = where(ignored, 0, target).to(target.dtype)
        share = share * wrap(B.take(weight.a, safe.a, 0))
    loss = loss * share if weight is not None else where(ignored, 0.0, loss)
    if smoothing:
        spread = log_probabilities
        if weight is not None:
            spread = spread * weight.reshape((-1,) + (1,) * (log_probabilities.ndim - axis - 1))
        uniform = where(ignored, 0.0, -spread.sum(axis)) / log_probabilities.shape[axis]
        loss = loss * (1.0 - smoothing) + uniform * smoothing
    return loss, share


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative of the entry of `input` (N, C, ...) or (C,) that each `target` (N, ...) names; see
    `cross_entropy`.
    """
    return _class_loss(input, target, weight, ignore_index, mode_of(size_average, reduce, reduction), 0.0)


def _class_loss(
    log_probabilities: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    smoothing: float,
) -> Tensor:
    axis = 0 if log_probabilities.ndim == 1 else 1
    loss, share = _weighted_nll(log_probabilities, target, weight, ignore_index, axis, smoothing)
    if reduction == "mean":
        return loss.sum() / share.sum()
    return _reduced(loss, reduction)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross entropy of logits `input` (N, C, ...) or (C,) with `target`.

    `target` holds class indices (N, ...), of which `ignore_index` does not count, or probabilities shaped
    like `input`. "mean" divides by the weights of the counted targets, so all-ignored gives nan, as in
    torch.
    """
    reduction = mode_of(size_average, reduce, reduction)
    axis = 0 if input.ndim == 1 else 1
    log_probabilities = log_softmax(input, axis)
    if not target.is_floating_point():
        return _class_loss(log_probabilities, target, weight, ignore_index, reduction, label_smoothing)
    if label_smoothing:
        target = target * (1.0 - label_smoothing) + label_smoothing / input.shape[axis]
    terms = log_probabilities * target
    if weight is not None:
        terms = terms * weight.reshape((-1,) + (1,) * (input.ndim - axis - 1))
    loss = -terms.sum(axis)
    if reduction == "mean":
        return loss.sum() / (loss.numel() if loss.ndim else 1)
    return _reduced(loss, reduction)


def _of_difference(loss: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    """The reduction of a loss of differences; with weights the mean is a weighted one."""
    if weight is None:
        return _reduced(loss, reduction)
    if reduction == "mean":
        return (loss * weight).sum() / weight.expand(loss.shape).sum()
    return _reduced(loss * weight, reduction)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Squared difference."""
    return _of_difference((input - target).square(), weight, mode_of(size_average, reduce, reduction))


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Absolute difference."""
    return _of_difference((input - target).abs(), weight, mode_of(size_average, reduce, reduction))


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Squared below `beta`, absolute above."""
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss: beta must not be negative, not {beta}")
    away = (input - target).abs()
    if beta:
        away = where(away < beta, away.square() * (0.5 / beta), away - 0.5 * beta)
    return _reduced(away, mode_of(size_average, reduce, reduction))


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Squared below `delta`, `delta` times the absolute difference above."""
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be above 0, not {delta}")
    away = (input - target).abs()
    loss = where(away < delta, away.square() * 0.5, (away - 0.5 * delta) * delta)
    return _reduced(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Binary cross entropy of logits; `pos_weight` scales the positive part, `weight` everything."""
    known = zip(input.shape, target.shape, strict=False)
    if input.ndim != target.ndim or any(
        isinstance(a, int) and isinstance(b, int) and a != b for a, b in known
    ):
        raise ValueError(
            f"binary_cross_entropy_with_logits: the sizes of input {list(input.shape)} and of "
            f"target {list(target.shape)} differ"
        )
    if pos_weight is None:
        loss = (1 - target) * input - logsigmoid(input)
    else:
        loss = (1 - target) * input - ((pos_weight - 1) * target + 1) * logsigmoid(input)
    return _reduced(loss if weight is None else loss * weight, mode_of(size_average, reduce, reduction))


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross entropy of probabilities; logarithms below -100 count as -100."""
    at = input.detach()
    loss = (target - 1) * (1 - at).log().clamp(min=-100) - target * at.log().clamp(min=-100)
    # The gradient has bounds of its own: that of the logarithms would be undefined at 0 and 1.
    slope = ((at - target) / ((1 - at) * at).clamp(min=1e-12)).detach()
    loss = loss + (input - at) * slope
    return _reduced(loss if weight is None else loss * weight, mode_of(size_average, reduce, reduction))


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Divergence of log-probabilities `input` from `target` (logarithms too if `log_target`)."""
    if log_target:
        loss = target.exp() * (target - input)
    else:
        positive = target > 0
        log_of = where(positive, target, 1.0).log()
        loss = where(positive, target * log_of, 0.0) - target * input
    if reduction == "batchmean":
        return loss.sum() / input.shape[0]
    return _reduced(loss, mode_of(size_average, reduce, reduction))


__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "huber_loss", "kl_div",
    "l1_loss", "mse_loss", "nll_loss", "smooth_l1_loss",
]  # fmt: skip
