"""Configuration of DeBERTa."""

from __future__ import annotations

from typing import ClassVar

from ...configuration_utils import PretrainedConfig


class DebertaConfig(PretrainedConfig):
    """DeBERTa's sizes and rates; the defaults are those of microsoft/deberta-base.

    `pos_att_type` lists the terms that distances add to the scores, "c2p" and "p2c", or is one text with a
    bar between them.
    """

    model_type = "deberta"

    vocab_size: int = 50265
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    max_position_embeddings: int = 512
    type_vocab_size: int = 0  # 0: no segments
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-7
    relative_attention: bool = False
    max_relative_positions: int = -1  # below 1: max_position_embeddings
    pad_token_id: int | None = 0
    position_biased_input: bool = True  # whether positions are added to the words
    pos_att_type: list[str] | str | None = None
    pooler_dropout: float = 0.0
    pooler_hidden_act: str = "gelu"
    legacy: bool = True  # False: the language head compares with the word embeddings
    pooler_hidden_size: int | None = None  # None: hidden_size

    # What a file may add; never written unless it did.
    embedding_size: ClassVar[int | None] = None  # None: hidden_size
    talking_head: ClassVar[bool] = False  # whether heads are mixed (arXiv:2003.02436)
    cls_dropout: ClassVar[float | None] = None  # None: hidden_dropout_prob
    position_buckets: ClassVar[int] = -1  # the first version gives every distance a row of its own

    def _check(self) -> None:
        if isinstance(self.pos_att_type, str):
            self.pos_att_type = [name.strip() for name in self.pos_att_type.lower().split("|")]
        if self.pooler_hidden_size is None:
            self.pooler_hidden_size = self.hidden_size

    def _check_model(self) -> None:
        if self.num_attention_heads < 1 or self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"hidden_size ({self.hidden_size}) must be a multiple of "
                f"num_attention_heads ({self.num_attention_heads})"
            )


__all__ = ["DebertaConfig"]
