"""Logits processors over TensorFlow's arrays by published name: `processor(input_ids, scores, cur_len)`.

The maths is that of `generation/logits.py`, run over TensorFlow; all of it compiles, with a traced `cur_len`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..frameworks.tf import backend as backend
from .array_processors import ArrayProcessor, ArrayProcessorList, RingProcessor, call_ring

INFINITY = float("inf")


class TFLogitsProcessor(ArrayProcessor):
    """Base of processors over TensorFlow: ids (B, T), scores (B, V), and how many columns are tokens."""

    framework = "tf"


class TFLogitsWarper(ArrayProcessor):
    """Base of warpers over TensorFlow: ids (B, T), scores (B, V), and how many columns are tokens."""

    framework = "tf"


class TFLogitsProcessorList(ArrayProcessorList):
    """Processors over TensorFlow, applied in order.

    Raises:
        ValueError: a processor needs a keyword that was not given.
    """


class TFForceTokensLogitsProcessor(RingProcessor, TFLogitsProcessor):
    """Forces tokens at positions; see `ForceTokensLogitsProcessor`."""

    ring_name = "ForceTokensLogitsProcessor"

    def __init__(self, force_token_map: Sequence[Sequence[int]] | Mapping[int, int]) -> None:
        super().__init__(force_token_map)


class TFForcedBOSTokenLogitsProcessor(RingProcessor, TFLogitsProcessor):
    """Forces the first token; see `ForcedBOSTokenLogitsProcessor`."""

    ring_name = "ForcedBOSTokenLogitsProcessor"

    def __init__(self, bos_token_id: int) -> None:
        super().__init__(bos_token_id)


class TFForcedEOSTokenLogitsProcessor(RingProcessor, TFLogitsProcessor):
    """Forces the end at the greatest length; see `ForcedEOSTokenLogitsProcessor`."""

    ring_name = "ForcedEOSTokenLogitsProcessor"

    def __init__(self, max_length: int, eos_token_id: int | list[int]) -> None:
        super().__init__(max_length, eos_token_id)


class TFMinLengthLogitsProcessor(RingProcessor, TFLogitsProcessor):
    """No end before a length; see `MinLengthLogitsProcessor`."""

    ring_name = "MinLengthLogitsProcessor"

    def __init__(self, min_length: int, eos_token_id: int | list[int]) -> None:
        super().__init__(min_length, eos_token_id)


class TFNoBadWordsLogitsProcessor(RingProcessor, TFLogitsProcessor):
    """Never these sequences of tokens; see `NoBadWordsLogitsProcessor`."""

    ring_name = "NoBadWordsLogitsProcessor"

    def __init__(self, bad_words_ids: list[list[int]], eos_token_id: int | list[int] | None = None) -> None:
        super().__init__(bad_words_ids, eos_token_id)


class TFNoRepeatNGramLogitsProcessor(RingProcessor, TFLogitsProcessor):
    """No n-gram twice; see `NoRepeatNGramLogitsProcessor`."""

    ring_name = "NoRepeatNGramLogitsProcessor"

    def __init__(self, ngram_size: int) -> None:
        super().__init__(ngram_size)


class TFRepetitionPenaltyLogitsProcessor(RingProcessor, TFLogitsProcessor):
    """Lowers tokens that occurred; see `RepetitionPenaltyLogitsProcessor`."""

    ring_name = "RepetitionPenaltyLogitsProcessor"

    def __init__(self, penalty: float) -> None:
        super().__init__(penalty)


class TFSuppressTokensAtBeginLogitsProcessor(RingProcessor, TFLogitsProcessor):
    """Tokens that may not come first; see `SuppressTokensAtBeginLogitsProcessor`."""

    ring_name = "SuppressTokensAtBeginLogitsProcessor"

    def __init__(self, begin_suppress_tokens: Sequence[int], begin_index: int) -> None:
        super().__init__(begin_suppress_tokens, begin_index)


class TFSuppressTokensLogitsProcessor(RingProcessor, TFLogitsProcessor):
    """Tokens that may never come; see `SuppressTokensLogitsProcessor`."""

    ring_name = "SuppressTokensLogitsProcessor"

    def __init__(self, suppress_tokens: Sequence[int]) -> None:
        super().__init__(suppress_tokens)


class TFTemperatureLogitsWarper(RingProcessor, TFLogitsWarper):
    """Scores divided by a temperature; see `TemperatureLogitsWarper`."""

    ring_name = "TemperatureLogitsWarper"

    def __init__(self, temperature: float) -> None:
        super().__init__(temperature)


class TFTopKLogitsWarper(RingProcessor, TFLogitsWarper):
    """Keeps the highest scores; see `TopKLogitsWarper`."""

    ring_name = "TopKLogitsWarper"

    def __init__(self, top_k: int, filter_value: float = -INFINITY, min_tokens_to_keep: int = 1) -> None:
        super().__init__(top_k, filter_value, min_tokens_to_keep)


class TFTopPLogitsWarper(RingProcessor, TFLogitsWarper):
    """Keeps the most likely tokens up to a probability; see `TopPLogitsWarper`."""

    ring_name = "TopPLogitsWarper"

    def __init__(self, top_p: float, filter_value: float = -INFINITY, min_tokens_to_keep: int = 1) -> None:
        super().__init__(top_p, filter_value, min_tokens_to_keep)


def tf_top_k_top_p_filtering(
    logits: Any,
    top_k: int = 0,
    top_p: float = 1.0,
    filter_value: float = -float("inf"),
    min_tokens_to_keep: int = 1,
) -> Any:
    """Keep the `top_k` highest of the logits (B, V), then those that together have probability `top_p`."""
    return call_ring("tf", "top_k_top_p_filtering", logits, top_k, top_p, filter_value, min_tokens_to_keep)


__all__ = [
    "TFForceTokensLogitsProcessor",
    "TFForcedBOSTokenLogitsProcessor",
    "TFForcedEOSTokenLogitsProcessor",
    "TFLogitsProcessor",
    "TFLogitsProcessorList",
    "TFLogitsWarper",
    "TFMinLengthLogitsProcessor",
    "TFNoBadWordsLogitsProcessor",
    "TFNoRepeatNGramLogitsProcessor",
    "TFRepetitionPenaltyLogitsProcessor",
    "TFSuppressTokensAtBeginLogitsProcessor",
    "TFSuppressTokensLogitsProcessor",
    "TFTemperatureLogitsWarper",
    "TFTopKLogitsWarper",
    "TFTopPLogitsWarper",
    "tf_top_k_top_p_filtering",
]
