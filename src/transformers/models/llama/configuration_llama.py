"""Configuration of Llama."""

from __future__ import annotations

from typing import Any

from ...configuration_decoder import LlamaShapeConfig


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
        self.head_dim = self._head_width()


__all__ = ["LlamaConfig"]
