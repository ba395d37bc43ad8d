"""M2M-100 (arXiv:2010.11125): translation among a hundred languages by one model.

Checkpoints: m2m100_*, NLLB's dense models and SMaLL-100.
Unlike BART: sinusoids for positions, in texts of any length and counted from the padding token's id, norms
in front of the parts and one at each stack's end, no bias on the logits.
"""

from __future__ import annotations

from ...layers.eager import eager_with_heads as eager_attention_forward  # noqa: F401  (published here)
from ...layers.fairseq_block import FairseqAttention, FairseqDecoderLayer, FairseqEncoderLayer
from ...layers.fairseq_embeddings import CountedSinusoids, ScaledEmbedding
from ...layers.fairseq_heads import FairseqGenerator
from ...layers.fairseq_stack import FairseqBase, FairseqDecoder, FairseqEncoder, FairseqTrunk
from ...layers.seq2seq import shift_right as shift_tokens_right  # noqa: F401  (published here)
from ...modeling_utils import PreTrainedModel
from .configuration_m2m_100 import M2M100Config


class M2M100SinusoidalPositionalEmbedding(CountedSinusoids):
    pass


class M2M100ScaledWordEmbedding(ScaledEmbedding):
    pass


class M2M100Attention(FairseqAttention):
    pass


class M2M100EncoderLayer(FairseqEncoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx, attention=M2M100Attention, pre_norm=True)


class M2M100DecoderLayer(FairseqDecoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx, attention=M2M100Attention, pre_norm=True)


class M2M100PreTrainedModel(FairseqBase, PreTrainedModel):
    """Base of all M2M100 models."""

    config_class = M2M100Config
    _final_norm = True
    _no_split_modules = ["M2M100EncoderLayer", "M2M100DecoderLayer"]
    _head_modules = ("lm_head",)

    @staticmethod
    def _parts():
        return {
            "table": M2M100ScaledWordEmbedding,
            "positions": M2M100SinusoidalPositionalEmbedding,
            "encoder_layer": M2M100EncoderLayer,
            "decoder_layer": M2M100DecoderLayer,
            "encoder": M2M100Encoder,
            "decoder": M2M100Decoder,
            "trunk": M2M100Model,
        }


class M2M100Encoder(FairseqEncoder, M2M100PreTrainedModel):
    """The stack that reads the input."""


class M2M100Decoder(FairseqDecoder, M2M100PreTrainedModel):
    """The stack that writes the output."""


class M2M100Model(FairseqTrunk, M2M100PreTrainedModel):
    """The trunk: the decoder's hidden states, with the encoder's beside them."""


class M2M100ForConditionalGeneration(FairseqGenerator, M2M100PreTrainedModel):
    """Writes text from text; `labels` are what it should write."""

    _vocabulary_buffers = ()
    _caches_in_training = True


__all__ = [
    "M2M100ForConditionalGeneration",
    "M2M100Model",
    "M2M100PreTrainedModel",
]
