"""GLUE (arXiv:1804.07461): where each task's tables have their texts and labels."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from enum import Enum
from typing import Any, ClassVar

from .utils import DataProcessor, InputExample, InputFeatures


class OutputMode(Enum):
    """What a task asks for."""

    classification = "classification"
    regression = "regression"


class _TableProcessor(DataProcessor):
    """A task whose tables are `<part>.tsv`.

    Attributes:
        labels: the labels, by number.
        texts, test_texts: columns of the texts, and where the tests have them elsewhere.
        label: column of the label.
        guid: column of the row's name; None: its number.
        header: whether the first row of train and dev holds names; that of the tests always does.
        fields: names of the texts in `tensorflow_datasets`.
        numbered: whether rows are counted with the row of names.
    """

    labels: ClassVar[tuple[Any, ...]] = ("0", "1")
    texts: ClassVar[tuple[int, ...]]
    test_texts: ClassVar[tuple[int, ...] | None] = None
    label: ClassVar[int] = -1
    guid: ClassVar[int | None] = 0
    header: ClassVar[bool] = True
    fields: ClassVar[tuple[str, ...]] = ("sentence1", "sentence2")
    files: ClassVar[tuple[str, str, str]] = ("train", "dev", "test")
    parts: ClassVar[tuple[str, str, str]] = ("train", "dev", "test")

    def get_example_from_tensor_dict(self, tensor_dict: dict[str, Any]) -> InputExample:
        """An entry of `tensorflow_datasets` as an example."""
        texts = [tensor_dict[field].numpy().decode("utf-8") for field in self.fields]
        second = texts[1] if len(texts) > 1 else None
        return InputExample(tensor_dict["idx"].numpy(), texts[0], second, str(tensor_dict["label"].numpy()))

    def get_train_examples(self, data_dir: str) -> list[InputExample]:
        """The examples to learn from."""
        return self._read(data_dir, 0)

    def get_dev_examples(self, data_dir: str) -> list[InputExample]:
        """The examples to measure with."""
        return self._read(data_dir, 1)

    def get_test_examples(self, data_dir: str) -> list[InputExample]:
        """The examples whose labels are kept back."""
        return self._read(data_dir, 2)

    def get_labels(self) -> list[Any]:
        """The labels, by number."""
        return list(self.labels)

    def _read(self, data_dir: str, part: int) -> list[InputExample]:
        rows = self._read_tsv(os.path.join(data_dir, f"{self.files[part]}.tsv"))
        return self._create_examples(rows, self.parts[part])

    def _create_examples(self, lines: list[list[str]], set_type: str) -> list[InputExample]:
        """The rows of one table as examples; rows that are too short are left out."""
        test = set_type.startswith("test")
        columns = self.test_texts if test and self.test_texts is not None else self.texts
        # The rows of CoLA's tests are counted without the row of names.
        first = 1 if self.header or test else 0
        counted = 0 if test and not self.header else first
        found = []
        for number, row in enumerate(lines[first:], counted):
            name = number if self.guid is None else row[self.guid]
            try:
                texts = [row[column] for column in columns]
                label = None if test else row[self.label]
            except IndexError:
                continue
            second = texts[1] if len(texts) > 1 else None
            found.append(InputExample(f"{set_type}-{name}", texts[0], second, label))
        return found


class MrpcProcessor(_TableProcessor):
    """Are two sentences paraphrases?"""

    texts, label, guid = (3, 4), 0, None


class MnliProcessor(_TableProcessor):
    """Does one sentence follow from another? Measured on matching genres."""

    labels = ("contradiction", "entailment", "neutral")
    texts = (8, 9)
    fields = ("premise", "hypothesis")
    files = ("train", "dev_matched", "test_matched")
    parts = ("train", "dev_matched", "test_matched")


class MnliMismatchedProcessor(MnliProcessor):
    """MNLI, measured on other genres than those learnt from."""

    files = ("train", "dev_mismatched", "test_mismatched")
    parts = ("train", "dev_mismatched", "test_mismatched")


class ColaProcessor(_TableProcessor):
    """Is a sentence grammatical?"""

    texts, test_texts, label, guid, header = (3,), (1,), 1, None, False
    fields = ("sentence",)


class Sst2Processor(_TableProcessor):
    """Is a sentence positive?"""

    texts, test_texts, label, guid = (0,), (1,), 1, None
    fields = ("sentence",)


class StsbProcessor(_TableProcessor):
    """How alike are two sentences, from 0 to 5?"""

    labels = (None,)
    texts = (7, 8)


class QqpProcessor(_TableProcessor):
    """Are two questions the same?"""

    texts, test_texts, label = (3, 4), (1, 2), 5
    fields = ("question1", "question2")


class QnliProcessor(_TableProcessor):
    """Does a sentence answer a question?"""

    labels = ("entailment", "not_entailment")
    texts = (1, 2)
    fields = ("question", "sentence")


class RteProcessor(_TableProcessor):
    """Does one sentence follow from another?"""

    labels = ("entailment", "not_entailment")
    texts = (1, 2)


class WnliProcessor(_TableProcessor):
    """Does a sentence with a pronoun filled in follow?"""

    texts = (1, 2)


glue_processors: dict[str, type[DataProcessor]] = {
    "cola": ColaProcessor,
    "mnli": MnliProcessor,
    "mnli-mm": MnliMismatchedProcessor,
    "mrpc": MrpcProcessor,
    "sst-2": Sst2Processor,
    "sts-b": StsbProcessor,
    "qqp": QqpProcessor,
    "qnli": QnliProcessor,
    "rte": RteProcessor,
    "wnli": WnliProcessor,
}
glue_output_modes = {
    task: "regression" if cls is StsbProcessor else "classification" for task, cls in glue_processors.items()
}
glue_tasks_num_labels = {
    task: len(cls.labels)  # type: ignore[attr-defined]
    for task, cls in glue_processors.items()
    if task != "mnli-mm"
}


def glue_convert_examples_to_features(
    examples: Any,
    tokenizer: Any,
    max_length: int | None = None,
    task: str | None = None,
    label_list: list[Any] | None = None,
    output_mode: str | None = None,
) -> Any:
    """Examples as inputs of a model, all padded to one length.

    Args:
        examples: a list of `InputExample`, or a data set of `tensorflow_datasets` with its `task`.
        tokenizer: a tokenizer.
        max_length: the length; None: the tokenizer's.
        task: which of GLUE's tasks; it says what is not given.
        label_list: the labels, by number.
        output_mode: "classification" or "regression".

    Returns:
        A list of `InputFeatures`, or a TensorFlow data set of (inputs, label).

    Raises:
        ValueError: a data set without a task, or an output mode of another name.
    """
    tensorflow = sys.modules.get("tensorflow")
    streamed = tensorflow is not None and isinstance(examples, tensorflow.data.Dataset)
    if streamed and task is None:
        raise ValueError("a data set of tensorflow_datasets needs the name of its task")
    if task is not None:
        processor = glue_processors[task]()
        label_list = processor.get_labels() if label_list is None else label_list
        output_mode = glue_output_modes[task] if output_mode is None else output_mode
        if streamed:
            examples = [
                processor.tfds_map(processor.get_example_from_tensor_dict(entry)) for entry in examples
            ]
    number = _numbering(label_list or [], output_mode)
    length = tokenizer.model_max_length if max_length is None else max_length
    rows = tokenizer(
        [e.text_a if e.text_b is None else (e.text_a, e.text_b) for e in examples],
        max_length=length,
        padding="max_length",
        truncation=True,
    )
    features = [
        InputFeatures(
            **{name: values[index] for name, values in rows.items()},
            label=None if example.label is None else number(example.label),
        )
        for index, example in enumerate(examples)
    ]
    return glue_features_as_dataset(features) if streamed else features


def _numbering(label_list: list[Any], output_mode: str | None) -> Callable[[Any], int | float]:
    if output_mode not in (None, "classification", "regression"):
        raise ValueError(f"output_mode must be 'classification' or 'regression', got {output_mode!r}")
    return (
        float if output_mode == "regression" else {label: n for n, label in enumerate(label_list)}.__getitem__
    )


def glue_features_as_dataset(features: list[InputFeatures]) -> Any:
    """Inputs of equal length as a TensorFlow data set of (inputs, label)."""
    tf = importlib.import_module("tensorflow")
    names = [
        n for n in ("input_ids", "attention_mask", "token_type_ids") if getattr(features[0], n) is not None
    ]
    inputs = {name: tf.constant([getattr(f, name) for f in features], tf.int32) for name in names}
    return tf.data.Dataset.from_tensor_slices((inputs, tf.constant([f.label for f in features])))


__all__ = [
    "ColaProcessor",
    "MnliMismatchedProcessor",
    "MnliProcessor",
    "MrpcProcessor",
    "OutputMode",
    "QnliProcessor",
    "QqpProcessor",
    "RteProcessor",
    "Sst2Processor",
    "StsbProcessor",
    "WnliProcessor",
    "glue_convert_examples_to_features",
    "glue_features_as_dataset",
    "glue_output_modes",
    "glue_processors",
    "glue_tasks_num_labels",
]
