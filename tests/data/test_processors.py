"""Data sets of the early benchmarks against recorded results."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import transformers
from transformers.data.metrics import squad_metrics
from transformers.data.processors import glue, squad, utils, xnli

from . import calls

GOLDEN = json.loads(gzip.decompress((Path(__file__).parent / "golden.json.gz").read_bytes()))


@pytest.fixture
def tokenizer(tmp_path: Path) -> Any:
    """A tokenizer of a few words."""
    return calls.tokenizer(transformers, tmp_path)


@pytest.mark.parametrize("training", [True, False])
def test_windows_are_those_recorded(training: bool, tokenizer: Any) -> None:
    assert calls.windows(squad, tokenizer, training) == GOLDEN["windows"][not training]


@pytest.mark.parametrize("training", [True, False])
def test_tensors_are_those_recorded(training: bool, tokenizer: Any) -> None:
    pytest.importorskip("torch")
    assert calls.tensors(squad, tokenizer, training) == GOLDEN["tensors"][not training]


def test_data_set_of_tensorflow_has_the_windows(tokenizer: Any) -> None:
    pytest.importorskip("tensorflow")
    examples = calls.questions(squad)
    rows = list(
        squad.squad_convert_examples_to_features(examples, tokenizer, 20, 5, 4, True, return_dataset="tf")
    )
    for (inputs, targets), expected in zip(rows, GOLDEN["windows"][0], strict=True):
        for name in ("input_ids", "attention_mask", "token_type_ids"):
            assert inputs[name].numpy().tolist() == expected[name]
        assert inputs["qas_id"].numpy().decode() == expected["qas_id"]
        assert targets["p_mask"].numpy().tolist() == expected["p_mask"]
        for name in ("start_position", "end_position"):
            assert int(targets[f"{name}s"]) == expected[name]
        assert int(targets["is_impossible"]) == expected["is_impossible"]


def test_windows_may_begin_with_the_text(tokenizer: Any) -> None:
    tokenizer.padding_side = "left"
    examples = calls.questions(squad)[2:]
    for window in squad.squad_convert_examples_to_features(examples, tokenizer, 20, 5, 4, True):
        tokens = tokenizer.convert_ids_to_tokens(window.input_ids)
        for place, word in window.token_to_orig_map.items():
            unknown = tokens[place] == "[UNK]"
            assert unknown or tokens[place].removeprefix("##") in examples[0].doc_tokens[word].lower()
        if not window.is_impossible:
            assert tokens[window.start_position : window.end_position + 1] == ["f", "g", "a"]
        assert tokens[-3:] == ["who", "sat", "[SEP]"]


def test_question_that_fills_the_window_raises(tokenizer: Any) -> None:
    with pytest.raises(ValueError, match=r"leaves no room in max_seq_length \(6\)"):
        squad.squad_convert_examples_to_features(calls.questions(squad), tokenizer, 6, 5, 4, False)
    with pytest.raises(ValueError, match="return_dataset must be"):
        squad.squad_convert_examples_to_features([], tokenizer, 6, 5, 4, False, return_dataset="np")


def test_answer_outside_its_text_leaves_the_example_out(
    tokenizer: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(transformers.utils.logging.get_logger("transformers"), "propagate", True)
    example = squad.SquadExample("q", "who", calls.TEXT, "dog", 4, "T")
    assert squad.squad_convert_examples_to_features([example], tokenizer, 20, 5, 4, True) == []
    assert "'dog' is not in its text" in caplog.text


@pytest.mark.parametrize(("version", "impossible"), [("1.1", False), ("2.0", True)])
def test_files_of_questions_are_read(version: str, impossible: bool, tmp_path: Path) -> None:
    entry: dict[str, Any] = {"id": "1", "question": "who?", "answers": [{"text": "cat", "answer_start": 4}]}
    if impossible:
        entry |= {"is_impossible": True, "answers": []}
    data = {"data": [{"title": "T", "paragraphs": [{"context": "the cat", "qas": [entry]}]}]}
    for part in ("train", "dev"):
        (tmp_path / f"{part}-v{version}.json").write_text(json.dumps(data))
    processor = squad.SquadV2Processor() if impossible else squad.SquadV1Processor()
    (train,), (dev,) = (
        processor.get_train_examples(str(tmp_path)),
        processor.get_dev_examples(str(tmp_path)),
    )
    assert (train.start_position, train.answer_text) == ((0, None) if impossible else (1, "cat"))
    assert dev.answers == entry["answers"] and dev.is_impossible is impossible
    with pytest.raises(ValueError, match="name the file"):
        squad.SquadProcessor().get_dev_examples(str(tmp_path))


def _tensor(value: Any) -> Any:
    return SimpleNamespace(numpy=lambda: value.encode() if isinstance(value, str) else value)


def test_data_sets_of_tensorflow_are_read() -> None:
    entry = {name: _tensor(name) for name in ("id", "question", "title")} | {"context": _tensor("the cat")}
    entry["answers"] = {"text": [_tensor("cat")], "answer_start": [_tensor(4)]}
    processor = squad.SquadV1Processor()
    (train,) = processor.get_examples_from_dataset({"train": [entry]})
    (dev,) = processor.get_examples_from_dataset({"validation": [entry]}, evaluate=True)
    assert (train.answer_text, train.start_position, train.answers) == ("cat", 1, [])
    assert (dev.answer_text, dev.answers) == (None, [{"text": "cat", "answer_start": 4}])
    row = {"idx": _tensor(3), "sentence": _tensor("a b"), "label": _tensor(1)}
    example = glue.ColaProcessor().get_example_from_tensor_dict(row)
    assert vars(example) == {"guid": 3, "text_a": "a b", "text_b": None, "label": "1"}
    pair = {"idx": _tensor(3), "premise": _tensor("p"), "hypothesis": _tensor("h"), "label": _tensor(2)}
    mnli = glue.MnliProcessor()
    mapped = mnli.tfds_map(mnli.get_example_from_tensor_dict(pair))
    assert (mapped.text_b, mapped.label) == ("h", "neutral")


def test_measures_of_questions_are_those_recorded() -> None:
    assert calls.measures(squad, squad_metrics) == GOLDEN["measures"]


def test_answers_are_normalised() -> None:
    assert squad_metrics.normalize_answer("  The cat's, AN hat. ") == "cats hat"
    assert squad_metrics.get_tokens("") == []
    assert squad_metrics.compute_exact("The cat", "cat!") == 1
    assert squad_metrics.compute_f1("blue cat", "cat cat") == 0.5
    assert squad_metrics.compute_f1("the", "a") == 1
    assert squad_metrics.compute_f1("cat", "") == 0
    scores = squad_metrics.get_raw_scores(calls.answered(squad)[:2], {"a": "dog"})
    assert scores == ({"a": 1}, {"a": 1.0})


def test_tables_of_glue_are_those_recorded(tmp_path: Path) -> None:
    assert calls.tables(glue, tmp_path) == GOLDEN["tables"]
    assert transformers.glue_tasks_num_labels["sts-b"] == 1
    assert [task for task, mode in glue.glue_output_modes.items() if mode == "regression"] == ["sts-b"]


def test_short_rows_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("id\n1\t2\t3\ta\tb\t1\n2\t3\n")
    assert [one.guid for one in glue.QqpProcessor().get_train_examples(str(tmp_path))] == ["train-1"]


def test_tables_of_xnli_are_read(tmp_path: Path) -> None:
    (tmp_path / "XNLI-MT-1.0" / "multinli").mkdir(parents=True)
    (tmp_path / "XNLI-1.0").mkdir()
    train = tmp_path / "XNLI-MT-1.0" / "multinli" / "multinli.train.de.tsv"
    train.write_text('p\th\tl\na "b\tb\tcontradictory\nc\td\tneutral\n')
    row = "\t".join([*[""] * 5, "A", "B"])
    (tmp_path / "XNLI-1.0" / "xnli.test.tsv").write_text(f"h\nfr\tneutral{row}\nde\tentailment{row}\n")
    processor = xnli.XnliProcessor("fr", "de")
    labels = [example.label for example in processor.get_train_examples(str(tmp_path))]
    assert labels == ["contradiction", "neutral"]
    (test,) = processor.get_test_examples(str(tmp_path))
    assert vars(test) == {"guid": "test-1", "text_a": "A", "text_b": "B", "label": "neutral"}
    assert processor.get_labels()[2] == "neutral"


def test_pairs_become_inputs(tokenizer: Any) -> None:
    examples = [
        utils.InputExample("1", "the cat", "sat", "entailment"),
        utils.InputExample("2", "a", None, None),
    ]
    first, second = glue.glue_convert_examples_to_features(examples, tokenizer, max_length=7, task="rte")
    assert first.input_ids == [2, 8, 9, 3, 10, 3, 0]
    assert (first.token_type_ids, first.label) == ([0, 0, 0, 0, 1, 1, 0], 0)
    assert (second.attention_mask, second.label) == ([1, 1, 1, 0, 0, 0, 0], None)
    assert json.loads(first.to_json_string())["input_ids"] == first.input_ids
    similar = [utils.InputExample("1", "a", "b", "2.5")]
    (row,) = glue.glue_convert_examples_to_features(similar, tokenizer, 5, output_mode="regression")
    assert row.label == 2.5
    with pytest.raises(ValueError, match="output_mode must be"):
        glue.glue_convert_examples_to_features(similar, tokenizer, 5, output_mode="other")


def test_data_sets_of_tensorflow_become_inputs(tokenizer: Any) -> None:
    tf = pytest.importorskip("tensorflow")
    entries = {"idx": [0, 1], "sentence": ["the cat", "a"], "label": [1, 0]}
    made = tf.data.Dataset.from_tensor_slices(entries)
    rows = list(glue.glue_convert_examples_to_features(made, tokenizer, 5, task="sst-2"))
    assert [inputs["input_ids"].numpy().tolist() for inputs, _ in rows] == [[2, 8, 9, 3, 0], [2, 13, 3, 0, 0]]
    assert [int(label) for _, label in rows] == [1, 0]
    with pytest.raises(ValueError, match="needs the name of its task"):
        glue.glue_convert_examples_to_features(made, tokenizer, 5)


def test_texts_with_labels_become_inputs(tokenizer: Any, tmp_path: Path) -> None:
    made = transformers.SingleSentenceClassificationProcessor.create_from_examples(
        [("the cat", "x"), ("a", "y")], verbose=True
    )
    assert (made.get_labels(), len(made), made[1].text_a, made[:1].examples) == (
        ["x", "y"],
        2,
        "a",
        made.examples[:1],
    )
    long, short = made.get_features(tokenizer)
    assert (long.input_ids, long.label) == ([2, 8, 9, 3], 0)
    assert (short.input_ids, short.attention_mask, short.label) == ([2, 13, 3, 0], [1, 1, 1, 0], 1)
    turned = made.get_features(tokenizer, 3, pad_on_left=True, pad_token=9, mask_padding_with_zero=False)
    assert (turned[0].input_ids, turned[1].attention_mask) == ([2, 8, 3], [0, 0, 0])
    left = made.get_features(tokenizer, pad_on_left=True, pad_token=9)[1]
    assert (left.input_ids, left.attention_mask) == ([9, 2, 13, 3], [0, 1, 1, 1])
    (tmp_path / "t.tsv").write_text("label\ttext\n1.5\tthe cat\n0\ta b\n")
    table = transformers.SingleSentenceClassificationProcessor.create_from_csv(
        tmp_path / "t.tsv", "dev", skip_first_row=True, mode="regression"
    )
    assert [(one.guid, one.label) for one in table.examples] == [("dev-0", "1.5"), ("dev-1", "0")]
    assert [one.label for one in table.get_features(tokenizer)] == [1.5, 0.0]


@pytest.mark.parametrize("kind", ["pt", "tf"])
def test_texts_with_labels_become_tensors(kind: str, tokenizer: Any) -> None:
    pytest.importorskip({"pt": "torch", "tf": "tensorflow"}[kind])
    made = utils.SingleSentenceClassificationProcessor.create_from_examples(["a", "b c"], ["x", "y"])
    rows = list(made.get_features(tokenizer, return_tensors=kind))
    ids, mask = rows[0][:2] if kind == "pt" else rows[0][0].values()
    label = rows[1][-1]
    assert (ids.numpy().tolist(), mask.numpy().tolist(), int(label)) == ([2, 13, 3, 0], [1, 1, 1, 0], 1)


def test_wrong_arguments_raise(tokenizer: Any) -> None:
    made = utils.SingleSentenceClassificationProcessor()
    for given in ({"labels": ["x"]}, {"ids": ["1"]}):
        with pytest.raises(ValueError, match="2 texts and 1 "):
            made.add_examples(["a", "b"], **given)
    with pytest.raises(ValueError, match="return_tensors must be"):
        made.get_features(tokenizer, return_tensors="np")
    made.mode = "other"
    with pytest.raises(ValueError, match="mode must be"):
        made.get_features(tokenizer)
    base = utils.DataProcessor()
    for call in (base.get_train_examples, base.get_dev_examples, base.get_test_examples):
        with pytest.raises(NotImplementedError):
            call("")
    with pytest.raises(NotImplementedError):
        base.get_labels()
    with pytest.raises(NotImplementedError):
        base.get_example_from_tensor_dict({})


def test_measures_of_glue() -> None:
    # by hand: 4 of 6 right, 3 true and 1 false positives, 1 missed
    expected = {"acc": 4 / 6, "f1": 0.75, "acc_and_f1": (4 / 6 + 0.75) / 2}
    for task in ("mrpc", "qqp"):
        assert transformers.glue_compute_metrics(task, *calls.CLASSES) == pytest.approx(expected)
    for task, name in {"sst-2": "acc", "mnli": "mnli/acc", "mnli-mm": "mnli-mm/acc", "hans": "acc"}.items():
        assert transformers.glue_compute_metrics(task, *calls.CLASSES) == {name: 4 / 6}
    # (3 * 1 - 1 * 1) / sqrt(4 * 4 * 2 * 2)
    assert transformers.glue_compute_metrics("cola", *calls.CLASSES)["mcc"] == pytest.approx(0.25)
    assert transformers.glue_compute_metrics("cola", [1, 1], [0, 1]) == {"mcc": 0.0}
    # sums of products about the means 1.9 and 1.8; ranks 1 2 3.5 3.5 5 and 2 1 3 4.5 4.5
    found = transformers.glue_compute_metrics("sts-b", *calls.VALUES)
    values, ranks = 5.4 / (7.2 * 6.8) ** 0.5, 7.75 / 9.5
    assert found == pytest.approx({"pearson": values, "spearmanr": ranks, "corr": (values + ranks) / 2})
    assert transformers.glue_compute_metrics("mrpc", [0], [0])["f1"] == 0.0
    assert transformers.xnli_compute_metrics("xnli", *calls.CLASSES) == {"acc": 4 / 6}
    for measure in (transformers.glue_compute_metrics, transformers.xnli_compute_metrics):
        with pytest.raises(KeyError, match="task must be one of"):
            measure("none", [1], [1])
    with pytest.raises(ValueError, match="2 predictions and 1 labels"):
        transformers.glue_compute_metrics("rte", [1, 2], [1])
