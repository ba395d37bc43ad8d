"""SQuAD (arXiv:1606.05250, arXiv:1806.03822): questions about texts, answered by spans of them."""

from __future__ import annotations

import json
import os
from typing import Any, ClassVar

from .utils import DataProcessor


class SquadExample:
    """A question, the text it is about, and the answers where they are known.

    Args:
        qas_id: name of the example.
        question_text, context_text, answer_text: question, text and answer; the answer is None where unknown.
        start_position_character: where in the text the answer begins; None where unknown.
        title: of the text.
        answers: all answers that are right, as {"text", "answer_start"}.
        is_impossible: whether the text has no answer.

    Attributes:
        doc_tokens: words of the text, divided by white space.
        char_to_word_offset: for each character the number of its word; -1 before the first.
        start_position, end_position: the answer's first and last word; 0 where unknown.
    """

    def __init__(
        self,
        qas_id: str | None,
        question_text: str,
        context_text: str,
        answer_text: str | None,
        start_position_character: int | None,
        title: str | None,
        answers: list[dict[str, Any]] | None = None,
        is_impossible: bool = False,
    ) -> None:
        self.qas_id = qas_id
        self.question_text = question_text
        self.context_text = context_text
        self.answer_text = answer_text
        self.title = title
        self.is_impossible = is_impossible
        self.answers = [] if answers is None else answers
        self.doc_tokens: list[str] = []
        self.char_to_word_offset: list[int] = []
        inside = False
        for character in context_text:
            space = character in " \t\r\n\u202f"
            if not space:
                if inside:
                    self.doc_tokens[-1] += character
                else:
                    self.doc_tokens.append(character)
            inside = not space
            self.char_to_word_offset.append(len(self.doc_tokens) - 1)
        self.start_position = self.end_position = 0
        if start_position_character is not None and not is_impossible:
            last = start_position_character + len(answer_text or "") - 1
            self.start_position = self.char_to_word_offset[start_position_character]
            self.end_position = self.char_to_word_offset[min(last, len(self.char_to_word_offset) - 1)]


class SquadFeatures:
    """What a model takes for one window of a text, with its question.

    Args:
        input_ids, attention_mask, token_type_ids: of one length.
        cls_index: place of the token that stands for "no answer".
        p_mask: 1 where no answer can be.
        example_index, unique_id: numbers of the example and of the window.
        paragraph_len: tokens of the text in the window.
        token_is_max_context: whether a token has more text around it here than in any other window, by place.
        tokens: the tokens without padding.
        token_to_orig_map: place of a token -> number of its word.
        start_position, end_position: first and last token of the answer.
        is_impossible: whether the window has no answer.
        qas_id: name of the example.
        encoding: the tokenizer's output.
    """

    def __init__(
        self,
        input_ids: list[int],
        attention_mask: list[int],
        token_type_ids: list[int],
        cls_index: int,
        p_mask: list[int],
        example_index: int,
        unique_id: int,
        paragraph_len: int,
        token_is_max_context: dict[int, bool],
        tokens: list[str],
        token_to_orig_map: dict[int, int],
        start_position: int,
        end_position: int,
        is_impossible: bool,
        qas_id: str | None = None,
        encoding: Any = None,
    ) -> None:
        given = dict(locals())
        self.__dict__.update({name: given[name] for name in given if name != "self"})


class SquadResult:
    """A model's scores for one window."""

    def __init__(
        self,
        unique_id: int,
        start_logits: Any,
        end_logits: Any,
        start_top_index: Any = None,
        end_top_index: Any = None,
        cls_logits: Any = None,
    ) -> None:
        self.unique_id = unique_id
        self.start_logits = start_logits
        self.end_logits = end_logits
        if start_top_index:
            self.start_top_index = start_top_index
            self.end_top_index = end_top_index
            self.cls_logits = cls_logits


class SquadProcessor(DataProcessor):
    """Reads files of the data set."""

    train_file: ClassVar[str | None] = None
    dev_file: ClassVar[str | None] = None

    def _get_example_from_tensor_dict(
        self, tensor_dict: dict[str, Any], evaluate: bool = False
    ) -> SquadExample:
        def text(value: Any) -> str:
            return str(value.numpy().decode("utf-8"))

        given = tensor_dict["answers"]
        pairs = list(zip(given["answer_start"], given["text"], strict=True))
        first = None if evaluate else (text(pairs[0][1]), int(pairs[0][0].numpy()))
        answers = [{"answer_start": int(at.numpy()), "text": text(one)} for at, one in pairs]
        return SquadExample(
            text(tensor_dict["id"]),
            text(tensor_dict["question"]),
            text(tensor_dict["context"]),
            first[0] if first else None,
            first[1] if first else None,
            text(tensor_dict["title"]),
            answers if evaluate else [],
        )

    def get_examples_from_dataset(self, dataset: Any, evaluate: bool = False) -> list[SquadExample]:
        """Examples of a split of `tensorflow_datasets`, the answers beside where it is to `evaluate`."""
        part = dataset["validation" if evaluate else "train"]
        return [self._get_example_from_tensor_dict(entry, evaluate) for entry in part]

    def get_train_examples(self, data_dir: str, filename: str | None = None) -> Any:
        """The examples to learn from."""
        return self._read(data_dir, filename or self.train_file, "train")

    def get_dev_examples(self, data_dir: str, filename: str | None = None) -> Any:
        """The examples to measure with."""
        return self._read(data_dir, filename or self.dev_file, "dev")

    def _read(self, data_dir: str | None, filename: str | None, set_type: str) -> list[SquadExample]:
        if filename is None:
            raise ValueError("name the file: only SquadV1Processor and SquadV2Processor know theirs")
        with open(os.path.join(data_dir or "", filename), encoding="utf-8") as file:
            return self._create_examples(json.load(file)["data"], set_type)

    def _create_examples(self, input_data: list[dict[str, Any]], set_type: str) -> list[SquadExample]:
        return [
            _example(question, paragraph["context"], entry["title"], set_type == "train")
            for entry in input_data
            for paragraph in entry["paragraphs"]
            for question in paragraph["qas"]
        ]


def _example(question: dict[str, Any], context: str, title: str, training: bool) -> SquadExample:
    impossible = question.get("is_impossible", False)
    answers = [] if impossible else question["answers"]
    first = answers[0] if training and answers else None
    return SquadExample(
        question["id"],
        question["question"],
        context,
        first["text"] if first else None,
        first["answer_start"] if first else None,
        title,
        [] if training else answers,
        impossible,
    )


class SquadV1Processor(SquadProcessor):
    """SQuAD 1.1: every question has an answer."""

    train_file = "train-v1.1.json"
    dev_file = "dev-v1.1.json"


class SquadV2Processor(SquadProcessor):
    """SQuAD 2.0: some questions have none."""

    train_file = "train-v2.0.json"
    dev_file = "dev-v2.0.json"


__all__ = [
    "SquadExample",
    "SquadFeatures",
    "SquadProcessor",
    "SquadResult",
    "SquadV1Processor",
    "SquadV2Processor",
]
