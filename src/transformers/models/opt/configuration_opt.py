"""Configuration of OPT."""

from __future__ import annotations

from ...configuration_utils import PretrainedConfig


class OPTConfig(PretrainedConfig):
    """OPT's sizes and rates; the defaults are those of opt-125m."""

    model_type = "opt"
    keys_to_ignore_at_inference = ["past_key_values"]

    vocab_size: int = 50272
    hidden_size: int = 768
    num_hidden_layers: int = 12
    ffn_dim: int = 3072
    max_position_embeddings: int = 2048
    do_layer_norm_before: bool = True  # False: norms stand behind attention and feed-forward network
    _remove_final_layer_norm: bool = False  # no norm at the end, as in models tuned before there was one
    word_embed_proj_dim: int | None = None  # width of the word embeddings; None: hidden_size
    dropout: float = 0.1
    attention_dropout: float = 0.0
    num_attention_heads: int = 12
    activation_function: str = "relu"
    layerdrop: float = 0.0
    init_std: float = 0.02
    use_cache: bool = True
    pad_token_id: int | None = 1
    bos_token_id: int | None = 2
    eos_token_id: int | list[int] | None = 2
    enable_bias: bool = True
    layer_norm_elementwise_affine: bool = True  # whether norms have scales and biases

    def _check(self) -> None:
        if self.word_embed_proj_dim is None:
            self.word_embed_proj_dim = self.hidden_size
        self._remove_final_layer_norm = bool(self._remove_final_layer_norm)  # a file always says which

    def _check_model(self) -> None:
        heads, width = self.num_attention_heads, self.hidden_size
        if heads < 1 or width % heads:
            raise ValueError(f"hidden_size ({width}) must be a multiple of num_attention_heads ({heads})")


__all__ = ["OPTConfig"]
