"""Configuration of Falcon."""

from __future__ import annotations

from typing import Any, ClassVar

from ...configuration_decoder import check_rope_scaling, head_width, with_rope_type
from ...configuration_utils import PretrainedConfig


class FalconConfig(PretrainedConfig):
    """Falcon's sizes and rates; the defaults are those of falcon-7b.

    `new_decoder_architecture` is that of falcon-40b and falcon-11b: heads in groups, attention and
    feed-forward network side by side, whatever `multi_query` and `parallel_attn` say.
    """

    model_type = "falcon"
    keys_to_ignore_at_inference = ["past_key_values"]
    attribute_map = {"n_embed": "hidden_size"}  # what older files call it

    vocab_size: int = 65024
    hidden_size: int = 4544
    num_hidden_layers: int = 32
    num_attention_heads: int = 71
    num_ln_in_parallel_attn: int | None = None  # None: 2 in the new architecture, else 1
    layer_norm_epsilon: float = 1e-5
    initializer_range: float = 0.02
    use_cache: bool = True
    hidden_dropout: float = 0.0
    attention_dropout: float = 0.0
    num_kv_heads: int | None = None  # of the new architecture; None: every head its own
    alibi: bool = False  # a bias on the scores instead of rotary positions
    new_decoder_architecture: bool = False
    multi_query: bool = True  # one key/value head for all
    parallel_attn: bool = True
    bias: bool = False
    max_position_embeddings: int = 2048
    rope_theta: float = 10000.0
    rope_scaling: dict[str, Any] | None = None
    bos_token_id: int | None = 11
    eos_token_id: int | list[int] | None = 11
    ffn_hidden_size: int | None = None  # None: 4 * hidden_size
    activation: str = "gelu"

    # What a file may add; never written unless it did.
    partial_rotary_factor: ClassVar[float] = 1.0
    original_max_position_embeddings: ClassVar[int | None] = None
    classifier_dropout: ClassVar[float | None] = None  # None: hidden_dropout

    @property
    def head_dim(self) -> int:
        """Width of a head."""
        return self.hidden_size // self.num_attention_heads

    @property
    def rotary(self) -> bool:
        """Whether queries and keys are turned by their positions."""
        return not self.alibi

    def _check(self) -> None:
        heads, width = self.num_attention_heads, self.hidden_size
        if self.num_kv_heads is None:
            self.num_kv_heads = heads
        if self.ffn_hidden_size is None:
            self.ffn_hidden_size = 4 * width
        if self.num_ln_in_parallel_attn not in (None, 1, 2):
            raise ValueError(f"num_ln_in_parallel_attn must be 1 or 2, got {self.num_ln_in_parallel_attn}")
        self.rope_scaling = with_rope_type(self.rope_scaling)
        check_rope_scaling(self.rope_scaling, head_width(width, heads, None))

    def _check_model(self) -> None:
        heads, width, shared = self.num_attention_heads, self.hidden_size, self.num_kv_heads or 0
        if heads < 1 or width % heads:
            raise ValueError(f"hidden_size ({width}) must be a multiple of num_attention_heads ({heads})")
        if self.new_decoder_architecture and (shared < 1 or heads % shared):
            raise ValueError(f"num_attention_heads ({heads}) must be a multiple of num_kv_heads ({shared})")
        if self.rotary and self.head_dim % 2:
            raise ValueError(
                f"the width of a head must be even, since pairs of channels are turned; got {self.head_dim}"
            )


__all__ = ["FalconConfig"]
