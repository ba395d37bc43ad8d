"""Examples and inputs of classifiers, and what reads them from files."""

from __future__ import annotations

import csv
import dataclasses
import importlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


def _as_json(item: Any) -> str:
    return json.dumps(dataclasses.asdict(item), indent=2) + "\n"


@dataclass
class InputExample:
    """A text, or a pair, with its label.

    guid: a name of its own.  text_b: the second of a pair.  label: None where it is unknown.
    """

    guid: str
    text_a: str
    text_b: str | None = None
    label: str | None = None

    def to_json_string(self) -> str:
        """The example as indented JSON."""
        return _as_json(self)


@dataclass(frozen=True)
class InputFeatures:
    """What a model takes for an example.

    label: number of the class, or the value of a regression.
    """

    input_ids: list[int]
    attention_mask: list[int] | None = None
    token_type_ids: list[int] | None = None
    label: int | float | None = None

    def to_json_string(self) -> str:
        """The inputs as indented JSON."""
        return _as_json(self)


class DataProcessor:
    """Base of what reads a data set of classified texts."""

    def get_example_from_tensor_dict(self, tensor_dict: dict[str, Any]) -> InputExample:
        """An entry of `tensorflow_datasets` as an example."""
        raise NotImplementedError

    def get_train_examples(self, data_dir: str) -> list[InputExample]:
        """The examples to learn from."""
        raise NotImplementedError

    def get_dev_examples(self, data_dir: str) -> list[InputExample]:
        """The examples to measure with."""
        raise NotImplementedError

    def get_test_examples(self, data_dir: str) -> list[InputExample]:
        """The examples whose labels are kept back."""
        raise NotImplementedError

    def get_labels(self) -> list[Any]:
        """The labels, by number."""
        raise NotImplementedError

    def tfds_map(self, example: InputExample) -> InputExample:
        """The example with the name of its label in place of its number."""
        labels = self.get_labels()
        if len(labels) > 1:
            example.label = labels[int(example.label or 0)]
        return example

    @classmethod
    def _read_tsv(cls, input_file: str | os.PathLike[str], quotechar: str | None = None) -> list[list[str]]:
        """The rows of a table with tabs; without `quotechar`, quotes mean nothing."""
        with open(input_file, encoding="utf-8-sig", newline="") as file:
            if quotechar is None:
                return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
            return list(csv.reader(file, delimiter="\t", quotechar=quotechar))


class SingleSentenceClassificationProcessor(DataProcessor):
    """Texts with labels, from lists or tables.

    Args:
        labels: the labels, by number; None: those of the examples, sorted.
        examples: the examples to begin with.
        mode: "classification", or "regression" where labels are numbers.
        verbose: accepted for compatibility.
    """

    def __init__(
        self,
        labels: list[Any] | None = None,
        examples: list[InputExample] | None = None,
        mode: str = "classification",
        verbose: bool = False,
    ) -> None:
        self.labels = [] if labels is None else labels
        self.examples = [] if examples is None else examples
        self.mode = mode
        self.verbose = verbose

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, idx: int | slice) -> Any:
        if isinstance(idx, slice):
            return type(self)(labels=self.labels, examples=self.examples[idx])
        return self.examples[idx]

    @classmethod
    def create_from_csv(
        cls,
        file_name: str | os.PathLike[str],
        split_name: str = "",
        column_label: int = 0,
        column_text: int = 1,
        column_id: int | None = None,
        skip_first_row: bool = False,
        **kwargs: Any,
    ) -> SingleSentenceClassificationProcessor:
        """A processor with the rows of a table; kwargs are those of the constructor."""
        made = cls(**kwargs)
        made.add_examples_from_csv(
            file_name, split_name, column_label, column_text, column_id, skip_first_row, True, True
        )
        return made

    @classmethod
    def create_from_examples(
        cls, texts_or_text_and_labels: Sequence[Any], labels: Sequence[Any] | None = None, **kwargs: Any
    ) -> SingleSentenceClassificationProcessor:
        """A processor with these texts; kwargs are those of the constructor."""
        made = cls(**kwargs)
        made.add_examples(texts_or_text_and_labels, labels)
        return made

    def add_examples_from_csv(
        self,
        file_name: str | os.PathLike[str],
        split_name: str = "",
        column_label: int = 0,
        column_text: int = 1,
        column_id: int | None = None,
        skip_first_row: bool = False,
        overwrite_labels: bool = False,
        overwrite_examples: bool = False,
    ) -> list[InputExample]:
        """Add the rows of a table with tabs.

        Args:
            file_name: the table.
            split_name: begins the names of rows that have none.
            column_label, column_text, column_id: numbers of the columns.
            skip_first_row: whether it holds names.
            overwrite_labels, overwrite_examples: whether those there are go.
        """
        rows = self._read_tsv(file_name)[1 if skip_first_row else 0 :]
        first = f"{split_name}-" if split_name else ""
        ids = [f"{first}{number}" if column_id is None else row[column_id] for number, row in enumerate(rows)]
        return self.add_examples(
            [row[column_text] for row in rows],
            [row[column_label] for row in rows],
            ids,
            overwrite_labels=overwrite_labels,
            overwrite_examples=overwrite_examples,
        )

    def add_examples(
        self,
        texts_or_text_and_labels: Sequence[Any],
        labels: Sequence[Any] | None = None,
        ids: Sequence[str | None] | None = None,
        overwrite_labels: bool = False,
        overwrite_examples: bool = False,
    ) -> list[InputExample]:
        """Add texts, or pairs of a text and its label.

        Raises:
            ValueError: texts, labels and ids differ in number.
        """
        texts = list(texts_or_text_and_labels)
        for name, given in (("labels", labels), ("ids", ids)):
            if given is not None and len(given) != len(texts):
                raise ValueError(f"there are {len(texts)} texts and {len(given)} {name}")
        found = []
        for number, item in enumerate(texts):
            text, label = item if labels is None and isinstance(item, list | tuple) else (item, None)
            label = label if labels is None else labels[number]
            found.append(InputExample(ids[number] if ids else None, text, None, label))  # type: ignore[arg-type]
        self.examples = found if overwrite_examples else [*self.examples, *found]
        known = {example.label for example in found if example.label is not None}
        self.labels = sorted(known if overwrite_labels else {*self.labels, *known})
        return self.examples

    def get_labels(self) -> list[Any]:
        """The labels, by number."""
        return self.labels

    def get_features(
        self,
        tokenizer: Any,
        max_length: int | None = None,
        pad_on_left: bool = False,
        pad_token: int = 0,
        mask_padding_with_zero: bool = True,
        return_tensors: str | None = None,
    ) -> Any:
        """The examples as inputs of a model, all of one length.

        Args:
            tokenizer: a tokenizer.
            max_length: texts are cut there; None: the tokenizer's.
            pad_on_left: where the padding goes.
            pad_token: what is put there.
            mask_padding_with_zero: whether the mask of padding is 0, and 1 elsewhere, or the other way about.
            return_tensors: "pt" or "tf" for a data set of tensors; None for a list of `InputFeatures`.

        Raises:
            ValueError: another mode, or another kind of tensors.
        """
        if self.mode not in ("classification", "regression"):
            raise ValueError(f"mode must be 'classification' or 'regression', got {self.mode!r}")
        if return_tensors not in (None, "pt", "tf"):
            raise ValueError(f"return_tensors must be None, 'pt' or 'tf', got {return_tensors!r}")
        limit = tokenizer.model_max_length if max_length is None else max_length
        rows = [tokenizer.encode(e.text_a, truncation=True, max_length=limit) for e in self.examples]
        width = max(map(len, rows), default=0)
        numbers = {label: number for number, label in enumerate(self.labels)}
        seen = int(mask_padding_with_zero)
        features = []
        for example, row in zip(self.examples, rows, strict=True):
            missing = width - len(row)
            ids, mask = [pad_token] * missing, [1 - seen] * missing
            kept = [seen] * len(row)
            value: Any = (
                numbers[example.label] if self.mode == "classification" else float(example.label or 0)
            )
            pair = ([*ids, *row], [*mask, *kept]) if pad_on_left else ([*row, *ids], [*kept, *mask])
            features.append(InputFeatures(*pair, label=value))
        return features if return_tensors is None else self._tensors(features, return_tensors)

    def _tensors(self, features: list[InputFeatures], kind: str) -> Any:
        columns = [[f.input_ids for f in features], [f.attention_mask for f in features]]
        labels = [f.label for f in features]
        if kind == "tf":
            tf = importlib.import_module("tensorflow")
            inputs = dict(zip(("input_ids", "attention_mask"), map(tf.constant, columns), strict=True))
            return tf.data.Dataset.from_tensor_slices((inputs, tf.constant(labels)))
        torch = importlib.import_module("torch")
        return torch.utils.data.TensorDataset(*map(torch.tensor, [*columns, labels]))


__all__ = ["DataProcessor", "InputExample", "InputFeatures", "SingleSentenceClassificationProcessor"]
