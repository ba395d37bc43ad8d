"""Configuration of GPT-NeoX."""

from __future__ import annotations

from typing import Any

from ...configuration_decoder import DecoderOptions, check_rope_scaling, head_width, with_rope_type
from ...configuration_utils import PretrainedConfig

# How tensor and pipeline parallelism may cut the model.
_CUTS = {"attention": ("query_key_value", "dense"), "mlp": ("dense_h_to_4h", "dense_4h_to_h")}
_TENSOR_PLAN = {
    f"layers.*.{part}.{name}": way
    for part, names in _CUTS.items()
    for name, way in zip(names, ("colwise", "rowwise"), strict=True)
}
_STATES = ["hidden_states"]
_PIPELINE_PLAN = {
    "embed_in": (["input_ids"], ["inputs_embeds"]),
    "emb_dropout": (["inputs_embeds"], _STATES),
    "layers": ([*_STATES, "attention_mask"], _STATES),
    "final_layer_norm": (_STATES, _STATES),
}


class GPTNeoXConfig(DecoderOptions, PretrainedConfig):
    """GPT-NeoX's sizes and rates; the defaults are those of the 20B checkpoint.

    `partial_rotary_factor` and `rope_theta` follow `rotary_pct` and `rotary_emb_base`.
    """

    model_type = "gpt_neox"
    keys_to_ignore_at_inference = ["past_key_values"]
    base_model_tp_plan = _TENSOR_PLAN
    base_model_pp_plan = _PIPELINE_PLAN

    vocab_size: int = 50432
    hidden_size: int = 6144
    num_hidden_layers: int = 44
    num_attention_heads: int = 64
    intermediate_size: int = 24576
    hidden_act: str = "gelu"
    rotary_pct: float = 0.25  # share of a head's channels that are turned
    rotary_emb_base: float = 10000
    attention_dropout: float = 0.0
    hidden_dropout: float = 0.0
    classifier_dropout: float = 0.1
    max_position_embeddings: int = 2048
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-5
    use_cache: bool = True
    bos_token_id: int | None = 0
    eos_token_id: int | list[int] | None = 2
    tie_word_embeddings: bool = False
    use_parallel_residual: bool = True  # attention and feed-forward both read the layer's input
    rope_scaling: dict[str, Any] | None = None
    attention_bias: bool = True

    def _check(self) -> None:
        self.partial_rotary_factor = self.rotary_pct
        self.rope_theta = self.rotary_emb_base
        self.rope_scaling = with_rope_type(self.rope_scaling)
        check_rope_scaling(self.rope_scaling, self._turned())

    def _turned(self) -> int:
        """How many channels of a head are turned."""
        return int(head_width(self.hidden_size, self.num_attention_heads, None) * self.rotary_pct)

    def _check_model(self) -> None:
        heads, width, turned = self.num_attention_heads, self.hidden_size, self._turned()
        if heads < 1 or width % heads:
            raise ValueError(f"hidden_size ({width}) must be a multiple of num_attention_heads ({heads})")
        if turned < 2 or turned % 2:
            raise ValueError(
                f"rotary_pct ({self.rotary_pct}) of a head's {width // heads} channels "
                f"must be an even number, got {turned}"
            )


__all__ = ["GPTNeoXConfig"]
