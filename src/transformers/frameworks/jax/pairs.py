"""What a JAX model of an encoder and a decoder has beside its call: each of the two by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from .. import face
from ..loader import ring_module
from .counted import with_counted


class PairMixin:
    """`encode` and `decode`, as published: functions of `params`, compiled once for each set of shapes."""

    config: Any
    network: Any
    params: Any
    _compiled: Any
    _facts: Any

    def encode(
        self,
        input_ids: Any,
        attention_mask: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        train: bool = False,
        dropout_rng: Any = None,
        **kwargs: Any,
    ) -> Any:
        """The encoder's output for ids (B, S); kwargs are those of the encoder's forward."""
        given = {"input_ids": input_ids, "attention_mask": attention_mask, **kwargs}
        return self._through(self.network.get_encoder(), given, params, train, dropout_rng)

    def decode(
        self,
        decoder_input_ids: Any,
        encoder_outputs: Any,
        encoder_attention_mask: Any = None,
        decoder_attention_mask: Any = None,
        past_key_values: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        train: bool = False,
        dropout_rng: Any = None,
        **kwargs: Any,
    ) -> Any:
        """The model's output for decoder ids (B, T) and what `encode` gave.

        past_key_values: a cache of `init_cache`, or of an earlier call; the output holds the one to go on
        with.
        """
        given = {
            "decoder_input_ids": decoder_input_ids,
            "encoder_outputs": encoder_outputs,
            "attention_mask": encoder_attention_mask,
            "decoder_attention_mask": decoder_attention_mask,
            "past_key_values": past_key_values,
            **kwargs,
        }
        return self._through(self.network, given, params, train, dropout_rng)

    def init_cache(self, batch_size: int, max_length: int, encoder_outputs: Any = None) -> Any:
        """An empty cache for `max_length` tokens of the decoder; rows follow from the first call."""
        pair = ring_module("jax", "layers.cache_pair").EncoderDecoderCache
        caches = ring_module("jax", "layers.cache")
        return pair(caches.StaticCache(max_cache_len=max_length), caches.DynamicCache())

    def _through(self, part: Any, given: dict[str, Any], params: Any, train: bool, rng: Any) -> Any:
        arrays, flags = face.bind_arguments(part, (), given)
        arrays = {
            name: value
            if isinstance(value, dict | tuple) or hasattr(value, "flatten")
            else jnp.asarray(value)
            for name, value in arrays.items()
        }
        if "past_key_values" in arrays:
            arrays["past_key_values"] = with_counted(arrays["past_key_values"])
        elif "use_cache" in face.input_names(part)[0]:
            flags.setdefault("use_cache", False)
        static = tuple(sorted(flags.items()))
        chosen = self.params if params is None else params
        # The call's own compiled function, which knows the parts of the network apart.
        output, _ = self._compiled(chosen, arrays, rng, bool(train), static, self._facts(), part)
        return output


__all__ = ["PairMixin"]
