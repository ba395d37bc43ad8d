"""Configuration of ELECTRA."""

from __future__ import annotations

from typing import ClassVar

from ...configuration_utils import PretrainedConfig


class ElectraConfig(PretrainedConfig):
    """ELECTRA's sizes and rates; the defaults are those of google/electra-small-discriminator."""

    model_type = "electra"

    vocab_size: int = 30522
    embedding_size: int = 128
    hidden_size: int = 256
    num_hidden_layers: int = 12
    num_attention_heads: int = 4
    intermediate_size: int = 1024
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-12
    summary_type: str = "first"  # or "last", "mean", "cls_index"
    summary_use_proj: bool = True
    summary_activation: str | None = "gelu"
    summary_last_dropout: float = 0.1
    pad_token_id: int | None = 0
    position_embedding_type: str = "absolute"  # or "relative_key", "relative_key_query"
    use_cache: bool = True
    classifier_dropout: float | None = None  # None: hidden_dropout_prob

    # What a file may add; never written unless it did.
    summary_first_dropout: ClassVar[float] = 0.0
    summary_proj_to_labels: ClassVar[bool] = False

    def _check_model(self) -> None:
        if self.num_attention_heads < 1 or self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"hidden_size ({self.hidden_size}) must be a multiple of "
                f"num_attention_heads ({self.num_attention_heads})"
            )


__all__ = ["ElectraConfig"]
