"""Questions in all their forms, and the spans that answer them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from transformers.pipelines import QuestionAnsweringArgumentHandler
from transformers.pipelines.question_answering import decode_spans, select_starts_ends
from transformers.pipelines.squad import SquadExample

from . import checkpoints
from .comparing import near

Q, C = "who ?", "anna lives in paris"


@pytest.mark.parametrize(
    ("arguments", "keywords", "count"),
    [
        ([Q, C], {}, 1),
        ([], {"question": Q, "context": C}, 1),
        ([], {"question": [Q, Q], "context": C}, 2),
        ([], {"question": [Q, Q], "context": [C, C]}, 2),
        ([{"question": Q, "context": C}], {}, 1),
        ([[{"question": Q, "context": C}] * 3], {}, 3),
        ([{"question": Q, "context": C}, {"question": Q, "context": C}], {}, 2),
        ([SquadExample(None, Q, C, None, None, None)], {}, 1),
    ],
)
def test_questions_come_in_many_forms(arguments: Any, keywords: Any, count: int) -> None:
    found = QuestionAnsweringArgumentHandler()(*arguments, **keywords)
    assert [(item.question_text, item.context_text) for item in found] == [(Q, C)] * count


@pytest.mark.parametrize("name", ["X", "data"])
def test_older_keywords_of_questions_warn(name: str) -> None:
    with pytest.warns(FutureWarning, match=name):
        found = QuestionAnsweringArgumentHandler()(**{name: {"question": Q, "context": C}})
    assert found[0].question_text == Q


@pytest.mark.parametrize(
    ("arguments", "keywords", "error"),
    [
        ([{"context": C}], {}, KeyError),
        ([{"question": Q}], {}, KeyError),
        ([None, C], {}, ValueError),
        (["", C], {}, ValueError),
        ([Q, ""], {}, ValueError),
        ([None], {}, ValueError),
        ([1], {}, ValueError),
        ([], {"Y": None}, ValueError),
        ([], {"question": None, "context": C}, ValueError),
        ([], {"question": {"a": "b"}, "context": C}, ValueError),
        ([], {"question": [Q, Q], "context": [C]}, ValueError),
        ([{"question": None, "context": C}], {}, ValueError),
        ([[{"question": Q, "context": C}, {"question": Q, "context": None}]], {}, ValueError),
    ],
)
def test_wrong_questions_are_refused(arguments: Any, keywords: Any, error: Any) -> None:
    with pytest.raises(error):
        QuestionAnsweringArgumentHandler()(*arguments, **keywords)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top_k": 0}, "top_k must be at least 1"),
        ({"max_answer_len": 0}, "max_answer_len must be at least 1"),
        ({"max_seq_len": 8, "doc_stride": 9}, "must not be larger than max_seq_len"),
    ],
)
def test_question_answering_refuses(make: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make("question-answering")(question=Q, context=C, **options)


def test_older_ways_to_ask_warn(make: Any, capture: Any) -> None:
    run = make("question-answering")
    with pytest.warns(FutureWarning, match="by position"):
        assert run({"question": Q, "context": C}) == run(question=Q, context=C)
    with pytest.warns(UserWarning, match="it is called top_k"):
        assert len(run(question=Q, context=C, topk=2)) == 2
    run(question=Q, context=C, other=1)
    assert "ignores other" in capture.text


def test_answers_are_parts_of_the_text(make: Any) -> None:
    run = make("question-answering")
    answers = run(question=Q, context=checkpoints.LONGER, top_k=12, doc_stride=3)
    assert len(answers) == 12
    for answer in answers:
        assert checkpoints.LONGER[answer["start"] : answer["end"]] == answer["answer"] != ""
    sample = run.create_sample([Q], [C])[0]
    assert sample.doc_tokens == C.split()
    assert run.span_to_answer(C, 1, 1) == {"answer": "lives", "start": 5, "end": 10}


def test_spans_are_chosen_by_the_product_of_both_ends() -> None:
    start, end = np.array([0.0, 0.5, 0.3, 0.2]), np.array([0.0, 0.1, 0.2, 0.7])
    starts, ends, scores = decode_spans(start, end, 2, 4, np.array([0, 1, 1, 1]))
    assert (starts.tolist(), ends.tolist()) == ([1, 2], [3, 3])
    assert scores == pytest.approx([0.35, 0.21])
    assert decode_spans(start[None], end[None], 1, 2, np.array([0, 1, 1, 1]))[1].tolist() == [3]
    assert decode_spans(start, end, 100, 1, np.array([0, 0, 0, 1]))[0].tolist() == [3]


def test_spans_of_logits_leave_out_the_question_and_padding() -> None:
    logits = np.log(np.array([[0.2, 0.9, 0.5, 0.3, 0.9]]))
    masks = np.array([[0, 1, 0, 0, 0]]), np.array([[1, 1, 1, 1, 0]])
    starts, ends, scores, null = select_starts_ends(logits, logits, *masks, 1.0, 1, True)
    assert (starts.tolist(), ends.tolist()) == ([2], [2])
    assert scores == pytest.approx([0.25])
    assert null == pytest.approx(0.04)
    assert select_starts_ends(logits, logits, masks[0], None)[3] == 1000000


def test_long_questions_are_cut_only_where_they_must(make: Any) -> None:
    run = make("question-answering")
    short = run(question="a b c", context=C)
    assert run(question="a b c", context=C, max_question_len=1) == short
    long = run(question="a " * 30, context=C, max_question_len=3, doc_stride=4)
    assert long == near(run(question="a a a", context=C, doc_stride=4))


def test_questions_without_a_fast_tokenizer(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make("question-answering")
    expected = run(question=Q, context=C)  # every word of the text is one of white space
    monkeypatch.setattr(type(run.tokenizer), "is_fast", False)
    assert run(question=Q, context=C) == near(expected)
    for answer in run(question=Q, context=checkpoints.LONGER, top_k=4, doc_stride=3):
        assert checkpoints.LONGER[answer["start"] : answer["end"]] == answer["answer"]
    with pytest.raises(ValueError, match="has room for"):
        run(question=Q, context=C, max_seq_len=8, doc_stride=7)


def test_examples_know_their_words() -> None:
    example = SquadExample("1", Q, " a  bc d", "bc d", 4, None)
    assert example.doc_tokens == ["a", "bc", "d"]
    assert example.char_to_word_offset == [-1, 0, 0, 0, 1, 1, 1, 2]
    assert (example.start_position, example.end_position) == (1, 2)
