"""Drawing tokens: pure functions of scores and of random numbers that the caller gives."""

from __future__ import annotations


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


__all__ = ["sample"]
