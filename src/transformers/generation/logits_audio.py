"""Processors of speech models: Whisper's timestamps, Bark's codebooks and end, Dia's channels."""

from __future__ import annotations

import torch

from .logits_base import (
    LogitsProcessor,
    check_int,
    choose,
    is_token,
    listed,
    token_count,
    token_list,
)


class WhisperTimeStampLogitsProcessor(LogitsProcessor):
    """Timestamps in pairs, in order, and wherever they are likelier than any text (arXiv:2212.04356).

    Args:
        generate_config: gives `no_timestamps_token_id` (timestamps follow it), `eos_token_id` or
            `bos_token_id`, `max_initial_timestamp_index`; `forced_decoder_ids` where `begin_index` is None.
        begin_index: position of the first token that is generated.
        _detect_timestamp_from_logprob: whether probabilities may force a timestamp; None: as the config says.
    """

    def __init__(self, generate_config, begin_index=None, _detect_timestamp_from_logprob=None):
        self.no_timestamps_token_id = generate_config.no_timestamps_token_id
        self.timestamp_begin = self.no_timestamps_token_id + 1
        self.eos_token_id = generate_config.eos_token_id or generate_config.bos_token_id
        facts = vars(generate_config)
        detect = facts.get("_detect_timestamp_from_logprob", True)
        given = _detect_timestamp_from_logprob
        self._detect_timestamp_from_logprob = detect if given is None else given
        if begin_index is None:
            known = facts.get("forced_decoder_ids") or []
            closed = bool(known) and known[-1][1] == self.no_timestamps_token_id
            begin_index = len(known) + 2 - closed
        self.begin_index = begin_index
        self.max_initial_timestamp_index = facts.get("max_initial_timestamp_index")

    def set_begin_index(self, begin_index):
        """Change where generation begins."""
        self.begin_index = begin_index

    def __call__(self, input_ids, scores, cur_len=None):
        token = torch.arange(scores.shape[-1], device=scores.device)
        is_time = token >= self.timestamp_begin
        closed, opened, after = self._state(input_ids, cur_len)
        banned = (token == self.no_timestamps_token_id) | (closed & is_time)
        banned = banned | (opened & (token < self.eos_token_id)) | (is_time & (token < after))
        first = ~is_time
        if self.max_initial_timestamp_index is not None:
            first = first | (token > self.timestamp_begin + self.max_initial_timestamp_index)
        banned = banned | choose(token_count(input_ids, cur_len) == self.begin_index, first, first & ~first)
        result = scores.masked_fill(banned, -float("inf"))
        if not self._detect_timestamp_from_logprob:
            return result
        logs = result.float().log_softmax(dim=-1)
        time = logs[:, self.timestamp_begin :].logsumexp(dim=-1, keepdim=True)
        text = logs[:, : self.timestamp_begin].amax(dim=-1, keepdim=True)
        return result.masked_fill((time > text) & ~is_time, -float("inf"))

    def _state(self, input_ids, cur_len):
        """Of each row (B, 1): a pair is closed, a pair is open, and the lowest timestamp that may follow."""
        sampled = is_token(input_ids, cur_len, self.begin_index)  # (T,)
        times = (input_ids >= self.timestamp_begin) & sampled  # (B, T)
        column = torch.arange(input_ids.shape[-1], device=input_ids.device)
        length = token_count(input_ids, cur_len)
        last_time = (times & (column == length - 1)).any(dim=-1, keepdim=True)
        before_text = ~times & sampled & (column == length - 2)
        lone = last_time & before_text.any(dim=-1, keepdim=True)
        place = torch.where(times, column + 1, torch.zeros_like(column)).amax(dim=-1, keepdim=True)
        value = input_ids.gather(1, (place - 1).clamp(min=0))
        step = torch.where(lone, torch.zeros_like(value), torch.ones_like(value))
        after = torch.where(place > 0, value + step, torch.zeros_like(value))
        return last_time & ~lone, lone, after


class AlternatingCodebooksLogitsProcessor(LogitsProcessor):
    """Bark: codes of the first and of the second codebook in turns.

    Args:
        input_start_len: tokens before the first code.
        semantic_vocab_size: tokens below the codes.
        codebook_size: codes of one codebook.

    Raises:
        ValueError: `input_start_len` is no integer from 0 upwards.
    """

    def __init__(self, input_start_len, semantic_vocab_size, codebook_size):
        check_int("input_start_len", input_start_len, 0)
        self.input_start_len = input_start_len
        self.semantic_vocab_size = semantic_vocab_size
        self.codebook_size = codebook_size

    def __call__(self, input_ids, scores, cur_len=None):
        token = torch.arange(scores.shape[-1], device=scores.device)
        middle = self.semantic_vocab_size + self.codebook_size
        first = scores.masked_fill((token < self.semantic_vocab_size) | (token >= middle), -float("inf"))
        second = scores.masked_fill(token < middle, -float("inf"))
        turn = (token_count(input_ids, cur_len) - self.input_start_len) % 2
        return choose(turn == 0, first, second)


class BarkEosPrioritizerLogitsProcessor(LogitsProcessor):
    """Bark: only the end, once its probability is above `min_eos_p`.

    Args:
        eos_token_id: the token, or tokens, that end a text.
        min_eos_p: a float above 0; None: nothing is done.
        device: accepted; the scores' device is used.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, eos_token_id, min_eos_p, device="cpu"):
        self.eos_token_id = token_list(eos_token_id)
        if min_eos_p is not None and min_eos_p <= 0:
            raise ValueError(f"min_eos_p is {min_eos_p!r}; it must be a float above 0, or None")
        self.min_eos_p = min_eos_p

    def __call__(self, input_ids, scores, cur_len=None):
        if not self.min_eos_p:
            return scores
        ends = listed(self.eos_token_id, scores)
        likely = (scores.softmax(dim=-1) > self.min_eos_p) & ends
        stop = likely.any(dim=-1, keepdim=True)
        return scores.masked_fill(stop & ~ends, -float("inf"))


__all__ = [
    "AlternatingCodebooksLogitsProcessor",
    "BarkEosPrioritizerLogitsProcessor",
    "WhisperTimeStampLogitsProcessor",
]
