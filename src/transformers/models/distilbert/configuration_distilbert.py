"""Configuration of DistilBERT."""

from __future__ import annotations

from ...configuration_utils import PretrainedConfig


class DistilBertConfig(PretrainedConfig):
    """DistilBERT's sizes and rates; the defaults are those of distilbert-base-uncased (arXiv:1910.01108)."""

    model_type = "distilbert"
    attribute_map = {"hidden_size": "dim", "num_attention_heads": "n_heads", "num_hidden_layers": "n_layers"}

    vocab_size: int = 30522
    max_position_embeddings: int = 512
    sinusoidal_pos_embds: bool = False
    n_layers: int = 6
    n_heads: int = 12
    dim: int = 768
    hidden_dim: int = 3072
    dropout: float = 0.1
    attention_dropout: float = 0.1
    activation: str = "gelu"
    initializer_range: float = 0.02
    qa_dropout: float = 0.1
    seq_classif_dropout: float = 0.2
    pad_token_id: int | None = 0

    def _check_model(self) -> None:
        if self.n_heads < 1 or self.dim % self.n_heads:
            raise ValueError(f"dim ({self.dim}) must be a multiple of n_heads ({self.n_heads})")


__all__ = ["DistilBertConfig"]
