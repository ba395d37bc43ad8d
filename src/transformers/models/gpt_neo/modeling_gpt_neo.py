"""GPT Neo (Black et al., 2021, doi:10.5281/zenodo.5297715): GPT-2's decoder trained on the Pile.

Unlike GPT-2: some layers see a window of recent keys only; separate projections, without bias, as
`nn.Linear`; scores are not scaled, and computed in float32.  Checkpoints: EleutherAI's `gpt-neo-*`.
"""

from __future__ import annotations

import torch
from torch import nn

from ...layers.activations import Activation
from ...layers.attention import QUERY_KEY_VALUE, attend, merge_heads, split_heads
from ...layers.base import can_return_tuple
from ...layers.cache_pair import cached
from ...layers.decoder_heads import (
    QuestionAnswering,
    SequenceClassification,
    TokenClassification,
    last_token_output,
    span_output,
    token_output,
)
from ...layers.gpt2_block import PreNormBlock
from ...layers.heads import chosen, head_mask_per_layer
from ...layers.initialization import init_normal
from ...layers.stack import run_layers
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...layers.trunk import window_mask
from ...layers.word_trunk import begin
from ...modeling_outputs import (
    BaseModelOutputWithPast,
    CausalLMOutputWithPast,
)
from ...modeling_utils import PreTrainedModel
from .configuration_gpt_neo import GPTNeoConfig


class GPTNeoSelfAttention(nn.Module):
    """Attention with unscaled scores in float32."""

    is_causal = True
    joint = QUERY_KEY_VALUE

    def __init__(self, config, attention_type, layer_idx=None):
        super().__init__()
        self.config = config
        self.attention_type = attention_type
        self.layer_idx = layer_idx
        self.embed_dim = config.hidden_size
        self.num_heads = config.num_heads
        self.head_dim = self.embed_dim // self.num_heads
        self.attn_dropout = nn.Dropout(config.attention_dropout)
        self.resid_dropout = nn.Dropout(config.resid_dropout)
        self.k_proj = nn.Linear(self.embed_dim, self.embed_dim, bias=False)
        self.v_proj = nn.Linear(self.embed_dim, self.embed_dim, bias=False)
        self.q_proj = nn.Linear(self.embed_dim, self.embed_dim, bias=False)
        self.out_proj = nn.Linear(self.embed_dim, self.embed_dim)

    def forward(
        self,
        hidden_states,
        past_key_values=None,
        cache_position=None,
        attention_mask=None,
        head_mask=None,
        output_attentions=False,
        is_causal=False,
    ):
        query, key, value = (
            split_heads(part(hidden_states), self.num_heads)  # (B, H, T, D)
            for part in (self.q_proj, self.k_proj, self.v_proj)
        )
        key, value = cached(past_key_values, key, value, self.layer_idx, cache_position=cache_position)
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
            scaling=1.0,
            dropout=self.attn_dropout.p,
            is_causal=is_causal,
        )
        context = merge_heads(context).to(hidden_states.dtype)  # (B, T, C)
        return self.resid_dropout(self.out_proj(context)), probabilities


class GPTNeoAttention(nn.Module):
    """Holds the attention of a layer's kind, as the checkpoints' names have it."""

    def __init__(self, config, layer_idx=0):
        super().__init__()
        self.attention_type = config.attention_layers[layer_idx]
        self.attention = GPTNeoSelfAttention(config, self.attention_type, layer_idx)

    def forward(self, hidden_states, *args, **kwargs):
        return self.attention(hidden_states, *args, **kwargs)


class GPTNeoMLP(nn.Module):
    """The feed-forward network: (B, T, C) -> (B, T, F) -> (B, T, C)."""

    def __init__(self, intermediate_size, config):
        super().__init__()
        self.c_fc = nn.Linear(config.hidden_size, intermediate_size)
        self.c_proj = nn.Linear(intermediate_size, config.hidden_size)
        self.act = Activation(config.activation_function)
        self.dropout = nn.Dropout(config.resid_dropout)

    def forward(self, hidden_states):
        return self.dropout(self.c_proj(self.act(self.c_fc(hidden_states))))


class GPTNeoBlock(PreNormBlock):
    def __init__(self, config, layer_idx=None):
        inner = chosen(config.intermediate_size, 4 * config.hidden_size)
        super().__init__(config, layer_idx, inner=inner, attention=GPTNeoAttention, mlp=GPTNeoMLP)


class GPTNeoPreTrainedModel(PreTrainedModel):
    """Base of all GPT Neo models."""

    config_class = GPTNeoConfig
    base_model_prefix = "transformer"
    supports_gradient_checkpointing = True
    _input_embeddings = "wte"
    _no_split_modules = ["GPTNeoBlock"]
    _skip_keys_device_placement = "past_key_values"
    _head_modules = ("classifier", "lm_head", "qa_outputs", "score")
    _ignored_keys = (r"(^|\.)h\.\d+\.attn\.attention\.(bias|masked_bias)$",)

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class GPTNeoModel(GPTNeoPreTrainedModel):
    """The trunk: hidden states after the last norm."""

    def __init__(self, config):
        super().__init__(config)
        self.embed_dim = config.hidden_size
        self.wte = nn.Embedding(config.vocab_size, self.embed_dim)
        self.wpe = nn.Embedding(config.max_position_embeddings, self.embed_dim)
        self.drop = nn.Dropout(config.embed_dropout)
        self.h = nn.ModuleList([GPTNeoBlock(config, layer_idx=i) for i in range(config.num_layers)])
        self.ln_f = nn.LayerNorm(self.embed_dim, eps=config.layer_norm_epsilon)
        self.gradient_checkpointing = False
        self.post_init()

    def masks(self, ready, length, cache_position, device):
        """(mask, is_causal) of every layer, by its kind."""
        kinds = {"global": (ready.mask, ready.is_causal)}
        if "local" in self.config.attention_layers:
            window = self.config.window_size
            kinds["local"] = window_mask(ready, length, window, cache_position=cache_position, device=device)
        return [kinds[kind] for kind in self.config.attention_layers]

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
            positions=self.wpe,
            window=config.window_size if set(config.attention_layers) == {"local"} else None,
        )
        masks = self.masks(ready, x.shape[1], cache_position, x.device)
        out = run_layers(
            self.h,
            self.drop(x),
            ready.cache,
            cache_position,
            per_layer={
                "attention_mask": [mask for mask, _ in masks],
                "is_causal": [is_causal for _, is_causal in masks],
                "head_mask": head_mask_per_layer(head_mask, config.num_layers),
            },
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


class GPTNeoForCausalLM(GPTNeoPreTrainedModel):
    """Predicts the next token."""

    _generates = True
    loss_type = "ForCausalLM"
    _ties = _TIES
    _tied_weights_keys = list(_TIES)
    _output_embeddings = "lm_head"

    def __init__(self, config):
        super().__init__(config)
        self.transformer = GPTNeoModel(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    @task_forward(*_STEP, "cache_position")
    def forward(self, out, labels=None, **kwargs):
        logits = self.lm_head(out.last_hidden_state)  # (B, T, V)
        return CausalLMOutputWithPast(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class GPTNeoForSequenceClassification(SequenceClassification, GPTNeoPreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last token.

    Raises ValueError for several rows with neither `config.pad_token_id` nor a mask to find their ends.
    """

    def __init__(self, config):
        super().__init__(config, GPTNeoModel)

    forward = task_forward(*_STEP)(last_token_output)


class GPTNeoForTokenClassification(TokenClassification, GPTNeoPreTrainedModel):
    """A class for every token."""

    def __init__(self, config):
        super().__init__(config, GPTNeoModel, head="classifier", rate=config.classifier_dropout)

    forward = task_forward(*_STEP)(token_output)


class GPTNeoForQuestionAnswering(QuestionAnswering, GPTNeoPreTrainedModel):
    """First and last token of the answer within the input."""

    def __init__(self, config):
        super().__init__(config, GPTNeoModel)

    forward = task_forward("input_ids", *_TOKENS, "start_positions", "end_positions", *OUTPUT_FLAGS)(
        span_output
    )


def load_tf_weights_in_gpt_neo(model, config, gpt_neo_checkpoint_path):
    """`model`, filled from a TensorFlow 1 checkpoint of EleutherAI/gpt-neo."""
    return model.load_tf1_weights("gpt_neo", gpt_neo_checkpoint_path)


__all__ = [
    "GPTNeoForCausalLM",
    "GPTNeoForQuestionAnswering",
    "GPTNeoForSequenceClassification",
    "GPTNeoForTokenClassification",
    "GPTNeoModel",
    "GPTNeoPreTrainedModel",
    "load_tf_weights_in_gpt_neo",
]
