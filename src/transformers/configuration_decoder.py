"""What the configs of decoders with rotary positions share."""

from __future__ import annotations

import reprlib
from typing import Any

from .configuration_utils import PretrainedConfig

# How tensor and pipeline parallelism may cut a decoder with Llama's parameter names.
TENSOR_PLAN: dict[str, str] = {
    **{f"layers.*.self_attn.{name}_proj": "colwise" for name in ("q", "k", "v")},
    "layers.*.self_attn.o_proj": "rowwise",
    **{f"layers.*.mlp.{name}_proj": "colwise" for name in ("gate", "up")},
    "layers.*.mlp.down_proj": "rowwise",
}
PIPELINE_PLAN: dict[str, tuple[list[str], list[str]]] = {
    "embed_tokens": (["input_ids"], ["inputs_embeds"]),
    "layers": (["hidden_states", "attention_mask"], ["hidden_states"]),
    "norm": (["hidden_states"], ["hidden_states"]),
}
LAYER_TYPES = ("full_attention", "sliding_attention")
# rope_type -> (keys it must have, keys it may have)
ROPE_KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "default": ((), ()),
    "dynamic": (("factor",), ("original_max_position_embeddings",)),
    "linear": (("factor",), ()),
    "llama3": (("factor", "original_max_position_embeddings", "low_freq_factor", "high_freq_factor"), ()),
    "longrope": (
        ("short_factor", "long_factor"),
        ("attention_factor", "factor", "original_max_position_embeddings"),
    ),
    "yarn": (
        ("factor",),
        (
            *("attention_factor", "beta_fast", "beta_slow", "original_max_position_embeddings"),
            *("mscale", "mscale_all_dim", "truncate"),
        ),
    ),
}
_NUMBERS = (
    *("attention_factor", "beta_fast", "beta_slow"),
    *("low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
)


class DecoderOptions:
    """What a file may add to a decoder's config; a field of the same name takes its place.

    Attributes:
        head_dim: width of a head; None: hidden_size / num_attention_heads.
        partial_rotary_factor: share of a head's channels that are turned by the position.
        original_max_position_embeddings: the context that a stretched model was trained on first.
        rope_scaling: how rotary positions are stretched; see `check_rope_scaling`.
        classifier_dropout: rate before a token classifier; None: hidden_dropout, or 0.1.
        hidden_dropout: see classifier_dropout.
    """

    head_dim: int | None = None
    partial_rotary_factor: float = 1.0
    original_max_position_embeddings: int | None = None
    rope_scaling: dict[str, Any] | None = None
    classifier_dropout: float | None = None
    hidden_dropout: float | None = None


class LlamaShapeConfig(DecoderOptions, PretrainedConfig):
    """Base of the configs that kept Llama's field names, their order and its ways to share heads.

    A model's class lists the fields behind these, and those whose default differs.
    """

    keys_to_ignore_at_inference = ["past_key_values"]
    base_model_tp_plan = TENSOR_PLAN
    base_model_pp_plan = PIPELINE_PLAN

    vocab_size: int = 32000
    hidden_size: int = 4096
    intermediate_size: int = 11008
    num_hidden_layers: int = 32
    num_attention_heads: int = 32
    num_key_value_heads: int | None = None  # None: every head its own; 1: one for all
    hidden_act: str = "silu"
    max_position_embeddings: int = 2048
    initializer_range: float = 0.02
    rms_norm_eps: float = 1e-6
    use_cache: bool = True

    def _check(self) -> None:
        if self.num_key_value_heads is None:
            self.num_key_value_heads = self.num_attention_heads
        self.rope_scaling = with_rope_type(self.rope_scaling)
        width = head_width(self.hidden_size, self.num_attention_heads, self.head_dim)
        check_rope_scaling(self.rope_scaling, width)

    def _check_model(self) -> None:
        shared = self.num_key_value_heads or self.num_attention_heads
        check_heads(self.hidden_size, self.num_attention_heads, shared, self.head_dim)

    def key_windows(self) -> tuple[int | None, ...]:
        """See `PretrainedConfig.key_windows`; of `layer_types` and `sliding_window`, where they are there."""
        window = getattr(self, "sliding_window", None)
        kinds = getattr(self, "layer_types", None) or ()
        return tuple(window if kind == "sliding_attention" else None for kind in kinds)


def with_rope_type(scaling: dict[str, Any] | None) -> dict[str, Any] | None:
    """`rope_scaling` with its kind under "rope_type", which older files call "type"."""
    if scaling is None or "type" not in scaling:
        return scaling
    return {**scaling, "rope_type": scaling["type"]}


def head_width(hidden_size: int, heads: int, head_dim: int | None) -> int:
    """The width of a head: `head_dim`, else a share of `hidden_size`, whether or not it comes out even."""
    return hidden_size // max(heads, 1) if head_dim is None else head_dim


def check_heads(hidden_size: int, heads: int, key_value_heads: int, head_dim: int | None) -> None:
    """Raise ValueError unless the heads share the width, and the key/value heads, evenly."""
    if heads < 1 or key_value_heads < 1 or heads % key_value_heads:
        raise ValueError(
            f"num_attention_heads ({heads}) must be a multiple of num_key_value_heads ({key_value_heads})"
        )
    if head_dim is None and hidden_size % heads:
        raise ValueError(
            f"hidden_size ({hidden_size}) must be a multiple of num_attention_heads ({heads}), "
            "unless head_dim is given"
        )
    width = head_width(hidden_size, heads, head_dim)
    if width < 1 or width % 2:
        raise ValueError(f"the width of a head must be even, since pairs of channels are turned; got {width}")


def check_layer_types(kinds: list[str], layers: int) -> None:
    """Raise ValueError unless `kinds` names for each layer what its queries see."""
    if len(kinds) != layers:
        raise ValueError(f"layer_types must name {layers} layers (num_hidden_layers), got {len(kinds)}")
    if strange := sorted(set(kinds) - set(LAYER_TYPES)):
        raise ValueError(f"layer_types must be of {', '.join(LAYER_TYPES)}; got {strange[0]!r}")


def check_rope_scaling(scaling: dict[str, Any] | None, channels: int) -> None:
    """Refuse a `rope_scaling` that no frequencies can be computed from.

    Kinds that are not published ones pass: a table of the model's may have them.

    Args:
        scaling: the config's `rope_scaling`, its kind under "rope_type".
        channels: how many channels of a head are rotated.

    Raises:
        KeyError: a key that the kind needs is not there.
        ValueError: a value is impossible.
    """
    if scaling is None:
        return
    kind = scaling.get("rope_type")
    if kind is None:
        raise KeyError(f"rope_scaling needs 'rope_type', one of {', '.join(ROPE_KEYS)}; got {scaling}")
    needed, _ = ROPE_KEYS.get(kind, ((), ()))
    if missing := [key for key in needed if scaling.get(key) is None]:
        raise KeyError(f"rope_scaling of rope_type {kind!r} needs {', '.join(missing)}; got {scaling}")
    _check_number(scaling, "factor", 1)
    for key in _NUMBERS:
        _check_number(scaling, key, 0)
    if kind == "llama3" and not scaling["low_freq_factor"] < scaling["high_freq_factor"]:
        raise ValueError(
            f"rope_scaling: high_freq_factor ({scaling['high_freq_factor']}) must be greater than "
            f"low_freq_factor ({scaling['low_freq_factor']})"
        )
    if kind == "longrope":
        for key in needed:
            _check_list(key, scaling[key], channels // 2)


def _check_number(scaling: dict[str, Any], key: str, least: int) -> None:
    value = scaling.get(key)
    good = isinstance(value, int | float) and not isinstance(value, bool) and value >= least
    if value is not None and not good:
        raise ValueError(f"rope_scaling: {key} must be a number >= {least}, got {reprlib.repr(value)}")


def _check_list(key: str, value: Any, length: int) -> None:
    numbers = isinstance(value, list | tuple) and all(isinstance(x, int | float) for x in value)
    if not numbers or len(value) != length:
        raise ValueError(
            f"rope_scaling: {key} must be a list of {length} numbers, one for each pair of rotated channels, "
            f"got {reprlib.repr(value)}"
        )


__all__ = [
    "DecoderOptions",
    "LAYER_TYPES",
    "LlamaShapeConfig",
    "PIPELINE_PLAN",
    "ROPE_KEYS",
    "TENSOR_PLAN",
    "check_heads",
    "check_layer_types",
    "check_rope_scaling",
    "head_width",
    "with_rope_type",
]
