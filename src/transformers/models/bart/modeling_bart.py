"""BART (arXiv:1910.13461): an encoder-decoder with learned positions and norms behind its parts.

Checkpoints: the published `bart-*` ones, BARThez, TAPEX.
Unlike T5: biases everywhere, positions learned from the third row of their table on, a norm on the
embeddings; a decoder that is given nothing reads the encoder's input, shifted.
"""

from __future__ import annotations

from ...layers.eager import eager_with_heads as eager_attention_forward  # noqa: F401  (published here)
from ...layers.fairseq_block import FairseqAttention, FairseqDecoderLayer, FairseqEncoderLayer
from ...layers.fairseq_embeddings import LearnedPositions, ScaledEmbedding
from ...layers.fairseq_heads import (
    DecoderAlone,
    FairseqCausalLM,
    FairseqGenerator,
    FairseqSequenceClassifier,
    FairseqSpanFinder,
)
from ...layers.fairseq_stack import FairseqBase, FairseqDecoder, FairseqEchoTrunk, FairseqEncoder
from ...layers.seq2seq import EndHead
from ...layers.seq2seq import shift_right as shift_tokens_right  # noqa: F401  (published here)
from ...modeling_utils import PreTrainedModel
from .configuration_bart import BartConfig


class BartLearnedPositionalEmbedding(LearnedPositions):
    pass


class BartScaledWordEmbedding(ScaledEmbedding):
    pass


class BartAttention(FairseqAttention):
    pass


class BartEncoderLayer(FairseqEncoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx, attention=BartAttention)


class BartDecoderLayer(FairseqDecoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx, attention=BartAttention)


class BartClassificationHead(EndHead):
    pass


class BartPreTrainedModel(FairseqBase, PreTrainedModel):
    """Base of all BART models."""

    config_class = BartConfig
    _embedding_norm = True
    _no_split_modules = ["BartEncoderLayer", "BartDecoderLayer"]
    _skip_keys_device_placement = "past_key_values"
    _head_modules = ("classification_head", "final_logits_bias", "lm_head", "qa_outputs")

    @staticmethod
    def _parts():
        return {
            "table": BartScaledWordEmbedding,
            "positions": BartLearnedPositionalEmbedding,
            "encoder_layer": BartEncoderLayer,
            "decoder_layer": BartDecoderLayer,
            "encoder": BartEncoder,
            "decoder": BartDecoder,
            "trunk": BartModel,
            "wrapper": BartDecoderWrapper,
            "head": BartClassificationHead,
        }


class PretrainedBartModel(BartPreTrainedModel):
    """An older name of `BartPreTrainedModel`."""


class BartPretrainedModel(BartPreTrainedModel):
    """An older name of `BartPreTrainedModel`."""


class BartEncoder(FairseqEncoder, BartPreTrainedModel):
    """The stack that reads the input."""


class BartDecoder(FairseqDecoder, BartPreTrainedModel):
    """The stack that writes the output."""


class BartModel(FairseqEchoTrunk, BartPreTrainedModel):
    """The trunk: the decoder's hidden states, with the encoder's beside them."""


class BartForConditionalGeneration(FairseqGenerator, BartPreTrainedModel):
    """Writes text from text; `labels` are what it should write."""


class BartForSequenceClassification(FairseqSequenceClassifier, BartPreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last end-of-text token."""


class BartForQuestionAnswering(FairseqSpanFinder, BartPreTrainedModel):
    """First and last token of the answer within the input."""


class BartDecoderWrapper(DecoderAlone, BartPreTrainedModel):
    """Keeps the names of the decoder's parameters when it stands alone."""


class BartForCausalLM(FairseqCausalLM, BartPreTrainedModel):
    """The decoder alone, as a language model."""


__all__ = [
    "BartForCausalLM",
    "BartForConditionalGeneration",
    "BartForQuestionAnswering",
    "BartForSequenceClassification",
    "BartModel",
    "BartPreTrainedModel",
    "BartPretrainedModel",
    "PretrainedBartModel",
]
