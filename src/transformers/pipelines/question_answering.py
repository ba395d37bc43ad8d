"""question-answering: the part of a text that answers a question."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ..utils import logging
from .arrays import to_numpy, without_padding
from .base import ChunkPipeline
from .batching import is_stream
from .spans import best_spans, characters, decode_spans, select_starts_ends
from .squad import QuestionAnsweringArgumentHandler, SquadExample, make_example
from .windows import Window, windows

logger = logging.get_logger(__name__)

_BEFORE = ("padding", "doc_stride", "max_question_len", "max_seq_len")
_AFTER = ("top_k", "max_answer_len", "handle_impossible_answer", "align_to_words")
_INPUTS = {"question", "context", "X", "data", "topk"}


class QuestionAnsweringPipeline(ChunkPipeline):
    """Finds the answers to questions in texts.

    Input: `question=` and `context=`, each a text or a list (one text serves many questions); also a dict of
    the two, a `SquadExample`, a list of either, or a stream.
    Result: {"score", "start", "end", "answer"}, where the answer is `context[start:end]`; a list of them,
    best first, with a `top_k` above 1.  Where a text has no more answers, there are fewer, and empty ones of
    score 0 among them.  A list of one question gives what that question gives.

    Options:
        top_k: how many answers (1).
        max_answer_len: tokens in an answer at most (15).
        max_seq_len: tokens of question and text that the model sees at once (384, or what it can take).
        doc_stride: tokens that windows over a longer text share (128, or half a window).
        max_question_len: where a question does not fit a window, it is cut to so many tokens (64).
        padding: as in the tokenizer ("do_not_pad").
        handle_impossible_answer: whether "" may be an answer.
        align_to_words: whether answers begin and end with words (True).
    """

    batched: ClassVar[bool] = True
    default_input_names: ClassVar[str | None] = "question,context"
    handle_impossible_answer: ClassVar[bool] = False

    def __init__(self, model: Any, tokenizer: Any, **kwargs: Any) -> None:
        self._args_parser = QuestionAnsweringArgumentHandler()
        super().__init__(model, tokenizer, **kwargs)

    @staticmethod
    def create_sample(question: Any, context: Any) -> Any:
        """A `SquadExample` of a question and a text, or a list of them from two lists."""
        return make_example(question, context)

    def _sanitize_parameters(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        given = {key: value for key, value in kwargs.items() if value is not None}
        if "topk" in given and "top_k" not in given:
            warnings.warn("topk is deprecated: it is called top_k", UserWarning, stacklevel=3)
            given["top_k"] = given["topk"]
        for name in ("top_k", "max_answer_len"):
            if given.get(name, 1) < 1:
                raise ValueError(f"{name} must be at least 1, got {given[name]}")
        if unknown := sorted(given.keys() - {*_BEFORE, *_AFTER, *_INPUTS}):
            logger.warning(f"question-answering ignores {', '.join(unknown)}")
        before = {name: given[name] for name in _BEFORE if name in given}
        return before, {}, {name: given[name] for name in _AFTER if name in given}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Answers to one question, to each of a list, or lazily to those of a stream."""
        if args and not is_stream(args[0]):
            warnings.warn(
                "Giving question and context by position is deprecated: use question= and context=",
                FutureWarning,
                stacklevel=2,
            )
        inputs = self._args_parser(*args, **kwargs)
        options = {key: value for key, value in kwargs.items() if key not in _INPUTS - {"topk"}}
        if isinstance(inputs, list) and len(inputs) == 1:
            inputs = inputs[0]
        return super().__call__(inputs, **options)

    def preprocess(
        self,
        example: Any,
        padding: Any = "do_not_pad",
        doc_stride: int | None = None,
        max_question_len: int = 64,
        max_seq_len: int | None = None,
    ) -> Iterator[Mapping[str, Any]]:
        """One item per window over the text.

        Raises:
            ValueError: windows would share more tokens than they have.
        """
        import numpy as np

        if not isinstance(example, SquadExample):
            example = self._args_parser.normalize(example)
        width = min(self.tokenizer.model_max_length, 384) if max_seq_len is None else max_seq_len
        stride = min(width // 2, 128) if doc_stride is None else doc_stride
        if stride > width:
            raise ValueError(f"doc_stride ({stride}) must not be larger than max_seq_len ({width})")
        found = windows(self.tokenizer, example, width, stride, max_question_len, padding)
        for number, window in enumerate(found, 1):
            arrays = {key: np.asarray([row], dtype=np.int64) for key, row in window.inputs.items()}
            yield {**arrays, "kept": {"example": example, "window": window, "is_last": number == len(found)}}

    def _forward(self, model_inputs: Mapping[str, Any], **parameters: Any) -> Mapping[str, Any]:
        output = self.model(**model_inputs)
        return {"start": output["start_logits"], "end": output["end_logits"]}

    def unpad(self, row: Any, length: int) -> Any:
        """The row without the padding's scores."""
        cut = {key: without_padding(row[key], length, self.tokenizer) for key in ("start", "end")}
        return {**row, **cut}

    def postprocess(
        self,
        model_outputs: list[Mapping[str, Any]],
        top_k: int = 1,
        handle_impossible_answer: bool = False,
        max_answer_len: int = 15,
        align_to_words: bool = True,
    ) -> Any:
        """The answers to one question, from all windows over its text."""
        answers: list[dict[str, Any]] = []
        nothing = 1e6
        wanted = top_k * 2 + 10 if align_to_words else top_k  # several spans may lie in the same words
        for output in model_outputs:
            window: Window = output["window"]
            context: str = output["example"].context_text
            start, end = to_numpy(output["start"])[0], to_numpy(output["end"])[0]  # (T,)
            spans, impossible = best_spans(
                start, end, window.allowed, wanted, max_answer_len, window.null, handle_impossible_answer
            )
            nothing = min(nothing, impossible)
            for first, last, score in spans:
                begin, stop = characters(window, first, last, align_to_words)
                _add(answers, {"score": score, "start": begin, "end": stop, "answer": context[begin:stop]})
        if handle_impossible_answer:
            answers.append({"score": nothing, "start": 0, "end": 0, "answer": ""})
        answers = sorted(answers, key=lambda answer: answer["score"], reverse=True)[:top_k]
        return answers[0] if len(answers) == 1 else answers

    def span_to_answer(self, text: str, start: int, end: int) -> dict[str, str | int]:
        """The words of `text`, divided by spaces, that tokens `start` to `end` are part of."""
        token = place = begin = stop = 0
        words = []
        for word in text.split(" "):
            if token > end:
                break
            if start <= token:
                begin = place if token == start else begin
                stop = place + len(word) if token == end else stop
                words.append(word)
            token += len(self.tokenizer.tokenize(word))
            place += len(word) + 1
        return {"answer": " ".join(words), "start": begin, "end": min(len(text), stop)}


def _add(answers: list[dict[str, Any]], answer: dict[str, Any]) -> None:
    """Add an answer, or its score to that of the same words."""
    for known in answers:
        if known["answer"].lower() == answer["answer"].lower():
            known["score"] += answer["score"]
            return
    answers.append(answer)


__all__ = ["QuestionAnsweringPipeline", "decode_spans", "select_starts_ends"]
