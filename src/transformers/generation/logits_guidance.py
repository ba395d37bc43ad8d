"""Classifier-free guidance (arXiv:2306.17806), and what Dia does with its two streams and its channels."""

from __future__ import annotations

import torch

from .logits_base import LogitsProcessor


class ClassifierFreeGuidanceLogitsProcessor(LogitsProcessor):
    """Moves scores from those without the prompt further towards those with it.

    `scores` (2B, V) are those with the prompt, then those without; the result is (B, V).

    Args:
        guidance_scale: above 1.

    Raises:
        ValueError: `guidance_scale` is not above 1; at a call: `scores` has not 2B rows for B of `input_ids`.
    """

    def __init__(self, guidance_scale):
        self.guidance_scale = _checked_scale(guidance_scale)

    def __call__(self, input_ids, scores, cur_len=None):
        with_prompt, without = _halves(input_ids, scores)
        return without + (with_prompt - without) * self.guidance_scale


class UnbatchedClassifierFreeGuidanceLogitsProcessor(LogitsProcessor):
    """Guidance by a second run of the model, on its own prompt and with a cache of its own.

    Args:
        guidance_scale: 1 leaves log-probabilities as they are; above 1 follows the prompt more.
        model: what gives the scores without the prompt.
        unconditional_ids: its prompt (B, S); None: the last token of the prompt.
        unconditional_attention_mask: of that prompt (B, S).
        use_cache: whether the second run keeps keys and values.
    """

    def __init__(
        self,
        guidance_scale,
        model,
        unconditional_ids=None,
        unconditional_attention_mask=None,
        use_cache=True,
    ):
        self.guidance_scale = guidance_scale
        self.model = model
        self.unconditional_context = {
            "input_ids": unconditional_ids,
            "attention_mask": unconditional_attention_mask,
            "use_cache": use_cache,
            "past_key_values": None,
            "first_pass": True,
        }

    def get_unconditional_logits(self, input_ids):
        """Logits (B, S, V) of the second run, which is one token further after each call."""
        context = self.unconditional_context
        newest = input_ids[:, -1:]
        if context["first_pass"]:
            ids = newest if context["input_ids"] is None else context["input_ids"]
            mask = context["attention_mask"]
            mask = torch.ones_like(ids) if mask is None else mask
        else:
            mask = torch.cat([context["attention_mask"], torch.ones_like(newest)], dim=1)
            ids = newest if context["use_cache"] else torch.cat([context["input_ids"], newest], dim=1)
        output = self.model(
            ids,
            attention_mask=mask,
            use_cache=context["use_cache"],
            past_key_values=context["past_key_values"],
        )
        past = output.get("past_key_values")
        self.unconditional_context = {
            **context,
            "input_ids": ids,
            "attention_mask": mask,
            "past_key_values": past,
            "first_pass": False,
        }
        return output.logits

    def __call__(self, input_ids, scores, cur_len=None):
        scores = scores.log_softmax(dim=-1)
        if self.guidance_scale == 1:
            return scores
        tokens = input_ids if cur_len is None else input_ids[:, :cur_len]
        without = self.get_unconditional_logits(tokens)[:, -1].log_softmax(dim=-1)
        return self.guidance_scale * (scores - without) + without


class DiaClassifierFreeGuidanceLogitsProcessor(LogitsProcessor):
    """Dia's guidance: from the scores with the prompt outwards, and the guided ones may only choose.

    `scores` (2B, V) are those with the prompt, then those without; the result is (B, V).

    Args:
        guidance_scale: above 1.
        guidance_top_k: keeps the scores with the prompt of so many tokens, those that guidance ranks highest;
            None: the guided scores themselves.

    Raises:
        ValueError: `guidance_scale` is not above 1; at a call: `scores` has not 2B rows for B of `input_ids`.
    """

    def __init__(self, guidance_scale, guidance_top_k=None):
        self.guidance_scale = _checked_scale(guidance_scale)
        self.guidance_top_k = guidance_top_k

    def __call__(self, input_ids, scores, cur_len=None):
        with_prompt, without = _halves(input_ids, scores)
        guided = with_prompt + (with_prompt - without) * self.guidance_scale
        if self.guidance_top_k is None:
            return guided
        best = torch.topk(guided, self.guidance_top_k).indices
        chosen = torch.zeros_like(guided).scatter_add(1, best, torch.ones_like(best).to(guided.dtype)) > 0
        return with_prompt.masked_fill(~chosen, -float("inf"))


class DiaEOSChannelFilterLogitsProcessor(LogitsProcessor):
    """Dia: only channel 0 may end, it ends where that is its best token, and no token lies above the end.

    `scores` are (B * num_channels, V).

    Args:
        num_channels: channels of one sound.
        eos_token_id: the token that ends it.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(self, num_channels, eos_token_id):
        if num_channels < 1:
            raise ValueError(f"num_channels is {num_channels!r}; there must be at least one channel")
        if eos_token_id < 1:
            raise ValueError(f"eos_token_id is {eos_token_id!r}; it must be an integer above 0")
        self.num_channels = num_channels
        self.eos_id = eos_token_id

    def __call__(self, input_ids, scores, cur_len=None):
        channels = scores.reshape(-1, self.num_channels, scores.shape[-1])
        token = torch.arange(scores.shape[-1], device=scores.device)
        first = torch.arange(self.num_channels, device=scores.device).unsqueeze(-1) == 0  # (C, 1)
        below = channels[..., : self.eos_id].amax(dim=-1, keepdim=True)
        ends = first & (channels[..., self.eos_id : self.eos_id + 1] > below)  # (B, C, 1)
        banned = torch.where(ends, token != self.eos_id, token >= self.eos_id)
        return channels.masked_fill(banned, -float("inf")).reshape(scores.shape)


class DiaEOSDelayPatternLogitsProcessor(LogitsProcessor):
    """Dia: once channel 0 ends, each channel is made to end after its own delay.

    It counts its calls, so it serves one generation, and cannot be part of a compiled graph.
    `scores` are (B * channels, V).

    Args:
        delay_pattern: steps of delay of each channel.
        eos_token_id: the token that ends a channel.
        max_generation_len: tokens at which all channels must have ended.
        device: accepted; the scores' device is used.

    Raises:
        ValueError: `delay_pattern` is empty.
    """

    def __init__(self, delay_pattern, eos_token_id, max_generation_len, device="cpu"):
        if not len(delay_pattern):
            raise ValueError("delay_pattern is empty; it must give one delay for each channel")
        self.num_channels = len(delay_pattern)
        self.delay_pattern = torch.tensor([list(delay_pattern)])  # (1, C), later (B, C): steps that are left
        self.active_batches = None
        self.eos_token_id = eos_token_id
        self.max_generation_len = max_generation_len - max(delay_pattern) - 1

    def __call__(self, input_ids, scores, cur_len=None):
        channels = scores.reshape(-1, self.num_channels, scores.shape[-1])
        ended = channels[:, 0].argmax(dim=-1) == self.eos_token_id  # (B,)
        length = input_ids.shape[-1] if cur_len is None else cur_len
        ended = ended | (torch.zeros_like(ended.long()) + length == self.max_generation_len)
        active = ended if self.active_batches is None else self.active_batches | ended
        left = self.delay_pattern.to(scores.device) + torch.zeros_like(active.long()).unsqueeze(-1)  # (B, C)
        forced = (active.unsqueeze(-1) & (left == 0)).unsqueeze(-1)  # (B, C, 1)
        is_end = torch.arange(scores.shape[-1], device=scores.device) == self.eos_token_id
        only = torch.zeros_like(channels).masked_fill(~is_end, -float("inf"))
        self.active_batches = active
        self.delay_pattern = left - active.to(left.dtype).unsqueeze(-1)
        return torch.where(forced, only, channels).reshape(scores.shape)


def _checked_scale(scale):
    if not scale > 1:
        raise ValueError(f"guidance_scale is {scale!r}; guidance needs a number above 1")
    return scale


def _halves(input_ids, scores):
    """Scores with the prompt and those without.

    Raises:
        ValueError: `scores` has not twice the rows of `input_ids`.
    """
    rows = scores.shape[0]
    if isinstance(rows, int) and rows != 2 * input_ids.shape[0]:
        raise ValueError(
            f"scores have {rows} rows for {input_ids.shape[0]} of input_ids; guidance needs twice as many: "
            "those with the prompt, then those without"
        )
    return torch.chunk(scores, 2, dim=0)


__all__ = [
    "ClassifierFreeGuidanceLogitsProcessor",
    "DiaClassifierFreeGuidanceLogitsProcessor",
    "DiaEOSChannelFilterLogitsProcessor",
    "DiaEOSDelayPatternLogitsProcessor",
    "UnbatchedClassifierFreeGuidanceLogitsProcessor",
]
