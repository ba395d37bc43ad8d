"""Configuration of Qwen2."""

from __future__ import annotations

from typing import Any

from ...configuration_decoder import LlamaShapeConfig, check_layer_types


class Qwen2Config(LlamaShapeConfig):
    """Qwen2's sizes and rates; the defaults are those of the published class."""

    model_type = "qwen2"

    vocab_size: int = 151936
    intermediate_size: int = 22016
    num_key_value_heads: int | None = 32
    max_position_embeddings: int = 32768
    tie_word_embeddings: bool = False
    rope_theta: float = 10000.0
    rope_scaling: dict[str, Any] | None = None
    use_sliding_window: bool = False
    sliding_window: int | None = 4096  # keys that a query sees; kept only with use_sliding_window
    max_window_layers: int = 28  # number of lowest layers that see everything
    layer_types: list[str] | None = None  # None: by max_window_layers
    attention_dropout: float = 0.0

    def _check(self) -> None:
        super()._check()
        layers = range(self.num_hidden_layers)
        if not self.use_sliding_window:
            self.sliding_window = None
        if self.layer_types is None:
            full = len(layers) if self.sliding_window is None else self.max_window_layers
            self.layer_types = ["full_attention" if n < full else "sliding_attention" for n in layers]
        check_layer_types(self.layer_types, len(layers))


__all__ = ["Qwen2Config"]
