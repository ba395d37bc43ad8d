"""When to stop: criteria asked after every new token, one answer per sequence.

`input_ids` are (B, T) and `scores` (B, V), of PyTorch, JAX, TensorFlow or NumPy; answers are bool arrays (B,)
of the same framework. Criteria of length and of end tokens use shapes and operators only; strings, time and
confidence are looked at on the host.
"""

from __future__ import annotations

import copy
import math
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ..utils import logging
from ..utils.tensors import to_numpy
from .flags import flags_like
from .token_bytes import token_bytes

logger = logging.get_logger(__name__)


class StoppingCriteria:
    """Base of all criteria; a subclass defines `__call__`."""

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Which sequences are done.

        Args:
            input_ids: prompts and what was written so far, (B, T).
            scores: of the token written last, (B, V); a tuple of all where the caller keeps them.
            kwargs: whatever else the caller of `generate` wants criteria to see.

        Raises:
            NotImplementedError: this is the base.
        """
        raise NotImplementedError(f"{type(self).__name__} must define __call__(input_ids, scores)")


class MaxLengthCriteria(StoppingCriteria):
    """Stops at `max_length` tokens, the prompt counted.

    max_position_embeddings: beyond this length a warning says that the model was not made for it.
    """

    def __init__(self, max_length: int, max_position_embeddings: int | None = None) -> None:
        self.max_length = max_length
        self.max_position_embeddings = max_position_embeddings

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        length = input_ids.shape[-1]
        done = length >= self.max_length
        if self.max_position_embeddings is not None and not done and length >= self.max_position_embeddings:
            logger.warning_once(
                f"the text has passed the {self.max_position_embeddings} positions that the model was made "
                "for: expect worse text, or an error. Set max_length to stop earlier."
            )
        return flags_like(input_ids, bool(done))


class MaxNewTokensCriteria(StoppingCriteria):
    """Stops `max_new_tokens` tokens after a prompt of `start_length` tokens."""

    def __init__(self, start_length: int, max_new_tokens: int) -> None:
        self.start_length = start_length
        self.max_new_tokens = max_new_tokens
        self.max_length = start_length + max_new_tokens

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        return flags_like(input_ids, bool(input_ids.shape[-1] >= self.max_length))


class MaxTimeCriteria(StoppingCriteria):
    """Stops once more than `max_time` seconds have passed.

    initial_timestamp: when the clock started, as `time.time()` gives it; now if None.
    """

    def __init__(self, max_time: float, initial_timestamp: float | None = None) -> None:
        self.max_time = max_time
        self.initial_timestamp = time.time() if initial_timestamp is None else initial_timestamp

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        return flags_like(input_ids, time.time() - self.initial_timestamp > self.max_time)


class EosTokenCriteria(StoppingCriteria):
    """Stops a sequence whose last token is `eos_token_id`, or one of several.

    Raises:
        ValueError: no id was given.
    """

    def __init__(self, eos_token_id: int | Sequence[int] | Any) -> None:
        ids = eos_token_id.tolist() if hasattr(eos_token_id, "tolist") else eos_token_id
        self.eos_token_id: list[int] = [ids] if isinstance(ids, int) else list(ids)
        if not self.eos_token_id:
            raise ValueError("EosTokenCriteria needs at least one eos_token_id, got none")

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        last = input_ids[:, -1]  # (B,)
        done = last == self.eos_token_id[0]
        for index in self.eos_token_id[1:]:
            done = done | (last == index)
        return done


class StopStringCriteria(StoppingCriteria):
    """Stops a sequence when one of `stop_strings` ends within its newest token.

    Texts are compared, not tokens: the string may start and end anywhere inside tokens, and however the model
    cuts it into tokens it is found. The prompt's end takes part. Tokens are read as bytes the first time they
    come last, so that nothing is prepared for the whole vocabulary.

    Args:
        tokenizer: of the model.
        stop_strings: one string, or several.

    Raises:
        TypeError: `stop_strings` are no strings.
        ValueError: one is empty, or there is none.
    """

    def __init__(self, tokenizer: Any, stop_strings: str | Sequence[str]) -> None:
        strings = (stop_strings,) if isinstance(stop_strings, str) else tuple(stop_strings)
        if not all(isinstance(string, str) for string in strings):
            raise TypeError(f"stop_strings must be a str or a list of them, got {stop_strings!r}")
        if not strings or not all(strings):
            raise ValueError(f"stop_strings must be at least one string, none empty; got {stop_strings!r}")
        self.stop_strings = strings
        self._tokenizer = tokenizer  # keeps the table alive
        self._table = token_bytes(tokenizer)
        self._wanted = tuple(string.encode("utf-8", "surrogatepass") for string in strings)
        self._reach = max(map(len, self._wanted))  # bytes before the last token's end that matter
        self._may_end: dict[int, bool] = {}

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        if input_ids.shape[-1] == 0:
            return flags_like(input_ids, False)
        last = [int(index) for index in to_numpy(input_ids[:, -1])]
        rows = [row for row, index in enumerate(last) if self._can_end(index)]
        done = [False] * len(last)
        if rows:
            ids = to_numpy(input_ids)
            for row in rows:
                done[row] = self._ends(ids[row].tolist())
        return flags_like(input_ids, done)

    def stops(self, ids: Sequence[int]) -> bool:
        """Whether a stop string ends within the last token of one sequence."""
        return len(ids) > 0 and self._can_end(ids[-1]) and self._ends(ids)

    def __deepcopy__(self, memo: dict[int, Any]) -> StopStringCriteria:
        return copy.copy(self)  # the tokenizer and what is known of it are shared

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._tokenizer, self.stop_strings)

    def _can_end(self, index: int) -> bool:
        """Whether a stop string can end within this token, whatever comes before it."""
        if (known := self._may_end.get(index)) is None:
            piece = self._table[index]
            starts = [piece[:end] for end in range(1, len(piece) + 1)]
            known = any(w in piece or any(map(w.endswith, starts)) for w in self._wanted)
            self._may_end[index] = known
        return known

    def _ends(self, ids: Sequence[int]) -> bool:
        """Whether a stop string ends within the last of the tokens."""
        last = self._table[ids[-1]]
        tail = b""
        for index in reversed(ids[:-1]):
            if len(tail) >= self._reach:
                break
            tail = self._table[index] + tail
        text = tail + last
        # Found from here on, a string ends behind the tail's end.
        return any(text.find(w, max(0, len(tail) - len(w) + 1)) >= 0 for w in self._wanted)


class ConfidenceCriteria(StoppingCriteria):
    """Stops a draft when its newest token had less probability than `assistant_confidence_threshold`.

    It takes the scores of all steps, and looks at the last; one sequence only, and one bool as the answer.
    """

    def __init__(self, assistant_confidence_threshold: float) -> None:
        self.assistant_confidence_threshold = assistant_confidence_threshold

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> bool:
        logits = to_numpy(scores[-1][-1]).astype("float64").tolist()
        chosen = int(to_numpy(input_ids[-1, -1]))
        highest = max(logits)
        total = sum(math.exp(logit - highest) for logit in logits)
        return math.exp(logits[chosen] - highest) / total < self.assistant_confidence_threshold


class StoppingCriteriaList(list[Callable[..., Any]]):
    """Criteria of which any one stops a sequence; functions `(input_ids, scores)` may stand among them."""

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Which sequences are done, (B,)."""
        done = flags_like(input_ids, False)
        for criterion in self:
            done = done | criterion(input_ids, scores, **kwargs)
        return done

    @property
    def max_length(self) -> int | None:
        """The length at which a criterion of this list stops; None if none does."""
        for criterion in self:
            if isinstance(criterion, MaxLengthCriteria | MaxNewTokensCriteria):
                return criterion.max_length
        return None


def validate_stopping_criteria(
    stopping_criteria: StoppingCriteriaList, max_length: int
) -> StoppingCriteriaList:
    """A copy of the list that stops at `max_length`; where it has a length of its own, that stays, with a
    warning if the two differ."""
    criteria = copy.deepcopy(stopping_criteria)
    own = criteria.max_length
    if own is None:
        criteria.append(MaxLengthCriteria(max_length))
    elif own != max_length:
        warnings.warn(
            f"max_length is {max_length}, but the stopping criteria stop at {own}: theirs is used",
            UserWarning,
            stacklevel=2,
        )
    return criteria


__all__ = [
    "ConfidenceCriteria",
    "EosTokenCriteria",
    "MaxLengthCriteria",
    "MaxNewTokensCriteria",
    "MaxTimeCriteria",
    "StopStringCriteria",
    "StoppingCriteria",
    "StoppingCriteriaList",
    "validate_stopping_criteria",
]
