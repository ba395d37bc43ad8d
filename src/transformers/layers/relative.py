"""Scores of queries with distances, put where the keys stand that are so far away."""

from __future__ import annotations


def aligned(scores):
    """(B, H, T, T + S) scores with distances -> (B, H, T, S) scores with keys.

    Entry j of row i is what stood in its column j - i + T - 1: rows are moved against each other by reading
    them as one longer row with another width, which needs no index (arXiv:1901.02860, appendix B).
    """
    B, H, T, width = scores.shape
    flat = scores.reshape(B, H, T * width)[..., T - 1 : -1]  # (B, H, T * (T + S - 1))
    return flat.reshape(B, H, T, width - 1)[..., : width - T]


__all__ = ["aligned"]
