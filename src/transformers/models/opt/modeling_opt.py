"""OPT (arXiv:2205.01068): BART's decoder alone, with learned positions that are counted over the mask.

Checkpoints: Meta's `opt-125m` to `opt-66b`, Galactica and BLIP-2's language models.  Unlike BART: norms
stand in front of the parts, except in `opt-350m`, whose word embeddings are also narrower than its layers.
Unlike the published release: `head_mask` has its effect.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ...layers.activations import Activation
from ...layers.attention import eager_attention
from ...layers.base import can_return_tuple
from ...layers.decoder_heads import (
    CausalLM,
    QuestionAnswering,
    SequenceClassification,
    last_token_output,
    next_token_output,
    span_output,
)
from ...layers.fairseq_block import FairseqAttention
from ...layers.fairseq_embeddings import LearnedPositions
from ...layers.heads import chosen, head_mask_per_layer
from ...layers.initialization import init_normal
from ...layers.masks import counted_places
from ...layers.stack import run_layers
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...layers.trunk import cached_length, prepare
from ...modeling_outputs import BaseModelOutputWithPast
from ...modeling_utils import PreTrainedModel
from .configuration_opt import OPTConfig

eager_attention_forward = eager_attention  # imported from here by other programs


class OPTLearnedPositionalEmbedding(LearnedPositions):
    """Learned positions of the tokens that a mask shows; padding has the second row of the table."""

    def forward(self, attention_mask=None, past_key_values_length=0, position_ids=None):
        if position_ids is None:
            position_ids = counted_places(attention_mask)[:, past_key_values_length:]  # (B, T)
        return super().forward(position_ids=position_ids)


class OPTAttention(FairseqAttention):
    def __init__(self, config, layer_idx=None):
        super().__init__(
            config.hidden_size,
            config.num_attention_heads,
            config.attention_dropout,
            is_decoder=True,
            bias=config.enable_bias,
            is_causal=True,
            config=config,
            layer_idx=layer_idx,
        )


class OPTDecoderLayer(nn.Module):
    """Attention and feed-forward network, each with its norm in front, or behind the sum."""

    def __init__(self, config, layer_idx=None):
        super().__init__()
        width, affine = config.hidden_size, config.layer_norm_elementwise_affine
        self.embed_dim = width
        self.self_attn = OPTAttention(config, layer_idx)
        self.do_layer_norm_before = config.do_layer_norm_before
        self.dropout = config.dropout
        self.activation_fn = Activation(config.activation_function)
        self.self_attn_layer_norm = nn.LayerNorm(width, elementwise_affine=affine)
        self.fc1 = nn.Linear(width, config.ffn_dim, bias=config.enable_bias)
        self.fc2 = nn.Linear(config.ffn_dim, width, bias=config.enable_bias)
        self.final_layer_norm = nn.LayerNorm(width, elementwise_affine=affine)

    def added(self, hidden_states, norm, part):
        """(hidden states with what `part` gives added, what it gives beside)"""
        output, more = part(norm(hidden_states) if self.do_layer_norm_before else hidden_states)
        hidden_states = hidden_states + F.dropout(output, self.dropout, self.training)
        return hidden_states if self.do_layer_norm_before else norm(hidden_states), more

    def feed(self, x):
        """The feed-forward network: (B, T, C) -> (B, T, F) -> (B, T, C)"""
        return self.fc2(self.activation_fn(self.fc1(x))), None

    def forward(self, hidden_states, position_ids=None, **kwargs):
        hidden_states, probabilities = self.added(
            hidden_states, self.self_attn_layer_norm, lambda x: self.self_attn(x, **kwargs)
        )
        return self.added(hidden_states, self.final_layer_norm, self.feed)[0], probabilities


class OPTPreTrainedModel(PreTrainedModel):
    """Base of all OPT models."""

    config_class = OPTConfig
    base_model_prefix = "model"
    supports_gradient_checkpointing = True
    _input_embeddings = "decoder.embed_tokens"
    _no_split_modules = ["OPTDecoderLayer"]
    _head_modules = ("lm_head", "qa_outputs", "score")
    _ignored_keys = (r"(^|\.)decoder\.version$",)

    def _init_weights(self, module):
        init_normal(module, self.config.init_std)


class OPTDecoder(OPTPreTrainedModel):
    """The layers between the word embeddings and the last projection."""

    _input_embeddings = "embed_tokens"

    def __init__(self, config):
        super().__init__(config)
        words, width = config.word_embed_proj_dim, config.hidden_size
        self.layerdrop = config.layerdrop
        self.padding_idx = config.pad_token_id
        self.max_target_positions = config.max_position_embeddings
        self.vocab_size = config.vocab_size
        self.embed_tokens = nn.Embedding(config.vocab_size, words, self.padding_idx)
        self.embed_positions = OPTLearnedPositionalEmbedding(config.max_position_embeddings, width)
        self.project_out = None if words == width else nn.Linear(width, words, bias=False)
        self.project_in = None if words == width else nn.Linear(words, width, bias=False)
        ends = config.do_layer_norm_before and not config._remove_final_layer_norm
        affine = config.layer_norm_elementwise_affine
        self.final_layer_norm = nn.LayerNorm(width, elementwise_affine=affine) if ends else None
        self.layers = nn.ModuleList(
            [OPTDecoderLayer(config, layer_idx=i) for i in range(config.num_hidden_layers)]
        )
        self.gradient_checkpointing = False
        self.post_init()

    def places(self, ready, attention_mask, length, cache_position, device):
        """Positions (B or 1, T) of the new tokens: of those in the mask, and all where there is none."""
        if attention_mask is None or attention_mask.dim() != 2:
            return ready.position_ids
        new = torch.arange(length, device=device) + cached_length(ready.cache, cache_position)  # (T,)
        return counted_places(attention_mask).index_select(1, new)

    def finish(self, x):
        """(B, T, C) -> (B, T, width of the words)"""
        x = x if self.final_layer_norm is None else self.final_layer_norm(x)
        return x if self.project_out is None else self.project_out(x)

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        head_mask=None,
        past_key_values=None,
        inputs_embeds=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
        position_ids=None,
        cache_position=None,
    ):
        config = self.config
        checkpointing = self.gradient_checkpointing and self.training
        ready = prepare(
            input_ids,
            inputs_embeds,
            attention_mask,
            position_ids,
            causal=True,
            past_key_values=past_key_values,
            use_cache=chosen(use_cache, config.use_cache) and not checkpointing,
            cache_position=cache_position,
            max_positions=config.max_position_embeddings,
            config=config,
            whole=True,
        )
        x = self.embed_tokens(input_ids) if inputs_embeds is None else inputs_embeds  # (B, T, words)
        if position_ids is None:
            position_ids = self.places(ready, attention_mask, x.shape[1], cache_position, x.device)
        x = x if self.project_in is None else self.project_in(x)  # (B, T, C)
        out = run_layers(
            self.layers,
            x + self.embed_positions(position_ids=position_ids),
            attention_mask=ready.mask,
            is_causal=ready.is_causal,
            per_layer={"layer_head_mask": head_mask_per_layer(head_mask, config.num_hidden_layers)},
            past_key_values=ready.cache,
            cache_position=cache_position,
            final=self.finish,
            layer_drop=self.layerdrop if self.training else 0.0,
            checkpointing=checkpointing,
            collect_hidden=chosen(output_hidden_states, config.output_hidden_states),
            collect_attentions=chosen(output_attentions, config.output_attentions),
        )
        return BaseModelOutputWithPast(
            last_hidden_state=out.hidden_states,
            past_key_values=ready.cache,
            hidden_states=out.all_hidden_states,
            attentions=out.attentions,
        )


class OPTModel(OPTPreTrainedModel):
    """The trunk: hidden states after the last norm, as wide as the word embeddings."""

    def __init__(self, config):
        super().__init__(config)
        self.decoder = OPTDecoder(config)
        self.post_init()

    def get_decoder(self):
        return self.decoder

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        head_mask=None,
        past_key_values=None,
        inputs_embeds=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
        position_ids=None,
        cache_position=None,
    ):
        return self.decoder(
            input_ids,
            attention_mask,
            head_mask,
            past_key_values,
            inputs_embeds,
            use_cache,
            output_attentions,
            output_hidden_states,
            True,
            position_ids,
            cache_position,
        )


_STEP = ("input_ids", "attention_mask", "head_mask", "past_key_values", "inputs_embeds")
_FLAGS = ("use_cache", *OUTPUT_FLAGS, "position_ids")


class OPTForCausalLM(CausalLM, OPTPreTrainedModel):
    """Predicts the next token."""

    _ties = {"lm_head.weight": "model.decoder.embed_tokens.weight"}
    _tp_plan = _pp_plan = None

    def __init__(self, config):
        super().__init__(config, OPTModel, width=config.word_embed_proj_dim)

    forward = task_forward(*_STEP, "labels", *_FLAGS, "cache_position")(next_token_output)


class OPTForSequenceClassification(SequenceClassification, OPTPreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last token."""

    def __init__(self, config):
        super().__init__(config, OPTModel, width=config.word_embed_proj_dim)

    forward = task_forward(*_STEP, "labels", *_FLAGS)(last_token_output)


class OPTForQuestionAnswering(QuestionAnswering, OPTPreTrainedModel):
    """First and last token of the answer within the input."""

    def __init__(self, config):
        super().__init__(config, OPTModel, width=config.word_embed_proj_dim)

    forward = task_forward(*_STEP, "start_positions", "end_positions", *_FLAGS)(span_output)


__all__ = [
    "OPTForCausalLM",
    "OPTForQuestionAnswering",
    "OPTForSequenceClassification",
    "OPTModel",
    "OPTPreTrainedModel",
]
