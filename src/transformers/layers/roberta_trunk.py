"""Embeddings and trunk of RoBERTa (arXiv:1907.11692) and of the models that count positions as it does.

The first token stands at position padding_idx + 1, padding at padding_idx, and only tokens are counted.
"""

from __future__ import annotations

import torch
from torch import nn

from .encoder_trunk import EncoderTrunk
from .masks import positions
from .post_norm import PostNormEmbeddings


class CountedEmbeddings(PostNormEmbeddings):
    """BERT's embeddings, with a row for padding in the table of positions."""

    def __init__(self, config):
        super().__init__(config)
        self.padding_idx = config.pad_token_id
        self.position_embeddings = nn.Embedding(
            config.max_position_embeddings, config.hidden_size, padding_idx=self.padding_idx
        )


def counted_positions(input_ids, length, mask, padding_idx, *, offset=0, device=None):
    """Position ids (B or 1, T): padding_idx + n at the n-th token, padding_idx at padding.

    input_ids: (B, T), in which padding_idx is padding; None if embeddings were given.  length: T.
    mask: the published (B, S) mask over cached and new tokens, or None; what it hides before a row's first
        token is padding too, whatever the ids say.
    offset: number of cached tokens, of which only those in the mask are counted.
    """
    index = torch.arange(length, device=device)[None, :] + offset  # (1, T)
    kept = None if input_ids is None else input_ids != padding_idx  # (B, T)
    before = offset
    if mask is not None and mask.dim() == 2:
        places = positions(mask, length, offset=offset, device=device)  # (B, T)
        begun = index >= (index - places)[:, -1:]
        kept = begun if kept is None else kept & begun
        past = torch.arange(mask.shape[1], device=device)[None, :] < offset  # (1, S)
        before = (mask.to(torch.bool) & past).to(torch.long).sum(dim=-1, keepdim=True)  # (B, 1)
    if kept is None:
        return index + (padding_idx + 1)
    kept = kept.to(torch.long)
    return (torch.cumsum(kept, dim=-1) + before) * kept + padding_idx


def create_position_ids_from_input_ids(input_ids, padding_idx, past_key_values_length=0):
    """`counted_positions` under the published name and arguments."""
    return counted_positions(
        input_ids,
        input_ids.shape[1],
        None,
        padding_idx,
        offset=past_key_values_length,
        device=input_ids.device,
    )


def count_positions(config, input_ids, inputs_embeds, mask, cache, cache_position):
    """`counted_positions` of a trunk's inputs.

    Raises:
        ValueError: the tokens outnumber the positions that are for tokens (where lengths are plain numbers).
    """
    tokens = input_ids if inputs_embeds is None else inputs_embeds
    length, offset = tokens.shape[1], 0
    if cache is not None:
        offset = cache.get_seq_length() if cache_position is None else cache_position[0]
    limit = config.max_position_embeddings - config.pad_token_id - 1
    if isinstance(length, int) and isinstance(offset, int) and offset + length > limit:
        raise ValueError(
            f"the sequence has {offset + length} tokens, and the model takes {limit}: of the "
            f"max_position_embeddings ({config.max_position_embeddings}) those up to pad_token_id "
            f"({config.pad_token_id}) are not for tokens"
        )
    return counted_positions(
        input_ids, length, mask, config.pad_token_id, offset=offset, device=tokens.device
    )


class CountedTrunk(EncoderTrunk):
    """BERT's trunk with positions that count tokens."""

    own_positions = staticmethod(count_positions)

    def first_place(self):
        """Position of a sequence's first token, behind padding's."""
        return self.config.pad_token_id + 1


__all__ = [
    "CountedEmbeddings",
    "CountedTrunk",
    "count_positions",
    "counted_positions",
    "create_position_ids_from_input_ids",
]
