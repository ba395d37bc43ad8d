"""Beam search and beam sampling: the best texts of all continuations of the best ones.

The prompt is run once a text, not once a beam. Scores are sums of log-probabilities (arXiv:1609.08144).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .decode import draw
from .task import Record, Task

LOW = -1.0e9  # the score of what must not be chosen; sums with it stay finite


@dataclass
class Beams:
    """K texts for each of B prompts, best first.

    ids: (B, K, T). scores: (B, K). origins: (B, K, N), the row each new token came from, -1 after the end.
    """

    ids: Any
    scores: Any
    origins: Any


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
        self.first = True
        place = {"device": task.ids.device}
        ids = task.ids[:, None].expand(self.B, self.K, self.prompt)
        none = torch.full((self.B, self.K, 0), -1, dtype=torch.long, **place)
        start = torch.full((self.B, self.K), 0.0, **place)
        alone = torch.arange(self.K, **place)[None, :] > 0  # at first all beams are the same one
        self.running = Beams(ids, torch.where(alone, torch.full_like(start, LOW), start), none)
        self.ended = Beams(ids, torch.full_like(start, LOW), none)
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
        torch, task = self.task.torch, self.task
        scores = self.scored()
        V = scores.shape[-1]
        totals = scores.reshape(self.B, self.K, V) + self.running.scores[:, :, None]
        totals = totals.reshape(self.B, self.K * V)
        if task.config.do_sample:
            places = draw(torch, totals, self.kept)
            values = totals.gather(1, places)
        else:
            values, places = torch.topk(totals, self.kept)
        beams, tokens = places // V, places % V  # (B, kept)
        candidates = Beams(
            torch.cat([rows(self.running.ids, beams), tokens[:, :, None]], dim=2),
            values,
            torch.cat([rows(self.running.origins, beams), (beams + self.offset)[:, :, None]], dim=2),
        )
        length = candidates.ids.shape[2]
        hits = task.criteria(candidates.ids.reshape(self.B * self.kept, length), self.record.scores)
        hits = hits.reshape(self.B, self.kept)
        self.collect(candidates, hits)
        below = torch.where(hits, torch.full_like(values, LOW), torch.zeros_like(values))
        best, order = torch.topk(values + below, self.K)
        self.running = Beams(rows(candidates.ids, order), best, rows(candidates.origins, order))
        if task.driver.cache is not None:
            chosen = beams.gather(1, order) + self.offset
            task.driver.select(chosen.reshape(self.B * self.K))
        return self.goes_on(hits, length)

    def collect(self, candidates: Beams, hits: Any) -> None:
        """Put the candidates that ended among the K best of those that ended before."""
        torch, config = self.task.torch, self.task.config
        length = candidates.ids.shape[2]
        scores = candidates.scores / (length - self.prompt) ** self.penalty
        first = torch.arange(self.kept, device=scores.device)[None, :] < self.K
        ends = hits & first
        shut = ~self.improvable
        if config.early_stopping is True:
            shut = shut | self.is_ended.all(dim=-1, keepdim=True)
        low = torch.full_like(scores, LOW)
        for barred in (shut.expand(self.B, self.kept), ~ends):
            scores = scores + torch.where(barred, low, torch.zeros_like(scores))
        pad = torch.full_like(self.ended.ids[:, :, :1], self.task.pad or 0)
        none = torch.full_like(self.offset, -1)[:, :, None].expand(self.B, self.K, 1)
        joined = Beams(
            torch.cat([torch.cat([self.ended.ids, pad], dim=2), candidates.ids], dim=1),
            torch.cat([self.ended.scores, scores], dim=1),
            torch.cat([torch.cat([self.ended.origins, none], dim=2), candidates.origins], dim=1),
        )
        best, order = torch.topk(joined.scores, self.K)
        self.ended = Beams(rows(joined.ids, order), best, rows(joined.origins, order))
        self.is_ended = torch.cat([self.is_ended, ends], dim=1).gather(1, order)

    def goes_on(self, hits: Any, length: int) -> bool:
        """Whether a running beam can still become better than the worst ended one."""
        torch, config = self.task.torch, self.task.config
        longest = config.early_stopping == "never" and self.penalty > 0
        count = (config.max_length if longest else length) - self.prompt
        possible = self.running.scores[:, :1] / count**self.penalty
        worst = self.ended.scores.min(dim=1, keepdim=True).values
        worst = torch.where(self.is_ended, worst, torch.full_like(worst, LOW))  # (B, K)
        self.improvable = self.improvable & (possible > worst).any(dim=-1, keepdim=True)
        full = config.early_stopping is True and bool(self.is_ended.all())
        going = bool(self.improvable.any()) and not full and not bool(hits.all())
        return going if self.task.still_needed is None else self.task.still_needed(going)

    def result(self) -> Any:
        """The best texts, cut to the longest, and their scores."""
        count = self.task.config.num_return_sequences or 1
        origins = self.ended.origins[:, :count].reshape(self.B * count, -1)
        written = int((origins >= 0).sum(dim=1).max())
        ids = self.ended.ids[:, :count].reshape(self.B * count, -1)[:, : self.prompt + written]
        found = {"beam_indices": origins[:, :written]}
        if self.record.scores is not None:
            found["sequences_scores"] = self.ended.scores[:, :count].reshape(-1)
        return self.record.output(ids, found)


def rows(x: Any, places: Any) -> Any:
    """(B, K, T) and (B, N) places among K -> (B, N, T)."""
    return x.gather(1, places[:, :, None].expand(-1, -1, x.shape[2]))


__all__ = ["Beams", "Search", "beam_search"]
