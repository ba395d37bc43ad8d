"""Configuration of GPT-J."""

from __future__ import annotations

from ...configuration_utils import PretrainedConfig


class GPTJConfig(PretrainedConfig):
    """GPT-J's sizes and rates; the defaults are those of the 6B checkpoint."""

    model_type = "gptj"
    attribute_map = {
        "hidden_size": "n_embd",
        "max_position_embeddings": "n_positions",
        "num_attention_heads": "n_head",
        "num_hidden_layers": "n_layer",
    }

    vocab_size: int = 50400
    n_positions: int = 2048
    n_embd: int = 4096
    n_layer: int = 28
    n_head: int = 16
    rotary_dim: int | None = 64  # channels of a head that are turned; None: all
    n_inner: int | None = None  # None: 4 * n_embd
    activation_function: str = "gelu_new"
    resid_pdrop: float = 0.0
    embd_pdrop: float = 0.0
    attn_pdrop: float = 0.0
    layer_norm_epsilon: float = 1e-5
    initializer_range: float = 0.02
    use_cache: bool = True
    bos_token_id: int | None = 50256
    eos_token_id: int | list[int] | None = 50256
    tie_word_embeddings: bool = False

    def _check_model(self) -> None:
        if self.n_head < 1 or self.n_embd % self.n_head:
            raise ValueError(f"n_embd ({self.n_embd}) must be a multiple of n_head ({self.n_head})")
        width = self.n_embd // self.n_head
        turned = width if self.rotary_dim is None else self.rotary_dim
        if turned > width or turned < 2 or turned % 2:
            raise ValueError(
                f"rotary_dim must be an even number from 2 to the width of a head ({width}), got {turned}"
            )


__all__ = ["GPTJConfig"]
