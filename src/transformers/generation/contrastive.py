"""Contrastive search (arXiv:2202.06417): likely tokens that do not repeat what the text has said already."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from .streamers import streaming
from .task import Record, Task, Tokens

_STATES = ("hidden_states", "decoder_hidden_states", "attentions", "decoder_attentions", "cross_attentions")


def contrastive_search(task: Task) -> Any:
    """Write with `top_k` candidates a step, ranked by probability and by how new their hidden state is.

    With `low_memory` candidates are run one after the other.

    Raises:
        ValueError: the model keeps no cache.
    """
    if not task.driver.caches:
        raise ValueError("contrastive search needs use_cache=True: candidates continue one cached text")
    torch, search = task.torch, Search(task)
    tokens = Tokens(torch, task.ids, task.config.max_length or 0)
    open_rows = torch.ones(task.ids.shape[0], dtype=torch.bool, device=task.ids.device)
    fills = task.fills
    with streaming(task.streamer):
        task.stream(task.ids)
        search.begin()
        while task.goes_on(open_rows):
            chosen = search.step(tokens.ids)
            if fills:
                chosen = torch.where(open_rows, chosen, torch.full_like(chosen, task.pad))
            tokens.append(chosen)
            task.stream(chosen)
            open_rows = open_rows & ~task.criteria(tokens.ids, search.record.scores)
    search.end()
    return search.record.output(tokens.ids)


class Search:
    """The text's hidden states, the logits of its next token, and candidates for it.

    states: (B, T, C), of unit length. logits: (B, V). known: (B, T), which of them count.
    """

    def __init__(self, task: Task) -> None:
        self.task, self.record = task, Record(task)
        self.k: int = task.config.top_k or 1
        self.alpha: float = task.config.penalty_alpha or 0.0
        self.flags = {**self.record.flags, "output_hidden_states": True}
        self.B = task.ids.shape[0]
        self.rows = task.torch.arange(self.B, device=task.ids.device)
        self.out: Any = None
        self.states: Any = None
        self.logits: Any = None
        self.known: Any = None
        self.low = bool(task.config.low_memory)

    def begin(self) -> None:
        """Run the prompt, and make room for candidates in the cache."""
        task, torch = self.task, self.task.torch
        self.out = task.driver.run(task.ids, **self.flags)
        if task.driver.cache is None:
            raise ValueError(
                f"{type(task.model).__name__} keeps no cache, so contrastive search cannot be used with it"
            )
        self.logits = self.out.logits[:, -1].to(torch.float32)
        self.states = self._states(self.out, task.driver.prompt_length(task.ids.shape[1]))
        mask = task.driver.mask
        shape = self.states.shape[:2]
        self.known = torch.ones(shape, dtype=torch.bool, device=task.ids.device)
        if mask is not None and mask.shape[1] >= shape[1]:
            self.known = task.runtime.tensor(mask)[:, : shape[1]] != 0
        if not self.low:
            task.driver.repeat(self.k)

    def _states(self, out: Any, length: int) -> Any:
        """Last hidden states (B, length, C) of a step, of unit length."""
        torch = self.task.torch
        found = out.decoder_hidden_states if self.task.pair else out.hidden_states
        states = self.task.runtime.tensor(found[-1])[:, -length:].to(torch.float32)
        return states / states.norm(dim=-1, keepdim=True)

    def step(self, ids: Any) -> Any:
        """The next tokens (B,) of texts (B, T)."""
        task, torch = self.task, self.task.torch
        scores = task.processors(ids, self.logits)
        self.record.add(self.out, self.logits, scores)
        found, candidates = torch.topk(torch.softmax(scores, dim=-1), self.k)  # (B, k)
        run = self._one_by_one if self.low else self._at_once
        states, logits, outs = run(ids, candidates)  # (B, k, C), (B, k, V)
        likeness = torch.einsum("bkc,btc->bkt", states, self.states)
        likeness = torch.where(self.known[:, None], likeness, torch.full_like(likeness, -1.0))
        ranks = (1.0 - self.alpha) * found - self.alpha * likeness.max(dim=-1).values
        best = ranks.argmax(dim=-1)  # (B,)
        self.states = torch.cat([self.states, states[self.rows, best][:, None]], dim=1)
        self.known = torch.cat([self.known, torch.ones_like(self.known[:, :1])], dim=1)
        self.logits = logits[self.rows, best]
        chosen = candidates[self.rows, best]
        self._keep(outs, ids, best, chosen)
        return chosen

    def _at_once(self, ids: Any, candidates: Any) -> tuple[Any, Any, Any]:
        """Hidden states and logits of all candidates, which stand in rows of their own."""
        torch, k = self.task.torch, self.k
        longer = torch.cat([ids.repeat_interleave(k, dim=0), candidates.reshape(-1, 1)], dim=1)
        out = self.task.driver.run(longer, **self.flags)
        states = self._states(out, 1).reshape(self.B, k, -1)
        return states, out.logits[:, -1].to(torch.float32).reshape(self.B, k, -1), out

    def _one_by_one(self, ids: Any, candidates: Any) -> tuple[Any, Any, Any]:
        """The same, one candidate of every text at a time."""
        torch, states, logits = self.task.torch, [], []
        for place in range(self.k):
            out = self.task.driver.run(
                torch.cat([ids, candidates[:, place : place + 1]], dim=1), **self.flags
            )
            states.append(self._states(out, 1))
            logits.append(out.logits[:, -1:].to(torch.float32))
            self.task.driver.crop(ids.shape[1])
        return torch.cat(states, dim=1), torch.cat(logits, dim=1), None

    def _keep(self, out: Any, ids: Any, best: Any, chosen: Any) -> None:
        """Make the chosen candidates part of the cached texts."""
        torch, driver = self.task.torch, self.task.driver
        if out is None:
            self.out = driver.run(torch.cat([ids, chosen[:, None]], dim=1), **self.flags)
            return
        rows = self.rows * self.k + best
        driver.select(rows.repeat_interleave(self.k, dim=0))
        if self.record.flags:
            kept = {name: getattr(out, name, None) for name in _STATES}
            self.out = SimpleNamespace(**{name: driver.take(value, rows) for name, value in kept.items()})

    def end(self) -> None:
        """Leave one row of the cache to each text."""
        if not self.low and self.record.full:
            self.task.driver.select(self.rows * self.k)


__all__ = ["Search", "contrastive_search"]
