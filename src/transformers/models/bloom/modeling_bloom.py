"""BLOOM (arXiv:2211.05100): a decoder that knows positions only by a bias on its scores, ALiBi.

Checkpoints: BigScience's `bloom*` and `bloomz*`.  Unlike GPT-2: no position embeddings, a norm on the word
embeddings, and a fused projection with each head's query, key and value in a row.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn

from ...layers.activations import gelu_fast
from ...layers.alibi import alibi_bias, key_places, with_alibi
from ...layers.alibi import alibi_tensor as build_alibi_tensor
from ...layers.attention import attend, merge_heads, split_heads
from ...layers.base import can_return_tuple
from ...layers.cache_pair import cached
from ...layers.decoder_heads import (
    CausalLM,
    QuestionAnswering,
    SequenceClassification,
    TokenClassification,
    last_token_output,
    next_token_output,
    span_output,
    token_output,
)
from ...layers.heads import chosen, head_mask_per_layer
from ...layers.initialization import init_normal
from ...layers.packing import with_places
from ...layers.stack import run_layers
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...layers.trunk import prepare
from ...modeling_outputs import BaseModelOutputWithPastAndCrossAttentions
from ...modeling_utils import PreTrainedModel
from .configuration_bloom import BloomConfig


class BloomGelu(nn.Module):
    """GELU by the tanh approximation."""

    def forward(self, x):
        return gelu_fast(x)


def projected(layer, x, shares):
    """A linear layer, or the sum of its shares by input features.

    The shares leave the bias out, as published.
    """
    if shares == 1:
        return layer(x)
    total = 0.0
    for part, weight in zip(x.chunk(shares, dim=-1), layer.weight.chunk(shares, dim=1), strict=True):
        total = total + F.linear(part, weight)
    return total


class BloomAttention(nn.Module):
    """Attention over one fused projection; the mask holds the bias of the distances."""

    is_causal = True

    def __init__(self, config, layer_idx=None):
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.hidden_size = config.hidden_size
        self.num_heads = config.n_head
        self.head_dim = self.hidden_size // self.num_heads
        self.hidden_dropout = config.hidden_dropout
        self.shares = config.pretraining_tp if config.slow_but_exact else 1
        self.query_key_value = nn.Linear(self.hidden_size, 3 * self.hidden_size)
        self.dense = nn.Linear(self.hidden_size, self.hidden_size)
        self.attention_dropout = nn.Dropout(config.attention_dropout)

    def forward(
        self,
        hidden_states,
        residual,
        attention_mask=None,
        layer_past=None,
        head_mask=None,
        output_attentions=False,
        cache_position=None,
        is_causal=False,
    ):
        fused = split_heads(self.query_key_value(hidden_states), self.num_heads)  # (B, H, T, 3 * D)
        query, key, value = fused.chunk(3, dim=-1)
        key, value = cached(layer_past, key, value, self.layer_idx, cache_position=cache_position)
        context, probabilities = attend(
            self,
            query,
            key,
            value,
            attention_mask,
            implementation=self.config._attn_implementation or "sdpa",
            need_probabilities=output_attentions,
            head_mask=head_mask,
            dropout=self.attention_dropout.p,
            is_causal=is_causal,
        )
        output = projected(self.dense, merge_heads(context), self.shares)  # (B, T, C)
        return residual + F.dropout(output, self.hidden_dropout, self.training), probabilities


class BloomMLP(nn.Module):
    """The feed-forward network, added to the residual: (B, T, C) -> (B, T, 4 * C) -> (B, T, C)."""

    def __init__(self, config):
        super().__init__()
        self.shares = config.pretraining_tp if config.slow_but_exact else 1
        self.dense_h_to_4h = nn.Linear(config.hidden_size, 4 * config.hidden_size)
        self.gelu_impl = BloomGelu()
        self.dense_4h_to_h = nn.Linear(4 * config.hidden_size, config.hidden_size)
        self.hidden_dropout = config.hidden_dropout

    def forward(self, hidden_states, residual):
        x = self.gelu_impl(self.dense_h_to_4h(hidden_states))
        x = projected(self.dense_4h_to_h, x, self.shares)
        return residual + F.dropout(x, self.hidden_dropout, self.training)


class BloomBlock(nn.Module):
    """Attention and feed-forward network, each on a norm and added to the norm's input, or to its output."""

    def __init__(self, config, layer_idx=None):
        super().__init__()
        self.input_layernorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_epsilon)
        self.num_heads = config.n_head
        self.self_attention = BloomAttention(config, layer_idx)
        self.post_attention_layernorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_epsilon)
        self.mlp = BloomMLP(config)
        self.apply_residual_connection_post_layernorm = config.apply_residual_connection_post_layernorm

    def forward(self, hidden_states, **kwargs):
        after = self.apply_residual_connection_post_layernorm
        x = self.input_layernorm(hidden_states)
        hidden_states, probabilities = self.self_attention(x, x if after else hidden_states, **kwargs)
        x = self.post_attention_layernorm(hidden_states)
        return self.mlp(x, x if after else hidden_states), probabilities


class BloomPreTrainedModel(PreTrainedModel):
    """Base of all BLOOM models."""

    config_class = BloomConfig
    _supports_flash_attn = False  # scores get a bias
    base_model_prefix = "transformer"
    supports_gradient_checkpointing = True
    _input_embeddings = "word_embeddings"
    _no_split_modules = ["BloomBlock"]
    _skip_keys_device_placement = "past_key_values"
    _head_modules = ("classifier", "lm_head", "qa_outputs", "score")

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class BloomModel(BloomPreTrainedModel):
    """The trunk: hidden states after the last norm."""

    def __init__(self, config):
        super().__init__(config)
        self.embed_dim = config.hidden_size
        self.num_heads = config.n_head
        self.word_embeddings = nn.Embedding(config.vocab_size, self.embed_dim)
        self.word_embeddings_layernorm = nn.LayerNorm(self.embed_dim, eps=config.layer_norm_epsilon)
        self.h = nn.ModuleList([BloomBlock(config, layer_idx=i) for i in range(config.n_layer)])
        self.ln_f = nn.LayerNorm(self.embed_dim, eps=config.layer_norm_epsilon)
        self.gradient_checkpointing = False
        self.post_init()

    def build_alibi_tensor(self, attention_mask, num_heads, dtype):
        return build_alibi_tensor(attention_mask, num_heads, dtype)

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        past_key_values=None,
        attention_mask=None,
        head_mask=None,
        inputs_embeds=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
        cache_position=None,
        **kwargs,
    ):
        kwargs = with_places({**kwargs, "input_ids": input_ids, "inputs_embeds": inputs_embeds})
        # Places follow from the mask; position ids only tell where another sequence begins.
        if unknown := sorted(set(kwargs) - {"input_ids", "inputs_embeds", "position_ids"}):
            raise TypeError(f"BloomModel.forward() got an unexpected keyword argument {unknown[0]!r}")
        config = self.config
        checkpointing = self.gradient_checkpointing and self.training
        ready = prepare(
            input_ids,
            inputs_embeds,
            attention_mask,
            kwargs.get("position_ids"),
            causal=True,
            past_key_values=past_key_values,
            use_cache=chosen(use_cache, config.use_cache) and not checkpointing,
            cache_position=cache_position,
            config=config,
        )
        x = self.word_embeddings(input_ids) if inputs_embeds is None else inputs_embeds  # (B, T, C)
        x, length = self.word_embeddings_layernorm(x), x.shape[1]
        places = key_places(ready, attention_mask, length, cache_position=cache_position, device=x.device)
        mask, is_causal = with_alibi(ready, alibi_bias(places, self.num_heads, x.dtype), length)
        out = run_layers(
            self.h,
            x,
            attention_mask=mask,
            is_causal=is_causal,
            per_layer={"head_mask": head_mask_per_layer(head_mask, config.n_layer)},
            layer_past=ready.cache,
            cache_position=cache_position,
            final=self.ln_f,
            checkpointing=checkpointing,
            collect_hidden=chosen(output_hidden_states, config.output_hidden_states),
            collect_attentions=chosen(output_attentions, config.output_attentions),
        )
        return BaseModelOutputWithPastAndCrossAttentions(
            last_hidden_state=out.hidden_states,
            past_key_values=ready.cache,
            hidden_states=out.all_hidden_states,
            attentions=out.attentions,
        )


_STEP = ("input_ids", "past_key_values", "attention_mask", "head_mask", "inputs_embeds", "labels")
_FLAGS = ("use_cache", *OUTPUT_FLAGS)
_SPAN = ("input_ids", "attention_mask", "position_ids", "head_mask", "inputs_embeds")


class BloomForCausalLM(CausalLM, BloomPreTrainedModel):
    """Predicts the next token."""

    _ties = {"lm_head.weight": "transformer.word_embeddings.weight"}
    _tp_plan = _pp_plan = None

    def __init__(self, config):
        super().__init__(config, BloomModel)

    forward = task_forward(*_STEP, *_FLAGS, "cache_position", unlisted=("position_ids",))(next_token_output)


class BloomForSequenceClassification(SequenceClassification, BloomPreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last token."""

    def __init__(self, config):
        super().__init__(config, BloomModel)

    forward = task_forward(*_STEP, *_FLAGS, unlisted=("position_ids",))(last_token_output)


class BloomForTokenClassification(TokenClassification, BloomPreTrainedModel):
    """A class for every token."""

    def __init__(self, config):
        super().__init__(config, BloomModel, head="classifier")

    forward = task_forward(*_STEP, *_FLAGS, unlisted=("position_ids",))(token_output)


class BloomForQuestionAnswering(QuestionAnswering, BloomPreTrainedModel):
    """First and last token of the answer within the input."""

    def __init__(self, config):
        super().__init__(config, BloomModel)

    forward = task_forward(*_SPAN, "start_positions", "end_positions", *OUTPUT_FLAGS)(span_output)


__all__ = [
    "BloomForCausalLM",
    "BloomForQuestionAnswering",
    "BloomForSequenceClassification",
    "BloomForTokenClassification",
    "BloomModel",
    "BloomPreTrainedModel",
]
