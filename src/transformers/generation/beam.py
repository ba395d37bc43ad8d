"""Beam search and beam sampling: the best texts of all continuations of the best ones.

The prompt is run once a text, not once a beam. Scores are sums of log-probabilities (arXiv:1609.08144).
"""

from __future__ import annotations

from typing import Any

from .decode import draw
from .task import Record, Task


def beam_search(task: Task) -> Any:
    """Search with `num_beams` beams; returns the `num_return_sequences` best texts of each prompt."""
    search = Search(task)
    while search.step():
        pass
    return search.result()


class Search:
    """The state of a search, and its steps."""

    def __init__(self, task: Task) -> None:
        torch, config = task.torch, task.config
        self.task, self.record = task, Record(task)
        self.K: int = config.num_beams or 1
        self.kept = max(2, 1 + len(task.ends)) * self.K
        self.penalty = 1.0 if config.length_penalty is None else config.length_penalty
        self.B, self.prompt = task.ids.shape
        # Tokens that do not count in the length of a text that ended, and of one that goes on.
        self.counted = self.promised = self.prompt
        self.first = True
        self.maths: Any = task.runtime.part("generation.sampling_beams")
        place = {"device": task.ids.device}
        ids = task.ids[:, None].expand(self.B, self.K, self.prompt)
        none = torch.full((self.B, self.K, 0), -1, dtype=torch.long, **place)
        start = self.maths.first_scores(self.B, self.K, **place)
        self.running = self.maths.Beams(ids, start, none)
        self.ended = self.maths.Beams(ids, torch.full_like(start, self.maths.LOW), none)
        self.is_ended = torch.zeros((self.B, self.K), dtype=torch.bool, **place)
        self.improvable = torch.ones((self.B, 1), dtype=torch.bool, **place)
        self.offset = torch.arange(self.B, **place)[:, None] * self.K  # (B, 1)

    def scored(self) -> Any:
        """Processed log-probabilities (B * K, V) of the next tokens."""
        torch, task = self.task.torch, self.task
        flat = self.running.ids.reshape(self.B * self.K, -1)
        once = self.first and task.driver.caches  # the beams are alike: the prompt is run once
        repeats = self.K if once else 1
        if self.first and not once:
            task.driver.repeat(self.K)
        out = task.driver.run(task.ids if once else flat, **self.record.flags)
        logits = out.logits[:, -1].to(torch.float32)
        if once:
            logits = logits.repeat_interleave(self.K, dim=0)
            task.driver.repeat(self.K)
        self.first = False
        scores = task.processors(flat, torch.log_softmax(logits, dim=-1))
        self.record.add(out, logits, scores, repeats)
        return scores

    def step(self) -> bool:
        """Add a token to every beam; False when nothing better can come."""
        torch, task, maths = self.task.torch, self.task, self.maths
        scores = self.scored()
        V = scores.shape[-1]
        totals = maths.totals(scores, self.running.scores)  # (B, K * V)
        if task.config.do_sample:
            places = draw(torch, totals, self.kept)
            values = totals.gather(1, places)
        else:
            values, places = maths.largest(totals, self.kept)
        beams, tokens = places // V, places % V  # (B, kept)
        old = self.running.chosen(values, beams)
        candidates = maths.Beams(
            torch.cat([old.ids, tokens[:, :, None]], dim=2),
            values,
            torch.cat([old.origins, (beams + self.offset)[:, :, None]], dim=2),
        )
        length = candidates.ids.shape[2]
        hits = task.criteria(candidates.ids.reshape(self.B * self.kept, length), self.record.scores)
        hits = hits.reshape(self.B, self.kept)
        self.collect(candidates, hits)
        self.running, order = maths.running_next(candidates, hits, self.K)
        if task.driver.cache is not None:
            chosen = beams.gather(1, order) + self.offset
            task.driver.select(chosen.reshape(self.B * self.K))
        return self.goes_on(hits, length)

    def collect(self, candidates: Any, hits: Any) -> None:
        """Put the candidates that ended among the K best of those that ended before."""
        torch = self.task.torch
        divisor = (candidates.ids.shape[2] - self.counted) ** self.penalty
        pad = self.ended.ids.new_full((self.B, self.K, 1), self.task.pad or 0)
        none = torch.full_like(self.offset, -1)[:, :, None].expand(self.B, self.K, 1)
        ended = self.maths.Beams(
            torch.cat([self.ended.ids, pad], dim=2),
            self.ended.scores,
            torch.cat([self.ended.origins, none], dim=2),
        )
        early = self.task.config.early_stopping is True
        self.ended, self.is_ended = self.maths.ended_next(
            ended, self.is_ended, candidates, hits, divisor, self.improvable, early
        )

    def goes_on(self, hits: Any, length: int) -> bool:
        """Whether a running beam can still become better than the worst ended one."""
        config = self.task.config
        longest = config.early_stopping == "never" and self.penalty > 0
        divisor = ((config.max_length if longest else length) - self.promised) ** self.penalty
        better = self.maths.can_improve(self.running, self.ended, self.is_ended, divisor)
        self.improvable = self.improvable & better
        full = config.early_stopping is True and bool(self.is_ended.all())
        going = bool(self.improvable.any()) and not full and not bool(hits.all())
        return going if self.task.still_needed is None else self.task.still_needed(going)

    def result(self, *, cut: bool = True) -> Any:
        """The best texts and their scores; with `cut` only as wide as the longest of them."""
        count = self.task.config.num_return_sequences or 1
        origins = self.ended.origins[:, :count].reshape(self.B * count, -1)
        written = int((origins >= 0).sum(dim=1).max()) if cut else origins.shape[1]
        ids = self.ended.ids[:, :count].reshape(self.B * count, -1)
        ids = ids[:, : self.prompt + written] if cut else ids
        found = {"beam_indices": origins[:, :written]}
        scores = self.task.extra["sequences_scores"] = self.ended.scores[:, :count].reshape(-1)
        if self.record.scores is not None:
            found["sequences_scores"] = scores
        return self.record.output(ids, found)


__all__ = ["Search", "beam_search"]
