"""The forms in which questions about texts are given."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from ..data.processors.squad import SquadExample
from .batching import is_stream
from .protocol import ArgumentHandler


class QuestionAnsweringArgumentHandler(ArgumentHandler):
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
