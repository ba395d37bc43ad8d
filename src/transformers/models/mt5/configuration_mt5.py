"""Configuration of mT5."""

from __future__ import annotations

from ..t5.configuration_t5 import T5Config


class MT5Config(T5Config):
    """mT5's sizes and rates (arXiv:2010.11934), the fields T5's; the defaults are those of mt5-small."""

    model_type = "mt5"

    vocab_size: int = 250112
    d_ff: int = 1024
    num_layers: int = 8
    num_heads: int = 6
    feed_forward_proj: str = "gated-gelu"
    tokenizer_class: str | None = "T5Tokenizer"
    tie_word_embeddings: bool = False
    decoder_start_token_id: int | None = 0


__all__ = ["MT5Config"]
