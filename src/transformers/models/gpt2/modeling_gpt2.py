"""GPT-2 (Radford et al., 2019): a decoder with learned absolute positions and pre-norm blocks.

Checkpoints: the published `gpt2*` ones, DialoGPT, CPM, GPT-SW3 and converted Megatron-LM ones.  Linear
layers keep their weights as (in, out).  With `add_cross_attention` it attends to an encoder.  Unlike the
published release: positions of a left-padded row start at its first token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from ...layers.base import can_return_tuple
from ...layers.chosen_mask import cross_mask
from ...layers.decoder_heads import (
    QuestionAnswering,
    SequenceClassification,
    TokenClassification,
    last_token_output,
    span_output,
    token_output,
)
from ...layers.eager import eager_fused as eager_attention_forward  # noqa: F401  (published here)
from ...layers.gpt2_block import FusedAttention, FusedMLP, PreNormBlock, init_residual
from ...layers.heads import chosen, head_mask_per_layer
from ...layers.last_token import kept_tokens, last_token_index
from ...layers.losses import class_loss, next_token_loss
from ...layers.stack import run_layers
from ...layers.summary import SequenceSummary
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...layers.word_trunk import begin
from ...modeling_outputs import (
    BaseModelOutputWithPastAndCrossAttentions,
    CausalLMOutputWithCrossAttentions,
    ModelOutput,
)
from ...modeling_utils import PreTrainedModel
from .configuration_gpt2 import GPT2Config


class GPT2Attention(FusedAttention):
    pass


class GPT2MLP(FusedMLP):
    pass


class GPT2Block(PreNormBlock):
    def __init__(self, config, layer_idx=None):
        inner = chosen(config.n_inner, 4 * config.hidden_size)
        super().__init__(
            config,
            layer_idx,
            inner=inner,
            attention=GPT2Attention,
            mlp=GPT2MLP,
            cross=config.add_cross_attention,
        )


class GPT2SequenceSummary(SequenceSummary):
    def __init__(self, config):
        labels = 1 if config.summary_proj_to_labels else config.hidden_size  # one score a choice
        super().__init__(
            config.hidden_size,
            labels if config.summary_use_proj else None,
            kind=config.summary_type,
            activation=config.summary_activation,
            first_dropout=config.summary_first_dropout,
            last_dropout=config.summary_last_dropout,
        )


class GPT2PreTrainedModel(PreTrainedModel):
    """Base of all GPT-2 models."""

    config_class = GPT2Config
    base_model_prefix = "transformer"
    supports_gradient_checkpointing = True
    _input_embeddings = "wte"
    _no_split_modules = ["GPT2Block"]
    _skip_keys_device_placement = "past_key_values"
    _head_modules = ("classifier", "lm_head", "multiple_choice_head", "qa_outputs", "score")
    _ignored_keys = (r"(^|\.)h\.\d+\.(attn|crossattention)\.(bias|masked_bias)$",)

    def _init_weights(self, module):
        init_residual(module, self.config.initializer_range, self.config.n_layer)


class GPT2Model(GPT2PreTrainedModel):
    """The trunk: hidden states after the last norm."""

    def __init__(self, config):
        super().__init__(config)
        self.embed_dim = config.hidden_size
        self.wte = nn.Embedding(config.vocab_size, self.embed_dim)
        self.wpe = nn.Embedding(config.max_position_embeddings, self.embed_dim)
        self.drop = nn.Dropout(config.embd_pdrop)
        self.h = nn.ModuleList([GPT2Block(config, layer_idx=i) for i in range(config.num_hidden_layers)])
        self.ln_f = nn.LayerNorm(self.embed_dim, eps=config.layer_norm_epsilon)
        self.gradient_checkpointing = False
        self.post_init()

    def _prune_heads(self, heads_to_prune):
        for layer, heads in heads_to_prune.items():
            self.h[layer].attn.prune_heads(heads)

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        past_key_values=None,
        cache_position=None,
        attention_mask=None,
        token_type_ids=None,
        position_ids=None,
        head_mask=None,
        inputs_embeds=None,
        encoder_hidden_states=None,
        encoder_attention_mask=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
    ):
        config = self.config
        x, ready, checkpointing, use_cache = begin(
            self,
            input_ids,
            inputs_embeds,
            token_type_ids,
            attention_mask,
            position_ids,
            past_key_values=past_key_values,
            use_cache=use_cache,
            cache_position=cache_position,
            cross=config.add_cross_attention,
            positions=self.wpe,
            whole=False,
        )
        out = run_layers(
            self.h,
            self.drop(x),
            ready.cache,
            cache_position,
            ready.mask,
            per_layer={"head_mask": head_mask_per_layer(head_mask, config.n_layer)},
            encoder_hidden_states=encoder_hidden_states,
            encoder_attention_mask=cross_mask(config, encoder_attention_mask, x, encoder_hidden_states),
            is_causal=ready.is_causal,
            final=self.ln_f,
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


_TOKENS = ("attention_mask", "token_type_ids", "position_ids", "head_mask", "inputs_embeds")
_STEP = ("input_ids", "past_key_values", "cache_position", *_TOKENS)
_ENCODER = ("encoder_hidden_states", "encoder_attention_mask")
_LABELLED = ("input_ids", "past_key_values", *_TOKENS, "labels", "use_cache", *OUTPUT_FLAGS)
_SPAN = ("input_ids", *_TOKENS, "start_positions", "end_positions", *OUTPUT_FLAGS)
_TIES = {"lm_head.weight": "transformer.wte.weight"}


class GPT2LMHeadModel(GPT2PreTrainedModel):
    """Predicts the next token."""

    _generates = True
    loss_type = "ForCausalLM"
    _ties = _TIES
    _tied_weights_keys = list(_TIES)
    _output_embeddings = "lm_head"

    def __init__(self, config):
        super().__init__(config)
        self.transformer = GPT2Model(config)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.post_init()

    @task_forward(*_STEP, *_ENCODER, "labels", "use_cache", *OUTPUT_FLAGS, "logits_to_keep")
    def forward(self, out, labels=None, logits_to_keep=None, **kwargs):
        logits = self.lm_head(kept_tokens(out.last_hidden_state, logits_to_keep))  # (B, T, V)
        return CausalLMOutputWithCrossAttentions(
            loss=self.compute_loss(logits, labels, **kwargs), logits=logits
        )


@dataclass
class GPT2DoubleHeadsModelOutput(ModelOutput):
    """`logits` (B, choices, T, V) with their `loss`, `mc_logits` (B, choices) with their `mc_loss`."""

    loss: Any = None
    mc_loss: Any = None
    logits: Any = None
    mc_logits: Any = None
    past_key_values: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


class GPT2DoubleHeadsModel(GPT2PreTrainedModel):
    """Predicts the next token and chooses among continuations: inputs are (B, choices, T).

    `mc_token_ids` (B, choices) are the places of the tokens that are judged, by default the last ones.
    """

    _generates = True
    _ties = _TIES
    _tied_weights_keys = list(_TIES)
    _output_embeddings = "lm_head"

    def __init__(self, config):
        super().__init__(config)
        self.transformer = GPT2Model(config)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.multiple_choice_head = GPT2SequenceSummary(config)
        self.post_init()

    @task_forward(*_STEP, "mc_token_ids", "labels", "mc_labels", "use_cache", *OUTPUT_FLAGS)
    def forward(self, out, choices, inputs, mc_token_ids=None, labels=None, mc_labels=None):
        x = out.last_hidden_state  # (B * choices, T, C)
        ids, mask = inputs.get("input_ids"), inputs.get("attention_mask")
        leading = inputs["inputs_embeds"].shape[:-2] if ids is None else ids.shape[:-1]
        if mc_token_ids is not None:
            mc_token_ids = mc_token_ids.reshape(-1)
        elif mask is not None:
            mc_token_ids = last_token_index(x, attention_mask=mask.reshape(-1, mask.shape[-1]))
        logits = self.lm_head(x)
        scores = self.multiple_choice_head(x, mc_token_ids, mask)
        scores = scores.reshape(*leading, scores.shape[-1]).squeeze(-1)  # (B, choices)
        loss = mc_loss = None
        if labels is not None:
            loss = next_token_loss(logits, labels.reshape(-1, labels.shape[-1]), self.config)
        if mc_labels is not None:
            mc_loss = class_loss(scores, mc_labels, self.config)
        return GPT2DoubleHeadsModelOutput(
            loss=loss, mc_loss=mc_loss, logits=logits.reshape(*leading, *logits.shape[1:]), mc_logits=scores
        )


class GPT2ForSequenceClassification(SequenceClassification, GPT2PreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last token.

    Raises ValueError for several rows with neither `config.pad_token_id` nor a mask to find their ends.
    """

    def __init__(self, config):
        super().__init__(config, GPT2Model)

    forward = task_forward(*_LABELLED)(last_token_output)


class GPT2ForTokenClassification(TokenClassification, GPT2PreTrainedModel):
    """A class for every token."""

    def __init__(self, config):
        super().__init__(config, GPT2Model, head="classifier")

    forward = task_forward(*_LABELLED)(token_output)


class GPT2ForQuestionAnswering(QuestionAnswering, GPT2PreTrainedModel):
    """First and last token of the answer within the input."""

    def __init__(self, config):
        super().__init__(config, GPT2Model)

    forward = task_forward("input_ids", *_TOKENS, "start_positions", "end_positions", *OUTPUT_FLAGS)(
        span_output
    )


def load_tf_weights_in_gpt2(model, config, gpt2_checkpoint_path):
    """`model`, filled from a TensorFlow 1 checkpoint of openai/gpt-2."""
    return model.load_tf1_weights("gpt2", gpt2_checkpoint_path)


__all__ = [
    "GPT2DoubleHeadsModel",
    "GPT2DoubleHeadsModelOutput",
    "GPT2ForQuestionAnswering",
    "GPT2ForSequenceClassification",
    "GPT2ForTokenClassification",
    "GPT2LMHeadModel",
    "GPT2Model",
    "GPT2PreTrainedModel",
    "load_tf_weights_in_gpt2",
]
