"""Configuration of BLOOM."""

from __future__ import annotations

from typing import ClassVar

from ...configuration_utils import PretrainedConfig


class BloomConfig(PretrainedConfig):
    """BLOOM's sizes and rates; the defaults are those of a tiny model, as published."""

    model_type = "bloom"
    keys_to_ignore_at_inference = ["past_key_values"]
    attribute_map = {
        "num_attention_heads": "n_head",
        "num_hidden_layers": "n_layer",
        "n_embed": "hidden_size",  # what older files call it
    }

    vocab_size: int = 250880
    hidden_size: int = 64
    n_layer: int = 2
    n_head: int = 8
    layer_norm_epsilon: float = 1e-5
    initializer_range: float = 0.02
    use_cache: bool = True
    bos_token_id: int | None = 1
    eos_token_id: int | list[int] | None = 2
    apply_residual_connection_post_layernorm: bool = False  # the residual is what the norm gave
    hidden_dropout: float = 0.0
    attention_dropout: float = 0.0
    pretraining_tp: int = 1  # devices over which the projections were cut in training
    slow_but_exact: bool = False  # whether to add up their shares in the order of training

    # What a file may add; never written unless it did.
    classifier_dropout: ClassVar[float | None] = None  # None: hidden_dropout

    def _check(self) -> None:
        if self.pretraining_tp < 1:
            raise ValueError(f"pretraining_tp must be at least 1, got {self.pretraining_tp}")

    def _check_model(self) -> None:
        if self.n_head < 1 or self.hidden_size % self.n_head:
            raise ValueError(f"hidden_size ({self.hidden_size}) must be a multiple of n_head ({self.n_head})")


__all__ = ["BloomConfig"]
