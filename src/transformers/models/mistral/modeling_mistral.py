"""Mistral 7B (arXiv:2310.06825): Llama's decoder with grouped key/value heads and no biases.

Unlike Llama: each query sees a window of recent keys, `sliding_window`, where the config has one.
Checkpoints: Mistral, Mixtral's dense siblings, Zephyr, Ministral and others of their shape.
"""

from __future__ import annotations

from ...layers.attention import eager_attention, repeat_key_values
from ...layers.decoder_heads import CausalLM, QuestionAnswering, SequenceClassification, TokenClassification
from ...layers.llama_block import DecoderLayer, GatedMLP, GroupedAttention, LlamaShape, Trunk
from ...layers.norm import RMSNorm
from ...layers.rope import RotaryEmbedding, apply_rotary_pos_emb
from ...layers.rope import rotate_half as rotate_half
from ...modeling_utils import PreTrainedModel
from .configuration_mistral import MistralConfig

# Helpers that other programs import from here under these names.
eager_attention_forward = eager_attention
repeat_kv = repeat_key_values


class MistralRMSNorm(RMSNorm):
    pass


class MistralRotaryEmbedding(RotaryEmbedding):
    pass


class MistralAttention(GroupedAttention):
    def __init__(self, config, layer_idx):
        super().__init__(config, layer_idx, window=config.sliding_window, rotate=apply_rotary_pos_emb)


class MistralMLP(GatedMLP):
    pass


class MistralDecoderLayer(DecoderLayer):
    def __init__(self, config, layer_idx):
        super().__init__(config, layer_idx, attention=MistralAttention, mlp=MistralMLP, norm=MistralRMSNorm)


class MistralPreTrainedModel(LlamaShape, PreTrainedModel):
    """Base of all Mistral models."""

    config_class = MistralConfig
    _no_split_modules = ["MistralDecoderLayer"]


class MistralModel(Trunk, MistralPreTrainedModel):
    """The trunk: hidden states after the last norm."""

    def __init__(self, config):
        super().__init__(
            config, layer=MistralDecoderLayer, norm=MistralRMSNorm, rotary=MistralRotaryEmbedding
        )


MistralPreTrainedModel._trunk = MistralModel


class MistralForCausalLM(CausalLM, MistralPreTrainedModel):
    """Predicts the next token."""


class MistralForSequenceClassification(SequenceClassification, MistralPreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last token."""


class MistralForQuestionAnswering(QuestionAnswering, MistralPreTrainedModel):
    """First and last token of the answer within the input."""


class MistralForTokenClassification(TokenClassification, MistralPreTrainedModel):
    """A class for every token."""


__all__ = [
    "MistralForCausalLM",
    "MistralForQuestionAnswering",
    "MistralForSequenceClassification",
    "MistralForTokenClassification",
    "MistralModel",
    "MistralPreTrainedModel",
]
