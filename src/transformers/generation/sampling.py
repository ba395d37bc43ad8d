"""Drawing and ranking tokens: pure functions of scores and of random numbers that the caller gives."""

from __future__ import annotations

import torch


def sample(scores, uniform):
    """Draw tokens, each row by its own distribution (the inverse of its distribution function).

    scores: (B, V), logits; -inf is never drawn.
    uniform: in [0, 1), shape (B,) for one token a row, or (B, N) for N, drawn with replacement.
    Returns token ids, of the shape of `uniform`.
    """
    single = uniform.ndim == 1
    points = uniform.unsqueeze(-1) if single else uniform
    reached = scores.float().softmax(dim=-1).cumsum(dim=-1)  # (B, V)
    total = reached[:, -1:]
    # A place counts as passed only while something is left above it: rounding never reaches a token of zero.
    passed = (reached.unsqueeze(1) <= (points.float() * total).unsqueeze(-1)) & (reached < total).unsqueeze(1)
    tokens = passed.long().sum(dim=-1)  # (B, N)
    return tokens.squeeze(-1) if single else tokens


def gumbel(scores, uniform):
    """Scores disturbed so that their order is a draw without replacement (arXiv:1903.06059).

    The highest is one draw, the k highest are k draws without replacement.

    scores: (B, V); uniform: in [0, 1), the same shape.
    """
    smallest = torch.finfo(torch.float32).tiny
    return scores - torch.log(-torch.log(uniform.float().clamp(min=smallest)))


def top_candidates(scores, count):
    """The best continuations of a text's beams.

    scores: (B, K, V), of each beam's next tokens.
    Returns scores, beams and tokens of the `count` best, each (B, count), best first.
    """
    vocabulary = scores.shape[-1]
    found = torch.topk(scores.reshape(scores.shape[0], -1), count)
    places = found.indices
    return found.values, places // vocabulary, places % vocabulary


def length_normalised(scores, length, length_penalty):
    """Sums of log-probabilities over length ** length_penalty: above 0 favours long texts (arXiv:1609.08144).

    length: an int, or a tensor that broadcasts to `scores`.
    """
    return scores / (length**length_penalty)


def chosen_scores(scores, tokens):
    """The score of each chosen token: scores (..., V), tokens (...) -> (...)."""
    return scores.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


__all__ = ["chosen_scores", "gumbel", "length_normalised", "sample", "top_candidates"]
