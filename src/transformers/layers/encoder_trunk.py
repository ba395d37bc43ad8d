"""The trunk of BERT and of models of its shape: embeddings, a stack of post-norm layers, a pooler."""

from __future__ import annotations

from ..modeling_outputs import BaseModelOutputWithPoolingAndCrossAttentions
from .base import can_return_tuple
from .chosen_mask import cross_mask
from .heads import chosen, head_mask_per_layer
from .trunk import prepare


def run_encoder(
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
    cache_position=None,
):
    """(what `run_layers` gives, the cache or None) of a trunk that has `embeddings` and `encoder`.

    A trunk that numbers positions in its own way has `own_positions(config, input_ids, inputs_embeds,
    attention_mask, cache, cache_position)`, which gives (B or 1, T) where none were given.
    """
    config = self.config
    cache, numbered, mask, is_causal = prepare(
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
        config=config,
        whole=True,
    )
    if position_ids is None and self.own_positions is not None:
        numbered = self.own_positions(config, input_ids, inputs_embeds, attention_mask, cache, cache_position)
    x = self.embed(input_ids, token_type_ids, numbered, inputs_embeds)
    out = self.encoder(
        x,
        mask,
        head_mask_per_layer(head_mask, config.num_hidden_layers),
        encoder_hidden_states=encoder_hidden_states,
        encoder_attention_mask=cross_mask(config, encoder_attention_mask, x, encoder_hidden_states),
        past_key_values=cache,
        cache_position=cache_position,
        is_causal=is_causal,
        collect_hidden=chosen(output_hidden_states, config.output_hidden_states),
        collect_attentions=chosen(output_attentions, config.output_attentions),
    )
    return out, cache


class EncoderTrunk:
    """The forward of a trunk that has `embeddings`, `encoder` and `pooler` (or None there)."""

    own_positions = None

    def embed(self, input_ids, token_type_ids, position_ids, inputs_embeds):
        """What the first layer gets, (B, T, C)."""
        return self.embeddings(input_ids, token_type_ids, position_ids, inputs_embeds)

    def sees_both_ways(self):
        """Whether tokens also see what comes after them."""
        return not self.config.is_decoder

    def _prune_heads(self, heads_to_prune):
        for layer, heads in heads_to_prune.items():
            self.encoder.layer[layer].attention.prune_heads(heads)

    @can_return_tuple
    def forward(
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
        out, cache = run_encoder(
            self,
            input_ids,
            attention_mask,
            token_type_ids,
            position_ids,
            head_mask,
            inputs_embeds,
            encoder_hidden_states,
            encoder_attention_mask,
            past_key_values,
            use_cache,
            output_attentions,
            output_hidden_states,
            cache_position,
        )
        return BaseModelOutputWithPoolingAndCrossAttentions(
            last_hidden_state=out.hidden_states,
            pooler_output=None if self.pooler is None else self.pooler(out.hidden_states),
            hidden_states=out.all_hidden_states,
            past_key_values=cache,
            attentions=out.attentions,
            cross_attentions=out.cross_attentions,
        )


__all__ = ["EncoderTrunk", "run_encoder"]
