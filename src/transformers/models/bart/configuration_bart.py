"""Configuration of BART."""

from __future__ import annotations

from typing import Any

from ...configuration_utils import PretrainedConfig


class BartConfig(PretrainedConfig):
    """BART's sizes and rates (arXiv:1910.13461), those of bart-large; three labels, unless told otherwise."""

    model_type = "bart"
    keys_to_ignore_at_inference = ["past_key_values"]
    attribute_map = {"num_attention_heads": "encoder_attention_heads", "hidden_size": "d_model"}

    vocab_size: int = 50265
    max_position_embeddings: int = 1024
    encoder_layers: int = 12
    encoder_ffn_dim: int = 4096
    encoder_attention_heads: int = 16
    decoder_layers: int = 12
    decoder_ffn_dim: int = 4096
    decoder_attention_heads: int = 16
    encoder_layerdrop: float = 0.0  # probability with which training skips a layer
    decoder_layerdrop: float = 0.0
    activation_function: str = "gelu"
    d_model: int = 1024
    dropout: float = 0.1
    attention_dropout: float = 0.0
    activation_dropout: float = 0.0
    init_std: float = 0.02
    classifier_dropout: float = 0.0
    scale_embedding: bool = False  # whether word embeddings are multiplied by the root of d_model
    use_cache: bool = True
    pad_token_id: int | None = 1
    bos_token_id: int | None = 0
    eos_token_id: int | list[int] | None = 2
    is_encoder_decoder: bool = True
    decoder_start_token_id: int | None = 2
    forced_eos_token_id: int | list[int] | None = 2

    def _finish(self, rest: dict[str, Any]) -> None:
        rest.setdefault("num_labels", 3)
        vars(self)["num_hidden_layers"] = self.encoder_layers
        super()._finish(rest)
        if self.forced_bos_token_id is None and rest.get("force_bos_token_to_be_generated"):
            self.forced_bos_token_id = self.bos_token_id  # how the first checkpoints said it


__all__ = ["BartConfig"]
