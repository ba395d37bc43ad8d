"""Mistral 7B (arXiv:2310.06825): Llama's decoder with grouped key/value heads and no biases.

Unlike Llama: each query sees a window of recent keys, `sliding_window`, where the config has one.
Checkpoints: Mistral, Mixtral's dense siblings, Zephyr, Ministral and others of their shape.
"""

from __future__ import annotations

from ...layers.attention import eager_attention, repeat_key_values
from ...layers.decoder_heads import CausalLM, QuestionAnswering, SequenceClassification, TokenClassification
from ...layers.initialization import init_normal
from ...layers.llama_block import DecoderLayer, GatedMLP, GroupedAttention, Trunk
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


class MistralPreTrainedModel(PreTrainedModel):
    """Base of all Mistral models."""

    config_class = MistralConfig
    base_model_prefix = "model"
    supports_gradient_checkpointing = True
    _input_embeddings = "embed_tokens"
    _no_split_modules = ["MistralDecoderLayer"]
    _skip_keys_device_placement = ["past_key_values"]
    _head_modules = ("lm_head", "qa_outputs", "score")
    _ignored_keys = (r"rotary_emb\.inv_freq$",)

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class MistralModel(Trunk, MistralPreTrainedModel):
    """The trunk: hidden states after the last norm."""

    def __init__(self, config):
        super().__init__(
            config, layer=MistralDecoderLayer, norm=MistralRMSNorm, rotary=MistralRotaryEmbedding
        )


class MistralForCausalLM(CausalLM, MistralPreTrainedModel):
    """Predicts the next token."""

    def __init__(self, config):
        super().__init__(config, MistralModel)


class MistralForSequenceClassification(SequenceClassification, MistralPreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last token."""

    def __init__(self, config):
        super().__init__(config, MistralModel)


class MistralForQuestionAnswering(QuestionAnswering, MistralPreTrainedModel):
    """First and last token of the answer within the input."""

    def __init__(self, config):
        super().__init__(config, MistralModel)


class MistralForTokenClassification(TokenClassification, MistralPreTrainedModel):
    """A class for every token."""

    def __init__(self, config):
        super().__init__(config, MistralModel)


__all__ = [
    "MistralForCausalLM",
    "MistralForQuestionAnswering",
    "MistralForSequenceClassification",
    "MistralForTokenClassification",
    "MistralModel",
    "MistralPreTrainedModel",
]
