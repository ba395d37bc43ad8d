"""Configuration of Mistral."""

from __future__ import annotations

from ...configuration_decoder import (
    PIPELINE_PLAN,
    TENSOR_PLAN,
    DecoderOptions,
    check_heads,
    check_rope_scaling,
    head_width,
    with_rope_type,
)
from ...configuration_utils import PretrainedConfig


class MistralConfig(DecoderOptions, PretrainedConfig):
    """Mistral's sizes and rates; the defaults are those of the 7B checkpoint."""

    model_type = "mistral"
    keys_to_ignore_at_inference = ["past_key_values"]
    base_model_tp_plan = TENSOR_PLAN
    base_model_pp_plan = PIPELINE_PLAN

    vocab_size: int = 32000
    hidden_size: int = 4096
    intermediate_size: int = 14336
    num_hidden_layers: int = 32
    num_attention_heads: int = 32
    num_key_value_heads: int | None = 8  # None: every head its own; 1: one for all
    head_dim: int | None = None  # None: hidden_size / num_attention_heads
    hidden_act: str = "silu"
    max_position_embeddings: int = 131072
    initializer_range: float = 0.02
    rms_norm_eps: float = 1e-6
    use_cache: bool = True
    pad_token_id: int | None = None
    bos_token_id: int | None = 1
    eos_token_id: int | list[int] | None = 2
    tie_word_embeddings: bool = False
    rope_theta: float = 10000.0
    sliding_window: int | None = 4096  # keys that a query sees; None: all
    attention_dropout: float = 0.0

    def _check(self) -> None:
        if self.num_key_value_heads is None:
            self.num_key_value_heads = self.num_attention_heads
        if self.rope_scaling is not None:
            self.rope_scaling = with_rope_type(self.rope_scaling)
            width = head_width(self.hidden_size, self.num_attention_heads, self.head_dim)
            check_rope_scaling(self.rope_scaling, width)

    def _check_model(self) -> None:
        shared = self.num_key_value_heads or self.num_attention_heads
        check_heads(self.hidden_size, self.num_attention_heads, shared, self.head_dim)

    def key_windows(self) -> tuple[int | None, ...]:
        """See `PretrainedConfig.key_windows`."""
        return (self.sliding_window,) * self.num_hidden_layers


__all__ = ["MistralConfig"]
