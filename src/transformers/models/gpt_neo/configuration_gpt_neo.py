"""Configuration of GPT Neo."""

from __future__ import annotations

from typing import Any

from ...configuration_utils import PretrainedConfig


class GPTNeoConfig(PretrainedConfig):
    """GPT Neo's sizes and rates; the defaults are those of gpt-neo-1.3B.

    `attention_types` lists pairs of a pattern and its repetitions, [[["global", "local"], 12]];
    `attention_layers` is the same written out, one kind per layer.
    """

    model_type = "gpt_neo"
    keys_to_ignore_at_inference = ["past_key_values"]
    attribute_map = {"num_attention_heads": "num_heads", "num_hidden_layers": "num_layers"}

    vocab_size: int = 50257
    max_position_embeddings: int = 2048
    hidden_size: int = 2048
    num_layers: int = 24
    attention_types: list[Any] = [[["global", "local"], 12]]
    num_heads: int = 16
    intermediate_size: int | None = None  # None: 4 * hidden_size
    window_size: int = 256  # keys that a local layer sees
    activation_function: str = "gelu_new"
    resid_dropout: float = 0.0
    embed_dropout: float = 0.0
    attention_dropout: float = 0.0
    classifier_dropout: float = 0.1
    layer_norm_epsilon: float = 1e-5
    initializer_range: float = 0.02
    use_cache: bool = True
    bos_token_id: int | None = 50256
    eos_token_id: int | list[int] | None = 50256
    attention_layers: list[str] | None = None  # None: from attention_types

    @classmethod
    def _bind(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        given = super()._bind(args, kwargs)
        layers = given.get("num_layers")
        kinds = {"attention_types", "attention_layers"} & given.keys()
        if type(layers) is int and "num_hidden_layers" in kwargs and not kinds:
            # By the common name the depth alone may be given; the pattern goes on for as long.
            half, odd = divmod(layers, 2)
            given["attention_types"] = [[["global", "local"], half], [["global"], odd]][: 1 + odd]
        return given

    def _check(self) -> None:
        if self.attention_layers is None:
            self.attention_layers = self.expand_attention_types_params(self.attention_types)
        if len(self.attention_layers) != self.num_layers:
            raise ValueError(
                f"attention_types must name {self.num_layers} layers (num_layers), "
                f"got {len(self.attention_layers)}"
            )
        if strange := sorted(set(self.attention_layers) - {"global", "local"}):
            raise ValueError(f"layers attend 'global' or 'local', got {strange[0]!r}")

    def _check_model(self) -> None:
        if self.num_heads < 1 or self.hidden_size % self.num_heads:
            raise ValueError(
                f"hidden_size ({self.hidden_size}) must be a multiple of num_heads ({self.num_heads})"
            )

    def key_windows(self) -> tuple[int | None, ...]:
        """See `PretrainedConfig.key_windows`."""
        kinds = self.attention_layers or ()
        return tuple(self.window_size if kind == "local" else None for kind in kinds)

    @staticmethod
    def expand_attention_types_params(attention_types: list[Any]) -> list[str]:
        """One kind per layer: [[["global", "local"], 2]] -> global, local, global, local."""
        return [kind for pattern, times in attention_types for kind in list(pattern) * times]


__all__ = ["GPTNeoConfig"]
