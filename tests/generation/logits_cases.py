"""Processors with arguments, and what they must give; inputs of one size, so that little is compiled."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import logits_oracle as oracle

B, T, V = 4, 9, 23
LENGTHS = (1, 2, 5, 9)
_random = np.random.default_rng(5)
SOURCE = _random.integers(0, 4, (B, 7))
IDS = _random.integers(0, 4, (B, T))
TIMES = _random.integers(10, V, (B, T))
SCORES = (3 * _random.normal(size=(B, V))).astype(np.float32)
SCORES[1, [2, 7, 11]] = -np.inf
BIASES = {
    (3,): 1.5,
    (1, 2): -2.0,
    (0, 2): 0.25,
    (2, 1, 2): 4.0,
    (0,): -1.0,
    (3, 3, 3, 3, 3, 3, 3, 3, 3, 3): 9.0,
}
WORDS = [[5], [1, 3], [0, 0, 2], [7], [2, 2]]
WHISPER = {"no_timestamps_token_id": 11, "eos_token_id": 8, "bos_token_id": 7}


@dataclass
class Case:
    """A processor: its published name, arguments (arrays become tensors), and the rule for row number r."""

    name: str
    arguments: tuple[Any, ...]
    rule: Callable[[int], oracle.Row]
    ids: Any = field(default_factory=IDS.copy)
    scores: Any = field(default_factory=SCORES.copy)

    def wanted(self, length: int) -> Any:
        """The new scores (B, V) where `length` columns are tokens."""
        rows = zip(self.ids[:, :length].tolist(), self.scores.astype(np.float64), strict=True)
        with np.errstate(over="ignore"):
            found = [self.rule(number)(ids, row) for number, (ids, row) in enumerate(rows)]
        return np.stack(found)


def case(name: str, arguments: tuple[Any, ...], rule: oracle.Row, **more: Any) -> Case:
    """A case whose rows all follow one rule."""
    return Case(name, arguments, lambda _: rule, **more)


def config(**facts: Any) -> Any:
    """A generation config with these fields only."""
    return types.SimpleNamespace(**WHISPER, **facts)


def scaled(temperature: float) -> oracle.Row:
    return lambda _, row: row / temperature


def broken() -> Any:
    scores = SCORES.copy()
    scores[0, :3] = np.nan, np.inf, -np.inf
    return scores


o, at = oracle, oracle.at_length
CASES = [
    case("MinLengthLogitsProcessor", (4, [3, 5]), at(lambda n: n < 4, lambda r: o.drop(r, [3, 5]))),
    case("MinNewTokensLengthLogitsProcessor", (2, 3, 6), at(lambda n: n < 5, lambda r: o.drop(r, [6]))),
    case("TemperatureLogitsWarper", (0.7,), scaled(0.7)),
    case("RepetitionPenaltyLogitsProcessor", (1.7,), o.repetition(1.7)),
    case("RepetitionPenaltyLogitsProcessor", (0.6, 3), o.repetition(0.6, 3)),
    Case(
        "EncoderRepetitionPenaltyLogitsProcessor",
        (2.5, SOURCE),
        lambda r: lambda _, row: o.penalise(row, set(SOURCE[r].tolist()), 1 / 2.5),
    ),
    case("TopPLogitsWarper", (0.8,), o.top_p(0.8)),
    case("TopPLogitsWarper", (0.0,), o.top_p(0.0)),
    case("TopPLogitsWarper", (0.3, -np.inf, 5), o.top_p(0.3, 5)),
    case("TopKLogitsWarper", (5,), o.top_k(5)),
    case("TopKLogitsWarper", (2, -np.inf, 4), o.top_k(4)),
    case("TopKLogitsWarper", (99,), o.top_k(V)),
    case("MinPLogitsWarper", (0.1,), o.min_p(0.1)),
    case("MinPLogitsWarper", (0.9, -np.inf, 4), o.min_p(0.9, 4)),
    case("TypicalLogitsWarper", (0.6,), o.typical(0.6)),
    case("TypicalLogitsWarper", (0.2, -np.inf, 6), o.typical(0.2, 6)),
    case("EpsilonLogitsWarper", (0.02,), o.cutoff(lambda _: 0.02)),
    case("EpsilonLogitsWarper", (0.4, -np.inf, 3), o.cutoff(lambda _: 0.4, 3)),
    case("EtaLogitsWarper", (0.05,), o.cutoff(o.eta_limit(0.05))),
    case("EtaLogitsWarper", (0.3, -np.inf, 2), o.cutoff(o.eta_limit(0.3), 2)),
    case("NoRepeatNGramLogitsProcessor", (1,), o.no_repeat(1)),
    case("NoRepeatNGramLogitsProcessor", (2,), o.no_repeat(2)),
    case("NoRepeatNGramLogitsProcessor", (3,), o.no_repeat(3)),
    Case("EncoderNoRepeatNGramLogitsProcessor", (2, SOURCE), lambda r: o.no_repeat(2, SOURCE[r].tolist())),
    Case(  # two texts of two beams each
        "EncoderNoRepeatNGramLogitsProcessor",
        (3, SOURCE[:2]),
        lambda r: o.no_repeat(3, list(SOURCE[r // 2])),
    ),
    case("EncoderNoRepeatNGramLogitsProcessor", (1, SOURCE[0]), o.no_repeat(1, SOURCE[0].tolist())),
    case("SequenceBiasLogitsProcessor", (BIASES,), o.biased(BIASES)),
    case("SequenceBiasLogitsProcessor", ([[[2, 1], 3.0]],), o.biased({(2, 1): 3.0})),
    case("NoBadWordsLogitsProcessor", (WORDS, 7), o.biased({tuple(w): -np.inf for w in WORDS if w != [7]})),
    case("NoBadWordsLogitsProcessor", ([[7]], [7, 8]), lambda _, row: row),
    case("ForcedBOSTokenLogitsProcessor", (4,), at(lambda n: n == 1, lambda r: o.only(r, [4]))),
    case(
        "ForcedEOSTokenLogitsProcessor",
        (6, [4, 9]),
        at(lambda n: n == 5, lambda r: o.only(r, [4, 9])),
    ),
    case(
        "ForceTokensLogitsProcessor",
        ([[2, 6], [5, -1], [9, None]],),
        at(lambda n: n == 2, lambda r: o.only(r, [6])),
    ),
    case("InfNanRemoveLogitsProcessor", (), o.finite, scores=broken()),
    case("ExponentialDecayLengthPenalty", ((1, 1.3), [3, 4], 2), o.decay(3, 1.3, [3, 4])),
    case("LogitNormalization", (), o.normalised),
    case(
        "SuppressTokensAtBeginLogitsProcessor",
        ([1, 2, 3], 5),
        at(lambda n: n == 5, lambda r: o.drop(r, [1, 2, 3])),
    ),
    case("SuppressTokensLogitsProcessor", ([1, 20],), lambda _, row: o.drop(row, [1, 20])),
    case("WhisperTimeStampLogitsProcessor", (config(), 2), o.whisper(2, 11, 8, None, True), ids=TIMES),
    case(
        "WhisperTimeStampLogitsProcessor",
        (config(max_initial_timestamp_index=3), 1, False),
        o.whisper(1, 11, 8, 3, False),
        ids=TIMES,
    ),
    case(  # where generation begins follows from the tokens that are forced
        "WhisperTimeStampLogitsProcessor",
        (config(forced_decoder_ids=[[1, 3], [2, 11]], _detect_timestamp_from_logprob=False),),
        o.whisper(3, 11, 8, None, False),
        ids=TIMES,
    ),
    case("AlternatingCodebooksLogitsProcessor", (1, 8, 6), o.codebooks(1, 8, 6)),
    case("BarkEosPrioritizerLogitsProcessor", ([2, 5], 0.05), o.bark_end([2, 5], 0.05)),
    case("BarkEosPrioritizerLogitsProcessor", (2, None), lambda _, row: row),
]
IDENTITIES = [f"{number}-{entry.name}" for number, entry in enumerate(CASES)]
