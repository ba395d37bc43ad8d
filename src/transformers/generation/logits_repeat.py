"""Processors against repetition: of tokens, of n-grams, and among groups of beams."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .logits_base import (
    LogitsProcessor,
    change_if,
    check_float,
    check_int,
    is_token,
    last_tokens,
    occurring,
    token_count,
)


class RepetitionPenaltyLogitsProcessor(LogitsProcessor):
    """Divides positive scores of tokens that occurred by `penalty`, multiplies negative (arXiv:1909.05858).

    Args:
        penalty: above 1 discourages, below 1 encourages repetition.
        prompt_ignore_length: tokens at the start of `input_ids` that do not count.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, penalty, prompt_ignore_length=None):
        check_float("penalty", penalty, "above 0", isinstance(penalty, float) and penalty > 0)
        if prompt_ignore_length is not None:
            check_int("prompt_ignore_length", prompt_ignore_length, 0)
        self.penalty = penalty
        self.prompt_ignore_length = prompt_ignore_length

    def __call__(self, input_ids, scores, cur_len=None):
        return _penalised(input_ids, self.prompt_ignore_length or 0, cur_len, scores, self.penalty)


class EncoderRepetitionPenaltyLogitsProcessor(LogitsProcessor):
    """Favours tokens of the encoder's input, the inverse of the repetition penalty.

    Args:
        penalty: above 1 favours them, below 1 keeps away from them.
        encoder_input_ids: shape (B, S).

    Raises:
        ValueError: `penalty` is no float above 0.
    """

    def __init__(self, penalty, encoder_input_ids):
        check_float("penalty", penalty, "above 0", isinstance(penalty, float) and penalty > 0)
        self.penalty = 1 / penalty
        self.encoder_input_ids = encoder_input_ids

    def __call__(self, input_ids, scores, cur_len=None):
        return _penalised(self.encoder_input_ids, 0, None, scores, self.penalty)


class NoRepeatNGramLogitsProcessor(LogitsProcessor):
    """No n-gram twice: drops each token that would complete one that occurred (arXiv:1705.04304).

    Args:
        ngram_size: n.

    Raises:
        ValueError: `ngram_size` is no integer above 0.
    """

    def __init__(self, ngram_size):
        check_int("ngram_size", ngram_size, 1)
        self.ngram_size = ngram_size

    def __call__(self, input_ids, scores, cur_len=None):
        prefix = last_tokens(input_ids, self.ngram_size - 1, cur_len)
        counted = is_token(input_ids, cur_len, self.ngram_size - 1)
        return _without_completions(input_ids, counted, prefix, self.ngram_size - 1, scores)


class EncoderNoRepeatNGramLogitsProcessor(LogitsProcessor):
    """No n-gram of the encoder's input.

    Args:
        encoder_ngram_size: n.
        encoder_input_ids: shape (B, S) or (S,).  With k beams, row r of a call belongs to row r // k.

    Raises:
        ValueError: `encoder_ngram_size` is no integer above 0.
    """

    def __init__(self, encoder_ngram_size, encoder_input_ids):
        check_int("encoder_ngram_size", encoder_ngram_size, 1)
        self.ngram_size = encoder_ngram_size
        flat = encoder_input_ids.ndim == 1
        self.encoder_input_ids = encoder_input_ids.unsqueeze(0) if flat else encoder_input_ids
        self.batch_size = self.encoder_input_ids.shape[0]

    def __call__(self, input_ids, scores, cur_len=None):
        row = torch.arange(scores.shape[0], device=scores.device) * self.batch_size // scores.shape[0]
        source = self.encoder_input_ids.to(input_ids).index_select(0, row)
        prefix = last_tokens(input_ids, self.ngram_size - 1, cur_len)
        counted = is_token(source, None, self.ngram_size - 1)
        return _without_completions(source, counted, prefix, self.ngram_size - 1, scores)


class HammingDiversityLogitsProcessor(LogitsProcessor):
    """Lowers tokens that earlier groups of beams chose in this step (arXiv:1610.02424).

    A call also takes `current_tokens` (B * num_beams,), the tokens chosen so far in this step, and
    `beam_group_idx`; its scores are those of one group, (B * group size, V).

    Args:
        diversity_penalty: taken off once for each beam that chose a token.
        num_beams: beams of one text.
        num_beam_groups: groups that they form.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, diversity_penalty, num_beams, num_beam_groups):
        positive = isinstance(diversity_penalty, float) and diversity_penalty > 0
        check_float("diversity_penalty", diversity_penalty, "above 0", positive)
        check_int("num_beams", num_beams, 2)
        check_int("num_beam_groups", num_beam_groups, 2)
        if num_beam_groups > num_beams:
            raise ValueError(f"num_beam_groups ({num_beam_groups}) must not exceed num_beams ({num_beams})")
        self._diversity_penalty = diversity_penalty
        self._num_beams = num_beams
        self._num_sub_beams = num_beams // num_beam_groups

    def __call__(self, input_ids, scores, current_tokens, beam_group_idx, cur_len=None):
        start = beam_group_idx * self._num_sub_beams
        size = min(start + self._num_sub_beams, self._num_beams) - start
        if not start:
            return scores
        earlier = current_tokens.reshape(-1, self._num_beams)[:, :start].long()  # (B, start)
        grouped = scores.reshape(-1, size, scores.shape[-1])  # (B, size, V)
        none = torch.zeros_like(grouped[:, 0]).float()
        counts = none.scatter_add(1, earlier, torch.ones_like(earlier).float())
        lowered = grouped - self._diversity_penalty * counts.unsqueeze(1)
        return lowered.to(scores.dtype).reshape(scores.shape)


def _penalised(ids, start, cur_len, scores, penalty):
    """Scores of the tokens in the columns of `ids` from `start` on, drawn away from plus infinity."""
    ids = ids.to(scores.device).long()
    some = True
    if start or cur_len is not None:
        # Other columns repeat the last token: what is written twice is then the same twice.
        some = token_count(ids, cur_len) > start
        ids = torch.where(is_token(ids, cur_len, start), ids, last_tokens(ids, 1, cur_len).clamp(min=0))
    old = scores.gather(1, ids)
    new = torch.where(old < 0, old * penalty, old / penalty)
    return change_if(some, lambda s: s.scatter(1, ids, new), scores)


def _without_completions(ids, counted, prefix, size, scores):
    """Drop tokens of `ids` (B, S) that stand right after `prefix` (B, size), at the columns `counted`."""
    padded = F.pad(ids, (size, 0), value=-2)
    follows = counted & (ids >= 0)
    for place in range(size):
        follows = follows & (padded[:, place : place + ids.shape[-1]] == prefix[:, place : place + 1])
    return scores.masked_fill(occurring(ids, follows, scores), -float("inf"))


__all__ = [
    "EncoderNoRepeatNGramLogitsProcessor",
    "EncoderRepetitionPenaltyLogitsProcessor",
    "HammingDiversityLogitsProcessor",
    "NoRepeatNGramLogitsProcessor",
    "RepetitionPenaltyLogitsProcessor",
]
