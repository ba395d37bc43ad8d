"""GPT-J (Wang and Komatsuzaki, 2021): a decoder whose attention and feed-forward network share a norm.

Checkpoints: EleutherAI's `gpt-j-6b` and what was tuned from it.  Unlike GPT-NeoX: neighbouring channels are
paired in the rotation, and positions beyond `n_positions` are refused.  Scores are computed in float32.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ...layers.activations import Activation
from ...layers.attention import QUERY_KEY_VALUE, attend, merge_heads, split_heads
from ...layers.base import can_return_tuple
from ...layers.buffers import computed_buffer
from ...layers.cache_pair import cached
from ...layers.decoder_heads import (
    QuestionAnswering,
    SequenceClassification,
    last_token_output,
    span_output,
)
from ...layers.heads import chosen, head_mask_per_layer
from ...layers.initialization import init_normal
from ...layers.rope import apply_interleaved_rotary, sine_cosine_table
from ...layers.rope import rotate_every_two as rotate_every_two
from ...layers.stack import run_layers
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...layers.word_trunk import begin
from ...modeling_outputs import (
    BaseModelOutputWithPast,
    CausalLMOutputWithPast,
)
from ...modeling_utils import PreTrainedModel
from .configuration_gptj import GPTJConfig


class GPTJAttention(nn.Module):
    """Attention with float32 scores, of whose channels the first `rotary_dim` are turned by the position."""

    joint = QUERY_KEY_VALUE

    def __init__(self, config, layer_idx=None):
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.is_causal = True
        self.embed_dim = config.hidden_size
        self.num_attention_heads = config.num_attention_heads
        self.head_dim = self.embed_dim // self.num_attention_heads
        self.rotary_dim = chosen(config.rotary_dim, self.head_dim)
        self.attn_dropout = nn.Dropout(config.attn_pdrop)
        self.resid_dropout = nn.Dropout(config.resid_pdrop)
        self.k_proj = nn.Linear(self.embed_dim, self.embed_dim, bias=False)
        self.v_proj = nn.Linear(self.embed_dim, self.embed_dim, bias=False)
        self.q_proj = nn.Linear(self.embed_dim, self.embed_dim, bias=False)
        self.out_proj = nn.Linear(self.embed_dim, self.embed_dim, bias=False)

    def rotated(self, x, sin, cos):
        """(B, H, T, D) with its first channels turned by sin and cos (B, T, R / 2)."""
        width = self.rotary_dim
        turned = apply_interleaved_rotary(x[..., :width], cos[:, None], sin[:, None])
        return torch.cat((turned, x[..., width:]), dim=-1)

    def forward(
        self,
        hidden_states,
        layer_past=None,
        attention_mask=None,
        position_embeddings=None,
        head_mask=None,
        output_attentions=False,
        cache_position=None,
        is_causal=False,
    ):
        query, key, value = (
            split_heads(part(hidden_states), self.num_attention_heads)  # (B, H, T, D)
            for part in (self.q_proj, self.k_proj, self.v_proj)
        )
        query, key = (self.rotated(x, *position_embeddings) for x in (query, key))
        key, value = cached(layer_past, key, value, self.layer_idx, cache_position=cache_position)
        # The checkpoints' scores go beyond what half precision holds.
        query, key, value = (x.to(torch.float32) for x in (query, key, value))
        context, probabilities = attend(
            self,
            query,
            key,
            value,
            attention_mask,
            implementation=self.config._attn_implementation or "sdpa",
            need_probabilities=output_attentions,
            head_mask=head_mask,
            dropout=self.attn_dropout.p,
            is_causal=is_causal,
        )
        context = merge_heads(context).to(hidden_states.dtype)  # (B, T, C)
        return self.resid_dropout(self.out_proj(context)), probabilities


class GPTJMLP(nn.Module):
    """The feed-forward network: (B, T, C) -> (B, T, F) -> (B, T, C)."""

    def __init__(self, intermediate_size, config):
        super().__init__()
        self.fc_in = nn.Linear(config.n_embd, intermediate_size)
        self.fc_out = nn.Linear(intermediate_size, config.n_embd)
        self.act = Activation(config.activation_function)
        self.dropout = nn.Dropout(config.resid_pdrop)

    def forward(self, hidden_states):
        return self.dropout(self.fc_out(self.act(self.fc_in(hidden_states))))


class GPTJBlock(nn.Module):
    """Attention and feed-forward network side by side, on one norm of the layer's input."""

    def __init__(self, config, layer_idx=None):
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)
        self.attn = GPTJAttention(config, layer_idx)
        self.mlp = GPTJMLP(chosen(config.n_inner, 4 * config.n_embd), config)

    def forward(self, hidden_states, *args, **kwargs):
        x = self.ln_1(hidden_states)
        attended, probabilities = self.attn(x, *args, **kwargs)
        return attended + self.mlp(x) + hidden_states, probabilities


class GPTJPreTrainedModel(PreTrainedModel):
    """Base of all GPT-J models."""

    config_class = GPTJConfig
    base_model_prefix = "transformer"
    supports_gradient_checkpointing = True
    _input_embeddings = "wte"
    _no_split_modules = ["GPTJBlock"]
    _skip_keys_device_placement = "past_key_values"
    _head_modules = ("lm_head", "qa_outputs", "score")
    _ignored_keys = (r"(^|\.)h\.\d+\.attn\.(bias|masked_bias|embed_positions|scale_attn)$",)

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class GPTJModel(GPTJPreTrainedModel):
    """The trunk: hidden states after the last norm."""

    def __init__(self, config):
        super().__init__(config)
        self.embed_dim = config.n_embd
        self.vocab_size = config.vocab_size
        self.wte = nn.Embedding(config.vocab_size, self.embed_dim)
        self.drop = nn.Dropout(config.embd_pdrop)
        self.h = nn.ModuleList([GPTJBlock(config, layer_idx=i) for i in range(config.n_layer)])
        self.ln_f = nn.LayerNorm(self.embed_dim, eps=config.layer_norm_epsilon)
        turned = chosen(config.rotary_dim, config.n_embd // config.n_head)
        computed_buffer(self, "embed_positions", sine_cosine_table, config.n_positions, turned)
        self.gradient_checkpointing = False
        self.post_init()

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        past_key_values=None,
        attention_mask=None,
        token_type_ids=None,
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
        x, ready, checkpointing, _ = begin(
            self,
            input_ids,
            inputs_embeds,
            token_type_ids,
            attention_mask,
            position_ids,
            past_key_values=past_key_values,
            use_cache=use_cache,
            cache_position=cache_position,
        )
        table = F.embedding(ready.position_ids, self.embed_positions).to(x.dtype)  # (B, T, R)
        out = run_layers(
            self.h,
            self.drop(x),
            ready.cache,
            ready.mask,
            table.chunk(2, dim=-1),
            per_layer={"head_mask": head_mask_per_layer(head_mask, config.n_layer)},
            cache_position=cache_position,
            is_causal=ready.is_causal,
            final=self.ln_f,
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


_TOKENS = ("attention_mask", "token_type_ids", "position_ids", "head_mask", "inputs_embeds")
_STEP = ("input_ids", "past_key_values", *_TOKENS, "labels", "use_cache", *OUTPUT_FLAGS)
_SPAN = ("input_ids", *_TOKENS, "start_positions", "end_positions", *OUTPUT_FLAGS)
_TIES = {"lm_head.weight": "transformer.wte.weight"}


class GPTJForCausalLM(GPTJPreTrainedModel):
    """Predicts the next token."""

    _generates = True
    loss_type = "ForCausalLM"
    _ties = _TIES
    _tied_weights_keys = list(_TIES)
    _output_embeddings = "lm_head"

    def __init__(self, config):
        super().__init__(config)
        self.transformer = GPTJModel(config)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size)
        self.post_init()

    @task_forward(*_STEP, "cache_position")
    def forward(self, out, labels=None, **kwargs):
        logits = self.lm_head(out.last_hidden_state).to(torch.float32)  # (B, T, V)
        return CausalLMOutputWithPast(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class GPTJForSequenceClassification(SequenceClassification, GPTJPreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last token.

    Raises ValueError for several rows with neither `config.pad_token_id` nor a mask to find their ends.
    """

    def __init__(self, config):
        super().__init__(config, GPTJModel)

    forward = task_forward(*_STEP)(last_token_output)


class GPTJForQuestionAnswering(QuestionAnswering, GPTJPreTrainedModel):
    """First and last token of the answer within the input."""

    def __init__(self, config):
        super().__init__(config, GPTJModel, labels=config.num_labels)

    forward = task_forward("input_ids", *_TOKENS, "start_positions", "end_positions", *OUTPUT_FLAGS)(
        span_output
    )


__all__ = [
    "GPTJForCausalLM",
    "GPTJForQuestionAnswering",
    "GPTJForSequenceClassification",
    "GPTJModel",
    "GPTJPreTrainedModel",
]
