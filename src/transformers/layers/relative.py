"""Distances between tokens: the ranges they fall into, and scores with distances put where the keys stand."""

from __future__ import annotations

import math
import struct


def aligned(scores):
    """(B, H, T, T + S) scores with distances -> (B, H, T, S) scores with keys.

    Entry j of row i is what stood in its column j - i + T - 1: rows are moved against each other by reading
    them as one longer row with another width, which needs no index (arXiv:1901.02860, appendix B).
    """
    B, H, T, width = scores.shape
    flat = scores.reshape(B, H, T * width)[..., T - 1 : -1]  # (B, H, T * (T + S - 1))
    return flat.reshape(B, H, T, width - 1)[..., : width - T]


def distance_buckets(buckets, max_distance):
    """Which of `buckets` the distances 0 ... max_distance fall into: near ones their own, far ones in ranges.

    Worked out with the roundings of float32, as the published code does, but on the host: a framework's own
    logarithm may put a distance that lies on a border into the range beside it.
    """
    exact = buckets // 2
    found = list(range(exact))
    scale = single(math.log(max_distance / exact))
    for distance in range(exact, max_distance + 1):
        place = single(single(single(math.log(single(distance / exact))) / scale) * (buckets - exact))
        found.append(min(exact + int(place), buckets - 1))
    return found


def single(x):
    """A Python number rounded to float32."""
    return struct.unpack("f", struct.pack("f", x))[0]


__all__ = ["aligned", "distance_buckets", "single"]
