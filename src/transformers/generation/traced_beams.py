"""Beam search and beam sampling as one traced loop, for JAX and TensorFlow.

The arithmetic is that of `sampling_beams`, as outside. Texts are in buffers of `max_length`, which are not
cut at the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .traced_steps import Steps


def beam_search(steps: Steps, ids: Any, mask: Any) -> tuple[Any, dict[str, Any]]:
    """Search after ids (B, T) with `num_beams` beams.

    Returns:
        Ids (B * num_return_sequences, max_length), filled up with padding, and `sequences_scores` and
        `beam_indices` as `GenerateBeamDecoderOnlyOutput` has them, the indices filled up with -1.
    """
    search = Search(steps, int(ids.shape[0]), int(ids.shape[1]))
    return search.run(ids, mask)


class Search:
    """A search over B prompts of T tokens; its state is a flat tuple of arrays, for the framework's loop.

    place, whether to go on, where ended texts can still come in, which ended texts are real, running ids,
    scores and origins, ended ids, scores and origins; then the arrays of the cache.
    """

    def __init__(self, steps: Steps, batch: int, prompt: int) -> None:
        self.steps, self.ops, self.torch = steps, steps.ops, steps.ops.torch
        self.B, self.T, self.L = batch, prompt, steps.length
        config = steps.config
        self.K: int = config.num_beams
        self.kept = max(2, 1 + len(steps.ends)) * self.K
        self.penalty = 1.0 if config.length_penalty is None else config.length_penalty
        self.early = config.early_stopping
        self.maths: Any = self.ops.part("generation.sampling_beams")
        self.offset = self.torch.arange(batch)[:, None] * self.K  # (B, 1)
        # Powers are taken on the host, in double precision, as they are outside.
        counts = [float(count) ** self.penalty for count in range(1, self.L - prompt + 1)]
        self.divisors = self.torch.tensor(counts, dtype=self.torch.float32)

    def run(self, ids: Any, mask: Any) -> tuple[Any, dict[str, Any]]:
        """See `beam_search`."""
        torch, steps = self.torch, self.steps
        wrap = torch.Tensor._wrap
        out = steps.first(ids, mask)  # once a prompt, not once a beam
        steps.repeat(self.K)
        cache = steps.repeated(steps.held(out), self.K)
        logits = steps.logits(out).repeat_interleave(self.K, dim=0)
        text = steps.buffer(ids)[:, None].expand(self.B, self.K, self.L)
        start = self.maths.first_scores(self.B, self.K)
        none = torch.full((self.B, self.K, self.L - self.T), -1, dtype=torch.long)
        parts = [
            torch.ones((self.B, 1), dtype=torch.bool),
            torch.zeros((self.B, self.K), dtype=torch.bool),
            *(text, start, none),
            *(text, torch.full_like(start, self.maths.LOW), none),
        ]
        first = self.step(wrap(self.ops.array(np.asarray(self.T))), logits, parts)
        state = self.after(first, cache)

        def goes_on(place: Any, going: Any, *rest: Any) -> Any:
            return going

        def body(place: Any, going: Any, *rest: Any) -> Any:
            parts, held = [wrap(part) for part in rest[:8]], rest[8:]
            here = wrap(place) - 1
            rows = parts[2].reshape(self.B * self.K, self.L)
            out = steps.next(rows.index_select(1, here.reshape(1)).a, here, held)
            found = self.step(wrap(place), steps.logits(out), parts)
            new = self.after(found, steps.held(out, held))
            return tuple(self.ops.like(now, old) for now, old in zip(new, (place, going, *rest), strict=True))

        return self.result([wrap(part) for part in self.ops.loop(goes_on, body, state)[7:10]])

    def after(self, found: list[Any], cache: tuple[Any, ...]) -> tuple[Any, ...]:
        """The state after a step, with the cache's rows where their beams went."""
        *state, chosen = (part.a for part in found)
        return (*state, *self.steps.rows(cache, chosen))

    def step(self, place: Any, logits: Any, parts: list[Any]) -> list[Any]:
        """Write a token at a place of every beam: the new state, and the rows (B * K,) of the cache."""
        torch, maths = self.torch, self.maths
        improvable, is_ended = parts[:2]
        running, ended = maths.Beams(*parts[2:5]), maths.Beams(*parts[5:8])
        flat = running.ids.reshape(self.B * self.K, self.L)
        scores = self.steps.processors(flat, torch.log_softmax(logits, dim=-1), cur_len=place)
        V = scores.shape[-1]
        values, places = self.best(maths.totals(scores, running.scores), place)
        beams, tokens = places // V, places % V  # (B, kept)
        old = running.chosen(values, beams)
        here = torch.arange(self.L)[None, None, :] == place
        new = torch.arange(self.L - self.T)[None, None, :] == place - self.T
        candidates = maths.Beams(
            torch.where(here, tokens[:, :, None].to(old.ids.dtype), old.ids),
            values,
            torch.where(new, (beams + self.offset)[:, :, None].to(old.origins.dtype), old.origins),
        )
        hits = torch.zeros_like(tokens, dtype=torch.bool) | (place + 1 >= self.L)
        for end in self.steps.ends:
            hits = hits | (tokens == end)
        divisor = self.divisors.index_select(0, (place - self.T).reshape(1))
        ended, is_ended = maths.ended_next(
            ended, is_ended, candidates, hits, divisor, improvable, self.early is True
        )
        running, order = maths.running_next(candidates, hits, self.K)
        longest = self.early == "never" and self.penalty > 0
        best = maths.can_improve(running, ended, is_ended, self.divisors[-1:] if longest else divisor)
        improvable = improvable & best
        going = improvable.any() & ~hits.all()
        if self.early is True:
            going = going & ~is_ended.all()
        rows = (beams.gather(1, order) + self.offset).reshape(self.B * self.K)
        texts = [part for kind in (running, ended) for part in (kind.ids, kind.scores, kind.origins)]
        return [place + 1, going, improvable, is_ended, *texts, rows]

    def best(self, totals: Any, place: Any) -> Any:
        """(B, kept) scores and places of the continuations to look at, the best of all or drawn ones."""
        if not self.steps.config.do_sample:
            return self.torch.topk(totals, self.kept)
        shape = tuple(int(size) for size in totals.shape)
        uniform = self.torch.Tensor._wrap(self.ops.uniform(shape, place.a))
        places = self.maths.drawn(totals, uniform, self.kept)
        return totals.gather(1, places), places

    def result(self, ended: list[Any]) -> tuple[Any, dict[str, Any]]:
        """The best texts, and the rest of an output."""
        count = self.steps.config.num_return_sequences or 1
        ids, scores, origins = (part[:, :count] for part in ended)
        rows = self.B * count
        beam = {"sequences_scores": scores.reshape(rows).a, "beam_indices": origins.reshape(rows, -1).a}
        return ids.reshape(rows, self.L).a, beam


__all__ = ["beam_search"]
