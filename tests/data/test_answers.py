"""Answers out of scores against recorded results."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

import transformers
from transformers.data.metrics import squad_metrics
from transformers.data.processors import squad

from . import answers

GOLDEN = json.loads(gzip.decompress((Path(__file__).parent / "answers.json.gz").read_bytes()))


def test_answers_and_files_are_those_recorded(tmp_path: Path) -> None:
    found = json.loads(json.dumps(answers.answered(squad, squad_metrics, transformers, tmp_path)))
    assert len(found) == len(GOLDEN["answered"]) == 44
    for ours, theirs in zip(found, GOLDEN["answered"], strict=True):
        assert ours == theirs
    texts = {text for row, _ in found for text in row.values()}
    assert {"", "empty"} < texts
    assert len(texts) > 15


@pytest.mark.parametrize(("given", "expected"), list(zip(answers.FINAL, GOLDEN["final"], strict=True)))
def test_words_are_found_in_their_text(given: tuple[Any, ...], expected: str) -> None:
    assert squad_metrics.get_final_text(*given) == expected
    assert squad_metrics.get_final_text(*given, verbose_logging=True) == expected


def test_nothing_is_written_where_no_file_is_named(tmp_path: Path) -> None:
    tokenizer = answers.tokenizer(transformers, tmp_path)
    asked = answers.examples(squad)
    features = squad.squad_convert_examples_to_features(asked, tokenizer, 20, 6, 6, False)
    rng, none = random.Random(3), (None, None, None)
    scores = answers.results(squad, features, rng, None)
    found = squad_metrics.compute_predictions_logits(
        asked, features, scores, 3, 4, True, *none, True, True, 0.0, tokenizer
    )
    assert list(found) == ["q0", "q1", "q2"]
    scores = answers.results(squad, features, rng, (2, 2))
    found = squad_metrics.compute_predictions_log_probs(
        asked, features, scores, 3, 4, *none, 2, 2, True, tokenizer, True
    )
    assert list(found) == ["q0", "q1", "q2"]
    assert [path.name for path in tmp_path.iterdir()] == ["vocab.txt"]
