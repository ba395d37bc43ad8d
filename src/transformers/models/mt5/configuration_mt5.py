"""Configuration of mT5."""

from __future__ import annotations

from ...configuration_utils import PretrainedConfig


class MT5Config(PretrainedConfig):
    """mT5's sizes and rates (arXiv:2010.11934); the defaults are those of mt5-small.

    `feed_forward_proj` is the name of an activation, or "gated-" and one; from it follow `dense_act_fn` and
    `is_gated_act`.  "gated-gelu" means the tanh form of GELU.
    """

    model_type = "mt5"
    keys_to_ignore_at_inference = ["past_key_values"]
    attribute_map = {
        "hidden_size": "d_model",
        "num_attention_heads": "num_heads",
        "num_hidden_layers": "num_layers",
        "head_dim": "d_kv",
    }

    vocab_size: int = 250112
    d_model: int = 512
    d_kv: int = 64  # width of a head, whatever d_model is
    d_ff: int = 1024
    num_layers: int = 8
    num_decoder_layers: int | None = None  # None: num_layers
    num_heads: int = 6
    relative_attention_num_buckets: int = 32
    relative_attention_max_distance: int = 128
    dropout_rate: float = 0.1
    layer_norm_epsilon: float = 1e-6
    initializer_factor: float = 1.0
    feed_forward_proj: str = "gated-gelu"
    is_encoder_decoder: bool = True
    use_cache: bool = True
    tokenizer_class: str | None = "T5Tokenizer"
    tie_word_embeddings: bool = False
    pad_token_id: int | None = 0
    eos_token_id: int | list[int] | None = 1
    decoder_start_token_id: int | None = 0
    classifier_dropout: float = 0.0

    def _check(self) -> None:
        if self.num_decoder_layers is None:
            self.num_decoder_layers = self.num_layers
        kind, _, name = self.feed_forward_proj.rpartition("-")
        if kind not in ("", "gated") or not name:
            raise ValueError(
                f"feed_forward_proj must be an activation's name, or 'gated-' and one, got "
                f"{self.feed_forward_proj!r}"
            )
        known = vars(self)
        known.setdefault("dense_act_fn", "gelu_new" if self.feed_forward_proj == "gated-gelu" else name)
        known.setdefault("is_gated_act", kind == "gated")
        if self.tie_encoder_decoder and self.num_decoder_layers != self.num_layers:
            raise ValueError(
                f"tie_encoder_decoder needs as many decoder layers ({self.num_decoder_layers}) as encoder "
                f"layers ({self.num_layers})"
            )
        exact = self.relative_attention_num_buckets // 2
        if not 1 < exact < self.relative_attention_max_distance:
            raise ValueError(
                f"relative_attention_num_buckets ({self.relative_attention_num_buckets}) must be at least 4, "
                f"and half of it below relative_attention_max_distance "
                f"({self.relative_attention_max_distance})"
            )


__all__ = ["MT5Config"]
