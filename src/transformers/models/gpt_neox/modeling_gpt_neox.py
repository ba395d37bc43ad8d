"""GPT-NeoX (arXiv:2204.06745): a decoder whose attention and feed-forward network run side by side.

Checkpoints: GPT-NeoX-20B, Pythia, Dolly, StableLM-Alpha and others of their shape.  Unlike Llama: layer
norms, a fused projection with each head's query, key and value in a row, and only the first `rotary_pct` of
a head's channels are turned.
"""

from __future__ import annotations

from torch import nn

from ...layers.activations import Activation
from ...layers.attention import attend, eager_attention, merge_heads, split_heads
from ...layers.base import can_return_tuple
from ...layers.cache_pair import cached
from ...layers.decoder_heads import (
    SequenceClassification,
    last_token_output,
)
from ...layers.heads import chosen, head_mask_per_layer, span_labels, span_logits
from ...layers.initialization import init_normal
from ...layers.last_token import kept_tokens
from ...layers.rope import RotaryEmbedding
from ...layers.rope import apply_partial_rotary as apply_rotary_pos_emb
from ...layers.rope import rotate_half as rotate_half
from ...layers.stack import run_layers
from ...layers.task import task_forward
from ...layers.trunk import prepare
from ...modeling_outputs import (
    BaseModelOutputWithPast,
    CausalLMOutputWithPast,
    QuestionAnsweringModelOutput,
    TokenClassifierOutput,
)
from ...modeling_utils import PreTrainedModel
from .configuration_gpt_neox import GPTNeoXConfig

eager_attention_forward = eager_attention  # imported from here by other programs


class GPTNeoXAttention(nn.Module):
    """Attention over one fused projection, of whose channels some are turned by the position."""

    def __init__(self, config, layer_idx=None):
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.num_heads = config.num_attention_heads
        self.head_size = config.hidden_size // self.num_heads
        self.rotary_ndims = int(self.head_size * config.rotary_pct)
        self.scaling = self.head_size**-0.5
        self.attention_dropout = config.attention_dropout
        self.is_causal = True
        self.rotate = apply_rotary_pos_emb
        self.query_key_value = nn.Linear(
            config.hidden_size, 3 * config.hidden_size, bias=config.attention_bias
        )
        self.dense = nn.Linear(config.hidden_size, config.hidden_size, bias=config.attention_bias)

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        head_mask=None,
        layer_past=None,
        output_attentions=False,
        cache_position=None,
        position_embeddings=None,
        **kwargs,
    ):
        fused = split_heads(self.query_key_value(hidden_states), self.num_heads)  # (B, H, T, 3 * D)
        query, key, value = fused.chunk(3, dim=-1)
        query, key = self.rotate(query, key, *position_embeddings)
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
            scaling=self.scaling,
            dropout=self.attention_dropout,
            **kwargs,
        )
        return self.dense(merge_heads(context)), probabilities


class GPTNeoXMLP(nn.Module):
    """The feed-forward network: (B, T, C) -> (B, T, F) -> (B, T, C)."""

    def __init__(self, config):
        super().__init__()
        self.dense_h_to_4h = nn.Linear(config.hidden_size, config.intermediate_size)
        self.dense_4h_to_h = nn.Linear(config.intermediate_size, config.hidden_size)
        self.act = Activation(config.hidden_act)

    def forward(self, hidden_states):
        return self.dense_4h_to_h(self.act(self.dense_h_to_4h(hidden_states)))


class GPTNeoXLayer(nn.Module):
    """Attention and feed-forward network, each on a norm of the layer's input, or one after the other."""

    def __init__(self, config, layer_idx):
        super().__init__()
        self.use_parallel_residual = config.use_parallel_residual
        self.input_layernorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.post_attention_layernorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.post_attention_dropout = nn.Dropout(config.hidden_dropout)
        self.post_mlp_dropout = nn.Dropout(config.hidden_dropout)
        self.attention = GPTNeoXAttention(config, layer_idx)
        self.mlp = GPTNeoXMLP(config)

    def forward(self, hidden_states, attention_mask=None, position_ids=None, **kwargs):
        attended, probabilities = self.attention(
            self.input_layernorm(hidden_states), attention_mask=attention_mask, **kwargs
        )
        attended = hidden_states + self.post_attention_dropout(attended)
        source = hidden_states if self.use_parallel_residual else attended
        return attended + self.post_mlp_dropout(
            self.mlp(self.post_attention_layernorm(source))
        ), probabilities


class GPTNeoXRotaryEmbedding(RotaryEmbedding):
    pass


class GPTNeoXPreTrainedModel(PreTrainedModel):
    """Base of all GPT-NeoX models."""

    config_class = GPTNeoXConfig
    base_model_prefix = "gpt_neox"
    supports_gradient_checkpointing = True
    _input_embeddings = "embed_in"
    _no_split_modules = ["GPTNeoXLayer"]
    _skip_keys_device_placement = ["past_key_values"]
    _head_modules = ("classifier", "embed_out", "qa_outputs", "score")
    _ignored_keys = (r"attention\.(masked_)?bias$", r"rotary_emb\.inv_freq$")

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class GPTNeoXModel(GPTNeoXPreTrainedModel):
    """The trunk: hidden states after the last norm."""

    def __init__(self, config):
        super().__init__(config)
        self.embed_in = nn.Embedding(config.vocab_size, config.hidden_size)
        self.emb_dropout = nn.Dropout(config.hidden_dropout)
        self.layers = nn.ModuleList(
            [GPTNeoXLayer(config, index) for index in range(config.num_hidden_layers)]
        )
        self.final_layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.rotary_emb = GPTNeoXRotaryEmbedding(config=config)
        self.gradient_checkpointing = False
        self.post_init()

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        position_ids=None,
        head_mask=None,
        inputs_embeds=None,
        past_key_values=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        cache_position=None,
        **kwargs,
    ):
        if kwargs:
            raise TypeError(
                f"GPTNeoXModel.forward() got an unexpected keyword argument {sorted(kwargs)[0]!r}"
            )
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
        )
        x = self.emb_dropout(
            self.embed_in(input_ids) if inputs_embeds is None else inputs_embeds
        )  # (B, T, C)
        out = run_layers(
            self.layers,
            x,
            attention_mask=ready.mask,
            is_causal=ready.is_causal,
            per_layer={"head_mask": head_mask_per_layer(head_mask, config.num_hidden_layers)},
            layer_past=ready.cache,
            cache_position=cache_position,
            position_embeddings=self.rotary_emb(x, ready.position_ids),
            final=self.final_layer_norm,
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


_STEP = ("input_ids", "attention_mask", "position_ids", "inputs_embeds", "head_mask", "past_key_values")
_FLAGS = ("output_attentions", "output_hidden_states")
_TIES = {"embed_out.weight": "gpt_neox.embed_in.weight"}


class GPTNeoXForCausalLM(GPTNeoXPreTrainedModel):
    """Predicts the next token."""

    _generates = True
    loss_type = "ForCausalLM"
    _ties = _TIES
    _tied_weights_keys = list(_TIES)
    _tp_plan = {"embed_out": "colwise_rep"}
    _pp_plan = {"embed_out": (["hidden_states"], ["logits"])}
    _output_embeddings = "embed_out"

    def __init__(self, config):
        super().__init__(config)
        self.gpt_neox = GPTNeoXModel(config)
        self.embed_out = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    @task_forward(*_STEP, "labels", "use_cache", *_FLAGS, "cache_position", "logits_to_keep")
    def forward(self, out, labels=None, logits_to_keep=None, **kwargs):
        logits = self.embed_out(kept_tokens(out.last_hidden_state, logits_to_keep))  # (B, T, V)
        return CausalLMOutputWithPast(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class GPTNeoXForSequenceClassification(SequenceClassification, GPTNeoXPreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last token.

    Raises ValueError for several rows with neither `config.pad_token_id` nor a mask to find their ends.
    """

    def __init__(self, config):
        super().__init__(config, GPTNeoXModel)

    forward = task_forward(*_STEP, "labels", "use_cache", *_FLAGS)(last_token_output)


class GPTNeoXForTokenClassification(GPTNeoXPreTrainedModel):
    """A class for every token."""

    loss_type = "ForTokenClassification"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.gpt_neox = GPTNeoXModel(config)
        self.dropout = nn.Dropout(config.classifier_dropout)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    @task_forward(
        *("input_ids", "past_key_values", "attention_mask", "token_type_ids", "position_ids"),
        *("head_mask", "inputs_embeds", "labels", "use_cache", *_FLAGS),
    )
    def forward(self, out, token_type_ids=None, labels=None, **kwargs):
        out.past_key_values = None  # as published, and so for question answering; there are no segments
        logits = self.classifier(self.dropout(out.last_hidden_state))  # (B, T, labels)
        return TokenClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class GPTNeoXForQuestionAnswering(GPTNeoXPreTrainedModel):
    """First and last token of the answer within the input."""

    loss_type = "ForQuestionAnswering"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.gpt_neox = GPTNeoXModel(config)
        self.qa_outputs = nn.Linear(config.hidden_size, 2)
        self.post_init()

    @task_forward(
        *("input_ids", "attention_mask", "token_type_ids", "position_ids", "head_mask", "inputs_embeds"),
        *("start_positions", "end_positions", *_FLAGS),
    )
    def forward(self, out, token_type_ids=None, start_positions=None, end_positions=None, **kwargs):
        out.past_key_values = None
        start, end = span_logits(self.qa_outputs(out.last_hidden_state))
        loss = self.compute_loss((start, end), span_labels(start_positions, end_positions), **kwargs)
        return QuestionAnsweringModelOutput(loss=loss, start_logits=start, end_logits=end)


__all__ = [
    "GPTNeoXForCausalLM",
    "GPTNeoXForQuestionAnswering",
    "GPTNeoXForSequenceClassification",
    "GPTNeoXForTokenClassification",
    "GPTNeoXLayer",
    "GPTNeoXModel",
    "GPTNeoXPreTrainedModel",
]
