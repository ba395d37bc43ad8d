"""T5 (arXiv:1910.10683): an encoder-decoder in which distances, not positions, are learned.

Checkpoints: t5-*, T5 1.1 and FLAN-T5 (gated feed-forward, untied head), UL2 and FLAN-UL2, ByT5.
Unlike BART: norms without mean before each part, scores neither scaled nor biased by projections, and a
bias for each range of distances that the first block of a stack holds for all.
"""

from __future__ import annotations

from ...layers.seq2seq import EndHead, shift_by_config
from ...layers.t5_block import BucketAttention, BucketBlock, GatedFeed, PlainFeed, ScaleNorm, Sublayer
from ...layers.t5_heads import (
    BucketGenerator,
    BucketSequenceClassifier,
    BucketSpanFinder,
    BucketTokenClassifier,
    init_bucket,
)
from ...layers.t5_stack import BucketEncoder, BucketStack, BucketTrunk
from ...modeling_utils import PreTrainedModel
from .configuration_t5 import T5Config


class T5LayerNorm(ScaleNorm):
    pass


class T5DenseActDense(PlainFeed):
    pass


class T5DenseGatedActDense(GatedFeed):
    pass


class T5Attention(BucketAttention):
    pass


class T5LayerFF(Sublayer):
    def __init__(self, config):
        feed = T5DenseGatedActDense if config.is_gated_act else T5DenseActDense
        super().__init__(config, "DenseReluDense", feed(config), T5LayerNorm)


class T5LayerSelfAttention(Sublayer):
    def __init__(self, config, has_relative_attention_bias=False, layer_idx=None):
        attention = T5Attention(config, has_relative_attention_bias, layer_idx=layer_idx)
        super().__init__(config, "SelfAttention", attention, T5LayerNorm)


class T5LayerCrossAttention(Sublayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, "EncDecAttention", T5Attention(config, layer_idx=layer_idx), T5LayerNorm)


class T5Block(BucketBlock):
    def __init__(self, config, has_relative_attention_bias=False, layer_idx=None):
        super().__init__(
            config,
            has_relative_attention_bias,
            layer_idx,
            attention=T5LayerSelfAttention,
            cross=T5LayerCrossAttention,
            feed=T5LayerFF,
        )


class T5ClassificationHead(EndHead):
    def __init__(self, config):
        super().__init__(config.d_model, config.d_model, config.num_labels, config.classifier_dropout)


class T5PreTrainedModel(PreTrainedModel):
    """Base of all T5 models."""

    config_class = T5Config
    _supports_flash_attn = False  # scores get a bias
    base_model_prefix = "transformer"
    supports_gradient_checkpointing = True
    _input_embeddings = "shared"
    _embedding_copies = ("encoder.embed_tokens", "decoder.embed_tokens")
    _no_split_modules = ["T5Block"]
    _keep_in_fp32_modules = ["wo"]
    _head_modules = ("classification_head", "classifier", "lm_head", "qa_outputs")
    # Old files hold a bias for the attention to the encoder, which has none.
    _ignored_keys = (r"\.EncDecAttention\.relative_attention_bias\.weight$",)
    _shift_right = shift_by_config

    @staticmethod
    def _parts():
        return {
            "block": T5Block,
            "norm": T5LayerNorm,
            "stack": T5Stack,
            "trunk": T5Model,
            "encoder": T5EncoderModel,
            "head": T5ClassificationHead,
        }

    def _init_weights(self, module):
        init_bucket(module, self.config)


class T5Stack(BucketStack, T5PreTrainedModel):
    """Encoder or, by `config.is_decoder`, decoder."""


class T5Model(BucketTrunk, T5PreTrainedModel):
    """The trunk: the decoder's hidden states, with the encoder's beside them."""


class T5EncoderModel(BucketEncoder, T5PreTrainedModel):
    """The encoder alone."""


class T5ForConditionalGeneration(BucketGenerator, T5PreTrainedModel):
    """Writes text from text; `labels` are what it should write."""


class T5ForSequenceClassification(BucketSequenceClassifier, T5PreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last end-of-text token."""


class T5ForTokenClassification(BucketTokenClassifier, T5PreTrainedModel):
    """A class for every token, read off the encoder."""


class T5ForQuestionAnswering(BucketSpanFinder, T5PreTrainedModel):
    """First and last token of the answer within the input."""


def load_tf_weights_in_t5(model, config, tf_checkpoint_path):
    """`model`, filled from a TensorFlow 1 checkpoint of google-research/text-to-text-transfer-transformer."""
    return model.load_tf1_weights("t5", tf_checkpoint_path)


__all__ = [
    "T5EncoderModel",
    "T5ForConditionalGeneration",
    "T5ForQuestionAnswering",
    "T5ForSequenceClassification",
    "T5ForTokenClassification",
    "T5Model",
    "T5PreTrainedModel",
    "load_tf_weights_in_t5",
]
