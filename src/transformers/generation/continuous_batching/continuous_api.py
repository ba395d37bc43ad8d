"""The manager of continuous batching: requests go in at any time, results come out as they are ready."""

from __future__ import annotations

import queue
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from ...utils import logging
from ..batch_utils import ContinuousMixin
from .desk import Desk, work
from .packed_mask import build_attention_mask
from .requests import GenerationOutput

logger = logging.get_logger(__name__)

PATIENCE = 10.0  # seconds that `add_request` waits for a place in a full queue


class ContinuousBatchingManager:
    """Writes texts in a thread of its own; `model.init_continuous_batching` makes one.

    Args:
        model: a decoder.
        generation_config: settings of all requests, and of the cache: `num_blocks`, `block_size`,
            `max_batch_tokens`, `scheduler` ("fifo" or "prefill_first").
        manual_eviction: requests that have ended keep their blocks until `evict_request_from_cache`.
        max_queue_size: requests that may wait to be taken over; 0: any number.
        streaming: whether every token is a result; else only the whole text is one.
        slice_inputs: accepted for compatibility; a step is never larger than it must be.
        tokenizer: of the model, for `stop_strings`.

    Raises:
        TypeError, ValueError: the model or the settings do not go with continuous batching.
    """

    def __init__(
        self,
        model: Any,
        generation_config: Any,
        manual_eviction: bool = False,
        max_queue_size: int = 0,
        streaming: bool = True,
        slice_inputs: bool = True,
        tokenizer: Any = None,
    ) -> None:
        from ..torch_requests import Requests

        self.model, self.streaming, self.manual_eviction = model, streaming, manual_eviction
        self._requests = Requests(model, generation_config, tokenizer=tokenizer)
        self.generation_config = self._requests.config
        self._desk = Desk(max_queue_size, manual_eviction)
        self._count = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work; nothing happens if it does already.

        Raises:
            ValueError: the model cannot share a cache, or there is no memory for one.
        """
        if self.is_running():
            return
        from ..torch_batching import ContinuousBatchProcessor

        desk = self._desk
        desk.stopping = desk.aborting = False
        desk.kept.clear()  # there is a new cache
        processor = ContinuousBatchProcessor(
            self.model, self.generation_config, desk.put, streaming=self.streaming, keep=self.manual_eviction
        )
        self._thread = threading.Thread(
            target=work, args=(desk, processor), name="continuous batching", daemon=True
        )
        # A manager that nobody holds any more, and the end of the program, end the thread.
        self._ending = weakref.finalize(self, _end, desk, self._thread)
        self._thread.start()

    def is_running(self) -> bool:
        """Whether the thread works or waits for work."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self, block: bool = False, timeout: float | None = None) -> None:
        """Take no more requests, write those there are to their end, and end the thread.

        block: wait for that, `timeout` seconds at most.
        """
        with self._desk.changed:
            self._desk.stopping = True
            self._desk.changed.notify_all()
        if block:
            self.join(timeout)

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end of the thread; a warning says so if it does not come in time."""
        if self._thread is None:
            return
        self._thread.join(timeout)
        if self._thread.is_alive():
            logger.warning("continuous batching still has texts to write: cancel them, or wait longer")

    def add_request(
        self,
        input_ids: list[int],
        request_id: str | None = None,
        max_new_tokens: int | None = None,
        seed: int | None = None,
        stop_strings: str | list[str] | None = None,
        logits_processor: Sequence[Any] | None = None,
        stopping_criteria: Sequence[Any] | None = None,
    ) -> str:
        """Ask for a text; returns the name by which its results come.

        With `num_return_sequences` further texts come by that name and "#1", "#2", ...: each is a request of
        its own.

        Args:
            input_ids: the prompt.
            request_id: its name; None: one is made.
            max_new_tokens, stop_strings: in place of what the settings say.
            seed: of the tokens that are drawn, for further texts one more each; None: seeds from PyTorch's
                global generator.
            logits_processor, stopping_criteria: more of them; each text has copies (`copy.copy`) of its own,
                and sees itself as the single row of a batch.

        Raises:
            TypeError: the prompt is no list of token ids.
            ValueError: the prompt is empty, nothing could be written, or a request of that name is open, or
                has ended and keeps its blocks.
            RuntimeError: the manager was told to stop.
            queue.Full: the queue has been full for ten seconds.
        """
        from ..torch_requests import Own

        desk, own = (
            self._desk,
            Own(max_new_tokens, stop_strings, logits_processor or (), stopping_criteria or ()),
        )
        seeds = [None if seed is None else seed + index for index in range(self._requests.copies)]
        with desk.changed:
            if request_id is None:
                request_id = f"req_{self._count}"
                self._count += 1
            if desk.stopping:
                raise RuntimeError("the manager was told to stop: start it again before adding requests")
            states = self._requests.make(request_id, input_ids, seeds, own)
            names = [state.request_id for state in states]
            if taken := [name for name in names if name in desk.open]:
                raise ValueError(f"there is an open request {taken[0]!r}: give each a name of its own")
            if taken := [name for name in names if name in desk.kept]:
                raise ValueError(f"{taken[0]!r} keeps its blocks: evict_request_from_cache comes first")
            if not desk.changed.wait_for(lambda: not 0 < desk.most <= len(desk.incoming), PATIENCE):
                raise queue.Full(f"{desk.most} requests wait already: start the manager, or ask less often")
            desk.open.update(names)
            desk.incoming.extend(states)
            desk.changed.notify_all()
        return request_id

    def add_requests(self, inputs: list[list[int]], **kwargs: Any) -> list[str]:
        """`add_request` for each prompt; returns the names."""
        return [self.add_request(ids, **kwargs) for ids in inputs]

    def cancel_request(self, request_id: str) -> None:
        """End a request before its next token; its last result says that it failed.

        Nothing happens if no request of that name is open.
        """
        with self._desk.changed:
            if request_id in self._desk.open:
                self._desk.cancelled.add(request_id)
                self._desk.changed.notify_all()

    def evict_request_from_cache(self, request_id: str) -> None:
        """Free the blocks that a request kept after its end.

        Raises:
            RuntimeError: blocks are freed by themselves, without `manual_eviction`.
            ValueError: the request has not ended.
        """
        if not self.manual_eviction:
            raise RuntimeError("blocks are freed at the end of a request unless manual_eviction is set")
        with self._desk.changed:
            if request_id in self._desk.open:
                raise ValueError(f"request {request_id!r} has not ended: cancel_request ends it")
            self._desk.evicted.append(request_id)
            self._desk.kept.discard(request_id)
            self._desk.changed.notify_all()

    def get_result(
        self, request_id: str | None = None, timeout: float | None = None
    ) -> GenerationOutput | None:
        """The next result, of one request or of any; each is given once.

        None where none comes in `timeout` seconds, or none can come: nothing is open, or nobody works.
        """
        desk = self._desk

        def mine() -> GenerationOutput | None:
            return next((o for o in desk.results if request_id in (None, o.request_id)), None)

        def settled() -> bool:
            waited_for = bool(desk.open) if request_id is None else request_id in desk.open
            hopeless = not waited_for and timeout is None
            return mine() is not None or hopeless or not self.is_running()

        with desk.changed:
            desk.changed.wait_for(settled, timeout)
            found = mine()
            if found is not None:
                desk.results.remove(found)
            return found

    def __iter__(self) -> Iterator[GenerationOutput]:
        """All results, until no request is open."""
        while (found := self.get_result()) is not None:
            yield found

    def request_id_iter(self, request_id: str) -> Iterator[GenerationOutput]:
        """The results of one request, until it has ended."""
        while (found := self.get_result(request_id)) is not None:
            yield found
            if found.is_finished():
                return


def _end(desk: Desk, thread: threading.Thread) -> None:
    desk.abort()
    if thread is not threading.current_thread():
        thread.join()


__all__ = ["ContinuousBatchingManager", "ContinuousMixin", "build_attention_mask"]
