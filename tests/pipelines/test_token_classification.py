"""Tokens, words and entities: what is refused, warned of, and how labels are agreed upon."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from transformers.pipelines import AggregationStrategy, TokenClassificationArgumentHandler

from . import checkpoints


def test_token_inputs_are_understood() -> None:
    parse = TokenClassificationArgumentHandler()
    pairs = [(0, 1), (1, 2)]
    assert parse("a") == (["a"], False, None, None)
    assert parse(("a", "b"), offset_mapping=[pairs, pairs]) == (["a", "b"], False, [pairs, pairs], None)
    assert parse("a", offset_mapping=pairs)[2] == [pairs]
    stream = iter(["a"])
    assert parse(stream)[0] is stream
    for inputs in ([], None):
        with pytest.raises(ValueError, match="at least one input"):
            parse(inputs)
    with pytest.raises(ValueError, match="for 1 inputs, but 2"):
        parse(["a", "b"], offset_mapping=pairs)


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        ("a", {"aggregation_strategy": "best"}, "none, simple, first, average, max"),
        ("a", {"stride": checkpoints.LIMIT}, "must be less than"),
        ("a", {"stride": 1, "aggregation_strategy": "none"}, "choose an"),
        ([["a", "b"]], {}, "set is_split_into_words"),
        (iter(["a b"]), {"is_split_into_words": True}, "a list of words"),
    ],
)
def test_token_classification_refuses(make: Any, inputs: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(make("token-classification")(inputs, **options))


def test_words_need_a_fast_tokenizer(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make("token-classification")
    monkeypatch.setattr(type(run.tokenizer), "is_fast", False)
    plain = run("anna", ignore_labels=[])
    assert [row["start"] for row in plain] == [None] * len(plain)
    with pytest.raises(ValueError, match="only fast"):
        run("a", aggregation_strategy="first")
    with pytest.raises(ValueError, match="`stride` needs a fast"):
        run("a", aggregation_strategy="simple", stride=1)
    with pytest.raises(ValueError, match="needs a fast"):
        run([["a"]], is_split_into_words=True)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"grouped_entities": True}, "simple"),
        ({"grouped_entities": False}, "none"),
        ({"grouped_entities": True, "ignore_subwords": True}, "first"),
        ({"ignore_subwords": True}, "none"),
    ],
)
def test_older_names_of_strategies(make: Any, older: dict[str, bool], newer: str) -> None:
    run = make("token-classification")
    with pytest.warns(UserWarning, match=f'deprecated: aggregation_strategy="{newer}"'):
        found = run(checkpoints.ODD, **older)
    assert found == run(checkpoints.ODD, aggregation_strategy=AggregationStrategy(newer))


def test_scores_are_floats_and_offsets_lie_in_the_text(make: Any) -> None:
    for row in make("token-classification")(checkpoints.ODD, ignore_labels=[]):
        assert isinstance(row["score"], float)
        json.dumps(row)
        shown = checkpoints.ODD[row["start"] : row["end"]].lower().replace("ö", "o")
        assert shown == row["word"].removeprefix("##")


def test_offsets_can_be_given(make: Any) -> None:
    run = make("token-classification")
    pairs = [(0, 0), (1, 3), (4, 6), (0, 0)]
    found = run("this is", offset_mapping=pairs, ignore_labels=[])
    assert [(row["start"], row["end"]) for row in found] == pairs[1:-1]
    other = [(0, 0), (2, 3), (0, 0)]
    first, second = run(["this is", "a"], offset_mapping=[pairs, other], ignore_labels=[])
    assert first == found
    assert [(row["start"], row["end"]) for row in second] == other[1:-1]


def pieces(*rows: tuple[str, list[float], bool]) -> list[dict[str, Any]]:
    return [
        {"word": word, "scores": np.array(scores), "start": i, "end": i + 1, "index": i, "is_subword": inside}
        for i, (word, scores, inside) in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("strategy", "label", "score"), [("first", "O", 0.4), ("max", "B-PER", 0.9), ("average", "B-PER", 0.6)]
)
def test_words_agree_on_a_label(make: Any, strategy: str, label: str, score: float) -> None:
    run = make("token-classification")
    word = pieces(("an", [0.4, 0.3, 0.3, 0, 0], False), ("##na", [0.1, 0.9, 0, 0, 0], True))
    assert run.aggregate_word(word, strategy) == {
        "entity": label,
        "score": pytest.approx(score),
        "word": "anna",
        "start": 0,
        "end": 2,
    }
    assert len(run.aggregate_words(word + word, strategy)) == 2
    for wrong in ("none", "simple"):
        with pytest.raises(ValueError, match="does not join"):
            run.aggregate_words(word, wrong)
    with pytest.raises(ValueError, match='"first", "average" or "max"'):
        run.aggregate_word(word, "simple")


def test_entities_begin_with_b_and_end_where_the_label_changes(make: Any) -> None:
    run = make("token-classification")
    rows = [np.eye(5)[index].tolist() for index in (1, 2, 1, 4, 0)]
    groups = run.aggregate(pieces(*[("a", row, False) for row in rows]), AggregationStrategy.SIMPLE)
    found = [(group["entity_group"], group["start"], group["end"]) for group in groups]
    assert found == [("PER", 0, 2), ("PER", 2, 3), ("LOC", 3, 4), ("O", 4, 5)]


def test_longest_of_overlapping_entities_stays(make: Any) -> None:
    def entity(start: int, end: int, score: float) -> dict[str, Any]:
        return {"start": start, "end": end, "score": score}

    given = [entity(8, 9, 0.1), entity(0, 2, 0.9), entity(1, 5, 0.2), entity(1, 5, 0.3), entity(5, 6, 0.1)]
    found = make("token-classification").aggregate_overlapping_entities(given)
    assert found == [entity(1, 5, 0.3), entity(5, 6, 0.1), entity(8, 9, 0.1)]


def test_byte_tokens_warn_that_words_are_guessed(make: Any) -> None:
    with pytest.warns(UserWarning, match="fallback heuristic"):
        make("token-classification", "np", "roberta")("anna lives", aggregation_strategy="first")
