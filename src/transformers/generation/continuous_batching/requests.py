"""One text among many that are written together: what was asked, how far it is, what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class RequestStatus(Enum):
    """How far a request is."""

    PENDING = "pending"
    PREFILLING = "prefilling"
    PREFILLING_SPLIT = "prefilling_split"
    SPLIT_PENDING_REMAINDER = "split_pending_remainder"
    DECODING = "decoding"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass
class GenerationOutput:
    """What a request has so far.

    generated_tokens: written ones, without the prompt; a token that ended the text is the last.
    logprobs: of each of them, where `log_prob_generation` is set. error: why it failed, or None.
    """

    request_id: str
    prompt_ids: list[int] = field(default_factory=list)
    generated_tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    error: str | None = None
    status: RequestStatus = RequestStatus.PENDING
    created_time: float = field(default_factory=time.time)

    def is_finished(self) -> bool:
        """Whether nothing more will come, by an end or by a failure."""
        return self.status in (RequestStatus.FINISHED, RequestStatus.FAILED)


@dataclass
class RequestState:
    """A request while it is worked on.

    full_prompt_ids: the prompt. prompt_ids: what the next step reads of the text.
    remaining_prompt_ids: what of the prompt has not been read. static_outputs: written tokens.
    position_offset: tokens whose keys and values are in the cache. eos_token_id: one token, several, or -1.
    lifespan: when it was begun and when it ended, by the clock; -1 before that.
    max_time: seconds after its beginning from which on it ends as if it had met its length.
    sampler: draws its tokens: a generator of random numbers of its own.
    processors: of its logits. alike: whether one call of them serves all requests that have the same ones.
    criteria: (tokens of the text, scores of the last one) -> whether the text ends; None: there are none.
    """

    request_id: str
    full_prompt_ids: list[int] | None = None
    prompt_ids: list[int] | None = None
    remaining_prompt_ids: list[int] = field(default_factory=list)
    static_outputs: list[int] = field(default_factory=list)
    allocated_blocks: int = 0
    position_offset: int = 0
    _status: RequestStatus = RequestStatus.PENDING
    max_new_tokens: int = 20
    eos_token_id: int | list[int] = -1
    created_time: float = field(default_factory=time.time)
    error: str | None = None
    lifespan: tuple[float, float] = (-1, -1)
    logprobs: list[float] = field(default_factory=list)
    max_time: float | None = None
    sampler: Any = None
    processors: Any = None
    alike: bool = False
    criteria: Callable[[list[int], Any], bool] | None = None
    _ended: bool = False

    @property
    def status(self) -> RequestStatus:
        """How far it is."""
        return self._status

    @status.setter
    def status(self, value: RequestStatus) -> None:
        begun, ended = self.lifespan
        if self._status is RequestStatus.PENDING and value is not RequestStatus.PENDING:
            begun = time.time()
        if value in (RequestStatus.FINISHED, RequestStatus.FAILED):
            ended = time.time()
        self._status, self.lifespan = value, (begun, ended)

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._status in (RequestStatus.FINISHED, RequestStatus.FAILED)

    @property
    def tokens(self) -> list[int]:
        """The whole text, prompt first."""
        return [*(self.full_prompt_ids or ()), *self.static_outputs]

    def current_len(self) -> int:
        """Tokens whose keys and values are in the cache."""
        return self.position_offset

    def generated_len(self) -> int:
        """Tokens written."""
        return len(self.static_outputs)

    def most_tokens(self) -> int:
        """The most keys that the cache will ever hold for it: nothing reads the last token of a text."""
        return len(self.full_prompt_ids or ()) + self.max_new_tokens - 1

    def update_with_token(self, token_id: int, scores: Any = None) -> bool:
        """Add a token, drawn by `scores` (V,); returns whether the text ends with it."""
        if self.done:
            return True
        self.static_outputs.append(token_id)
        self.status = RequestStatus.DECODING
        ends = self.eos_token_id if isinstance(self.eos_token_id, list) else [self.eos_token_id]
        self._ended = token_id in ends or bool(self.criteria and self.criteria(self.tokens, scores))
        full = self.generated_len() >= self.max_new_tokens
        late = self.max_time is not None and time.time() - self.lifespan[0] > self.max_time
        if full or late or self.ended():
            self.status = RequestStatus.FINISHED
        return self.done

    def ended(self) -> bool:
        """Whether its last token ends it, by itself or by a criterion; not by its length."""
        return self._ended

    def fail(self, reason: object) -> None:
        """End it with an error."""
        self.error = str(reason) or type(reason).__name__
        self.status = RequestStatus.FAILED

    def to_generation_output(self) -> GenerationOutput:
        """What the caller is given: copies that do not change afterwards."""
        return GenerationOutput(
            request_id=self.request_id,
            prompt_ids=list(self.full_prompt_ids or ()),
            generated_tokens=list(self.static_outputs),
            logprobs=list(self.logprobs),
            error=self.error,
            status=self.status,
            created_time=self.created_time,
        )


__all__ = ["GenerationOutput", "RequestState", "RequestStatus"]
