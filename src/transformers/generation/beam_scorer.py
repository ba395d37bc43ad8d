"""What all beam scorers share: sorting finished texts from beams that go on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import UserDict
from typing import Any

from .beam_hypotheses import BeamHypotheses, assemble

# (sum of log probabilities, token, row of input_ids that it continues)
Beam = tuple[float, int, int]


class BeamScorer(ABC):
    """Base of all beam scorers."""

    @abstractmethod
    def process(
        self, input_ids: Any, next_scores: Any, next_tokens: Any, next_indices: Any, **kwargs: Any
    ) -> Any:
        """Choose the beams that go on.

        Args:
            input_ids: (B * beams, T).
            next_scores: sums of log probabilities of the best continuations, (B, 2 * beams), best first.
            next_tokens: their tokens, (B, 2 * beams).
            next_indices: the beam of its input that each continues, (B, 2 * beams).
            kwargs: further arguments of the scorer.

        Returns:
            `next_beam_scores`, `next_beam_tokens` and `next_beam_indices` (rows of `input_ids`), each
            (B * beams,).
        """

    @abstractmethod
    def finalize(
        self,
        input_ids: Any,
        next_scores: Any,
        next_tokens: Any,
        next_indices: Any,
        max_length: int,
        **kwargs: Any,
    ) -> Any:
        """Choose the best texts, those of running beams included.

        Args:
            input_ids: (B * beams, T).
            next_scores: sums of log probabilities, (B * beams,).
            next_tokens: plays no part.
            next_indices: plays no part.
            max_length: longest sequence returned.
            kwargs: further arguments of the scorer.

        Returns:
            `sequences` (B * kept, T), `sequence_scores` (B * kept,) and `beam_indices` or None.
        """


class TableScorer(BeamScorer):
    """A scorer that keeps the finished texts of every input (and group of beams) in `BeamHypotheses`."""

    _beam_hyps: list[BeamHypotheses]
    _done: list[bool]  # one for each input and group
    device: Any
    group_size: int
    num_beam_groups: int
    num_beam_hyps_to_keep: int
    counts_end = True  # whether the token that ends a text counts in its length
    counts_groups = False  # whether beam indices are rows of all groups, rather than of the group at hand

    def _start(
        self, rows: int, length_penalty: float, early_stopping: bool | str, max_length: int | None
    ) -> None:
        """Make room for the finished texts of `rows` inputs (and groups)."""
        self._is_init = False
        self._beam_hyps = [
            BeamHypotheses(self.group_size, length_penalty, early_stopping, max_length) for _ in range(rows)
        ]
        self._done = [False] * rows

    @property
    def is_done(self) -> bool:
        """Whether no input has a running beam that can still get in."""
        return all(self._done)

    @abstractmethod
    def _may_finish(self, ids: Any) -> bool:
        """Whether a text (T,) may end here."""

    @abstractmethod
    def _choose(self, row: int, running: list[Beam], input_ids: Any, vocab_scores: Any) -> list[Beam]:
        """The beams of input `row` that go on, of its best continuations."""

    @abstractmethod
    def _last_texts(self, sources: list[int], input_ids: Any) -> list[int]:
        """Rows of an input's running beams that count as texts at the end."""

    def _process(
        self,
        input_ids: Any,
        next_scores: Any,
        next_tokens: Any,
        next_indices: Any,
        pad_token_id: Any,
        eos_token_id: Any,
        beam_indices: Any,
        prompt: int,
        group: int = 0,
        vocab_scores: Any = None,
    ) -> Any:
        """What `process` does; arguments are those of `BeamSearchScorer.process`."""
        rows = len(self._beam_hyps) // self.num_beam_groups
        if input_ids.shape[0] != rows * self.group_size:
            raise ValueError(
                f"input_ids must have {rows * self.group_size} rows ({rows} inputs, {self.group_size} beams)"
                f", got {input_ids.shape[0]}"
            )
        ends = token_ids(eos_token_id)
        length = input_ids.shape[-1] + 1
        finished = length - prompt - (not self.counts_end)
        table = list(zip(next_scores.tolist(), next_tokens.tolist(), next_indices.tolist(), strict=True))
        chosen: list[list[Any]] = []
        for row, columns in enumerate(table):
            place = row * self.num_beam_groups + (group)
            if self._done[place]:
                if pad_token_id is None or not ends:
                    raise ValueError("an input is done: pad_token_id and eos_token_id are needed to go on")
                chosen.append([(0.0, int(pad_token_id), 0)] * self.group_size)
                continue
            running = self._sort_out(place, row, columns, input_ids, ends, beam_indices, finished)
            chosen.append(self._choose(row, running, input_ids, vocab_scores))
            if self._beam_hyps[place].is_done(max(columns[0]), length, prompt):
                self._done[place] = True
        scores, tokens, indices = zip(*(beam for beams in chosen for beam in beams), strict=True)
        return UserDict(
            {
                "next_beam_scores": next_scores.new_tensor(scores),
                "next_beam_tokens": next_tokens.new_tensor(tokens),
                "next_beam_indices": next_indices.new_tensor(indices),
            }
        )

    def _sort_out(
        self,
        place: int,
        row: int,
        columns: Any,
        input_ids: Any,
        ends: list[int],
        beam_indices: Any,
        length: int,
    ) -> list[Beam]:
        """Keep the finished texts of an input; returns the beams that go on."""
        running: list[Beam] = []
        for rank, (score, token, beam) in enumerate(zip(*columns, strict=True)):
            source = row * self.group_size + beam
            if token not in ends:
                running.append((score, token, source))
            elif rank < self.group_size and self._may_finish(input_ids[source]):
                last = place * self.group_size + beam if self.counts_groups else source
                past = None if beam_indices is None else (*beam_indices[source], last)
                self._beam_hyps[place].add(
                    input_ids[source].clone(), score, beam_indices=past, generated_len=length
                )
            if len(running) == self.group_size:
                return running
        raise ValueError(
            f"input {row} has {len(running)} unfinished continuations, {self.group_size} are needed: hand "
            f"over (1 + number of eos_token_id, {len(ends)}) * beams candidates"
        )

    def finalize(
        self,
        input_ids: Any,
        final_beam_scores: Any,
        final_beam_tokens: Any,
        final_beam_indices: Any,
        max_length: int,
        pad_token_id: Any = None,
        eos_token_id: Any = None,
        beam_indices: Any = None,
        decoder_prompt_len: int | None = 0,
    ) -> Any:
        """Choose the best texts, as `BeamScorer.finalize` says.

        Args:
            input_ids: (B * beams, T).
            final_beam_scores: (B * beams,).
            final_beam_tokens: plays no part.
            final_beam_indices: plays no part.
            max_length: longest sequence returned.
            pad_token_id: fills shorter sequences.
            eos_token_id: ends a sequence that has room; the first of several.
            beam_indices: for each row of `input_ids` the rows its new tokens came from.
            decoder_prompt_len: length of the prompt.

        Raises:
            ValueError: there are too few texts, or they need padding and there is no `pad_token_id`.
        """
        scores = final_beam_scores.tolist()
        length = input_ids.shape[-1] - (decoder_prompt_len or 0)
        for place, hypotheses in enumerate(self._beam_hyps):
            if self._done[place]:
                continue
            sources = range(place * self.group_size, (place + 1) * self.group_size)
            for source in self._last_texts(list(sources), input_ids):
                past = None if beam_indices is None else beam_indices[source]
                hypotheses.add(input_ids[source], scores[source], beam_indices=past, generated_len=length)
        step = self.num_beam_groups
        groups = [self._beam_hyps[start : start + step] for start in range(0, len(self._beam_hyps), step)]
        return UserDict(
            assemble(
                groups,
                input_ids,
                keep=self.num_beam_hyps_to_keep,
                max_length=max_length,
                pad_token_id=pad_token_id,
                eos_token_ids=token_ids(eos_token_id),
                like=final_beam_scores,
            )
        )


def token_ids(value: Any) -> list[int]:
    """Token ids given as one, several or a tensor, as a list; None is none."""
    if value is None:
        return []
    value = value.tolist() if hasattr(value, "tolist") else value
    return [value] if isinstance(value, int) else list(value)


__all__ = ["Beam", "BeamScorer", "TableScorer", "token_ids"]
