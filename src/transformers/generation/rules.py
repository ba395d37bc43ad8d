"""The logits processors and stopping criteria that settings ask for, in their published order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..utils import logging
from .configuration_utils import GenerationConfig
from .prepare import longest
from .runtime import Runtime

logger = logging.get_logger(__name__)


def processors_of(
    runtime: Runtime,
    config: GenerationConfig,
    *,
    length: int,
    encoder_ids: Any = None,
    prefix_fn: Any = None,
    own: Sequence[Any] | None = None,
    guidance: dict[str, Any] | None = None,
    vocabulary: int | None = None,
    device: Any = None,
) -> Any:
    """A LogitsProcessorList.

    length: tokens of the prompt. encoder_ids: (B, S) prompts, an encoder's or not. own: the caller's, which
    stand between what forbids and what draws. guidance: arguments of classifier-free guidance.
    """
    found = runtime.part("generation.logits")
    settings = _changes(found, config, length, encoder_ids, prefix_fn, guidance)
    processors = found.LogitsProcessorList(merged(settings, own))
    if config.do_sample:
        processors.extend(_warpers(found, config))
    if config.watermarking_config is not None:
        if vocabulary is None:
            raise ValueError("watermarking needs the model's vocab_size")
        processors.append(config.watermarking_config.construct_processor(vocabulary, device))
    if config.renormalize_logits:
        processors.append(found.LogitNormalization())
    return processors


def _changes(
    found: Any, config: GenerationConfig, length: int, encoder_ids: Any, prefix_fn: Any, guidance: Any
) -> list[Any]:
    """What forbids, forces and favours tokens."""
    eos, beams = config.eos_token_id, config.num_beams or 1
    encoded = encoder_ids is not None and len(encoder_ids.shape) == 2
    made: list[Any] = []
    if config.guidance_scale is not None and config.guidance_scale != 1:
        kind = found.UnbatchedClassifierFreeGuidanceLogitsProcessor
        made.append(kind(config.guidance_scale, **(guidance or {})))
    if config.sequence_bias is not None:
        made.append(found.SequenceBiasLogitsProcessor(sequence_bias=config.sequence_bias))
    if config.diversity_penalty is not None and config.diversity_penalty > 0.0:
        made.append(
            found.HammingDiversityLogitsProcessor(config.diversity_penalty, beams, config.num_beam_groups)
        )
    if _set(config.encoder_repetition_penalty, 1.0) and encoded:
        made.append(
            found.EncoderRepetitionPenaltyLogitsProcessor(config.encoder_repetition_penalty, encoder_ids)
        )
    if _set(config.repetition_penalty, 1.0):
        made.append(found.RepetitionPenaltyLogitsProcessor(config.repetition_penalty))
    if _set(config.no_repeat_ngram_size, 0):
        made.append(found.NoRepeatNGramLogitsProcessor(config.no_repeat_ngram_size))
    if _set(config.encoder_no_repeat_ngram_size, 0) and encoded:
        size = config.encoder_no_repeat_ngram_size
        made.append(found.EncoderNoRepeatNGramLogitsProcessor(size, encoder_ids))
    if config.bad_words_ids is not None:
        made.append(found.NoBadWordsLogitsProcessor(config.bad_words_ids, eos))
    if (config.min_length or 0) > 0 and eos is not None:
        made.append(found.MinLengthLogitsProcessor(config.min_length, eos))
    if (config.min_new_tokens or 0) > 0 and eos is not None:
        made.append(found.MinNewTokensLengthLogitsProcessor(length, config.min_new_tokens, eos))
    if prefix_fn is not None:
        groups = config.num_beam_groups or 1
        made.append(found.PrefixConstrainedLogitsProcessor(prefix_fn, beams // groups))
    if config.forced_bos_token_id is not None:
        made.append(found.ForcedBOSTokenLogitsProcessor(config.forced_bos_token_id))
    if config.forced_eos_token_id is not None:
        made.append(found.ForcedEOSTokenLogitsProcessor(config.max_length, config.forced_eos_token_id))
    if config.remove_invalid_values is True:
        made.append(found.InfNanRemoveLogitsProcessor())
    if config.exponential_decay_length_penalty is not None:
        penalty = config.exponential_decay_length_penalty
        made.append(found.ExponentialDecayLengthPenalty(penalty, eos, length))
    if config.suppress_tokens is not None:
        made.append(found.SuppressTokensLogitsProcessor(config.suppress_tokens))
    if config.begin_suppress_tokens is not None:
        begin = length if length > 1 or config.forced_bos_token_id is None else length + 1
        made.append(found.SuppressTokensAtBeginLogitsProcessor(config.begin_suppress_tokens, begin))
    if config.forced_decoder_ids is not None:
        made.append(found.ForceTokensLogitsProcessor(config.forced_decoder_ids))
    return made


def _warpers(found: Any, config: GenerationConfig) -> list[Any]:
    """What narrows the distribution that tokens are drawn from."""
    eos, made = config.eos_token_id, []
    ends = 0 if eos is None else 1 if isinstance(eos, int) else len(eos)
    least = {"min_tokens_to_keep": max(ends, 1) + 1 if (config.num_beams or 1) > 1 else 1}
    if _set(config.temperature, 1.0):
        made.append(found.TemperatureLogitsWarper(config.temperature))
    if _set(config.top_k, 0):
        made.append(found.TopKLogitsWarper(top_k=config.top_k, **least))
    if config.top_p is not None and config.top_p < 1.0:
        made.append(found.TopPLogitsWarper(top_p=config.top_p, **least))
    if config.min_p is not None:
        made.append(found.MinPLogitsWarper(min_p=config.min_p, **least))
    if config.typical_p is not None and config.typical_p < 1.0:
        made.append(found.TypicalLogitsWarper(mass=config.typical_p, **least))
    if config.epsilon_cutoff is not None and 0.0 < config.epsilon_cutoff < 1.0:
        made.append(found.EpsilonLogitsWarper(epsilon=config.epsilon_cutoff, **least))
    if config.eta_cutoff is not None and 0.0 < config.eta_cutoff < 1.0:
        made.append(found.EtaLogitsWarper(epsilon=config.eta_cutoff, **least))
    return made


def criteria_of(model: Any, config: GenerationConfig, own: Sequence[Any] | None, tokenizer: Any) -> Any:
    """A StoppingCriteriaList: the settings' own, then the caller's.

    Raises:
        ValueError: `stop_strings` came without a tokenizer.
    """
    from . import stopping_criteria as kinds

    made = kinds.StoppingCriteriaList()
    if config.max_length is not None:
        made.append(kinds.MaxLengthCriteria(config.max_length, longest(model)))
    if config.max_time is not None:
        made.append(kinds.MaxTimeCriteria(config.max_time))
    if config.stop_strings is not None:
        if tokenizer is None:
            raise ValueError("stop_strings need the tokenizer: pass it to generate as tokenizer=...")
        made.append(kinds.StopStringCriteria(tokenizer=tokenizer, stop_strings=config.stop_strings))
    if config.eos_token_id is not None:
        made.append(kinds.EosTokenCriteria(config.eos_token_id))
    if config.is_assistant and (config.assistant_confidence_threshold or 0) > 0:
        made.append(kinds.ConfidenceCriteria(config.assistant_confidence_threshold))
    return kinds.StoppingCriteriaList(merged(made, own))


def adopt_length(config: GenerationConfig, own: Sequence[Any] | None) -> None:
    """Let a length among the caller's criteria stand for `max_length`."""
    from .stopping_criteria import MaxLengthCriteria

    lengths = [criterion.max_length for criterion in own or () if type(criterion) is MaxLengthCriteria]
    if lengths:
        config.max_length = min(lengths)


def _set(value: Any, idle: float) -> bool:
    """Whether a setting says something: neither None nor the value without effect."""
    return value is not None and value != idle


def merged(made: Sequence[Any], own: Sequence[Any] | None) -> list[Any]:
    """The settings' objects and the caller's, which replace those of the same kind."""
    found, rest = list(made), []
    for item in own or ():
        place = next((place for place, other in enumerate(found) if type(other) is type(item)), None)
        if place is None:
            rest.append(item)
            continue
        logger.warning_once(
            f"a {type(item).__name__} was passed to generate, and the settings ask for one too: "
            "the one that was passed is used"
        )
        found[place] = item
    return found + rest


__all__ = ["adopt_length", "criteria_of", "merged", "processors_of"]
