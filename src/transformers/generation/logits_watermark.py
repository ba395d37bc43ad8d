"""Watermarks: a bias for tokens that a key makes green (arXiv:2301.10226, arXiv:2306.04634)."""

from __future__ import annotations

import torch

from ..layers.host import host_call
from .logits_base import LogitsProcessor, last_tokens

CANDIDATES = 40  # best tokens that are tried where a token takes part in its own seed
SCHEMES = ("lefthash", "selfhash")


class WatermarkLogitsProcessor(LogitsProcessor):
    """Raises the scores of a pseudo-random part of the vocabulary, for `WatermarkDetector` to find.

    Args:
        vocab_size: tokens of the model.
        device: accepted; lists are made on the host, the same in every framework.
        greenlist_ratio: the part of the vocabulary that is green, between 0 and 1.
        bias: what green tokens gain.
        hashing_key: the secret.
        seeding_scheme: "lefthash": the last token decides; "selfhash": a token takes part in its own seed.
        context_width: tokens that decide, at least 1.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(
        self,
        vocab_size,
        device="cpu",
        greenlist_ratio=0.25,
        bias=2.0,
        hashing_key=15485863,
        seeding_scheme="lefthash",
        context_width=1,
    ):
        if seeding_scheme not in SCHEMES:
            raise ValueError(f"seeding_scheme is {seeding_scheme!r}; it must be one of {', '.join(SCHEMES)}")
        if not 0.0 < greenlist_ratio < 1.0:
            raise ValueError(f"greenlist_ratio is {greenlist_ratio!r}; it must lie between 0 and 1")
        if context_width < 1:
            raise ValueError(f"context_width is {context_width!r}; it must be an integer, at least 1")
        self.vocab_size = vocab_size
        self.greenlist_size = int(vocab_size * greenlist_ratio)
        self.bias = bias
        self.seeding_scheme = seeding_scheme
        self.hash_key = hashing_key
        self.context_width = context_width

    def __call__(self, input_ids, scores, cur_len=None):
        from .green_lists import green_mask

        mask = green_mask(
            self.vocab_size, self.greenlist_size, self.hash_key, self.seeding_scheme, self.context_width
        )
        contexts = last_tokens(input_ids, self.context_width, cur_len)
        best = contexts
        if self.seeding_scheme == "selfhash":
            best = torch.sort(scores, dim=-1, descending=True).indices[:, :CANDIDATES]
        shape = (scores.shape[0], self.vocab_size)
        (green,) = host_call(mask, [(shape, torch.bool)], contexts, best)
        return torch.where(green.to(scores.device), scores + self.bias, scores)


__all__ = ["WatermarkLogitsProcessor"]
