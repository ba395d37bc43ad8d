"""Configuration of Marian."""

from __future__ import annotations

from typing import Any

from ...configuration_utils import PretrainedConfig


class MarianConfig(PretrainedConfig):
    """Marian's sizes and rates (arXiv:1804.00344)."""

    model_type = "marian"
    keys_to_ignore_at_inference = ["past_key_values"]
    attribute_map = {"num_attention_heads": "encoder_attention_heads", "hidden_size": "d_model"}

    vocab_size: int = 58101
    decoder_vocab_size: int | None = None  # None: vocab_size
    max_position_embeddings: int = 1024
    encoder_layers: int = 12
    encoder_ffn_dim: int = 4096
    encoder_attention_heads: int = 16
    decoder_layers: int = 12
    decoder_ffn_dim: int = 4096
    decoder_attention_heads: int = 16
    encoder_layerdrop: float = 0.0  # probability with which training skips a layer
    decoder_layerdrop: float = 0.0
    use_cache: bool = True
    is_encoder_decoder: bool = True
    activation_function: str = "gelu"
    d_model: int = 1024
    dropout: float = 0.1
    attention_dropout: float = 0.0
    activation_dropout: float = 0.0
    init_std: float = 0.02
    decoder_start_token_id: int | None = 58100
    scale_embedding: bool = False  # whether word embeddings are multiplied by the root of d_model
    pad_token_id: int | None = 58100
    eos_token_id: int | list[int] | None = 0
    forced_eos_token_id: int | list[int] | None = 0
    share_encoder_decoder_embeddings: bool = True  # False: each side has words of its own

    def _finish(self, rest: dict[str, Any]) -> None:
        vars(self)["num_hidden_layers"] = self.encoder_layers
        super()._finish(rest)

    def _check(self) -> None:
        if self.decoder_vocab_size is None:
            self.decoder_vocab_size = self.vocab_size


__all__ = ["MarianConfig"]
