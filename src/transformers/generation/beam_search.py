"""Beam search, one step at a time, for programs with a loop of their own; PyTorch tensors.

A scorer is handed the best continuations of all beams and says which go on, keeping those that are finished.
"""

from __future__ import annotations

from array import array
from typing import Any

from .beam_hypotheses import BeamHypotheses
from .beam_scorer import Beam, BeamScorer, TableScorer
from .constraints import Constraint, ConstraintListState


class BeamSearchScorer(TableScorer):
    """Beam search, and diverse beam search where `num_beam_groups` is greater than 1.

    Args:
        batch_size: number of inputs, B.
        num_beams: beams of an input, all groups together.
        device: of the tensors.
        length_penalty: scores are divided by length ** length_penalty.
        do_early_stopping: as `early_stopping` of `GenerationConfig`.
        num_beam_hyps_to_keep: texts returned for an input.
        num_beam_groups: groups that the beams are divided into.
        max_length: needed with `do_early_stopping="never"`.

    Raises:
        ValueError: `num_beams` is less than 2 or no multiple of `num_beam_groups`.
    """

    def __init__(
        self,
        batch_size: int,
        num_beams: int,
        device: Any,
        length_penalty: float | None = 1.0,
        do_early_stopping: bool | str | None = False,
        num_beam_hyps_to_keep: int | None = 1,
        num_beam_groups: int | None = 1,
        max_length: int | None = None,
    ) -> None:
        groups = num_beam_groups or 1
        _check_beams(num_beams)
        if not isinstance(groups, int) or groups > num_beams or num_beams % groups:
            raise ValueError(f"num_beams ({num_beams}) must be a multiple of num_beam_groups ({groups!r})")
        self.num_beams = num_beams
        self.device = device
        self.length_penalty = 1.0 if length_penalty is None else length_penalty
        self.do_early_stopping = bool(do_early_stopping) if do_early_stopping is None else do_early_stopping
        self.num_beam_hyps_to_keep = num_beam_hyps_to_keep or 1
        self.num_beam_groups = groups
        self.group_size = num_beams // groups
        self._start(batch_size * groups, self.length_penalty, self.do_early_stopping, max_length)

    def process(
        self,
        input_ids: Any,
        next_scores: Any,
        next_tokens: Any,
        next_indices: Any,
        pad_token_id: Any = None,
        eos_token_id: Any = None,
        beam_indices: Any = None,
        group_index: int | None = 0,
        decoder_prompt_len: int | None = 0,
    ) -> Any:
        """Choose the beams that go on, as `BeamScorer.process` says.

        Args:
            input_ids: (B * beams of a group, T).
            next_scores: (B, 2 * beams), best first.
            next_tokens: (B, 2 * beams).
            next_indices: (B, 2 * beams).
            pad_token_id: what inputs that are done go on with.
            eos_token_id: one id or several that finish a text.
            beam_indices: for each row of `input_ids` the rows its new tokens came from.
            group_index: the group that the beams belong to.
            decoder_prompt_len: length of the prompt, which does not count for the penalty.

        Raises:
            ValueError: sizes do not fit, too few continuations are unfinished, or an input is done and there
                is no `pad_token_id` and `eos_token_id`.
        """
        return self._process(
            input_ids,
            next_scores,
            next_tokens,
            next_indices,
            pad_token_id,
            eos_token_id,
            beam_indices,
            decoder_prompt_len or 0,
            group_index or 0,
        )

    def _may_finish(self, ids: Any) -> bool:
        return True

    def _choose(self, row: int, running: list[Beam], input_ids: Any, vocab_scores: Any) -> list[Beam]:
        return running

    def _last_texts(self, sources: list[int], input_ids: Any) -> list[int]:
        return sources


class ConstrainedBeamSearchScorer(TableScorer):
    """Beam search whose texts have to fulfil constraints: beams are kept at every stage of progress.

    Args:
        batch_size: number of inputs, B.
        num_beams: beams of an input.
        constraints: what every text has to fulfil.
        device: of the tensors.
        length_penalty: scores are divided by length ** length_penalty.
        do_early_stopping: as `early_stopping` of `GenerationConfig`.
        num_beam_hyps_to_keep: texts returned for an input.
        max_length: needed with `do_early_stopping="never"`.

    Raises:
        ValueError: `num_beams` is less than 2, or there is no constraint.
    """

    def __init__(
        self,
        batch_size: int,
        num_beams: int,
        constraints: list[Constraint],
        device: Any,
        length_penalty: float | None = 1.0,
        do_early_stopping: bool | str | None = False,
        num_beam_hyps_to_keep: int | None = 1,
        max_length: int | None = None,
    ) -> None:
        _check_beams(num_beams)
        self.num_beams = self.group_size = num_beams
        self.num_beam_groups = 1
        self.constraints = constraints
        self.device = device
        self.length_penalty = 1.0 if length_penalty is None else length_penalty
        self.do_early_stopping = False if do_early_stopping is None else do_early_stopping
        self.num_beam_hyps_to_keep = num_beam_hyps_to_keep or 1
        self.make_constraint_states(1)  # says now what is wrong with the constraints
        self._start(batch_size, self.length_penalty, self.do_early_stopping, max_length)

    def make_constraint_states(self, n: int) -> list[ConstraintListState]:
        """`n` fresh states of the constraints."""
        return [ConstraintListState([part.copy() for part in self.constraints]) for _ in range(n)]

    def check_completes_constraints(self, sequence: list[int]) -> bool:
        """Whether a text fulfils all constraints."""
        return self._state(sequence).completed

    def _state(self, sequence: list[int]) -> ConstraintListState:
        state = self.make_constraint_states(1)[0]
        state.reset(sequence)
        return state

    def process(
        self,
        input_ids: Any,
        next_scores: Any,
        next_tokens: Any,
        next_indices: Any,
        scores_for_all_vocab: Any,
        pad_token_id: Any = None,
        eos_token_id: Any = None,
        beam_indices: Any = None,
        decoder_prompt_len: int | None = 0,
    ) -> Any:
        """Choose the beams that go on, as `BeamSearchScorer.process` does.

        Args:
            input_ids: (B * beams, T).
            next_scores: (B, 2 * beams), best first.
            next_tokens: (B, 2 * beams).
            next_indices: (B, 2 * beams).
            scores_for_all_vocab: sums of log probabilities of all continuations, (B * beams, V).
            pad_token_id: what inputs that are done go on with.
            eos_token_id: one id or several that finish a text.
            beam_indices: for each row of `input_ids` the rows its new tokens came from.
            decoder_prompt_len: length of the prompt, which does not count for the penalty.

        Raises:
            ValueError: as `BeamSearchScorer.process`.
        """
        return self._process(
            input_ids,
            next_scores,
            next_tokens,
            next_indices,
            pad_token_id,
            eos_token_id,
            beam_indices,
            decoder_prompt_len or 0,
            vocab_scores=scores_for_all_vocab,
        )

    def _may_finish(self, ids: Any) -> bool:
        return self.check_completes_constraints(ids.tolist())

    def _last_texts(self, sources: list[int], input_ids: Any) -> list[int]:
        done = [source for source in sources if self._may_finish(input_ids[source])]
        if len(done) >= self.num_beam_hyps_to_keep:
            return done
        return done + [source for source in sources if source not in done]

    def _choose(self, row: int, running: list[Beam], input_ids: Any, vocab_scores: Any) -> list[Beam]:
        return self._mix(row, running, input_ids, vocab_scores, push_progress=False)

    def step_sentence_constraint(
        self,
        batch_idx: int,
        input_ids: Any,
        vocab_scores: Any,
        sent_beam_scores: Any,
        sent_beam_tokens: Any,
        sent_beam_indices: Any,
        push_progress: bool = False,
    ) -> tuple[Any, Any, Any]:
        """The beams of one input that go on, after continuations that make progress came in.

        Args:
            batch_idx: which input.
            input_ids: (B * beams, T).
            vocab_scores: sums of log probabilities of all continuations, (B * beams, V).
            sent_beam_scores: of the best continuations, (beams,).
            sent_beam_tokens: their tokens, (beams,).
            sent_beam_indices: rows of `input_ids` that they continue, (beams,).
            push_progress: also add the best continuation of beams that are complete.

        Returns:
            Scores, tokens and rows, (beams,) each.
        """
        given = (sent_beam_scores, sent_beam_tokens, sent_beam_indices)
        running = list(zip(*(part.tolist() for part in given), strict=True))
        chosen = zip(*self._mix(batch_idx, running, input_ids, vocab_scores, push_progress), strict=True)
        scores, tokens, rows = (part.new_tensor(new) for part, new in zip(given, chosen, strict=True))
        return scores, tokens, rows

    def _mix(
        self, row: int, running: list[Beam], input_ids: Any, vocab_scores: Any, push_progress: bool
    ) -> list[Beam]:
        """The best of each stage of progress in turn, from `running` and from forced continuations."""
        count = len(running)
        texts = input_ids.tolist()
        seen = [[*texts[source], token] for _, token, source in running]
        found = [(self._state(ids).get_bank(), beam) for ids, beam in zip(seen, running, strict=True)]
        for source in range(row * count, (row + 1) * count):
            state = self._state(texts[source])
            tokens = state.advance() or []
            if state.completed:
                tokens = [int(vocab_scores[source].argmax())] if push_progress else []
            for token in tokens:
                ids = [*texts[source], token]
                if ids in seen:
                    continue
                seen.append(ids)
                following = self._state(ids) if state.completed else state.copy()
                if not state.completed:
                    following.add(token)
                found.append((following.get_bank(), (float(vocab_scores[source, token]), token, source)))
        if len(found) == count:
            return running
        return _in_turns(found)[:count]


def _check_beams(num_beams: Any) -> None:
    if not isinstance(num_beams, int) or num_beams <= 1:
        raise ValueError(f"num_beams must be an int greater than 1, got {num_beams!r}; one is greedy search")


def _in_turns(found: list[tuple[int, Beam]]) -> list[Beam]:
    """The best beam of each bank, furthest progress first, then the second best of each, and so on."""
    # A bank counts for 100 nats, added in float32 as published: beams not begun yet (-1e9) come out as ties.
    keys = array("f", [100 * bank + score for bank, (score, _, _) in found])
    ordered = [found[place] for place in sorted(range(len(found)), key=keys.__getitem__, reverse=True)]
    rounds, previous, turn = [], None, 0
    for bank, _ in ordered:
        turn = turn + 1 if bank == previous else 0
        previous = bank
        rounds.append(turn)
    return [ordered[place][1] for place in sorted(range(len(ordered)), key=rounds.__getitem__)]


__all__ = ["BeamHypotheses", "BeamScorer", "BeamSearchScorer", "ConstrainedBeamSearchScorer"]
