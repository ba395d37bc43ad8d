"""Finding watermarks in texts: green tokens (arXiv:2301.10226) on the host in NumPy, and SynthID's bits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..configuration_utils import PretrainedConfig
from .green_lists import green_list

if TYPE_CHECKING:  # they need PyTorch: `__getattr__` below
    from .torch_watermarking import (
        BayesianDetectorModel,
        BayesianDetectorWatermarkedLikelihood,
        BayesianWatermarkDetectorModelOutput,
    )


@dataclass
class WatermarkDetectorOutput:
    """What a detector says about texts; each field is an array of shape (B,).

    num_tokens_scored, num_green_tokens: how many tokens were looked at, and how many were green.
    green_fraction: their ratio.
    z_score: how many standard deviations above chance that lies.
    p_value: the probability of such a score by chance.
    prediction: True where the score is above the threshold.
    confidence: 1 - p_value.
    """

    num_tokens_scored: Any = None
    num_green_tokens: Any = None
    green_fraction: Any = None
    z_score: Any = None
    p_value: Any = None
    prediction: Any = None
    confidence: Any = None


class WatermarkDetector:
    """Tells whether texts bear a watermark.

    Args:
        model_config: gives `vocab_size`, and the token that a text may begin with.
        device: accepted; the work is done on the host.
        watermarking_config: the settings with which the texts would have been written, or a dict of them.
        ignore_repeated_ngrams: count an n-gram that occurs again once only.
        max_cache_size: how many n-grams are remembered between calls.
    """

    def __init__(
        self,
        model_config: Any,
        device: Any,
        watermarking_config: Any,
        ignore_repeated_ngrams: bool = False,
        max_cache_size: int = 128,
    ) -> None:
        given = watermarking_config
        settings = dict(given) if isinstance(given, Mapping) else given.to_dict()
        paired = model_config.is_encoder_decoder
        self.bos_token_id = model_config.decoder_start_token_id if paired else model_config.bos_token_id
        self.greenlist_ratio = settings["greenlist_ratio"]
        self.ignore_repeated_ngrams = ignore_repeated_ngrams
        self.context_width = settings["context_width"]
        self.seeding_scheme = settings["seeding_scheme"]
        self._key = settings["hashing_key"]
        self._vocab_size = int(model_config.vocab_size)
        self._is_green = lru_cache(maxsize=max_cache_size)(self._green)

    def _green(self, context: tuple[int, ...], token: int) -> bool:
        """Whether a token is green after the tokens before it."""
        count = int(self._vocab_size * self.greenlist_ratio)
        # The processor sees context_width tokens at most, the token itself among them for "selfhash".
        seen = context[-self.context_width :]
        return token in green_list(seen, self._vocab_size, count, self._key, self.seeding_scheme)

    def __call__(
        self, input_ids: Any, z_threshold: float = 3.0, return_dict: bool = False
    ) -> WatermarkDetectorOutput | Any:
        """Judge texts.

        Args:
            input_ids: shape (B, T), without the prompt, which bears no mark.
            z_threshold: scores above it count as marked.
            return_dict: all that is known, not the judgement alone.

        Returns:
            A bool array (B,), or a `WatermarkDetectorOutput`.

        Raises:
            ValueError: the texts are shorter than one n-gram.
        """
        import numpy as np

        ids = np.asarray(input_ids.cpu() if hasattr(input_ids, "cpu") else input_ids)
        if ids[0, 0] == self.bos_token_id:
            ids = ids[:, 1:]
        if ids.shape[-1] <= self.context_width:
            raise ValueError(
                f"texts of {ids.shape[-1]} tokens cannot be judged: with context_width={self.context_width} "
                f"at least {self.context_width + 1} are needed"
            )
        found = np.array([self._count(row) for row in ids.tolist()], dtype=np.float64)
        scored, green = found[:, 0], found[:, 1]
        expected = self.greenlist_ratio
        z_score = (green - expected * scored) / np.sqrt(scored * expected * (1 - expected))
        prediction = z_score > z_threshold
        if not return_dict:
            return prediction
        p_value = _p_value(z_score)
        return WatermarkDetectorOutput(
            scored, green, green / scored, z_score, p_value, prediction, 1 - p_value
        )

    def _count(self, row: list[int]) -> tuple[int, int]:
        """Tokens of a text that were looked at, and those that are green."""
        own = self.seeding_scheme == "selfhash"
        size = self.context_width + 1 - own
        grams = Counter(tuple(row[i : i + size]) for i in range(len(row) - size + 1))
        scored = green = 0
        for gram, times in grams.items():
            weight = 1 if self.ignore_repeated_ngrams else times
            scored += weight
            green += weight * self._is_green(gram if own else gram[:-1], gram[-1])
        return scored, green


class BayesianDetectorConfig(PretrainedConfig):
    """Settings of `BayesianDetectorModel`.

    watermarking_depth: layers of the watermark, one for each of its keys. base_rate: share of texts that are
    taken to be marked before anything is known. model_name, watermarking_config: what the judge was made for.
    """

    watermarking_depth: int | None = None
    base_rate: float = 0.5
    model_name: str | None = None
    watermarking_config: dict[str, Any] | None = None

    def set_detector_information(self, model_name: str, watermarking_config: Any) -> None:
        """Note which model's texts, with which watermark, are judged."""
        self.model_name = model_name
        self.watermarking_config = watermarking_config


class SynthIDTextWatermarkDetector:
    """Tells how likely texts bear the mark of `SynthIDTextWatermarkLogitsProcessor`.

    Args:
        detector_module: takes the bits (B, N, depth) and which of the n-grams count (B, N), as a trained
            `BayesianDetectorModel` does.
        logits_processor: the processor with which the texts would have been written.
        tokenizer: gives `eos_token_id`; nothing counts from there on.
    """

    def __init__(self, detector_module: Any, logits_processor: Any, tokenizer: Any) -> None:
        self.detector_module = detector_module
        self.logits_processor = logits_processor
        self.tokenizer = tokenizer

    def __call__(self, tokenized_outputs: Any) -> Any:
        """What the module says of texts (B, T) without prompts; n-grams count where their context is new."""
        processor = self.logits_processor
        before_end = processor.compute_eos_token_mask(tokenized_outputs, self.tokenizer.eos_token_id)
        fresh = processor.compute_context_repetition_mask(tokenized_outputs)
        counted = before_end[:, processor.ngram_len - 1 :] & fresh
        return self.detector_module(processor.compute_g_values(tokenized_outputs), counted)


def _p_value(z_score: Any) -> Any:
    """The upper tail of the normal distribution, roughly: the published formula, kept for its numbers."""
    import numpy as np

    return 0.5 * (1 - np.sign(z_score) * (1 - np.exp(-2 * z_score**2 / np.pi)))


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import torch_watermarking

        return getattr(torch_watermarking, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "BayesianDetectorConfig",
    "BayesianDetectorModel",
    "BayesianDetectorWatermarkedLikelihood",
    "BayesianWatermarkDetectorModelOutput",
    "SynthIDTextWatermarkDetector",
    "WatermarkDetector",
    "WatermarkDetectorOutput",
]
