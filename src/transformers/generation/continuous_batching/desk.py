"""Between those who ask for texts and the thread that writes them."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from ...utils import logging
from .requests import GenerationOutput, RequestState

logger = logging.get_logger(__name__)


class Desk:
    """What the caller's threads and the working one share: requests on one side, results on the other."""

    def __init__(self, max_queue_size: int, keeps: bool) -> None:
        self.keeps = keeps  # whether requests that have ended keep their blocks
        self.changed = threading.Condition()
        self.most = max_queue_size
        self.incoming: deque[RequestState] = deque()
        self.results: deque[GenerationOutput] = deque()
        self.cancelled: set[str] = set()
        self.evicted: list[str] = []
        self.open: set[str] = set()  # requests that have not ended
        self.kept: set[str] = set()  # requests that have, and keep their blocks
        self.stopping = self.aborting = False

    def put(self, out: GenerationOutput) -> None:
        """Hand out a result."""
        with self.changed:
            self.results.append(out)
            if out.is_finished():
                self.open.discard(out.request_id)
                self.cancelled.discard(out.request_id)
                if self.keeps and out.error is None:
                    self.kept.add(out.request_id)
            self.changed.notify_all()

    def abort(self) -> None:
        """Let the working thread end after the step that it is in."""
        with self.changed:
            self.stopping = self.aborting = True
            self.changed.notify_all()


def work(desk: Desk, processor: Any) -> None:
    """What the thread does: take over requests, and make steps while there is anything to write."""
    from ...quantization.prepack import FEWEST, fast_products

    try:
        import torch

        with torch.no_grad(), fast_products(processor.model, FEWEST):
            while take_over(desk, processor):
                processor.step()
        reason: object = "the manager was stopped"
    except BaseException as error:  # whatever it is, somebody waits for the results
        logger.error(f"continuous batching ended: {error!r}")
        reason = error
    with desk.changed:
        desk.stopping = True
        left = list(desk.incoming)
        desk.incoming.clear()
    processor.fail_all_requests(reason, left)


def take_over(desk: Desk, processor: Any) -> bool:
    """Wait for something to do and take it over; whether the work goes on."""
    with desk.changed:
        desk.changed.wait_for(
            lambda: desk.incoming or desk.stopping or desk.evicted or processor.has_pending_requests()
        )
        arrived, evicted = list(desk.incoming), desk.evicted
        cancelled, desk.cancelled, desk.evicted = desk.cancelled, set(), []
        desk.incoming.clear()
        stopping, aborting = desk.stopping, desk.aborting
        desk.changed.notify_all()
    for name in evicted:  # before a new request of the same name
        processor.scheduler.finish_request(name)
    for state in arrived:
        processor.add(state)
    for name in cancelled:
        processor.scheduler.set_request_cancellation(name)
    return not aborting and (not stopping or processor.has_pending_requests())


__all__ = ["Desk", "take_over", "work"]
