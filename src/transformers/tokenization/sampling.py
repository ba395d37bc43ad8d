"""Random segmentation (arXiv:1804.10959, arXiv:1910.13267), as the SentencePiece library offers it.

Drawn with Python's `random`, which `transformers.set_seed` seeds.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

MOST_BEST = 512


class Sampling(NamedTuple):
    """How segmentations are drawn.

    Args:
        nbest_size: below 0, among all; above 1, among so many of the best (unigram models only).
        alpha: unigram: power of a segmentation's probability. BPE: probability that a merge is left out.
    """

    nbest_size: int = -1
    alpha: float = 0.1


def read_sampling(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """The options of a SentencePiece processor, checked.

    Raises:
        ValueError: `enable_sampling`, `nbest_size` or `alpha` has a value that means nothing.
    """
    found = dict(options or {})
    enabled, size, alpha = (
        found.get(name, default)
        for name, default in (("enable_sampling", False), *Sampling()._asdict().items())
    )
    if not isinstance(enabled, bool):
        raise ValueError(f"sp_model_kwargs: enable_sampling must be True or False, not {enabled!r}")
    if not isinstance(size, int) or isinstance(size, bool) or size > MOST_BEST:
        raise ValueError(
            f"sp_model_kwargs: nbest_size must be -1 (all segmentations), 0 or 1 (no sampling) or a "
            f"number up to {MOST_BEST}, not {size!r}"
        )
    if not isinstance(alpha, (int, float)) or isinstance(alpha, bool) or not math.isfinite(alpha):
        raise ValueError(f"sp_model_kwargs: alpha must be a finite number, not {alpha!r}")
    return found


def sampling_of(options: Mapping[str, Any]) -> Sampling | None:
    """How checked options ask to sample; None: not at all."""
    wanted = Sampling(**{name: options[name] for name in Sampling._fields if name in options})
    return wanted if options.get("enable_sampling") and wanted.nbest_size not in (0, 1) else None


def merge_or_not(symbols: Iterable[str], scores: Mapping[str, float], skip: float) -> list[str]:
    """Join neighbours whose union has a score, the highest first and leftmost, unless chance says no.

    Args:
        symbols: the smallest pieces of a text.
        scores: of what may be joined to.
        skip: probability that a pair is passed over when its turn comes; it has one.
    """
    parts = list(symbols)
    after = [*range(1, len(parts)), -1]
    before = [*range(-1, len(parts) - 1)]
    queue: list[tuple[float, int, int, int]] = []

    def offer(left: int, right: int) -> None:
        if left >= 0 and right >= 0 and (union := parts[left] + parts[right]) in scores:
            heapq.heappush(queue, (-scores[union], left, right, len(union)))

    for place in range(len(parts) - 1):
        offer(place, place + 1)
    while queue:
        _, left, right, size = heapq.heappop(queue)
        stale = not parts[left] or not parts[right] or len(parts[left]) + len(parts[right]) != size
        if stale or random.random() < skip:
            continue
        parts[left] += parts[right]
        parts[right] = ""
        after[left] = after[right]
        if after[right] >= 0:
            before[after[right]] = left
        offer(before[left], left)
        offer(left, after[left])
    return [part for part in parts if part]


__all__ = ["Sampling", "merge_or_not", "read_sampling", "sampling_of"]
