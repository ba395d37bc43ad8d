"""Configuration of BERT."""

from __future__ import annotations

from ...configuration_utils import PretrainedConfig


class BertConfig(PretrainedConfig):
    """BERT's sizes and rates; the defaults are those of bert-base-uncased (arXiv:1810.04805)."""

    model_type = "bert"

    vocab_size: int = 30522
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-12
    pad_token_id: int | None = 0
    position_embedding_type: str = "absolute"  # or "relative_key", "relative_key_query"
    use_cache: bool = True
    classifier_dropout: float | None = None  # None: hidden_dropout_prob

    def _check_model(self) -> None:
        if self.num_attention_heads < 1 or self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"hidden_size ({self.hidden_size}) must be a multiple of "
                f"num_attention_heads ({self.num_attention_heads})"
            )


__all__ = ["BertConfig"]
