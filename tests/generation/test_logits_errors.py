"""Arguments that make no sense are refused, each with what is allowed."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest

from .logits_cases import IDS, SCORES
from .ring import FRAMEWORKS, call, make, tensor

FIRST = FRAMEWORKS[0]
SOURCE = tensor(FIRST, IDS)
EMPTY: Any = []
BAD: list[tuple[str, tuple[Any, ...], str]] = [
    ("MinLengthLogitsProcessor", (-1, 0), "min_length"),
    ("MinLengthLogitsProcessor", (2.0, 0), "min_length"),
    ("MinLengthLogitsProcessor", (2, 1.5), "eos_token_id"),
    ("MinNewTokensLengthLogitsProcessor", (-1, 0, 1), "prompt_length_to_skip"),
    ("MinNewTokensLengthLogitsProcessor", (1, -2, 1), "min_new_tokens"),
    ("MinNewTokensLengthLogitsProcessor", (1, 2, None), "eos_token_id"),
    ("TemperatureLogitsWarper", (0.0,), "do_sample=False"),
    ("TemperatureLogitsWarper", (-1.0,), "temperature"),
    ("TemperatureLogitsWarper", (2,), "temperature"),
    ("RepetitionPenaltyLogitsProcessor", (0.0,), "penalty"),
    ("RepetitionPenaltyLogitsProcessor", (1,), "penalty"),
    ("RepetitionPenaltyLogitsProcessor", (1.5, -1), "prompt_ignore_length"),
    ("RepetitionPenaltyLogitsProcessor", (1.5, 2.0), "prompt_ignore_length"),
    ("EncoderRepetitionPenaltyLogitsProcessor", (-1.0, SOURCE), "penalty"),
    ("TopPLogitsWarper", (1.1,), "top_p"),
    ("TopPLogitsWarper", (0.5, -np.inf, 0), "min_tokens_to_keep"),
    ("TopPLogitsWarper", (0.5, -np.inf, 1.5), "min_tokens_to_keep"),
    ("TopKLogitsWarper", (0,), "top_k"),
    ("TopKLogitsWarper", (2.5,), "top_k"),
    ("MinPLogitsWarper", (-0.1,), "min_p"),
    ("MinPLogitsWarper", (0.5, -np.inf, 0), "min_tokens_to_keep"),
    ("TypicalLogitsWarper", (1.0,), "typical_p"),
    ("TypicalLogitsWarper", (0.5, -np.inf, 0), "min_tokens_to_keep"),
    ("EpsilonLogitsWarper", (0.0,), "epsilon_cutoff"),
    ("EpsilonLogitsWarper", (0.5, -np.inf, 0), "min_tokens_to_keep"),
    ("EtaLogitsWarper", (1.0,), "eta_cutoff"),
    ("EtaLogitsWarper", (0.5, -np.inf, 0), "min_tokens_to_keep"),
    ("NoRepeatNGramLogitsProcessor", (0,), "ngram_size"),
    ("EncoderNoRepeatNGramLogitsProcessor", (-1, SOURCE), "encoder_ngram_size"),
    ("SequenceBiasLogitsProcessor", ({},), "sequence_bias"),
    ("SequenceBiasLogitsProcessor", (EMPTY,), "sequence_bias"),
    ("SequenceBiasLogitsProcessor", ({(1,): 1},), "floats"),
    ("SequenceBiasLogitsProcessor", ({1: 1.0},), "tuples"),
    ("SequenceBiasLogitsProcessor", ({(): 1.0},), "tuples"),
    ("SequenceBiasLogitsProcessor", ({(1, -1): 1.0},), "tuples"),
    ("SequenceBiasLogitsProcessor", ([[[1], 1]],), "each entry"),
    ("SequenceBiasLogitsProcessor", ([[1, 1.0]],), "each entry"),
    ("NoBadWordsLogitsProcessor", (EMPTY, 0), "bad_words_ids"),
    ("NoBadWordsLogitsProcessor", ([1], 0), "each word"),
    ("NoBadWordsLogitsProcessor", ([[-1]], 0), "each word"),
    ("NoBadWordsLogitsProcessor", ([[]], 0), "each word"),
    ("HammingDiversityLogitsProcessor", (0.0, 4, 2), "diversity_penalty"),
    ("HammingDiversityLogitsProcessor", (1.0, 1, 2), "num_beams"),
    ("HammingDiversityLogitsProcessor", (1.0, 4, 1), "num_beam_groups"),
    ("HammingDiversityLogitsProcessor", (1.0, 2, 4), "must not exceed"),
    ("ForcedEOSTokenLogitsProcessor", (5, -1), "eos_token_id"),
    ("ForcedEOSTokenLogitsProcessor", (5, 1.5), "eos_token_id"),
    ("ForcedEOSTokenLogitsProcessor", (5, tensor(FIRST, np.array([1, -2]))), "eos_token_id"),
    ("ForcedEOSTokenLogitsProcessor", (5, EMPTY), "eos_token_id"),
    ("ExponentialDecayLengthPenalty", ((1, 1.1), -1, 3), "eos_token_id"),
    ("AlternatingCodebooksLogitsProcessor", (-1, 5, 5), "input_start_len"),
    ("BarkEosPrioritizerLogitsProcessor", (1, 0.0), "min_eos_p"),
    ("BarkEosPrioritizerLogitsProcessor", (-1, 0.5), "eos_token_id"),
    ("ClassifierFreeGuidanceLogitsProcessor", (1.0,), "guidance_scale"),
    ("DiaClassifierFreeGuidanceLogitsProcessor", (0.5,), "guidance_scale"),
    ("DiaEOSChannelFilterLogitsProcessor", (0, 5), "num_channels"),
    ("DiaEOSChannelFilterLogitsProcessor", (3, 0), "eos_token_id"),
    ("DiaEOSDelayPatternLogitsProcessor", (EMPTY, 5, 9), "delay_pattern"),
    ("WatermarkLogitsProcessor", (20, "cpu", 2.0), "greenlist_ratio"),
    ("WatermarkLogitsProcessor", (20, "cpu", 0.5, 2.0, 1, "other"), "seeding_scheme"),
    ("WatermarkLogitsProcessor", (20, "cpu", 0.5, 2.0, 1, "lefthash", 0), "context_width"),
    ("SynthIDTextWatermarkLogitsProcessor", (3, [1], 2**24 + 1, 0, 8), "sampling_table_size"),
]


@pytest.mark.parametrize(("name", "arguments", "words"), BAD)
def test_argument_out_of_range_is_refused(name: str, arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make(FIRST, name, arguments)


def test_tokens_that_are_no_list_are_refused() -> None:
    with pytest.raises(TypeError):
        make(FIRST, "SuppressTokensLogitsProcessor", (1,))


@pytest.mark.parametrize("name", ["LogitsProcessor", "LogitsWarper"])
def test_base_class_does_nothing_by_itself(name: str) -> None:
    with pytest.raises(NotImplementedError, match=name):
        call(FIRST, make(FIRST, name, ()), IDS, SCORES)


def test_prefix_that_allows_nothing_is_an_error() -> None:
    processor = make(FIRST, "PrefixConstrainedLogitsProcessor", (lambda number, text: [], 1))
    with pytest.raises(ValueError, match="allows no token"):
        call(FIRST, processor, IDS, SCORES)


def test_sequence_outside_the_vocabulary_is_an_error() -> None:
    processor = make(FIRST, "SequenceBiasLogitsProcessor", ({(2, 400): 1.0},))
    with pytest.raises(ValueError, match="token 400"):
        call(FIRST, processor, IDS, SCORES)


@pytest.mark.parametrize("prefix", ["", "Dia"])
def test_guidance_needs_two_scores_a_row(prefix: str) -> None:
    processor = make(FIRST, f"{prefix}ClassifierFreeGuidanceLogitsProcessor", (2.0,))
    with pytest.raises(ValueError, match="twice as many"):
        call(FIRST, processor, IDS, SCORES)


def test_synthid_refuses_other_shapes() -> None:
    processor = make("np", "SynthIDTextWatermarkLogitsProcessor", (3, [1], 64, 0, 8))
    with pytest.raises(ValueError, match="axes"):
        call("np", processor, IDS[0], SCORES)
    with pytest.raises(ValueError, match="2 tokens"):
        processor.compute_ngram_keys(tensor("np", IDS[:, None, :2]))


def test_list_names_the_keyword_that_a_processor_needs() -> None:
    listed = make(FIRST, "LogitsProcessorList", ())
    listed.append(make(FIRST, "HammingDiversityLogitsProcessor", (1.0, 4, 2)))
    with pytest.raises(ValueError, match=r"HammingDiversity.* needs current_tokens, beam_group_idx"):
        call(FIRST, listed, IDS, SCORES)


def test_config_without_timestamps_is_an_error() -> None:
    with pytest.raises(AttributeError, match="no_timestamps_token_id"):
        make(FIRST, "WhisperTimeStampLogitsProcessor", (types.SimpleNamespace(eos_token_id=1), 2))
