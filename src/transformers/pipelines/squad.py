"""A question about a text, in the form of the SQuAD data set, and the forms in which questions are given."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from .batching import is_stream


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


class QuestionAnsweringArgumentHandler:
    """Turns every form of a call's inputs into examples."""

    def normalize(self, item: Any) -> SquadExample:
        """An example from one, or from {"question", "context"}.

        Raises:
            KeyError: the dict lacks one of its two keys.
            ValueError: a question or text is None or empty, or the input is something else.
        """
        if isinstance(item, SquadExample):
            return item
        if not isinstance(item, Mapping):
            raise ValueError(f'an input must be a SquadExample or {{"question", "context"}}, got {item!r}')
        for key in ("question", "context"):
            if key not in item:
                raise KeyError(f'an input must have the keys "question" and "context", got {sorted(item)}')
            if item[key] is None or item[key] == "":
                raise ValueError(f"`{key}` must be a text that is not empty, got {item[key]!r}")
        return SquadExample(None, item["question"], item["context"], None, None, None)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Examples as a list; a stream is returned as it is.

        Raises:
            ValueError: inputs that cannot be understood.
        """
        inputs = _given(args, kwargs)
        if isinstance(inputs, Mapping | SquadExample):
            inputs = [inputs]
        elif isinstance(inputs, str) or not isinstance(inputs, Iterable):
            raise ValueError(f"give question= and context=, got {inputs!r}")
        elif is_stream(inputs) and not isinstance(inputs, list):
            return inputs
        return [self.normalize(item) for item in inputs]


def make_example(question: Any, context: Any) -> Any:
    """A `SquadExample` of a question and a text, or a list of them from two lists."""
    if isinstance(question, list):
        return [make_example(one, other) for one, other in zip(question, context, strict=False)]
    return SquadExample(None, question, context, None, None, None)


def _given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The inputs, from wherever in a call they stand."""
    if args:
        if len(args) == 2 and all(isinstance(text, str) for text in args):
            return {"question": args[0], "context": args[1]}
        return args[0] if len(args) == 1 else list(args)
    for name in ("X", "data"):
        if name in kwargs:
            warnings.warn(f"`{name}=` is deprecated: use question= and context=", FutureWarning, stacklevel=4)
            return kwargs[name]
    if "question" not in kwargs or "context" not in kwargs:
        raise ValueError(f"give question= and context=, got {sorted(kwargs)}")
    questions, contexts = kwargs["question"], kwargs["context"]
    if isinstance(questions, list):
        if isinstance(contexts, str):
            contexts = [contexts] * len(questions)
        if isinstance(contexts, list):
            if len(questions) != len(contexts):
                raise ValueError(f"{len(questions)} questions do not go with {len(contexts)} contexts")
            return [{"question": q, "context": c} for q, c in zip(questions, contexts, strict=True)]
    if isinstance(questions, str) and isinstance(contexts, str):
        return {"question": questions, "context": contexts}
    raise ValueError(
        "question and context must be texts, a list of questions about one text, or two lists; got "
        f"{type(questions).__name__} and {type(contexts).__name__}"
    )


__all__ = ["QuestionAnsweringArgumentHandler", "SquadExample", "make_example"]
