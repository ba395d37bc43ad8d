"""A question with a long text as windows over the text that a model can take."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .squad import SquadExample


@dataclass(frozen=True)
class Window:
    """One input of the model, and where in the text its tokens come from.

    inputs: rows of ids by name, each of length T.
    allowed: bool (T,), the tokens of the text and the one at `null`.
    null: the token that stands for "no answer".
    offsets: (start, end) in the text of each token; meaningless for those of the question.
    words: the word of the text that each token is part of; None for other tokens.
    """

    inputs: dict[str, list[int]]
    allowed: Any
    null: int
    offsets: Sequence[tuple[int, int]]
    words: Sequence[int | None]

    def word_span(self, token: int) -> tuple[int, int]:
        """(start, end) in the text of the word that a token is part of, as far as the window shows it."""
        word = self.words[token]
        inside = [place for place, number in enumerate(self.words) if number == word]
        return self.offsets[inside[0]][0], self.offsets[inside[-1]][1]


def windows(
    tokenizer: Any, example: SquadExample, width: int, stride: int, question_limit: int, padding: Any
) -> list[Window]:
    """Windows of `width` tokens that share `stride` tokens of the text.

    The question comes first, or last where the tokenizer pads on the left.
    """
    if not tokenizer.is_fast:
        return _of_words(tokenizer, example, width, stride, question_limit)
    question = _fitting(tokenizer, example.question_text, width, stride, question_limit)
    context_at = 1 if tokenizer.padding_side == "right" else 0
    texts = [question, example.context_text] if context_at else [example.context_text, question]
    encoded = tokenizer(
        [texts[0]],
        [texts[1]],
        padding=padding,
        truncation="only_second" if context_at else "only_first",
        max_length=width,
        stride=stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    found = []
    for number, ids in enumerate(encoded["input_ids"]):
        inputs = {name: encoded[name][number] for name in tokenizer.model_input_names if name in encoded}
        inside = [sequence == context_at for sequence in encoded.sequence_ids(number)]
        words = [word if own else None for word, own in zip(encoded.word_ids(number), inside, strict=True)]
        found.append(_window(tokenizer, inputs, ids, inside, encoded["offset_mapping"][number], words))
    return found


def _window(
    tokenizer: Any,
    inputs: dict[str, list[int]],
    ids: list[int],
    inside: list[bool],
    offsets: Sequence[tuple[int, int]],
    words: Sequence[int | None],
) -> Window:
    import numpy as np

    null = ids.index(tokenizer.cls_token_id) if tokenizer.cls_token_id in ids else 0
    allowed = np.array(inside)
    if tokenizer.cls_token_id is not None:
        allowed |= np.array(ids) == tokenizer.cls_token_id
    return Window(inputs, allowed, null, offsets, words)


def _fitting(tokenizer: Any, question: str, width: int, stride: int, limit: int) -> str:
    """The question, cut to `limit` tokens where it would leave no room for the text to move on."""
    if len(question) + stride + 8 < width:  # there are no more tokens than characters, but for special ones
        return question
    offsets = tokenizer(question, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    room = width - tokenizer.num_special_tokens_to_add(pair=True) - stride
    if len(offsets) < room or len(offsets) <= limit:
        return question
    return question[: offsets[limit - 1][1]]


def _of_words(
    tokenizer: Any, example: SquadExample, width: int, stride: int, question_limit: int
) -> list[Window]:
    """The windows of a tokenizer that knows no offsets: the text's words are those between white space."""
    question = tokenizer.encode(example.question_text, add_special_tokens=False)[:question_limit]
    pieces = [tokenizer.encode(word, add_special_tokens=False) for word in example.doc_tokens]
    tokens = [(token, word) for word, ids in enumerate(pieces) for token in ids]
    spans = _word_spans(example)
    first = tokenizer.padding_side == "right"
    room = width - len(question) - tokenizer.num_special_tokens_to_add(pair=True)
    if room <= stride:
        raise ValueError(
            f"max_seq_len ({width}) has room for {max(room, 0)} tokens of the text beside the question: it "
            f"must be more than doc_stride ({stride})"
        )
    found = []
    for start in itertools.count(0, room - stride):
        part = tokens[start : start + room]
        ids = [token for token, _ in part]
        pair = (question, ids) if first else (ids, question)
        inputs = {"input_ids": tokenizer.build_inputs_with_special_tokens(*pair)}
        inputs["attention_mask"] = [1] * len(inputs["input_ids"])
        inputs["token_type_ids"] = tokenizer.create_token_type_ids_from_sequences(*pair)
        marked = ([-1] * len(question), [-2] * len(ids)) if first else ([-2] * len(ids), [-1] * len(question))
        inside = [mark == -2 for mark in tokenizer.build_inputs_with_special_tokens(*marked)]
        order = iter(word for _, word in part)
        words = [next(order) if own else None for own in inside]
        offsets = [(0, 0) if word is None else spans[word] for word in words]
        shown = {name: inputs[name] for name in tokenizer.model_input_names if name in inputs}
        found.append(_window(tokenizer, shown, inputs["input_ids"], inside, offsets, words))
        if start + room >= len(tokens):
            return found
    raise AssertionError


def _word_spans(example: SquadExample) -> list[tuple[int, int]]:
    """(start, end) of each word of the text."""
    spans, place = [], 0
    for word in example.doc_tokens:
        place = example.context_text.index(word, place)
        spans.append((place, place + len(word)))
        place += len(word)
    return spans


__all__ = ["Window", "windows"]
