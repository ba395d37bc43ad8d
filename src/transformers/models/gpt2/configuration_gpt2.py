"""Configuration of GPT-2."""

from __future__ import annotations

from typing import ClassVar

from ...configuration_utils import PretrainedConfig


class GPT2Config(PretrainedConfig):
    """GPT-2's sizes and rates; the defaults are those of the smallest checkpoint, gpt2."""

    model_type = "gpt2"
    keys_to_ignore_at_inference = ["past_key_values"]
    attribute_map = {
        "hidden_size": "n_embd",
        "max_position_embeddings": "n_positions",
        "num_attention_heads": "n_head",
        "num_hidden_layers": "n_layer",
    }

    vocab_size: int = 50257
    n_positions: int = 1024
    n_embd: int = 768
    n_layer: int = 12
    n_head: int = 12
    n_inner: int | None = None  # None: 4 * n_embd
    activation_function: str = "gelu_new"
    resid_pdrop: float = 0.1
    embd_pdrop: float = 0.1
    attn_pdrop: float = 0.1
    layer_norm_epsilon: float = 1e-5
    initializer_range: float = 0.02
    summary_type: str = "cls_index"  # or "last", "first", "mean"
    summary_use_proj: bool = True
    summary_activation: str | None = None
    summary_proj_to_labels: bool = True
    summary_first_dropout: float = 0.1
    scale_attn_weights: bool = True
    use_cache: bool = True
    bos_token_id: int | None = 50256
    eos_token_id: int | list[int] | None = 50256
    scale_attn_by_inverse_layer_idx: bool = False
    reorder_and_upcast_attn: bool = False

    # What a file may add; never written unless it did.
    summary_last_dropout: ClassVar[float] = 0.0
    classifier_dropout: ClassVar[float | None] = None  # None: hidden_dropout, or 0.1
    hidden_dropout: ClassVar[float | None] = None

    def _check_model(self) -> None:
        if self.n_head < 1 or self.n_embd % self.n_head:
            raise ValueError(f"n_embd ({self.n_embd}) must be a multiple of n_head ({self.n_head})")


__all__ = ["GPT2Config"]
