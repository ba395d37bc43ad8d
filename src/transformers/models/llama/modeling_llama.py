"""Llama (arXiv:2302.13971, 2307.09288, 2407.21783): a decoder with rotary positions and RMS norms.

Checkpoints: Llama 1 to 3, Code Llama, TinyLlama, SmolLM and others of their shape.  Unlike GPT-2: positions
turn queries and keys, the feed-forward network is gated, and heads may share keys and values.  Unlike the
published release: positions of a left-padded row start at its first token.
"""

from __future__ import annotations

from ...layers.attention import eager_attention, repeat_key_values
from ...layers.base import can_return_tuple
from ...layers.decoder_heads import CausalLM, QuestionAnswering, SequenceClassification, TokenClassification
from ...layers.llama_block import (
    DecoderLayer,
    GatedMLP,
    GroupedAttention,
    LlamaShape,
    build_trunk,
    trunk_forward,
)
from ...layers.norm import RMSNorm
from ...layers.rope import RotaryEmbedding, apply_rotary_pos_emb
from ...layers.rope import rotate_half as rotate_half
from ...modeling_utils import PreTrainedModel
from .configuration_llama import LlamaConfig

# Helpers that other programs import from here under these names.
eager_attention_forward = eager_attention
repeat_kv = repeat_key_values


class LlamaRMSNorm(RMSNorm):
    pass


class LlamaRotaryEmbedding(RotaryEmbedding):
    pass


class LlamaAttention(GroupedAttention):
    def __init__(self, config, layer_idx):
        super().__init__(config, layer_idx, bias=config.attention_bias, rotate=apply_rotary_pos_emb)


class LlamaMLP(GatedMLP):
    def __init__(self, config):
        super().__init__(config, bias=config.mlp_bias)


class LlamaDecoderLayer(DecoderLayer):
    def __init__(self, config, layer_idx):
        super().__init__(config, layer_idx, attention=LlamaAttention, mlp=LlamaMLP, norm=LlamaRMSNorm)


class LlamaPreTrainedModel(LlamaShape, PreTrainedModel):
    """Base of all Llama models."""

    config_class = LlamaConfig
    _no_split_modules = ["LlamaDecoderLayer"]


class LlamaModel(LlamaPreTrainedModel):
    """The trunk: hidden states after the last norm."""

    def __init__(self, config):
        super().__init__(config)
        build_trunk(self, config, layer=LlamaDecoderLayer, norm=LlamaRMSNorm, rotary=LlamaRotaryEmbedding)
        self.post_init()

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        position_ids=None,
        past_key_values=None,
        inputs_embeds=None,
        cache_position=None,
        use_cache=None,
        **kwargs,
    ):
        return trunk_forward(
            self,
            input_ids,
            attention_mask,
            position_ids,
            past_key_values,
            inputs_embeds,
            cache_position,
            use_cache,
            **kwargs,
        )


LlamaPreTrainedModel._trunk = LlamaModel


class LlamaForCausalLM(CausalLM, LlamaPreTrainedModel):
    """Predicts the next token."""


class LlamaForSequenceClassification(SequenceClassification, LlamaPreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last token."""


class LlamaForQuestionAnswering(QuestionAnswering, LlamaPreTrainedModel):
    """First and last token of the answer within the input."""

    base_model_prefix = "transformer"  # as published, and so the names in its checkpoints
    _renames = ((r"^model\.", "transformer."),)  # the other heads' name for it


class LlamaForTokenClassification(TokenClassification, LlamaPreTrainedModel):
    """A class for every token."""


__all__ = [
    "LlamaForCausalLM",
    "LlamaForQuestionAnswering",
    "LlamaForSequenceClassification",
    "LlamaForTokenClassification",
    "LlamaModel",
    "LlamaPreTrainedModel",
]
