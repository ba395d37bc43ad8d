"""Configuration of M2M-100."""

from __future__ import annotations

from typing import Any

from ...configuration_utils import PretrainedConfig


class M2M100Config(PretrainedConfig):
    """M2M-100's sizes and rates (arXiv:2010.11125); the defaults are those of m2m100_418M."""

    model_type = "m2m_100"
    keys_to_ignore_at_inference = ["past_key_values"]
    attribute_map = {"num_attention_heads": "encoder_attention_heads", "hidden_size": "d_model"}

    vocab_size: int = 128112
    max_position_embeddings: int = 1024
    encoder_layers: int = 12
    encoder_ffn_dim: int = 4096
    encoder_attention_heads: int = 16
    decoder_layers: int = 12
    decoder_ffn_dim: int = 4096
    decoder_attention_heads: int = 16
    encoder_layerdrop: float = 0.05  # probability with which training skips a layer
    decoder_layerdrop: float = 0.05
    use_cache: bool = True
    is_encoder_decoder: bool = True
    activation_function: str = "relu"
    d_model: int = 1024
    dropout: float = 0.1
    attention_dropout: float = 0.1
    activation_dropout: float = 0.0
    init_std: float = 0.02
    decoder_start_token_id: int | None = 2
    scale_embedding: bool = True  # whether word embeddings are multiplied by the root of d_model
    pad_token_id: int | None = 1
    bos_token_id: int | None = 0
    eos_token_id: int | list[int] | None = 2

    def _finish(self, rest: dict[str, Any]) -> None:
        vars(self)["num_hidden_layers"] = self.encoder_layers
        super()._finish(rest)


__all__ = ["M2M100Config"]
