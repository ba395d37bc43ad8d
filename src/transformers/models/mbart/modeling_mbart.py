"""mBART (arXiv:2001.08210): BART trained on many languages at once.

Checkpoints: the published `mbart-*` ones, mBART-50 and BARTpho.
Unlike BART: norms in front of the parts and one at each stack's end; a text ends with its language's code,
with which its decoder inputs begin.
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
from ...layers.seq2seq import EndHead, wrap_by_config
from ...layers.seq2seq import wrap_right as shift_tokens_right  # noqa: F401  (published here)
from ...modeling_utils import PreTrainedModel
from .configuration_mbart import MBartConfig


class MBartLearnedPositionalEmbedding(LearnedPositions):
    pass


class MBartScaledWordEmbedding(ScaledEmbedding):
    pass


class MBartAttention(FairseqAttention):
    pass


class MBartEncoderLayer(FairseqEncoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx, attention=MBartAttention, pre_norm=True)


class MBartDecoderLayer(FairseqDecoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx, attention=MBartAttention, pre_norm=True)


class MBartClassificationHead(EndHead):
    pass


class MBartPreTrainedModel(FairseqBase, PreTrainedModel):
    """Base of all MBart models."""

    config_class = MBartConfig
    _embedding_norm = True
    _final_norm = True
    _no_split_modules = ["MBartDecoderLayer", "MBartEncoderLayer", "MBartAttention"]
    _head_modules = ("classification_head", "final_logits_bias", "lm_head", "qa_outputs")
    _shift_right = wrap_by_config

    @staticmethod
    def _parts():
        return {
            "table": MBartScaledWordEmbedding,
            "positions": MBartLearnedPositionalEmbedding,
            "encoder_layer": MBartEncoderLayer,
            "decoder_layer": MBartDecoderLayer,
            "encoder": MBartEncoder,
            "decoder": MBartDecoder,
            "trunk": MBartModel,
            "wrapper": MBartDecoderWrapper,
            "head": MBartClassificationHead,
        }


class MBartEncoder(FairseqEncoder, MBartPreTrainedModel):
    """The stack that reads the input."""


class MBartDecoder(FairseqDecoder, MBartPreTrainedModel):
    """The stack that writes the output."""


class MBartModel(FairseqEchoTrunk, MBartPreTrainedModel):
    """The trunk: the decoder's hidden states, with the encoder's beside them."""


class MBartForConditionalGeneration(FairseqGenerator, MBartPreTrainedModel):
    """Writes text from text; `labels` are what it should write."""


class MBartForSequenceClassification(FairseqSequenceClassifier, MBartPreTrainedModel):
    """Classes of, or with one label a number for, the whole input, read off its last end-of-text token."""


class MBartForQuestionAnswering(FairseqSpanFinder, MBartPreTrainedModel):
    """First and last token of the answer within the input."""


class MBartDecoderWrapper(DecoderAlone, MBartPreTrainedModel):
    """Keeps the names of the decoder's parameters when it stands alone."""


class MBartForCausalLM(FairseqCausalLM, MBartPreTrainedModel):
    """The decoder alone, as a language model."""


__all__ = [
    "MBartForCausalLM",
    "MBartForConditionalGeneration",
    "MBartForQuestionAnswering",
    "MBartForSequenceClassification",
    "MBartModel",
    "MBartPreTrainedModel",
]
