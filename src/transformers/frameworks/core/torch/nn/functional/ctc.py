"""Connectionist temporal classification."""

from __future__ import annotations

from typing import Any

from .... import backend as B
from ...creation import arange, as_tensor
from ...filled import full_like, zeros_like
from ...indexing import gather, where
from ...pointwise import exp, log
from ...promotion import long
from ...reductions import cumsum
from ...shapes import cat, reshape, stack
from ...tensor import Tensor
from .loss import _reduced

# Stands for the logarithm of 0: gradients of sums with -inf would be undefined.
_NEVER = -1e30


def _lengths(lengths: Any) -> Tensor:
    return as_tensor(lengths).long().reshape(-1)


def _in_rows(targets: Tensor, lengths: Tensor) -> Tensor:
    """Targets (N, S) from targets one after the other: S is the longest length, or where that is not known
    the length of all.
    """
    longest: Any = targets.shape[0]
    if not B.traced(lengths.a):
        longest = max(int(B.to_numpy(lengths.a).max()), 1)
    starts = cumsum(lengths, 0) - lengths
    places = starts.unsqueeze(1) + arange(longest)
    return targets[places.clamp(0).minimum(as_tensor(targets.shape[0] - 1))]


def _log_add(parts: list[Tensor]) -> Tensor:
    """log of the sum of exp, of tensors that hold no infinities."""
    top = parts[0].maximum(parts[1])
    top = (top.maximum(parts[2]) if len(parts) > 2 else top).detach()
    total = exp(parts[0] - top) + exp(parts[1] - top)
    return log(total + exp(parts[2] - top) if len(parts) > 2 else total) + top


def _paths(targets: Tensor, blank: int) -> tuple[Tensor, Tensor]:
    """Labels with blanks around each (N, 2 S + 1), and where a path may jump over the blank before."""
    batch = targets.shape[0]
    pairs = reshape(stack([full_like(targets, blank), targets], -1), batch, -1)
    labels = cat([pairs, full_like(targets[:, :1], blank)], 1)
    two_before = cat([full_like(labels[:, :2], blank), labels[:, :-2]], 1)
    return labels, (labels != blank) & (labels != two_before)


def _negative_log(scores: Tensor, jumps: Tensor, input_lengths: Tensor, target_lengths: Tensor) -> Tensor:
    """-log of the probability of all paths (N,), from the scores (T, N, L) of the labels at every time."""
    from ....scan import scan

    never = full_like(scores[0], _NEVER)
    places = arange(scores.shape[-1])
    # Before the first step every path stands ahead of the first label: only labels 0 and 1 can follow.
    start = where(places < 1, 0.0, never).to(scores.dtype)
    first = where((places < 2) & (places < 2 * target_lengths.unsqueeze(1) + 1), 0.0, _NEVER)

    def step(alpha: Any, x: Any) -> Any:
        score, time = x
        one = cat([never[:, :1], alpha[:, :-1]], 1)
        two = where(jumps, cat([never[:, :2], alpha[:, :-2]], 1), _NEVER).to(scores.dtype)
        ways = where(time == 0, first.to(scores.dtype), _log_add([alpha, one, two]))
        new = (ways + score).clamp(min=_NEVER)
        alpha = where((time < input_lengths).unsqueeze(1), new, alpha)
        return alpha, zeros_like(time)

    alpha, _ = scan(step, start, (scores, arange(scores.shape[0])))
    last = 2 * target_lengths.unsqueeze(1)
    end = gather(alpha, 1, last).squeeze(1)
    before = gather(alpha, 1, (last - 1).clamp(0)).squeeze(1)
    return -_log_add([end, where(target_lengths > 0, before, _NEVER).to(end.dtype)])


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Negative log-probability of target sequences, summed over all their alignments with the input.

    log_probs: logarithms of probabilities (T, N, C), or (T, C) for one sequence, as `log_softmax` gives.
    targets: classes (N, S), or all sequences one after the other in one axis.
    input_lengths, target_lengths: (N,), tensors or tuples; no class of a target is `blank`.
    reduction: "mean" divides by the target lengths, then takes the mean over the batch.
    zero_infinity: whether targets too long for their input give 0 and no gradient, instead of infinity.
    """
    if log_probs.ndim not in (2, 3):
        raise RuntimeError(f"ctc_loss needs log_probs (T, N, C) or (T, C), not {log_probs.ndim} axes")
    single = log_probs.ndim == 2
    scores = log_probs.unsqueeze(1) if single else log_probs
    kind = scores.dtype
    scores = scores.float() if kind.bits < 32 else scores
    input_lengths, target_lengths = _lengths(input_lengths), _lengths(target_lengths)
    rows = targets.to(long())
    if rows.ndim == 1:
        rows = rows.unsqueeze(0) if single else _in_rows(rows, target_lengths)
    padded = arange(rows.shape[1]) >= target_lengths.unsqueeze(1)
    labels, jumps = _paths(where(padded, blank, rows).to(rows.dtype), blank)
    index = labels.unsqueeze(0).expand(scores.shape[0], *labels.shape)
    chosen = gather(scores, 2, index).clamp(min=_NEVER)
    loss = _negative_log(chosen, jumps, input_lengths, target_lengths)
    impossible = loss > -_NEVER / 2
    loss = where(impossible, 0.0 if zero_infinity else float("inf"), loss).to(kind)
    if reduction == "mean":
        return (loss / target_lengths.clamp(1).to(kind)).mean()
    return _reduced(loss.squeeze(0) if single else loss, reduction)


__all__ = ["ctc_loss"]
