"""Falcon (arXiv:2311.16867): a decoder whose query heads share one key/value head, or a few.

Checkpoints: TII's `falcon-rw-*` (ALiBi, layer parts one after the other), `falcon-7b` (rotary positions,
parts side by side, one key/value head), `falcon-40b` and `falcon-11b` (the same in groups of heads).  Unlike
the published release: `head_mask` and `attention_dropout` also work with rotary positions, and the cache
holds each shared head once.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ...layers.activations import Activation
from ...layers.alibi import alibi_bias, alibi_tensor, key_places, with_alibi
from ...layers.attention import attend, merge_heads
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
from ...layers.rope import RotaryEmbedding, apply_rotary_pos_emb
from ...layers.rope import rotate_half as rotate_half
from ...layers.stack import run_layers
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...layers.trunk import prepare
from ...modeling_outputs import BaseModelOutputWithPastAndCrossAttentions
from ...modeling_utils import PreTrainedModel
from .configuration_falcon import FalconConfig


def build_alibi_tensor(attention_mask, num_heads, dtype):
    """The bias of a (B, S) mask as published, (B * H, 1, S), before it is divided by the root of D."""
    return alibi_tensor(attention_mask, num_heads, dtype, rounded=torch.bfloat16)


class FalconLinear(nn.Linear):
    """A linear layer that rounds the product before it adds the bias, as in training."""

    def forward(self, input):
        product = F.linear(input, self.weight)
        return product if self.bias is None else product + self.bias


class FalconRotaryEmbedding(RotaryEmbedding):
    pass


class FalconAttention(nn.Module):
    """Attention over one fused projection: in it each key/value head follows the queries that share it."""

    def __init__(self, config, layer_idx=None):
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.is_causal = True
        self.hidden_size = config.hidden_size
        self.num_heads = config.num_attention_heads
        self.head_dim = config.head_dim
        self.new_decoder_architecture = config.new_decoder_architecture
        self.multi_query = config.multi_query
        if config.new_decoder_architecture:
            self.num_kv_heads = config.num_kv_heads
        else:
            self.num_kv_heads = 1 if config.multi_query else self.num_heads
        fused = (self.num_heads + 2 * self.num_kv_heads) * self.head_dim
        self.query_key_value = FalconLinear(self.hidden_size, fused, bias=config.bias)
        self.dense = FalconLinear(self.hidden_size, self.hidden_size, bias=config.bias)
        self.attention_dropout = nn.Dropout(config.attention_dropout)

    def split(self, fused):
        """(B, T, (H + 2 * K) * D) -> query (B, H, T, D), key and value (B, K, T, D)"""
        B, T, _ = fused.shape
        group = self.num_heads // self.num_kv_heads
        fused = fused.reshape(B, T, self.num_kv_heads, group + 2, self.head_dim)
        parts = fused.split([group, 1, 1], dim=3)  # (B, T, K, group or 1, D)
        return [part.flatten(2, 3).transpose(1, 2) for part in parts]

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        layer_past=None,
        head_mask=None,
        output_attentions=False,
        cache_position=None,
        position_embeddings=None,
        is_causal=False,
    ):
        query, key, value = self.split(self.query_key_value(hidden_states))
        if position_embeddings is not None:
            query, key = apply_rotary_pos_emb(query, key, *position_embeddings)
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
        return self.dense(merge_heads(context)), probabilities


class FalconMLP(nn.Module):
    """The feed-forward network: (B, T, C) -> (B, T, F) -> (B, T, C)."""

    def __init__(self, config):
        super().__init__()
        self.dense_h_to_4h = FalconLinear(config.hidden_size, config.ffn_hidden_size, bias=config.bias)
        self.act = Activation(config.activation)
        self.dense_4h_to_h = FalconLinear(config.ffn_hidden_size, config.hidden_size, bias=config.bias)

    def forward(self, x):
        return self.dense_4h_to_h(self.act(self.dense_h_to_4h(x)))


class FalconDecoderLayer(nn.Module):
    """Attention and feed-forward network side by side, on one norm or two, or one after the other."""

    def __init__(self, config, layer_idx=None):
        super().__init__()
        self.num_heads = config.num_attention_heads
        self.self_attention = FalconAttention(config, layer_idx)
        self.mlp = FalconMLP(config)
        self.config = config
        self.parallel = config.new_decoder_architecture or config.parallel_attn
        norms = chosen(config.num_ln_in_parallel_attn, 2 if config.new_decoder_architecture else 1)
        self.two_norms = self.parallel and norms == 2
        if self.two_norms:
            names = ("ln_attn", "ln_mlp")
        else:
            names = ("input_layernorm",) if self.parallel else ("post_attention_layernorm", "input_layernorm")
        for name in names:
            setattr(self, name, nn.LayerNorm(config.hidden_size, eps=config.layer_norm_epsilon))

    def forward(self, hidden_states, **kwargs):
        config, training = self.config, self.training
        x = self.ln_attn(hidden_states) if self.two_norms else self.input_layernorm(hidden_states)
        attended, probabilities = self.self_attention(x, **kwargs)
        if self.parallel:
            added = attended + self.mlp(self.ln_mlp(hidden_states) if self.two_norms else x)
        else:
            hidden_states = hidden_states + F.dropout(attended, config.attention_dropout, training)
            added = self.mlp(self.post_attention_layernorm(hidden_states))
        return hidden_states + F.dropout(added, config.hidden_dropout, training), probabilities


class FalconPreTrainedModel(PreTrainedModel):
    """Base of all Falcon models."""

    config_class = FalconConfig
    base_model_prefix = "transformer"
    supports_gradient_checkpointing = True
    _input_embeddings = "word_embeddings"
    _no_split_modules = ["FalconDecoderLayer"]
    _head_modules = ("classifier", "lm_head", "qa_outputs", "score")
    _ignored_keys = (r"rotary\w*\.inv_freq$",)

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class FalconModel(FalconPreTrainedModel):
    """The trunk: hidden states after the last norm."""

    def __init__(self, config):
        super().__init__(config)
        self.embed_dim = config.hidden_size
        self.num_heads = config.num_attention_heads
        self.use_alibi = config.alibi
        self.word_embeddings = nn.Embedding(config.vocab_size, self.embed_dim)
        self.h = nn.ModuleList(
            [FalconDecoderLayer(config, layer_idx=i) for i in range(config.num_hidden_layers)]
        )
        self.ln_f = nn.LayerNorm(self.embed_dim, eps=config.layer_norm_epsilon)
        self.rotary_emb = FalconRotaryEmbedding(config=config)
        self.gradient_checkpointing = False
        self.post_init()

    def placed(self, ready, x, attention_mask, cache_position):
        """What tells the layers where tokens stand: the angles of their heads, or a bias in their mask."""
        if not self.use_alibi:
            angles = self.rotary_emb(x, ready.position_ids)
            return {
                "attention_mask": ready.mask,
                "is_causal": ready.is_causal,
                "position_embeddings": angles,
            }
        length = x.shape[1]
        places = key_places(ready, attention_mask, length, cache_position=cache_position, device=x.device)
        # Checkpoints were trained with a bias of bfloat16, which is divided like the scores.
        bias = alibi_bias(places, self.num_heads, x.dtype, rounded=torch.bfloat16)
        mask, is_causal = with_alibi(ready, bias * self.config.head_dim**-0.5, length)
        return {"attention_mask": mask, "is_causal": is_causal}

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        past_key_values=None,
        attention_mask=None,
        position_ids=None,
        head_mask=None,
        inputs_embeds=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
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
            config=config,
            whole=True,
        )
        x = self.word_embeddings(input_ids) if inputs_embeds is None else inputs_embeds  # (B, T, C)
        out = run_layers(
            self.h,
            x,
            **self.placed(ready, x, attention_mask, cache_position),
            per_layer={"head_mask": head_mask_per_layer(head_mask, config.num_hidden_layers)},
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


_FLAGS = ("head_mask", "inputs_embeds", "labels", "use_cache", *OUTPUT_FLAGS)
_STEP = ("input_ids", "past_key_values", "attention_mask")
_SPAN = ("input_ids", "attention_mask", "head_mask", "inputs_embeds", "start_positions", "end_positions")


class FalconForCausalLM(CausalLM, FalconPreTrainedModel):
    """Predicts the next token."""

    _ties = {"lm_head.weight": "transformer.word_embeddings.weight"}
    _tp_plan = _pp_plan = None

    def __init__(self, config):
        super().__init__(config, FalconModel)

    forward = task_forward(*_STEP, "position_ids", *_FLAGS, "cache_position", "logits_to_keep")(
        next_token_output
    )


class FalconForSequenceClassification(SequenceClassification, FalconPreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last token."""

    def __init__(self, config):
        super().__init__(config, FalconModel)

    forward = task_forward(*_STEP, *_FLAGS)(last_token_output)


class FalconForTokenClassification(TokenClassification, FalconPreTrainedModel):
    """A class for every token."""

    def __init__(self, config):
        super().__init__(config, FalconModel, head="classifier")

    forward = task_forward(*_STEP, *_FLAGS)(token_output)


class FalconForQuestionAnswering(QuestionAnswering, FalconPreTrainedModel):
    """First and last token of the answer within the input."""

    def __init__(self, config):
        super().__init__(config, FalconModel)

    forward = task_forward(*_SPAN, *OUTPUT_FLAGS)(span_output)


__all__ = [
    "FalconForCausalLM",
    "FalconForQuestionAnswering",
    "FalconForSequenceClassification",
    "FalconForTokenClassification",
    "FalconModel",
    "FalconPreTrainedModel",
]
