"""mT5 (arXiv:2010.11934): T5 1.1 trained on a hundred languages.

Checkpoints: the published `mt5-*` ones.  Unlike T5: the feed-forward network is gated, the head untied.
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
from .configuration_mt5 import MT5Config


class MT5LayerNorm(ScaleNorm):
    pass


class MT5DenseActDense(PlainFeed):
    pass


class MT5DenseGatedActDense(GatedFeed):
    pass


class MT5Attention(BucketAttention):
    pass


class MT5LayerFF(Sublayer):
    def __init__(self, config):
        feed = MT5DenseGatedActDense if config.is_gated_act else MT5DenseActDense
        super().__init__(config, "DenseReluDense", feed(config), MT5LayerNorm)


class MT5LayerSelfAttention(Sublayer):
    def __init__(self, config, has_relative_attention_bias=False, layer_idx=None):
        attention = MT5Attention(config, has_relative_attention_bias, layer_idx=layer_idx)
        super().__init__(config, "SelfAttention", attention, MT5LayerNorm)


class MT5LayerCrossAttention(Sublayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, "EncDecAttention", MT5Attention(config, layer_idx=layer_idx), MT5LayerNorm)


class MT5Block(BucketBlock):
    def __init__(self, config, has_relative_attention_bias=False, layer_idx=None):
        super().__init__(
            config,
            has_relative_attention_bias,
            layer_idx,
            attention=MT5LayerSelfAttention,
            cross=MT5LayerCrossAttention,
            feed=MT5LayerFF,
        )


class MT5ClassificationHead(EndHead):
    def __init__(self, config):
        super().__init__(config.d_model, config.d_model, config.num_labels, config.classifier_dropout)


class MT5PreTrainedModel(PreTrainedModel):
    """Base of all MT5 models."""

    config_class = MT5Config
    _supports_flash_attn = False  # scores get a bias
    base_model_prefix = "transformer"
    supports_gradient_checkpointing = True
    _input_embeddings = "shared"
    _embedding_copies = ("encoder.embed_tokens", "decoder.embed_tokens")
    _no_split_modules = ["MT5Block"]
    _keep_in_fp32_modules = ["wo"]
    _head_modules = ("classification_head", "classifier", "lm_head", "qa_outputs")
    # Old files hold a bias for the attention to the encoder, which has none.
    _ignored_keys = (r"\.EncDecAttention\.relative_attention_bias\.weight$",)
    _shift_right = shift_by_config

    @staticmethod
    def _parts():
        return {
            "block": MT5Block,
            "norm": MT5LayerNorm,
            "stack": MT5Stack,
            "trunk": MT5Model,
            "encoder": MT5EncoderModel,
            "head": MT5ClassificationHead,
        }

    def _init_weights(self, module):
        init_bucket(module, self.config)


class MT5Stack(BucketStack, MT5PreTrainedModel):
    """Encoder or, by `config.is_decoder`, decoder."""


class MT5Model(BucketTrunk, MT5PreTrainedModel):
    """The trunk: the decoder's hidden states, with the encoder's beside them."""


class MT5EncoderModel(BucketEncoder, MT5PreTrainedModel):
    """The encoder alone."""


class MT5ForConditionalGeneration(BucketGenerator, MT5PreTrainedModel):
    """Writes text from text; `labels` are what it should write."""


class MT5ForSequenceClassification(BucketSequenceClassifier, MT5PreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last end-of-text token."""


class MT5ForTokenClassification(BucketTokenClassifier, MT5PreTrainedModel):
    """A class for every token, read off the encoder."""


class MT5ForQuestionAnswering(BucketSpanFinder, MT5PreTrainedModel):
    """First and last token of the answer within the input."""


def load_tf_weights_in_mt5(model, config, tf_checkpoint_path):
    """`model`, filled from a TensorFlow 1 checkpoint of google-research/multilingual-t5."""
    return model.load_tf1_weights("t5", tf_checkpoint_path)


__all__ = [
    "MT5EncoderModel",
    "MT5ForConditionalGeneration",
    "MT5ForQuestionAnswering",
    "MT5ForSequenceClassification",
    "MT5ForTokenClassification",
    "MT5Model",
    "MT5PreTrainedModel",
]
