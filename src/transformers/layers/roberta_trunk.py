"""Embeddings and trunk of RoBERTa (arXiv:1907.11692) and of the models that count positions as it does.

The first token stands at position padding_idx + 1, padding at padding_idx, and only tokens are counted.
"""

from __future__ import annotations

import torch
from torch import nn

from ..modeling_outputs import BaseModelOutputWithPoolingAndCrossAttentions
from .base import can_return_tuple
from .heads import chosen, head_mask_per_layer
from .masks import padding_mask, positions
from .post_norm import PostNormEmbeddings
from .trunk import prepare


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


def own_positions(config, input_ids, inputs_embeds, mask, cache, cache_position):
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


def prune_encoder_heads(self, heads_to_prune):
    """`_prune_heads` of a trunk: remove the attention heads {layer: heads}."""
    for index, heads in heads_to_prune.items():
        self.encoder.layer[index].attention.prune_heads(heads)


@can_return_tuple
def trunk_forward(
    self,
    input_ids=None,
    attention_mask=None,
    token_type_ids=None,
    position_ids=None,
    head_mask=None,
    inputs_embeds=None,
    encoder_hidden_states=None,
    encoder_attention_mask=None,
    past_key_values=None,
    use_cache=None,
    output_attentions=None,
    output_hidden_states=None,
    return_dict=None,
    cache_position=None,
):
    """The forward of a trunk that has `embeddings`, `encoder` and `pooler` (or None there)."""
    config = self.config
    cache, _, mask, is_causal = prepare(
        input_ids,
        inputs_embeds,
        attention_mask,
        position_ids,
        causal=config.is_decoder,
        past_key_values=past_key_values,
        use_cache=self.encoder.may_cache and chosen(use_cache, config.use_cache),
        cross=True,
        cache_position=cache_position,
        max_positions=config.max_position_embeddings,
    )
    if position_ids is None:
        position_ids = own_positions(config, input_ids, inputs_embeds, attention_mask, cache, cache_position)
    out = self.encoder(
        self.embeddings(input_ids, token_type_ids, position_ids, inputs_embeds),
        mask,
        head_mask_per_layer(head_mask, config.num_hidden_layers),
        encoder_hidden_states=encoder_hidden_states,
        encoder_attention_mask=padding_mask(encoder_attention_mask),
        past_key_values=cache,
        cache_position=cache_position,
        is_causal=is_causal,
        collect_hidden=chosen(output_hidden_states, config.output_hidden_states),
        collect_attentions=chosen(output_attentions, config.output_attentions),
    )
    return BaseModelOutputWithPoolingAndCrossAttentions(
        last_hidden_state=out.hidden_states,
        pooler_output=None if self.pooler is None else self.pooler(out.hidden_states),
        hidden_states=out.all_hidden_states,
        past_key_values=cache,
        attentions=out.attentions,
        cross_attentions=out.cross_attentions,
    )


__all__ = [
    "CountedEmbeddings",
    "counted_positions",
    "create_position_ids_from_input_ids",
    "prune_encoder_heads",
    "trunk_forward",
]
