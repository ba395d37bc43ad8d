"""Configuration of Llama."""

from __future__ import annotations

from typing import Any

from ...configuration_decoder import LlamaShapeConfig, head_width


class LlamaConfig(LlamaShapeConfig):
    """Llama's sizes and rates; the defaults are those of the first release's 7B checkpoint."""

    model_type = "llama"

    pad_token_id: int | None = None
    bos_token_id: int | None = 1
    eos_token_id: int | list[int] | None = 2
    pretraining_tp: int = 1  # slices of the original training; has no effect
    tie_word_embeddings: bool = False
    rope_theta: float = 10000.0
    rope_scaling: dict[str, Any] | None = None
    attention_bias: bool = False
    attention_dropout: float = 0.0
    mlp_bias: bool = False
    head_dim: int | None = None  # None: hidden_size / num_attention_heads

    def _check(self) -> None:
        super()._check()
        if self.hidden_size % max(self.num_attention_heads, 1) == 0:  # else a model of it is refused
            self.head_dim = head_width(self.hidden_size, self.num_attention_heads, self.head_dim)


__all__ = ["LlamaConfig"]
