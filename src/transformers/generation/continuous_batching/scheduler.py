"""Which requests take part in the next step, and with how many tokens.

A request is begun when the cache has blocks for the longest text that it may become; so one that has been
begun can always go on, and nothing is ever thrown out. Requests wait in the order in which they came.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from .requests import RequestState, RequestStatus

_READING = (RequestStatus.PREFILLING_SPLIT, RequestStatus.SPLIT_PENDING_REMAINDER)


class Scheduler(ABC):
    """Base of all orders: waiting and active requests, and the blocks that they hold.

    cache: gives and takes blocks; has a `block_size`. retain_cache_on_finish: blocks stay until
    `finish_request` is told to evict them.
    """

    def __init__(self, cache: Any, retain_cache_on_finish: bool = False) -> None:
        self.cache = cache
        self.retain_cache_on_finish = retain_cache_on_finish
        self.active_requests: dict[str, RequestState] = {}
        self.waiting_requests: dict[str, RequestState] = {}
        self._cancelled: set[str] = set()
        self._lock = threading.Lock()

    @abstractmethod
    def schedule_batch(self, token_budget: int) -> list[RequestState]:
        """The requests of the next step, each with its `prompt_ids` set to what it reads there.

        token_budget: the most tokens that the step may read.
        """

    def add_waiting_request(self, state: RequestState) -> None:
        """Let a request wait for its turn."""
        self.waiting_requests[state.request_id] = state

    def has_pending_requests(self) -> bool:
        """Whether a request waits or is worked on."""
        return bool(self.active_requests or self.waiting_requests)

    def finish_request(self, request_id: str, evict_from_cache: bool = True) -> None:
        """Forget a request; its blocks are free again unless they are to stay."""
        if evict_from_cache:
            self.cache.free_blocks(request_id)
        self.active_requests.pop(request_id, None)
        self.waiting_requests.pop(request_id, None)

    def get_active_request_static_outputs(self, request_id: str) -> list[int]:
        """What an active request has written; nothing for one that is not active."""
        state = self.active_requests.get(request_id)
        return [] if state is None else state.static_outputs

    def set_request_cancellation(self, request_id: str) -> None:
        """Ask for the end of a request; it ends before the next step."""
        with self._lock:
            self._cancelled.add(request_id)

    def request_is_cancelled(self, request_id: str) -> bool:
        """Whether the end of a request was asked for."""
        with self._lock:
            return request_id in self._cancelled

    def clear_cancelled_requests(self) -> list[RequestState]:
        """Forget the requests whose end was asked for; returns those there were."""
        with self._lock:
            names, self._cancelled = self._cancelled, set()
        found = []
        for name in names:
            state = self.active_requests.get(name) or self.waiting_requests.get(name)
            if state is not None:
                found.append(state)
            self.finish_request(name)
        return found

    def impossible(self, state: RequestState) -> str | None:
        """Why a request could never be begun, or None."""
        needed, there = self.needed(state), self.cache.num_blocks
        if needed <= there:
            return None
        return (
            f"a prompt of {len(state.full_prompt_ids or ())} tokens and {state.max_new_tokens} new ones need "
            f"{needed} blocks of {self.cache.block_size} tokens, and the cache has {there}: "
            "set num_blocks higher, or max_new_tokens lower"
        )

    def needed(self, state: RequestState) -> int:
        """Blocks for the longest text that a request may become."""
        return int(self.cache.cost(state.most_tokens()))

    def _begin(self, state: RequestState, spare: int = 0) -> bool:
        """Make a waiting request active, if that leaves `spare` blocks free or nothing else is active."""
        prompt = state.full_prompt_ids or []
        needed = self.needed(state) - self.cache.shared(prompt)
        left = self.cache.get_num_free_blocks() - needed
        if left < 0 or (left < spare and self.active_requests):
            return False
        state.position_offset = self.cache.begin(state.request_id, prompt, state.most_tokens())
        state.allocated_blocks = needed
        state.remaining_prompt_ids = prompt[state.position_offset :]
        self.active_requests[state.request_id] = self.waiting_requests.pop(state.request_id)
        return True

    def _fill(self, groups: Iterable[Iterable[RequestState]], budget: int, spare: int) -> list[RequestState]:
        """Requests in the given order until the budget is used.

        One that waits for blocks lets nobody pass; one that waits for what another reads right now does.
        """
        chosen: list[RequestState] = []
        for group in groups:
            for state in group:
                if budget <= 0:
                    return chosen
                if state.request_id in self.waiting_requests:
                    if self.cache.awaits(state.full_prompt_ids or ()):
                        continue
                    if not self._begin(state, spare):
                        break
                budget -= self._take(state, budget)
                chosen.append(state)
        return chosen

    def _take(self, state: RequestState, budget: int) -> int:
        """Set what a request reads in the next step; returns how many tokens that are."""
        if state.status is RequestStatus.DECODING:
            state.prompt_ids = state.static_outputs[-1:]
            return 1
        most = min(budget, self.cache.most_new or budget)
        part, rest = state.remaining_prompt_ids[:most], state.remaining_prompt_ids[most:]
        state.prompt_ids, state.remaining_prompt_ids = part, rest
        state.status = RequestStatus.PREFILLING_SPLIT if rest else RequestStatus.PREFILLING
        return len(part)

    def _by_phase(self) -> tuple[list[RequestState], list[RequestState], list[RequestState]]:
        """Requests that write, those whose prompt is read in parts, and those that wait."""
        active = list(self.active_requests.values())
        writing = [state for state in active if state.status is RequestStatus.DECODING]
        reading = [state for state in active if state.status in _READING]
        return writing, reading, list(self.waiting_requests.values())


class FIFOScheduler(Scheduler):
    """Those that write go on first; what is left of the budget reads prompts.

    safety_margin: share of the blocks that stays free while anything is active.
    """

    def __init__(self, cache: Any, retain_cache_on_finish: bool = False, safety_margin: float = 0.0) -> None:
        super().__init__(cache, retain_cache_on_finish)
        if not 0 <= safety_margin < 1:
            raise ValueError(f"safety_margin must be in [0, 1), got {safety_margin!r}")
        self.safety_margin = safety_margin

    def schedule_batch(self, token_budget: int) -> list[RequestState]:
        """See `Scheduler`."""
        spare = int(self.safety_margin * self.cache.num_blocks)
        return self._fill(self._by_phase(), token_budget, spare)


class PrefillFirstScheduler(Scheduler):
    """Prompts are read first, so that many soon write together; what is left of the budget writes."""

    def schedule_batch(self, token_budget: int) -> list[RequestState]:
        """See `Scheduler`."""
        writing, reading, waiting = self._by_phase()
        return self._fill((reading, waiting, writing), token_budget, 0)


SCHEDULER_MAPPING: dict[str, type[Scheduler]] = {
    "fifo": FIFOScheduler,
    "prefill_first": PrefillFirstScheduler,
}


__all__ = ["FIFOScheduler", "PrefillFirstScheduler", "SCHEDULER_MAPPING", "Scheduler"]
