"""What the text tasks refuse, warn of, stream, and let users replace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import transformers
from tests.models.adapters import installed
from transformers import pipeline
from transformers.pipelines import (
    PipelineException,
)
from transformers.pipelines.pt_utils import KeyDataset, KeyPairDataset

from . import checkpoints
from .comparing import near

TEXTS = [checkpoints.SHORT, checkpoints.LONG, "a", checkpoints.ODD, "good . " * 3, "the [UNK]"]
TASKS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "zero-shot-classification": (TEXTS, {"candidate_labels": ["sport", "health"]}),
    "token-classification": (TEXTS * 2, {"aggregation_strategy": "simple", "stride": 3, "ignore_labels": []}),
    "question-answering": ([{"question": "in ?", "context": text} for text in TEXTS], {"top_k": 2}),
    "fill-mask": ([f"{text[:20]} [MASK]" for text in TEXTS], {"top_k": 3}),
    "text-classification": (TEXTS, {"truncation": True, "top_k": None}),
}


@pytest.mark.parametrize("framework", installed())
@pytest.mark.parametrize("task", TASKS)
def test_batches_and_streams_give_what_single_inputs_give(make: Any, task: str, framework: str) -> None:
    run = make(task, framework)
    inputs, options = TASKS[task]
    single = [next(run(iter([item]), **options)) for item in inputs]
    taken: list[Any] = []

    def source() -> Iterator[Any]:
        for item in inputs:
            taken.append(item)
            yield item

    results = run(source(), **options)
    assert not taken
    first = next(results)
    assert taken == inputs[:1]
    assert [first, *results] == near(single)
    assert list(run(source(), batch_size=4, **options)) == near(single)
    if task != "question-answering":  # a list of questions is checked, a stream is not
        assert run(list(inputs), **options) == near(single)


# ---------------------------------------------------------------------- zero-shot classification


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ([None], {"candidate_labels": "a"}, TypeError, "got None"),
        (["this"], {"candidate_labels": None}, TypeError, "got None"),
        ([""], {"candidate_labels": "a"}, ValueError, "at least one label"),
        (["this"], {"candidate_labels": ""}, ValueError, "at least one label"),
        (["this"], {"candidate_labels": "a", "hypothesis_template": "no place"}, ValueError, "must have {}"),
        (["this"], {"candidate_labels": "a", "hypothesis_template": None}, AttributeError, "must be a text"),
        (["this", ["a"], 1], {}, ValueError, "takes texts and labels"),
    ],
)
def test_zero_shot_refuses(make: Any, arguments: Any, options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        make("zero-shot-classification")(*arguments, **options)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [(["LABEL_0", "LABEL_1"], -1), (["entailment", "x"], 0), (["x", "y", "ENTAIL"], 2)],
)
def test_entailment_is_found_by_name(make: Any, labels: list[str], expected: int) -> None:
    run = make("zero-shot-classification")
    own = run.model.config.label2id
    run.model.config.label2id = {name: index for index, name in enumerate(labels)}
    try:
        assert run.entailment_id == expected
    finally:
        run.model.config.label2id = own


def test_zero_shot_warns_without_entailment(make: Any, capture: Any) -> None:
    kind = "text-classification"
    run = pipeline("zero-shot-classification", model=make(kind).model, tokenizer=make(kind).tokenizer)
    assert "begins with 'entail'" in capture.text
    run("this", candidate_labels="a", multi_class=True, other=1)
    assert "multi_class is deprecated" in capture.text
    assert "ignores other" in capture.text


def test_hypotheses_that_leave_no_room_are_left_whole(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make("zero-shot-classification")
    options = {"candidate_labels": ["sport", "health"], "hypothesis_template": "about the good {} ."}
    expected = run("a", **options)
    monkeypatch.setattr(run.tokenizer, "model_max_length", 6)
    assert run("a", **options) == near(expected)
    with pytest.raises(TypeError, match="must be a text or a list"):
        run(["a", 3], **options)


# ---------------------------------------------------------------------- fill-mask


def test_fill_mask_refuses(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make("fill-mask")
    with pytest.raises(PipelineException, match="No mask_token") as caught:
        run(["this [MASK]", "this"])
    assert caught.value.task == "fill-mask"
    for targets in ([], "", [""]):
        with pytest.raises(ValueError, match="at least one word"):
            run("this [MASK]", targets=targets)
    with pytest.raises(ValueError, match="vocabulary has"):
        run("this [MASK]", top_k=1000)
    with pytest.raises(ValueError, match="top_k must be at least 1"):
        run("this [MASK]", top_k=0)
    monkeypatch.setattr(run.tokenizer, "mask_token", None)
    with pytest.raises(PipelineException, match="does not define"):
        run("this")


def test_targets_that_are_no_tokens_warn(make: Any, capture: Any) -> None:
    run = make("fill-mask")
    found = run("this [MASK]", targets=["sports", "good", ""])
    assert {row["token_str"] for row in found} == {"sport", "good"}
    assert "'sports' is not in the vocabulary: its first piece 'sport' is used" in capture.text
    assert "it is left out" in capture.text


# ---------------------------------------------------------------------- data sets and users' classes


def test_columns_of_data_sets_are_inputs(make: Any) -> None:
    rows = [{"one": text, "two": "good"} for text in ("this is", "a movie", "bad")]
    run = make("text-classification")
    assert list(run(KeyDataset(rows, "one"))) == near(run([row["one"] for row in rows]))
    pairs = [{"text": row["one"], "text_pair": row["two"]} for row in rows]
    assert list(run(KeyPairDataset(rows, "one", "two"))) == near(run(pairs))
    tagged = make("token-classification")(KeyDataset(rows, "one"), ignore_labels=[])
    assert [len(row) for row in tagged] == [2, 2, 1]


def test_iterables_without_a_length_are_streamed(make: Any) -> None:
    class Data:
        def __iter__(self) -> Iterator[str]:
            return iter(["this is", "bad"])

    run = make("text-classification")
    assert list(run(Data())) == near(run(["this is", "bad"]))


def test_steps_of_a_subclass_are_used(make: Any) -> None:
    base = make("text-classification")

    class Louder(transformers.TextClassificationPipeline):
        def preprocess(self, inputs: Any, **options: Any) -> Any:
            return self.tokenizer(inputs + " good", return_tensors="np", **options)

        def postprocess(self, model_outputs: Any, **options: Any) -> Any:
            return {"raw": model_outputs.logits.shape, **super().postprocess(model_outputs, **options)}

    run = pipeline("text-classification", model=base.model, tokenizer=base.tokenizer, pipeline_class=Louder)
    assert type(run) is Louder
    found = run(["this", "a b c"])
    expected = base(["this good", "a b c good"])
    assert [row.pop("raw") for row in found] == [(1, 3), (1, 3)]
    assert found == near(expected)


def test_models_without_a_padding_token_run_one_by_one(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make("text-classification")
    expected = run(["this", "this is good"])
    monkeypatch.setattr(run.model.config, "pad_token_id", None)
    sizes = []
    monkeypatch.setattr(run, "collate", lambda *_: sizes.append(1))
    assert run(["this", "this is good"]) == near(expected)
    assert sizes == []
