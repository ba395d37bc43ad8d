"""Calls of the data package whose results are compared with those recorded; imports neither library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VOCABULARY = "[PAD] [UNK] [CLS] [SEP] [MASK] who is ? the cat sat on mat a b c d e f g ##s ##at ##t s m"
TEXT = "The cat sat on the mats. a b c d e f g a b c the cat s"
CLASSES = ([1, 0, 1, 1, 0, 1], [1, 1, 1, 0, 0, 1])
VALUES = ([0.5, 1.0, 2.0, 2.0, 4.0], [1.0, 0.0, 2.0, 3.0, 3.0])
PREDICTIONS = {"a": "cat", "b": "", "c": "a big  whale eats", "d": "x"}
PROBABILITIES = {"a": 0.1, "b": 0.9, "c": 0.2, "d": 0.8}


def tokenizer(library: Any, folder: Path) -> Any:
    """A tokenizer of a few words."""
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY.split()))
    return library.BertTokenizer(str(folder / "vocab.txt"), model_max_length=64)


def questions(squad: Any) -> list[Any]:
    """One with an answer, one without, one whose answer lies in the middle."""
    answer = TEXT.index("f g a")
    return [
        squad.SquadExample("q1", "Who is the cat?", TEXT, "mats", 19, "T"),
        squad.SquadExample("q2", "who sat", TEXT, None, None, "T", [], True),
        squad.SquadExample("q3", "who sat", TEXT, "f g a", answer, "T"),
    ]


def windows(squad: Any, tokenizer: Any, training: bool) -> list[dict[str, Any]]:
    """Everything in the windows of the questions."""
    found = squad.squad_convert_examples_to_features(
        questions(squad), tokenizer, 20, 5, 4, training, tqdm_enabled=False
    )
    rows = [{name: value for name, value in vars(one).items() if name != "encoding"} for one in found]
    return json.loads(json.dumps(rows))  # type: ignore[no-any-return]


def tensors(squad: Any, tokenizer: Any, training: bool) -> list[Any]:
    """The second window's tensors, values and types."""
    _, dataset = squad.squad_convert_examples_to_features(
        questions(squad), tokenizer, 20, 5, 4, training, return_dataset="pt", tqdm_enabled=False
    )
    return [[tensor.tolist(), str(tensor.dtype)] for tensor in dataset[1]]


def answered(squad: Any) -> list[Any]:
    """Examples with two answers, none, and one."""
    texts = {"a": ["The cat!", "a dog"], "b": [], "c": ["blue big whale"], "d": []}
    return [
        squad.SquadExample(name, "q", "c", None, None, "t", [{"text": text} for text in given])
        for name, given in texts.items()
    ]


def measures(squad: Any, metrics: Any) -> list[Any]:
    """Measures with a threshold, without one, and those of the second edition."""
    examples = answered(squad)
    second: dict[str, Any] = {}
    exact, f1 = metrics.get_raw_scores(examples, PREDICTIONS)
    known = {example.qas_id: bool(example.answers) for example in examples}
    metrics.find_all_best_thresh_v2(second, PREDICTIONS, exact, f1, PROBABILITIES, known)
    return [
        metrics.squad_evaluate(examples, PREDICTIONS, PROBABILITIES, 0.5),
        metrics.squad_evaluate(examples, PREDICTIONS),
        second,
    ]


def tables(glue: Any, folder: Path) -> dict[str, Any]:
    """The examples of every task of GLUE, from one table with twelve columns."""
    rows = [[f"h{i}" for i in range(12)], *([f"r{j}c{i}" for i in range(12)] for j in range(3))]
    parts = ("train", "dev", "test", "dev_matched", "dev_mismatched", "test_matched", "test_mismatched")
    for name in parts:
        (folder / f"{name}.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
    found = {}
    for task, cls in glue.glue_processors.items():
        processor, place = cls(), str(folder)
        read = [
            processor.get_train_examples(place),
            processor.get_dev_examples(place),
            processor.get_test_examples(place),
        ]
        found[task] = [[vars(example) for example in part] for part in read]
        found[f"{task} labels"] = processor.get_labels()
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]
