"""Logits processors over JAX's arrays by published name: `processor(input_ids, scores, cur_len)`.

The maths is that of `generation/logits.py`, run over JAX; all of it compiles, with a traced `cur_len`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..frameworks.jax import backend as backend
from .array_processors import ArrayProcessor, ArrayProcessorList, RingProcessor

INFINITY = float("inf")


class FlaxLogitsProcessor(ArrayProcessor):
    """Base of processors over JAX: ids (B, T), scores (B, V), and how many columns are tokens."""

    framework = "jax"


class FlaxLogitsWarper(ArrayProcessor):
    """Base of warpers over JAX: ids (B, T), scores (B, V), and how many columns are tokens."""

    framework = "jax"


class FlaxLogitsProcessorList(ArrayProcessorList):
    """Processors over JAX, applied in order.

    Raises:
        ValueError: a processor needs a keyword that was not given.
    """


class FlaxForceTokensLogitsProcessor(RingProcessor, FlaxLogitsProcessor):
    """Forces tokens at positions; see `ForceTokensLogitsProcessor`."""

    ring_name = "ForceTokensLogitsProcessor"

    def __init__(self, force_token_map: Sequence[Sequence[int]] | Mapping[int, int]) -> None:
        super().__init__(force_token_map)


class FlaxForcedBOSTokenLogitsProcessor(RingProcessor, FlaxLogitsProcessor):
    """Forces the first token; see `ForcedBOSTokenLogitsProcessor`."""

    ring_name = "ForcedBOSTokenLogitsProcessor"

    def __init__(self, bos_token_id: int) -> None:
        super().__init__(bos_token_id)


class FlaxForcedEOSTokenLogitsProcessor(RingProcessor, FlaxLogitsProcessor):
    """Forces the end at the greatest length; see `ForcedEOSTokenLogitsProcessor`."""

    ring_name = "ForcedEOSTokenLogitsProcessor"

    def __init__(self, max_length: int, eos_token_id: int | list[int]) -> None:
        super().__init__(max_length, eos_token_id)


class FlaxMinLengthLogitsProcessor(RingProcessor, FlaxLogitsProcessor):
    """No end before a length; see `MinLengthLogitsProcessor`."""

    ring_name = "MinLengthLogitsProcessor"

    def __init__(self, min_length: int, eos_token_id: int | list[int]) -> None:
        super().__init__(min_length, eos_token_id)


class FlaxNoRepeatNGramLogitsProcessor(RingProcessor, FlaxLogitsProcessor):
    """No n-gram twice; see `NoRepeatNGramLogitsProcessor`."""

    ring_name = "NoRepeatNGramLogitsProcessor"

    def __init__(self, ngram_size: int) -> None:
        super().__init__(ngram_size)


class FlaxSuppressTokensAtBeginLogitsProcessor(RingProcessor, FlaxLogitsProcessor):
    """Tokens that may not come first; see `SuppressTokensAtBeginLogitsProcessor`."""

    ring_name = "SuppressTokensAtBeginLogitsProcessor"

    def __init__(self, begin_suppress_tokens: Sequence[int], begin_index: int) -> None:
        super().__init__(begin_suppress_tokens, begin_index)


class FlaxSuppressTokensLogitsProcessor(RingProcessor, FlaxLogitsProcessor):
    """Tokens that may never come; see `SuppressTokensLogitsProcessor`."""

    ring_name = "SuppressTokensLogitsProcessor"

    def __init__(self, suppress_tokens: Sequence[int]) -> None:
        super().__init__(suppress_tokens)


class FlaxTemperatureLogitsWarper(RingProcessor, FlaxLogitsWarper):
    """Scores divided by a temperature; see `TemperatureLogitsWarper`."""

    ring_name = "TemperatureLogitsWarper"

    def __init__(self, temperature: float) -> None:
        super().__init__(temperature)


class FlaxTopKLogitsWarper(RingProcessor, FlaxLogitsWarper):
    """Keeps the highest scores; see `TopKLogitsWarper`."""

    ring_name = "TopKLogitsWarper"

    def __init__(self, top_k: int, filter_value: float = -INFINITY, min_tokens_to_keep: int = 1) -> None:
        super().__init__(top_k, filter_value, min_tokens_to_keep)


class FlaxTopPLogitsWarper(RingProcessor, FlaxLogitsWarper):
    """Keeps the most likely tokens up to a probability; see `TopPLogitsWarper`."""

    ring_name = "TopPLogitsWarper"

    def __init__(self, top_p: float, filter_value: float = -INFINITY, min_tokens_to_keep: int = 1) -> None:
        super().__init__(top_p, filter_value, min_tokens_to_keep)


class FlaxWhisperTimeStampLogitsProcessor(RingProcessor, FlaxLogitsProcessor):
    """Whisper's rules of timestamps; see `WhisperTimeStampLogitsProcessor`.

    Args:
        generate_config: as for `WhisperTimeStampLogitsProcessor`; `is_multilingual` adds two to the start.
        model_config: accepted for compatibility.
        decoder_input_length: tokens that the decoder is given.
    """

    ring_name = "WhisperTimeStampLogitsProcessor"

    def __init__(self, generate_config: Any, model_config: Any, decoder_input_length: int) -> None:
        multilingual = bool(vars(generate_config).get("is_multilingual"))
        super().__init__(generate_config, decoder_input_length + 1 + 2 * multilingual)


__all__ = [
    "FlaxForceTokensLogitsProcessor",
    "FlaxForcedBOSTokenLogitsProcessor",
    "FlaxForcedEOSTokenLogitsProcessor",
    "FlaxLogitsProcessor",
    "FlaxLogitsProcessorList",
    "FlaxLogitsWarper",
    "FlaxMinLengthLogitsProcessor",
    "FlaxNoRepeatNGramLogitsProcessor",
    "FlaxSuppressTokensAtBeginLogitsProcessor",
    "FlaxSuppressTokensLogitsProcessor",
    "FlaxTemperatureLogitsWarper",
    "FlaxTopKLogitsWarper",
    "FlaxTopPLogitsWarper",
    "FlaxWhisperTimeStampLogitsProcessor",
]
