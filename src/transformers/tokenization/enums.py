"""Choices that tokenizers take by name."""

from __future__ import annotations

from ..utils.generic import ExplicitEnum, PaddingStrategy, TensorType


class TruncationStrategy(ExplicitEnum):
    """Values of a tokenizer's `truncation` argument."""

    ONLY_FIRST = "only_first"
    ONLY_SECOND = "only_second"
    LONGEST_FIRST = "longest_first"
    DO_NOT_TRUNCATE = "do_not_truncate"


__all__ = ["PaddingStrategy", "TensorType", "TruncationStrategy"]
