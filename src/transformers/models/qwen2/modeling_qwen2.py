"""Qwen2 (arXiv:2407.10671), also 1.5, 2.5, QwQ: Llama with biased queries, keys, values; windows if asked."""

from __future__ import annotations

from ...layers.attention import eager_attention, repeat_key_values
from ...layers.decoder_heads import CausalLM, QuestionAnswering, SequenceClassification, TokenClassification
from ...layers.llama_block import DecoderLayer, GatedMLP, GroupedAttention, LlamaShape, Trunk
from ...layers.norm import RMSNorm
from ...layers.rope import RotaryEmbedding, apply_rotary_pos_emb
from ...layers.rope import rotate_half as rotate_half
from ...modeling_utils import PreTrainedModel
from .configuration_qwen2 import Qwen2Config

# Helpers that other programs import from here under these names.
eager_attention_forward = eager_attention
repeat_kv = repeat_key_values


class Qwen2RMSNorm(RMSNorm):
    pass


class Qwen2RotaryEmbedding(RotaryEmbedding):
    pass


class Qwen2Attention(GroupedAttention):
    def __init__(self, config, layer_idx):
        window = config.key_windows()[layer_idx]
        super().__init__(
            config, layer_idx, bias=True, out_bias=False, window=window, rotate=apply_rotary_pos_emb
        )


class Qwen2MLP(GatedMLP):
    pass


class Qwen2DecoderLayer(DecoderLayer):
    def __init__(self, config, layer_idx):
        super().__init__(config, layer_idx, attention=Qwen2Attention, mlp=Qwen2MLP, norm=Qwen2RMSNorm)


class Qwen2PreTrainedModel(LlamaShape, PreTrainedModel):
    """Base of all Qwen2 models."""

    config_class = Qwen2Config
    _no_split_modules = ["Qwen2DecoderLayer"]


class Qwen2Model(Trunk, Qwen2PreTrainedModel):
    """The trunk: hidden states after the last norm."""

    def __init__(self, config):
        super().__init__(config, layer=Qwen2DecoderLayer, norm=Qwen2RMSNorm, rotary=Qwen2RotaryEmbedding)


Qwen2PreTrainedModel._trunk = Qwen2Model


class Qwen2ForCausalLM(CausalLM, Qwen2PreTrainedModel):
    """Predicts the next token."""


class Qwen2ForSequenceClassification(SequenceClassification, Qwen2PreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last token."""


class Qwen2ForQuestionAnswering(QuestionAnswering, Qwen2PreTrainedModel):
    """First and last token of the answer within the input."""

    base_model_prefix = "transformer"  # as published, and so the names in its checkpoints
    _renames = ((r"^model\.", "transformer."),)  # the other heads' name for it


class Qwen2ForTokenClassification(TokenClassification, Qwen2PreTrainedModel):
    """A class for every token."""


__all__ = [
    "Qwen2ForCausalLM",
    "Qwen2ForQuestionAnswering",
    "Qwen2ForSequenceClassification",
    "Qwen2ForTokenClassification",
    "Qwen2Model",
    "Qwen2PreTrainedModel",
    "Qwen2RMSNorm",
]
