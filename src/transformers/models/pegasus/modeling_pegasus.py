"""Pegasus (arXiv:1912.08777): an encoder-decoder trained to fill in whole sentences, for summaries.

Checkpoints: the published `pegasus-*` ones.
Unlike BART: sinusoids for positions, norms in front of the parts and one at each stack's end, none on the
embeddings.
"""

from __future__ import annotations

from torch import nn

from ...layers.eager import eager_with_heads as eager_attention_forward  # noqa: F401  (published here)
from ...layers.fairseq_block import FairseqAttention, FairseqDecoderLayer, FairseqEncoderLayer
from ...layers.fairseq_embeddings import SinusoidTable
from ...layers.fairseq_heads import DecoderAlone, FairseqCausalLM, FairseqGenerator
from ...layers.fairseq_stack import FairseqBase, FairseqDecoder, FairseqEncoder, FairseqTrunk
from ...layers.seq2seq import shift_right as shift_tokens_right  # noqa: F401  (published here)
from ...modeling_utils import PreTrainedModel
from .configuration_pegasus import PegasusConfig


class PegasusSinusoidalPositionalEmbedding(SinusoidTable):
    pass


class PegasusAttention(FairseqAttention):
    pass


class PegasusEncoderLayer(FairseqEncoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx, attention=PegasusAttention, pre_norm=True)


class PegasusDecoderLayer(FairseqDecoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx, attention=PegasusAttention, pre_norm=True)


class PegasusPreTrainedModel(FairseqBase, PreTrainedModel):
    """Base of all Pegasus models."""

    config_class = PegasusConfig
    _final_norm = True
    _keys_to_ignore_on_load_missing = ["final_logits_bias", r"coder\.embed_positions\.weight$"]
    _head_modules = ("final_logits_bias", "lm_head")
    _position_embeddings = ("encoder.embed_positions", "decoder.embed_positions")

    @staticmethod
    def _parts():
        return {
            "table": nn.Embedding,
            "positions": PegasusSinusoidalPositionalEmbedding,
            "encoder_layer": PegasusEncoderLayer,
            "decoder_layer": PegasusDecoderLayer,
            "encoder": PegasusEncoder,
            "decoder": PegasusDecoder,
            "trunk": PegasusModel,
            "wrapper": PegasusDecoderWrapper,
        }


class PegasusEncoder(FairseqEncoder, PegasusPreTrainedModel):
    """The stack that reads the input."""


class PegasusDecoder(FairseqDecoder, PegasusPreTrainedModel):
    """The stack that writes the output."""


class PegasusModel(FairseqTrunk, PegasusPreTrainedModel):
    """The trunk: the decoder's hidden states, with the encoder's beside them."""


class PegasusForConditionalGeneration(FairseqGenerator, PegasusPreTrainedModel):
    """Writes text from text; `labels` are what it should write."""


class PegasusDecoderWrapper(DecoderAlone, PegasusPreTrainedModel):
    """Keeps the names of the decoder's parameters when it stands alone."""


class PegasusForCausalLM(FairseqCausalLM, PegasusPreTrainedModel):
    """The decoder alone, as a language model."""

    _position_embeddings = "decoder.embed_positions"


__all__ = [
    "PegasusForCausalLM",
    "PegasusForConditionalGeneration",
    "PegasusModel",
    "PegasusPreTrainedModel",
]
