"""Configuration of DeBERTa-v2 and v3."""

from __future__ import annotations

from typing import ClassVar

from ...configuration_utils import PretrainedConfig


class DebertaV2Config(PretrainedConfig):
    """DeBERTa-v2's sizes and rates; the defaults are those of microsoft/deberta-v2-xlarge.

    `pos_att_type` lists the terms that distances add to the scores, "c2p" and "p2c", or is one text with a
    bar between them.
    """

    model_type = "deberta-v2"

    vocab_size: int = 128100
    hidden_size: int = 1536
    num_hidden_layers: int = 24
    num_attention_heads: int = 24
    intermediate_size: int = 6144
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
    attention_head_size: ClassVar[int | None] = None  # None: hidden_size / num_attention_heads
    share_att_key: ClassVar[bool] = False  # whether distances pass the projections of the words
    position_buckets: ClassVar[int] = -1  # rows for ranges of distance; below 1: one for every distance
    norm_rel_ebd: ClassVar[str] = "none"  # or "layer_norm", of the table of distances
    conv_kernel_size: ClassVar[int] = 0  # above 0: a convolution beside the first layer
    conv_groups: ClassVar[int] = 1
    conv_act: ClassVar[str] = "tanh"
    cls_dropout: ClassVar[float | None] = None  # None: hidden_dropout_prob

    def _check(self) -> None:
        if self.conv_kernel_size > 0 and self.conv_kernel_size % 2 == 0:
            raise ValueError(f"conv_kernel_size must be odd or 0, got {self.conv_kernel_size}")
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
        width = self.hidden_size // self.num_attention_heads
        if self.attention_head_size not in (None, width):
            raise ValueError(
                f"attention_head_size ({self.attention_head_size}) must be hidden_size / num_attention_heads "
                f"({width})"
            )


__all__ = ["DebertaV2Config"]
