"""Diverse beam search (arXiv:1610.02424): groups of beams that keep out of each other's way.

The same loop does constrained beam search, which has one group and a scorer of its own. Scores are divided by
the length of the whole text, prompt included, as they were when these searches were published.
"""

from __future__ import annotations

from typing import Any

from .beam_search import BeamSearchScorer
from .decode import draw
from .task import Record, Task


def group_beam_search(task: Task) -> Any:
    """Search with `num_beams` beams in `num_beam_groups` groups; returns the best texts of each prompt."""
    config = task.config
    scorer = BeamSearchScorer(
        batch_size=task.ids.shape[0],
        num_beams=config.num_beams or 1,
        device=task.ids.device,
        length_penalty=config.length_penalty,
        do_early_stopping=config.early_stopping,
        num_beam_hyps_to_keep=config.num_return_sequences,
        num_beam_groups=config.num_beam_groups,
        max_length=config.max_length,
    )
    return GroupSearch(task, scorer).run()


class GroupSearch:
    """Beams whose next tokens a scorer chooses, one group after the other.

    scorer: a BeamSearchScorer or ConstrainedBeamSearchScorer. constrained: whether it wants all scores.
    expanded: whether the task's ids have a row for each beam already.
    """

    def __init__(self, task: Task, scorer: Any, *, constrained: bool = False, expanded: bool = False) -> None:
        torch = task.torch
        scorer.counts_end, scorer.counts_groups = False, True
        self.task, self.scorer, self.constrained, self.record = task, scorer, constrained, Record(task)
        self.K, self.G, self.expanded = scorer.num_beams, scorer.num_beam_groups, expanded
        self.B = task.ids.shape[0] // (self.K if expanded else 1)
        self.size = self.K // self.G
        self.ids = task.ids if expanded else task.ids.repeat_interleave(self.K, dim=0)  # (B * K, T)
        place = {"device": task.ids.device}
        # Beams of a group are alike at first: only one of them may go on.
        alone = torch.arange(self.B * self.K, **place) % self.size > 0
        start = torch.zeros(self.B * self.K, dtype=torch.float32, **place)
        low = task.runtime.part("generation.sampling_beams").LOW
        drawn = expanded and bool(task.config.do_sample)  # then they part by themselves
        self.scores = start if drawn else torch.where(alone, torch.full_like(start, low), start)
        self.kept = 2 * self.K if drawn else max(2, 1 + len(task.ends)) * self.size
        grid = torch.arange(self.B * self.K, **place).reshape(self.B, self.G, self.size)
        self.groups = [grid[:, group].reshape(-1) for group in range(self.G)]  # rows of each group
        self.origins: list[tuple[int, ...]] = [()] * (self.B * self.K)
        self.criteria = [part for part in task.criteria if not hasattr(part, "eos_token_id")]
        self.first = True

    def run(self) -> Any:
        """Search until nothing better can come; returns what `generate` does."""
        going = True
        while going:
            self.step()
            going = not self.scorer.is_done and not self.stopped()
            if self.task.still_needed is not None:
                going = self.task.still_needed(going)
        return self.result()

    def logits(self) -> tuple[Any, Any, int]:
        """The model's output, logits (B * K, V) of the next tokens, and how often the output's rows count."""
        torch, driver = self.task.torch, self.task.driver
        # The beams are alike: the prompt is run once.
        once = self.first and driver.caches and not self.expanded
        if self.first and not once and not self.expanded:
            driver.repeat(self.K)
        out = driver.run(self.task.ids if once else self.ids, **self.record.flags)
        found = out.logits[:, -1].to(torch.float32)
        if once:
            found = found.repeat_interleave(self.K, dim=0)
            driver.repeat(self.K)
        self.first = False
        return out, found, self.K if once else 1

    def step(self) -> None:
        """Add a token to every beam."""
        torch = self.task.torch
        out, logits, repeats = self.logits()
        tokens = torch.zeros(self.B * self.K, dtype=self.ids.dtype, device=self.ids.device)
        moves = torch.zeros_like(tokens)  # the row each beam continues
        totals, processed = self.scores, torch.zeros_like(logits)
        origins = list(self.origins)
        for group, rows in enumerate(self.groups):
            ids = self.ids.index_select(0, rows)
            scores = self.task.processors(
                ids,
                torch.log_softmax(logits.index_select(0, rows), dim=-1),
                current_tokens=tokens,
                beam_group_idx=group,
            )
            sums = scores + self.scores.index_select(0, rows)[:, None]
            # Release 4.35 notes the sums of a constrained search.
            noted = sums if self.constrained and self.expanded else scores
            processed = processed.index_copy(0, rows, noted)
            chosen = self.choose(group, rows, ids, sums)
            sources = rows.index_select(0, chosen["next_beam_indices"])
            totals = totals.index_copy(0, rows, chosen["next_beam_scores"])
            tokens = tokens.index_copy(0, rows, chosen["next_beam_tokens"])
            moves = moves.index_copy(0, rows, sources)
            for row, source in zip(rows.tolist(), sources.tolist(), strict=True):
                origins[row] = (*self.origins[source], source)
        self.scores, self.origins = totals, origins
        self.record.add(out, logits, processed, repeats)
        self.ids = torch.cat([self.ids.index_select(0, moves), tokens[:, None]], dim=1)
        if self.task.driver.cache is not None:
            self.task.driver.select(moves)

    def choose(self, group: int, rows: Any, ids: Any, totals: Any) -> Any:
        """The beams of a group that go on.

        rows: (B * size,), where its beams are. ids: (B * size, T). totals: (B * size, V), sums of scores.
        """
        task, V = self.task, totals.shape[-1]
        totals_of_text = totals.reshape(self.B, self.size * V)
        if task.config.do_sample:
            places = draw(task.torch, totals_of_text, self.kept)
            values, order = task.torch.sort(totals_of_text.gather(1, places), dim=1, descending=True)
            places = places.gather(1, order)
        else:
            values, places = task.torch.topk(totals_of_text, self.kept)
        more = {"scores_for_all_vocab": totals} if self.constrained else {"group_index": group}
        return self.scorer.process(
            ids,
            values,
            places % V,
            places // V,
            pad_token_id=task.pad,
            eos_token_id=task.ends or None,
            beam_indices=[self.origins[row] for row in rows.tolist()],
            **more,
        )

    def stopped(self) -> bool:
        """Whether all beams are as long as they may be, or a criterion of the caller's says so."""
        ids, scores = self.ids, self.record.scores
        if self.task.runtime.framework != "pt":  # criteria see arrays of a framework
            array = self.task.runtime.array
            ids, scores = array(ids), None if scores is None else tuple(map(array, scores))
        rows = [part(ids, scores) for part in self.criteria]
        return any(bool(row.all()) if hasattr(row, "all") else bool(row) for row in rows)

    def result(self) -> Any:
        """The best texts and their scores."""
        task = self.task
        # The scorer numbers beams by input, group and place within it, as rows are here.
        found = self.scorer.finalize(
            self.ids,
            self.scores,
            None,
            None,
            max_length=task.config.max_length,
            pad_token_id=task.pad,
            eos_token_id=task.ends or None,
            beam_indices=self.origins,
        )
        more = {"beam_indices": found["beam_indices"]}
        if self.record.scores is not None:
            more["sequences_scores"] = found["sequence_scores"]
        return self.record.output(found["sequences"], more)


__all__ = ["GroupSearch", "group_beam_search"]
