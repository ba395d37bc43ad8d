"""XNLI (arXiv:1809.05053): does one sentence follow from another, in fifteen languages?"""

from __future__ import annotations

import os

from .utils import DataProcessor, InputExample


class XnliProcessor(DataProcessor):
    """Reads the tables of XNLI.

    Args:
        language: of the tests.
        train_language: of the examples to learn from; None: the same.
    """

    def __init__(self, language: str, train_language: str | None = None) -> None:
        self.language = language
        self.train_language = train_language

    def get_train_examples(self, data_dir: str) -> list[InputExample]:
        """The translated examples of MultiNLI."""
        name = f"multinli.train.{self.train_language or self.language}.tsv"
        rows = self._read_tsv(os.path.join(data_dir, "XNLI-MT-1.0", "multinli", name))
        renamed = {"contradictory": "contradiction"}
        return [
            InputExample(f"train-{number}", row[0], row[1], renamed.get(row[2], row[2]))
            for number, row in enumerate(rows)
            if number
        ]

    def get_test_examples(self, data_dir: str) -> list[InputExample]:
        """The tests of the language, whose labels are known."""
        rows = self._read_tsv(os.path.join(data_dir, "XNLI-1.0", "xnli.test.tsv"))
        return [
            InputExample(f"test-{number}", row[6], row[7], row[1])
            for number, row in enumerate(rows)
            if number and row[0] == self.language
        ]

    def get_labels(self) -> list[str]:
        """The labels, by number."""
        return ["contradiction", "entailment", "neutral"]


xnli_processors = {"xnli": XnliProcessor}
xnli_output_modes = {"xnli": "classification"}
xnli_tasks_num_labels = {"xnli": 3}

__all__ = ["XnliProcessor", "xnli_output_modes", "xnli_processors", "xnli_tasks_num_labels"]
