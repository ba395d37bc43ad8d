"""Marian (arXiv:1804.00344): translation models, one for each pair of languages.

Checkpoints: the published `opus-mt-*` ones.
Unlike BART: sinusoids for positions, no norm on the embeddings; the two sides may have words of their own.
"""

from __future__ import annotations

from torch import nn

from ...layers.eager import eager_with_heads as eager_attention_forward  # noqa: F401  (published here)
from ...layers.fairseq_block import FairseqAttention, FairseqDecoderLayer, FairseqEncoderLayer
from ...layers.fairseq_embeddings import SinusoidTable
from ...layers.fairseq_heads import DecoderAlone, FairseqCausalLM, FairseqGenerator
from ...layers.fairseq_stack import FairseqBase, FairseqDecoder, FairseqEncoder, FairseqTrunk
from ...layers.resizing import resize_decoder
from ...layers.seq2seq import shift_right as shift_tokens_right  # noqa: F401  (published here)
from ...modeling_utils import PreTrainedModel
from .configuration_marian import MarianConfig


class MarianSinusoidalPositionalEmbedding(SinusoidTable):
    pass


class MarianAttention(FairseqAttention):
    pass


class MarianEncoderLayer(FairseqEncoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx, attention=MarianAttention)


class MarianDecoderLayer(FairseqDecoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx, attention=MarianAttention)


class MarianPreTrainedModel(FairseqBase, PreTrainedModel):
    """Base of all Marian models."""

    config_class = MarianConfig
    _keys_to_ignore_on_load_missing = ["final_logits_bias", r"coder\.embed_positions\.weight$"]
    _head_modules = ("final_logits_bias", "lm_head")

    @staticmethod
    def _one_table(config):
        return config.share_encoder_decoder_embeddings

    @staticmethod
    def _decoder_rows(config):
        return config.vocab_size if config.share_encoder_decoder_embeddings else config.decoder_vocab_size

    def resize_decoder_token_embeddings(self, new_num_tokens):
        """Change the number of words that the decoder knows; returns its embedding.

        Raises:
            ValueError: the encoder has the same words, or a size below 1.
        """
        if self.config.share_encoder_decoder_embeddings:
            raise ValueError(
                "the decoder shares its words with the encoder (config.share_encoder_decoder_embeddings): "
                "use resize_token_embeddings"
            )
        return resize_decoder(self, new_num_tokens)

    @staticmethod
    def _parts():
        return {
            "table": nn.Embedding,
            "positions": MarianSinusoidalPositionalEmbedding,
            "encoder_layer": MarianEncoderLayer,
            "decoder_layer": MarianDecoderLayer,
            "encoder": MarianEncoder,
            "decoder": MarianDecoder,
            "trunk": MarianModel,
            "wrapper": MarianDecoderWrapper,
        }


class MarianEncoder(FairseqEncoder, MarianPreTrainedModel):
    """The stack that reads the input."""


class MarianDecoder(FairseqDecoder, MarianPreTrainedModel):
    """The stack that writes the output."""


class MarianModel(FairseqTrunk, MarianPreTrainedModel):
    """The trunk: the decoder's hidden states, with the encoder's beside them."""


class MarianMTModel(FairseqGenerator, MarianPreTrainedModel):
    """Writes text from text; `labels` are what it should write."""


class MarianDecoderWrapper(DecoderAlone, MarianPreTrainedModel):
    """Keeps the names of the decoder's parameters when it stands alone."""


class MarianForCausalLM(FairseqCausalLM, MarianPreTrainedModel):
    """The decoder alone, as a language model."""


__all__ = [
    "MarianForCausalLM",
    "MarianMTModel",
    "MarianModel",
    "MarianPreTrainedModel",
]
