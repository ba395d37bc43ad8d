"""T5's stack and trunks (arXiv:1910.10683) but for their names.

A model's class is one of these and the model's base, which tells by `_parts` the classes to build with:
`{"block": T5Block, "norm": T5LayerNorm, "stack": T5Stack ...}`; `layers.t5_heads` names the others.
"""

from __future__ import annotations

import copy

from torch import nn

from ..modeling_outputs import BaseModelOutputWithPastAndCrossAttentions
from .base import can_return_tuple
from .chosen_mask import cross_mask
from .heads import chosen, head_mask_per_layer
from .seq2seq import seq2seq_forward
from .stack import run_layers
from .trunk import cached_length, prepare

TABLES = {"encoder.embed_tokens.weight": "shared.weight", "decoder.embed_tokens.weight": "shared.weight"}


class BucketStack:
    """Encoder or, by `config.is_decoder`, decoder; the first block's biases serve all blocks."""

    _input_embeddings = "embed_tokens"
    _embedding_copies = ()

    def __init__(self, config, embed_tokens=None):
        super().__init__(config)
        parts = self._parts()
        self.embed_tokens = embed_tokens
        self.is_decoder = config.is_decoder
        self.block = nn.ModuleList(
            [parts["block"](config, index == 0, layer_idx=index) for index in range(config.num_layers)]
        )
        self.final_layer_norm = parts["norm"](config.d_model, eps=config.layer_norm_epsilon)
        self.dropout = nn.Dropout(config.dropout_rate)
        self.gradient_checkpointing = False
        self.post_init()

    def embed(self, input_ids, inputs_embeds):
        """Embeddings (B, T, C) of the tokens, or those that were given.

        Raises:
            ValueError: ids for a stack that was made without a table.
        """
        if inputs_embeds is not None:
            return inputs_embeds
        if self.embed_tokens is None:
            raise ValueError("this stack was made without embed_tokens: give inputs_embeds")
        return self.embed_tokens(input_ids)

    def bias(self, x, cache, cache_position):
        """The bias (1, H, T, S) of all blocks for the new tokens x (B, T, C) and those in the cache."""
        offset = cached_length(cache, cache_position)
        fixed = -1 if cache is None else cache.get_max_cache_shape()
        keys = fixed if fixed > 0 else offset + x.shape[1]
        return self.block[0].layer[0].SelfAttention.compute_bias(x.shape[1], keys, x.device, offset)

    def finish(self, hidden_states):
        return self.dropout(self.final_layer_norm(hidden_states))

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        encoder_hidden_states=None,
        encoder_attention_mask=None,
        inputs_embeds=None,
        head_mask=None,
        cross_attn_head_mask=None,
        past_key_values=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
        cache_position=None,
    ):
        config, layers = self.config, len(self.block)
        checkpointing = self.gradient_checkpointing and self.training
        use_cache = self.is_decoder and chosen(use_cache, config.use_cache) and not checkpointing
        ready = prepare(
            input_ids,
            inputs_embeds,
            attention_mask,
            causal=self.is_decoder,
            past_key_values=past_key_values,
            use_cache=use_cache,
            cross=encoder_hidden_states is not None,
            cache_position=cache_position,
            config=config,
        )
        x = self.embed(input_ids, inputs_embeds)
        out = run_layers(
            self.block,
            self.dropout(x),
            ready.mask,
            per_layer={
                "layer_head_mask": head_mask_per_layer(head_mask, layers),
                "cross_attn_layer_head_mask": head_mask_per_layer(cross_attn_head_mask, layers),
            },
            position_bias=self.bias(x, ready.cache, cache_position),
            encoder_hidden_states=encoder_hidden_states,
            encoder_attention_mask=cross_mask(config, encoder_attention_mask, x, encoder_hidden_states),
            past_key_values=ready.cache,
            cache_position=cache_position,
            is_causal=ready.is_causal,
            final=self.finish,
            checkpointing=checkpointing,
            collect_hidden=chosen(output_hidden_states, config.output_hidden_states),
            collect_attentions=chosen(output_attentions, config.output_attentions),
        )
        return BaseModelOutputWithPastAndCrossAttentions(
            last_hidden_state=out.hidden_states,
            past_key_values=ready.cache if use_cache else None,
            hidden_states=out.all_hidden_states,
            attentions=out.attentions,
            cross_attentions=out.cross_attentions,
        )


def layer_ties(encoder):
    """Ties of an encoder's blocks to those of a decoder that is as deep: attention, feed-forward, norms."""
    names = [name for name, _ in encoder.named_parameters() if not name.startswith("embed_tokens.")]
    # The decoder's attention to the encoder stands between the two parts that they share.
    return {f"encoder.{name}": f"decoder.{name.replace('.layer.1.', '.layer.2.')}" for name in names}


class Stacks:
    """Tables and stacks under the names that checkpoints give them, and what is made from them."""

    def add_stacks(self, config, *, decoder=True):
        """`shared`, `encoder` and, unless told otherwise, `decoder`, each with a config of its own."""
        stack = self._parts()["stack"]
        self.shared = nn.Embedding(config.vocab_size, config.d_model)
        own = copy.deepcopy(config)
        own.is_decoder, own.use_cache, own.pruned_heads = False, False, {}
        self.encoder = stack(own, self.shared)
        if decoder:
            own = copy.deepcopy(config)
            own.is_decoder, own.num_layers, own.pruned_heads = True, config.num_decoder_layers, {}
            self.decoder = stack(own, self.shared)
            if config.tie_encoder_decoder:
                self._ties = {**self._ties, **layer_ties(self.encoder)}

    def get_encoder(self):
        """The stack that reads the input."""
        return self.base_model.encoder

    def get_decoder(self):
        """The stack that writes the output."""
        return self.base_model.decoder

    def _prune_heads(self, heads_to_prune):
        for layer, heads in heads_to_prune.items():
            self.encoder.block[layer].layer[0].SelfAttention.prune_heads(heads)

    def decoder_defaults(self, given):
        """The encoder's head mask serves the decoder too, where they are equally deep and it has none."""
        same = self.config.num_layers == self.config.num_decoder_layers
        shared = given.get("head_mask") if same else None
        return {"decoder_head_mask": chosen(given.get("decoder_head_mask"), shared)}


class BucketTrunk(Stacks):
    """Encoder and decoder: the decoder's hidden states."""

    _ties = TABLES
    _tied_weights_keys = list(TABLES)

    def __init__(self, config):
        super().__init__(config)
        self.add_stacks(config)
        self.post_init()

    forward = seq2seq_forward


class BucketEncoder(Stacks):
    """The encoder alone."""

    _ties = {"encoder.embed_tokens.weight": "shared.weight"}
    _tied_weights_keys = list(_ties)
    _embedding_copies = ("encoder.embed_tokens",)
    _ignored_keys = (r"^(transformer\.)?decoder\.",)

    def __init__(self, config):
        super().__init__(config)
        self.add_stacks(config, decoder=False)
        self.post_init()

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        head_mask=None,
        inputs_embeds=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
    ):
        config = self.config
        return self.encoder(
            input_ids=input_ids,
            attention_mask=attention_mask,
            inputs_embeds=inputs_embeds,
            head_mask=head_mask,
            output_attentions=chosen(output_attentions, config.output_attentions),
            output_hidden_states=chosen(output_hidden_states, config.output_hidden_states),
            return_dict=True,
        )


__all__ = ["TABLES", "BucketEncoder", "BucketStack", "BucketTrunk", "Stacks"]
