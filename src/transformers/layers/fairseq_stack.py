"""Encoder, decoder and trunk of BART (arXiv:1910.13461) and its family, but for their names.

A model's class is one of these and the model's base, which tells by `_parts` the classes to build with, and
by `_embedding_norm` and `_final_norm` whether a stack has a norm on its embeddings and one at its end:
`{"table": BartScaledWordEmbedding, "positions": BartLearnedPositionalEmbedding, "encoder_layer":
BartEncoderLayer, "decoder_layer": ..., "encoder": BartEncoder, "decoder": BartDecoder ...}`.
"""

from __future__ import annotations

from torch import nn

from ..modeling_outputs import BaseModelOutput, BaseModelOutputWithPastAndCrossAttentions
from .base import can_return_tuple
from .chosen_mask import cross_mask
from .fairseq_embeddings import (
    CountedSinusoids,
    LearnedPositions,
    ScaledEmbedding,
    SinusoidTable,
    embed_scale,
    word_table,
)
from .heads import chosen, head_mask_per_layer
from .initialization import init_normal
from .roberta_trunk import counted_positions
from .seq2seq import seq2seq_forward, shift_by_config
from .stack import run_layers
from .trunk import cached_length, prepare

TABLES = {"encoder.embed_tokens.weight": "shared.weight", "decoder.embed_tokens.weight": "shared.weight"}


class FairseqBase:
    """What the bases of these models declare, where they do not say otherwise."""

    base_model_prefix = "model"
    supports_gradient_checkpointing = True
    _input_embeddings = "shared"
    _embedding_copies = ("encoder.embed_tokens", "decoder.embed_tokens")
    _embedding_norm = False
    _final_norm = False
    _keys_to_ignore_on_load_missing = ["final_logits_bias"]
    _ignored_keys = (r"(^|\.)(encoder|decoder)\.version$", r"^final_logits_bias$")
    _shift_right = shift_by_config

    @staticmethod
    def _decoder_rows(config):
        """Size of the decoder's vocabulary."""
        return config.vocab_size

    @staticmethod
    def _one_table(config):
        """Whether both sides have the same words."""
        return True

    def _init_weights(self, module):
        if isinstance(module, SinusoidTable):
            module.write()
        else:
            init_normal(module, self.config.init_std)
        for name in getattr(module, "_vocabulary_buffers", ()):
            nn.init.zeros_(getattr(module, name))


class FairseqStack:
    """What encoder and decoder share."""

    _input_embeddings = "embed_tokens"
    _embedding_copies = ()
    _scales_given = False  # whether embeddings that are given are scaled as those of words are

    def build(self, config, embed_tokens, layer, count, layerdrop):
        """The modules in the order of their names in checkpoints."""
        self.layerdrop = layerdrop
        self.embed_scale = embed_scale(config)
        self.embed_tokens = embed_tokens
        size = (config.max_position_embeddings, config.d_model)
        kind = self._parts()["positions"]
        padded = () if issubclass(kind, LearnedPositions) else (config.pad_token_id,)
        self.embed_positions = kind(*size, *padded)
        self.layers = nn.ModuleList([layer(config, layer_idx=index) for index in range(count)])
        self.layernorm_embedding = nn.LayerNorm(config.d_model) if self._embedding_norm else None
        self.layer_norm = nn.LayerNorm(config.d_model) if self._final_norm else None
        self.dropout = nn.Dropout(config.dropout)
        self.gradient_checkpointing = False
        self.post_init()

    @property
    def checkpointing(self):
        return self.gradient_checkpointing and self.training

    def prepared(self, input_ids, inputs_embeds, attention_mask, cache_position=None, **kwargs):
        """Cache, positions and mask, with positions as this model counts them."""
        counted = isinstance(self.embed_positions, CountedSinusoids)
        ready = prepare(
            input_ids,
            inputs_embeds,
            attention_mask,
            cache_position=cache_position,
            max_positions=None if counted else self.config.max_position_embeddings,
            config=self.config,
            **kwargs,
        )
        if not counted:
            return ready
        tokens = input_ids if inputs_embeds is None else inputs_embeds
        places = counted_positions(
            input_ids,
            tokens.shape[1],
            attention_mask,
            self.embed_positions.padding_idx,
            offset=cached_length(ready.cache, cache_position),
            device=tokens.device,
        )
        return ready._replace(position_ids=places)

    def embed(self, input_ids, inputs_embeds, position_ids):
        """Embeddings (B, T, C) of words and positions, normed where this model does so."""
        x = self.embed_tokens(input_ids) if inputs_embeds is None else inputs_embeds
        plain = not isinstance(self.embed_tokens, ScaledEmbedding)
        if plain and (inputs_embeds is None or self._scales_given):
            x = x * self.embed_scale
        x = x + self.embed_positions(position_ids=position_ids).to(x.dtype)
        return self.dropout(x if self.layernorm_embedding is None else self.layernorm_embedding(x))

    def run(self, x, *args, output_attentions=None, output_hidden_states=None, **kwargs):
        """The layers, and the norm at the end where there is one."""
        return run_layers(
            self.layers,
            x,
            *args,
            final=self.layer_norm,
            checkpointing=self.checkpointing,
            layer_drop=self.layerdrop if self.training else 0.0,
            collect_hidden=chosen(output_hidden_states, self.config.output_hidden_states),
            collect_attentions=chosen(output_attentions, self.config.output_attentions),
            **kwargs,
        )


class FairseqEncoder(FairseqStack):
    """The stack that reads the input."""

    def __init__(self, config, embed_tokens=None):
        super().__init__(config)
        parts = self._parts()
        table = word_table(parts["table"], config) if embed_tokens is None else embed_tokens
        self.build(config, table, parts["encoder_layer"], config.encoder_layers, config.encoder_layerdrop)

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
        ready = self.prepared(input_ids, inputs_embeds, attention_mask)
        out = self.run(
            self.embed(input_ids, inputs_embeds, ready.position_ids),
            ready.mask,
            per_layer={"layer_head_mask": head_mask_per_layer(head_mask, len(self.layers))},
            output_attentions=output_attentions,
            output_hidden_states=output_hidden_states,
        )
        return BaseModelOutput(
            last_hidden_state=out.hidden_states,
            hidden_states=out.all_hidden_states,
            attentions=out.attentions,
        )


class FairseqDecoder(FairseqStack):
    """The stack that writes the output."""

    _scales_given = True

    def __init__(self, config, embed_tokens=None):
        super().__init__(config)
        parts = self._parts()
        if (table := embed_tokens) is None:
            table = word_table(parts["table"], config, self._decoder_rows(config))
        self.build(config, table, parts["decoder_layer"], config.decoder_layers, config.decoder_layerdrop)

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        encoder_hidden_states=None,
        encoder_attention_mask=None,
        head_mask=None,
        cross_attn_head_mask=None,
        past_key_values=None,
        inputs_embeds=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
        cache_position=None,
    ):
        count = len(self.layers)
        use_cache = chosen(use_cache, self.config.use_cache) and not self.checkpointing
        ready = self.prepared(
            input_ids,
            inputs_embeds,
            attention_mask,
            cache_position,
            causal=True,
            past_key_values=past_key_values,
            use_cache=use_cache,
            cross=encoder_hidden_states is not None,
        )
        x = self.embed(input_ids, inputs_embeds, ready.position_ids)
        out = self.run(
            x,
            ready.mask,
            per_layer={
                "layer_head_mask": head_mask_per_layer(head_mask, count),
                "cross_attn_layer_head_mask": head_mask_per_layer(cross_attn_head_mask, count),
            },
            encoder_hidden_states=encoder_hidden_states,
            encoder_attention_mask=cross_mask(self.config, encoder_attention_mask, x, encoder_hidden_states),
            past_key_values=ready.cache,
            cache_position=cache_position,
            is_causal=ready.is_causal,
            output_attentions=output_attentions,
            output_hidden_states=output_hidden_states,
        )
        return BaseModelOutputWithPastAndCrossAttentions(
            last_hidden_state=out.hidden_states,
            past_key_values=ready.cache if use_cache else None,
            hidden_states=out.all_hidden_states,
            attentions=out.attentions,
            cross_attentions=out.cross_attentions,
        )


class FairseqTrunk:
    """Encoder and decoder over one table of words: the decoder's hidden states."""

    _ties = TABLES
    _tied_weights_keys = list(TABLES)

    def __init__(self, config):
        super().__init__(config)
        parts = self._parts()
        read = written = word_table(parts["table"], config)
        if self._one_table(config):
            self.shared = read
        else:
            self._ties, self._input_embeddings, self._embedding_copies = {}, "encoder.embed_tokens", ()
            written = word_table(parts["table"], config)
        self.encoder = parts["encoder"](config, read)
        self.decoder = parts["decoder"](config, written)
        self.post_init()

    def get_encoder(self):
        """The stack that reads the input."""
        return self.encoder

    def get_decoder(self):
        """The stack that writes the output."""
        return self.decoder

    def decoder_defaults(self, given):
        """Nothing: the decoder's inputs must be given."""
        return {}

    forward = seq2seq_forward


class FairseqEchoTrunk(FairseqTrunk):
    """A trunk whose decoder reads the encoder's input, shifted, where it is given none of its own."""

    def decoder_defaults(self, given):
        """The shifted input ids."""
        if given.get("decoder_input_ids") is not None or given.get("decoder_inputs_embeds") is not None:
            return {}
        if given.get("input_ids") is None:
            raise ValueError(
                "give either input_ids or inputs_embeds, and without input_ids also decoder_input_ids or "
                "decoder_inputs_embeds: the decoder's inputs are made from input_ids alone"
            )
        return {"decoder_input_ids": self._shift_right(given["input_ids"])}


__all__ = [
    "FairseqBase",
    "FairseqDecoder",
    "FairseqEchoTrunk",
    "FairseqEncoder",
    "FairseqTrunk",
    "TABLES",
]
