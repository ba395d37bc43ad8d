"""Configuration of Qwen2."""

from __future__ import annotations

from typing import Any

from ...configuration_decoder import (
    PIPELINE_PLAN,
    TENSOR_PLAN,
    DecoderOptions,
    check_heads,
    check_layer_types,
    check_rope_scaling,
    with_rope_type,
)
from ...configuration_utils import PretrainedConfig


class Qwen2Config(DecoderOptions, PretrainedConfig):
    """Qwen2's sizes and rates; the defaults are those of the published class."""

    model_type = "qwen2"
    keys_to_ignore_at_inference = ["past_key_values"]
    base_model_tp_plan = TENSOR_PLAN
    base_model_pp_plan = PIPELINE_PLAN

    vocab_size: int = 151936
    hidden_size: int = 4096
    intermediate_size: int = 22016
    num_hidden_layers: int = 32
    num_attention_heads: int = 32
    num_key_value_heads: int | None = 32  # None: every head its own; 1: one for all
    hidden_act: str = "silu"
    max_position_embeddings: int = 32768
    initializer_range: float = 0.02
    rms_norm_eps: float = 1e-6
    use_cache: bool = True
    tie_word_embeddings: bool = False
    rope_theta: float = 10000.0
    rope_scaling: dict[str, Any] | None = None
    use_sliding_window: bool = False
    sliding_window: int | None = 4096  # keys that a query sees; kept only with use_sliding_window
    max_window_layers: int = 28  # number of lowest layers that see everything
    layer_types: list[str] | None = None  # None: by max_window_layers
    attention_dropout: float = 0.0

    def _check(self) -> None:
        if self.num_key_value_heads is None:
            self.num_key_value_heads = self.num_attention_heads
        width = check_heads(
            self.hidden_size, self.num_attention_heads, self.num_key_value_heads, self.head_dim
        )
        self.rope_scaling = with_rope_type(self.rope_scaling)
        check_rope_scaling(self.rope_scaling, width)
        if not self.use_sliding_window:
            self.sliding_window = None
        if self.layer_types is None:
            first = self.num_hidden_layers if self.sliding_window is None else self.max_window_layers
            self.layer_types = [
                "full_attention" if layer < first else "sliding_attention"
                for layer in range(self.num_hidden_layers)
            ]
        check_layer_types(self.layer_types, self.num_hidden_layers)

    def key_windows(self) -> tuple[int | None, ...]:
        """See `PretrainedConfig.key_windows`."""
        return tuple(
            self.sliding_window if kind == "sliding_attention" else None for kind in self.layer_types or ()
        )


__all__ = ["Qwen2Config"]
