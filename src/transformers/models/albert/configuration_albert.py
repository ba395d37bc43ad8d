"""Configuration of ALBERT."""

from __future__ import annotations

from typing import ClassVar

from ...configuration_utils import PretrainedConfig


class AlbertConfig(PretrainedConfig):
    """ALBERT's sizes and rates; the defaults are those of albert-xxlarge-v2."""

    model_type = "albert"

    vocab_size: int = 30000
    embedding_size: int = 128
    hidden_size: int = 4096
    num_hidden_layers: int = 12
    num_hidden_groups: int = 1  # runs of layers that share their weights
    num_attention_heads: int = 64
    intermediate_size: int = 16384
    inner_group_num: int = 1  # layers with weights of their own inside a group
    hidden_act: str = "gelu_new"
    hidden_dropout_prob: float = 0
    attention_probs_dropout_prob: float = 0
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-12
    classifier_dropout_prob: float = 0.1
    position_embedding_type: str = "absolute"  # or "relative_key", "relative_key_query"
    pad_token_id: int | None = 0
    bos_token_id: int | None = 2
    eos_token_id: int | list[int] | None = 3

    # A name other encoders have for it.
    classifier_dropout: ClassVar[float | None] = None

    def _check(self) -> None:
        if not 1 <= self.num_hidden_groups <= max(1, self.num_hidden_layers):
            raise ValueError(
                f"num_hidden_groups must lie between 1 and num_hidden_layers ({self.num_hidden_layers}), "
                f"got {self.num_hidden_groups}"
            )

    def _check_model(self) -> None:
        if self.num_attention_heads < 1 or self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"hidden_size ({self.hidden_size}) must be a multiple of "
                f"num_attention_heads ({self.num_attention_heads})"
            )


__all__ = ["AlbertConfig"]
