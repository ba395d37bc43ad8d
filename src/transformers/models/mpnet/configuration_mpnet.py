"""Configuration of MPNet."""

from __future__ import annotations

from typing import ClassVar

from ...configuration_utils import PretrainedConfig


class MPNetConfig(PretrainedConfig):
    """MPNet's sizes and rates; the defaults are those of microsoft/mpnet-base."""

    model_type = "mpnet"

    vocab_size: int = 30527
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    max_position_embeddings: int = 512
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-12
    relative_attention_num_buckets: int = 32  # rows of the table; 32 of them are used
    pad_token_id: int | None = 1
    bos_token_id: int | None = 0
    eos_token_id: int | list[int] | None = 2

    # What a file may add; never written unless it did.
    classifier_dropout: ClassVar[float | None] = None  # None: hidden_dropout_prob

    def _check(self) -> None:
        if self.relative_attention_num_buckets < 32:
            raise ValueError(
                "relative_attention_num_buckets must be at least 32, "
                f"which distances are sorted into, got {self.relative_attention_num_buckets}"
            )

    def _check_model(self) -> None:
        if self.num_attention_heads < 1 or self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"hidden_size ({self.hidden_size}) must be a multiple of "
                f"num_attention_heads ({self.num_attention_heads})"
            )


__all__ = ["MPNetConfig"]
