"""The best finished texts of one input, and the tensors they become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_NO_SCORE = 1e9


class BeamHypotheses:
    """Up to `num_beams` finished texts of one input, those with the best scores.

    A score is the sum of log probabilities divided by length ** length_penalty.

    Args:
        num_beams: how many are kept.
        length_penalty: above 0 favours long texts, below 0 short ones.
        early_stopping: True: done with `num_beams` texts; False: when the best running beam would not get in
            at its length; "never": when it cannot at any length.
        max_length: of the texts, needed for "never".

    Raises:
        ValueError: `early_stopping` is a str and there is no `max_length`.
    """

    def __init__(
        self,
        num_beams: int,
        length_penalty: float,
        early_stopping: bool | str,
        max_length: int | None = None,
    ) -> None:
        if not isinstance(early_stopping, bool) and max_length is None:
            raise ValueError(f"early_stopping={early_stopping!r} needs max_length; give it to the scorer")
        self.num_beams = num_beams
        self.length_penalty = length_penalty
        self.early_stopping = early_stopping
        self.max_length = max_length
        self.beams: list[tuple[float, Any, Any]] = []  # (score, token ids (T,), beam indices)
        self.worst_score = _NO_SCORE

    def __len__(self) -> int:
        return len(self.beams)

    def add(
        self, hyp: Any, sum_logprobs: float, beam_indices: Any = None, generated_len: int | None = None
    ) -> None:
        """Keep a finished text if it is good enough.

        Args:
            hyp: token ids (T,).
            sum_logprobs: sum of their log probabilities.
            beam_indices: the beam each new token came from.
            generated_len: the length that counts for the penalty; T if None.
        """
        length = hyp.shape[-1] if generated_len is None else generated_len
        score = sum_logprobs / length**self.length_penalty
        if len(self) >= self.num_beams and not score > self.worst_score:
            return
        self.beams.append((score, hyp, beam_indices))
        if len(self) > self.num_beams:
            del self.beams[min(range(len(self)), key=lambda place: self.beams[place][0])]
        self.worst_score = min(beam[0] for beam in self.beams)

    def is_done(self, best_sum_logprobs: float, cur_len: int, decoder_prompt_len: int = 0) -> bool:
        """Whether no running beam can get in any more.

        Args:
            best_sum_logprobs: of the best running beam.
            cur_len: its length.
            decoder_prompt_len: how much of that is the prompt.

        Raises:
            ValueError: the prompt is as long as `max_length` allows.
        """
        if len(self) < self.num_beams or self.early_stopping is True:
            return len(self) >= self.num_beams
        length = cur_len - decoder_prompt_len
        if self.early_stopping == "never" and self.length_penalty > 0:
            longest = int(self.max_length or 0)
            if longest <= decoder_prompt_len:
                raise ValueError(
                    f"max_length ({longest}) must be greater than the prompt's length ({decoder_prompt_len})"
                )
            length = longest - decoder_prompt_len
        return self.worst_score >= best_sum_logprobs / length**self.length_penalty


def assemble(
    groups: Sequence[Sequence[BeamHypotheses]],
    input_ids: Any,
    *,
    keep: int,
    max_length: int | None,
    pad_token_id: Any,
    eos_token_ids: list[int],
    like: Any,
) -> dict[str, Any]:
    """The best texts of every input as tensors: `sequences`, `sequence_scores`, `beam_indices` (or None).

    Args:
        groups: the finished texts of each input, several lists of them where beams are in groups.
        input_ids: a tensor of the sequences' dtype.
        keep: how many texts an input gets, best first.
        max_length: longest sequence; None for no limit.
        pad_token_id: fills the shorter ones.
        eos_token_ids: the first one ends a sequence that has room.
        like: a tensor of the scores' dtype.

    Raises:
        ValueError: an input has fewer than `keep` texts, or lengths differ and there is no `pad_token_id`.
    """
    best = []
    for hypotheses in groups:
        # Of equal scores the one added last comes first, as published.
        found = sorted((beam for part in hypotheses for beam in part.beams), key=lambda beam: beam[0])[::-1]
        if len(found) < keep:
            raise ValueError(f"{keep} texts were asked for, but beam search found {len(found)}")
        best += found[:keep]
    lengths = [len(ids) for _, ids, _ in best]
    width = max(lengths) + bool(eos_token_ids)
    width = width if max_length is None else min(width, max_length)
    if pad_token_id is None and min(lengths) != max(lengths):
        raise ValueError("pad_token_id is needed: the texts found are not of one length")
    fill = 0 if pad_token_id is None else int(pad_token_id)
    sequences = input_ids.new_full((len(best), width), fill)  # (B * keep, T)
    indices = input_ids.new_full((len(best), width), -1) if best[0][2] is not None else None
    for row, (_, ids, beams) in enumerate(best):
        used = ids[:width]
        sequences[row, : len(used)] = used
        if len(used) < width and eos_token_ids:
            sequences[row, len(used)] = eos_token_ids[0]
        if indices is not None:
            places = input_ids.new_tensor([int(beam) for beam in beams][:width])
            indices[row, : len(places)] = places
    scores = like.new_tensor([score for score, _, _ in best])
    return {"sequences": sequences, "sequence_scores": scores, "beam_indices": indices}


__all__ = ["BeamHypotheses", "assemble"]
