"""Detectors: what was marked is found, what was not is not, and the numbers are those of the definition."""

from __future__ import annotations

import types
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from transformers.generation.green_lists import shuffled, shuffled_by_numpy
from transformers.generation.watermarking import (
    SynthIDTextWatermarkDetector,
    WatermarkDetector,
    WatermarkDetectorOutput,
)
from transformers.generation.watermarking_config import WatermarkingConfig

from .ring import make, tensor
from .test_logits_special import green_of

V = 23
CONFIG = types.SimpleNamespace(
    vocab_size=V, bos_token_id=1, decoder_start_token_id=2, is_encoder_decoder=False
)


def written(scheme: str, bias: float) -> Any:
    """Texts of the likeliest tokens under random scores and a watermark."""
    random = np.random.default_rng(0)
    processor = make("np", "WatermarkLogitsProcessor", (V, "cpu", 0.4, bias, 31, scheme, 1))
    ids = np.zeros((2, 1), np.int64)
    for _ in range(60):
        scores = tensor("np", random.normal(size=(2, V)).astype(np.float32))
        best = np.asarray(processor(tensor("np", ids), scores)).argmax(-1)
        ids = np.concatenate([ids, best[:, None]], axis=1)
    return ids[:, 1:]


def detector(scheme: str = "lefthash", **more: Any) -> WatermarkDetector:
    settings = {
        "greenlist_ratio": 0.4,
        "hashing_key": 31,
        "seeding_scheme": scheme,
        "context_width": 1,
    }
    return WatermarkDetector(CONFIG, "cpu", settings, **more)


@pytest.mark.parametrize("scheme", ["lefthash", "selfhash"])
def test_marked_texts_are_told_from_others(scheme: str) -> None:
    assert detector(scheme)(written(scheme, 4.0)).tolist() == [True, True]
    assert detector(scheme)(written(scheme, 0.0)).tolist() == [False, False]


def test_detector_counts_green_tokens() -> None:
    ids = np.random.default_rng(3).integers(2, V, (2, 15))
    found = detector()(tensor("pt", ids), return_dict=True, z_threshold=0.1)
    count = int(0.4 * V)
    green = [
        sum(after in green_of([before], "lefthash", 31, count) for before, after in pairwise(row))
        for row in ids.tolist()
    ]
    score = (np.array(green) - 0.4 * 14) / np.sqrt(14 * 0.4 * 0.6)
    assert isinstance(found, WatermarkDetectorOutput)
    np.testing.assert_array_equal(found.num_tokens_scored, [14, 14])
    np.testing.assert_array_equal(found.num_green_tokens, green)
    np.testing.assert_allclose(found.green_fraction, np.array(green) / 14)
    np.testing.assert_allclose(found.z_score, score)
    np.testing.assert_array_equal(found.prediction, score > 0.1)
    np.testing.assert_allclose(found.confidence, 1 - found.p_value)
    assert ((found.p_value < 0.5) == (score > 0)).all()


def test_first_token_of_texts_is_skipped() -> None:
    ids = np.random.default_rng(3).integers(2, V, (1, 15))
    with_start = np.concatenate([[[1]], ids], axis=1)
    plain, started = (detector()(rows, return_dict=True) for rows in (ids, with_start))
    assert plain.num_green_tokens == started.num_green_tokens
    assert started.num_tokens_scored == [14]


def test_repeated_ngrams_can_count_once() -> None:
    ids = np.array([[5, 6] * 8])
    assert detector()(ids, return_dict=True).num_tokens_scored == [15]
    assert detector(ignore_repeated_ngrams=True)(ids, return_dict=True).num_tokens_scored == [2]


def test_detector_follows_the_config_of_the_watermark() -> None:
    found = WatermarkingConfig(context_width=2).construct_detector(CONFIG)
    assert (found.context_width, found.greenlist_ratio, found.seeding_scheme) == (2, 0.25, "lefthash")


def test_short_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 are needed"):
        detector()(np.array([[4]]))


@pytest.mark.parametrize(("seed", "size", "count"), [(5, 40, 39), (2**40 + 3, 1000, 250), (0, 7, 1)])
def test_lists_are_the_same_without_pytorch(seed: int, size: int, count: int) -> None:
    torch = pytest.importorskip("torch")
    wanted = torch.randperm(size, generator=torch.Generator().manual_seed(seed))[:count].tolist()
    assert shuffled_by_numpy(seed, size, count) == wanted
    assert shuffled(seed, size, count) == wanted


def test_synthid_detector_judges_new_ngrams_before_the_end() -> None:
    processor = make("np", "SynthIDTextWatermarkLogitsProcessor", (3, [1, 2], 64, 0, 8))
    given: list[Any] = []

    def judge(bits: Any, counted: Any) -> tuple[str, str]:
        given.extend([np.asarray(bits), np.asarray(counted)])
        return "no", "yes"

    ids = np.array([[0, 1, 0, 1, 0, 1, 2, 1, 1], [0, 1, 1, 3, 3, 1, 1, 1, 0]])
    found = SynthIDTextWatermarkDetector(judge, processor, types.SimpleNamespace(eos_token_id=2))
    assert found(tensor("np", ids)) == ("no", "yes")
    assert given[0].shape == (2, 7, 2)
    new = [[1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0]]  # by hand: pairs seen for the first time, before a 2
    np.testing.assert_array_equal(given[1], np.array(new, bool))
