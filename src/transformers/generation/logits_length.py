"""Processors that look at a text's length: minimum and forced ends, forced and suppressed tokens."""

from __future__ import annotations

import functools

import torch

from .logits_base import (
    LogitsProcessor,
    change_if,
    check_int,
    forced,
    listed,
    token_count,
    token_list,
    without,
)


class MinLengthLogitsProcessor(LogitsProcessor):
    """No end before `min_length` tokens, the prompt among them.

    Args:
        min_length: tokens that a text must have.
        eos_token_id: the token, or tokens, that end it.
        device: accepted; the scores' device is used.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, min_length, eos_token_id, device="cpu"):
        check_int("min_length", min_length, 0)
        self.min_length = min_length
        self.eos_token_id = token_list(eos_token_id, checked=False)

    def __call__(self, input_ids, scores, cur_len=None):
        short = token_count(input_ids, cur_len) < self.min_length
        return change_if(short, lambda s: without(self.eos_token_id, s), scores)


class MinNewTokensLengthLogitsProcessor(LogitsProcessor):
    """No end before `min_new_tokens` tokens after the first `prompt_length_to_skip`.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, prompt_length_to_skip, min_new_tokens, eos_token_id, device="cpu"):
        check_int("prompt_length_to_skip", prompt_length_to_skip, 0)
        check_int("min_new_tokens", min_new_tokens, 0)
        self.prompt_length_to_skip = prompt_length_to_skip
        self.min_new_tokens = min_new_tokens
        self.eos_token_id = token_list(eos_token_id, checked=False)

    def __call__(self, input_ids, scores, cur_len=None):
        new = token_count(input_ids, cur_len) - self.prompt_length_to_skip
        return change_if(new < self.min_new_tokens, lambda s: without(self.eos_token_id, s), scores)


class ForcedBOSTokenLogitsProcessor(LogitsProcessor):
    """Forces `bos_token_id` as the first token after the start token."""

    def __init__(self, bos_token_id):
        self.bos_token_id = bos_token_id

    def __call__(self, input_ids, scores, cur_len=None):
        return change_if(
            token_count(input_ids, cur_len) == 1, lambda s: forced([self.bos_token_id], s), scores
        )


class ForcedEOSTokenLogitsProcessor(LogitsProcessor):
    """Forces `eos_token_id` as the token that makes `max_length`.

    Raises:
        ValueError: `eos_token_id` is not made of ids from 0 upwards.
    """

    def __init__(self, max_length, eos_token_id, device="cpu"):
        self.max_length = max_length
        self.eos_token_id = token_list(eos_token_id)

    def __call__(self, input_ids, scores, cur_len=None):
        last = token_count(input_ids, cur_len) == self.max_length - 1
        return change_if(last, lambda s: forced(self.eos_token_id, s), scores)


class ForceTokensLogitsProcessor(LogitsProcessor):
    """Forces given tokens at given positions.

    Args:
        force_token_map: pairs (position, token), or a dict; a token that is None or negative forces nothing.
    """

    def __init__(self, force_token_map):
        self.force_token_map = dict(force_token_map)

    def __call__(self, input_ids, scores, cur_len=None):
        length = token_count(input_ids, cur_len)
        for position, token in self.force_token_map.items():
            if token is not None and token >= 0:
                scores = change_if(length == position, functools.partial(forced, [token]), scores)
        return scores


class ExponentialDecayLengthPenalty(LogitsProcessor):
    """Raises the score of the end by a factor that grows with each token after a start.

    The score s of an end token becomes s + |s| (factor^n - 1), n tokens after the start.

    Args:
        exponential_decay_length_penalty: (start, factor), the start counted in new tokens.
        eos_token_id: the token, or tokens, that end a text.
        input_ids_seq_length: tokens of the prompt.

    Raises:
        ValueError: `eos_token_id` is not made of ids from 0 upwards.
    """

    def __init__(self, exponential_decay_length_penalty, eos_token_id, input_ids_seq_length):
        start, self.regulation_factor = exponential_decay_length_penalty
        self.regulation_start = start + input_ids_seq_length
        self.eos_token_id = token_list(eos_token_id)

    def __call__(self, input_ids, scores, cur_len=None):
        over = token_count(input_ids, cur_len) - self.regulation_start
        return change_if(over > 0, functools.partial(self._raised, over), scores)

    def _raised(self, over, scores):
        growth = self.regulation_factor**over - 1  # of tensors in float32, of ints exactly
        raised = scores + (scores.abs() * growth).to(scores.dtype)
        return torch.where(listed(self.eos_token_id, scores), raised, scores)


class SuppressTokensLogitsProcessor(LogitsProcessor):
    """Never these tokens."""

    def __init__(self, suppress_tokens, device="cpu"):
        self.suppress_tokens = _as_list(suppress_tokens)

    def __call__(self, input_ids, scores, cur_len=None):
        return without(self.suppress_tokens, scores)


class SuppressTokensAtBeginLogitsProcessor(LogitsProcessor):
    """None of these tokens at position `begin_index`, where generation begins."""

    def __init__(self, begin_suppress_tokens, begin_index, device="cpu"):
        self.begin_suppress_tokens = _as_list(begin_suppress_tokens)
        self.begin_index = begin_index

    def set_begin_index(self, begin_index):
        """Change where generation begins."""
        self.begin_index = begin_index

    def __call__(self, input_ids, scores, cur_len=None):
        begins = token_count(input_ids, cur_len) == self.begin_index
        return change_if(begins, lambda s: without(self.begin_suppress_tokens, s), scores)


def _as_list(tokens):
    return tokens if torch.is_tensor(tokens) else torch.tensor(list(tokens), dtype=torch.long)


__all__ = [
    "ExponentialDecayLengthPenalty",
    "ForceTokensLogitsProcessor",
    "ForcedBOSTokenLogitsProcessor",
    "ForcedEOSTokenLogitsProcessor",
    "MinLengthLogitsProcessor",
    "MinNewTokensLengthLogitsProcessor",
    "SuppressTokensAtBeginLogitsProcessor",
    "SuppressTokensLogitsProcessor",
]
