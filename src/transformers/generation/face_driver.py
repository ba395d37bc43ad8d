"""Runs a JAX, TensorFlow or NumPy model step by step: its cache stays in the framework, tokens in NumPy.

In JAX every step has the same shapes, so that two compiled functions, for the prompt and for one token,
serve any text: prompts are padded on the left to a length of 64 * 2^k, and the cache has a fixed length.
So it is in TensorFlow for longer texts, whose single tokens then run as one graph (`tf_steps`).
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from ..frameworks import face
from ..frameworks.loader import ring_module, torch_module
from .face_arrays import is_array, placed, taken
from .prepare import longest
from .runtime import Runtime

BUCKET = 64
FEWEST = 32  # tokens to write from which a graph of TensorFlow pays


def bucket(length: int) -> int:
    """The smallest 64 * 2^k that is not below `length`."""
    size = BUCKET
    while size < length:
        size *= 2
    return size


class FaceDriver:
    """A model of another framework between two steps.

    kwargs: inputs as NumPy arrays, and `encoder_outputs`, beside the ids.  room: the longest text.
    exact: keep shapes as they are, for callers who look at states and attentions.
    steps: how many tokens may come.
    """

    def __init__(
        self,
        model: Any,
        api: Runtime,
        kwargs: dict[str, Any],
        room: int,
        *,
        exact: bool,
        params: Any = None,
        steps: int = 0,
    ) -> None:
        self.model, self.api, self.kwargs = model, api, kwargs
        self.name = {"flax": "jax"}.get(model.framework, model.framework)
        self.network = model.network
        self.pair = bool(model.config.is_encoder_decoder)
        names, _ = face.input_names(self.network)
        self.names = {*names, *getattr(type(self.network).forward, "unlisted", ())}
        self.limit = longest(model)
        self.known = self.shift = self.rows = self.extra = 0
        self.keep = 1
        self.own_inputs = hasattr(self.network, "prepare_inputs_for_generation")
        self.uses_cache = kwargs.pop("use_cache", True) is not False and "past_key_values" in self.names
        fits = not exact and "cache_position" in self.names
        # A graph of TensorFlow takes seconds to make.
        self.graph = self.name == "tf" and fits and self.uses_cache and steps >= FEWEST
        self.fixed = self.graph or (self.name == "jax" and fits)
        self.compiled = self.name != "jax" or not exact
        self.room = room
        self.params = params
        self.cache: Any = kwargs.pop("past_key_values", None)

    @property
    def caches(self) -> bool:
        """Whether keys and values are kept from step to step."""
        return self.uses_cache

    @property
    def encoder_outputs(self) -> Any:
        """What the encoder gave, or None."""
        return self.kwargs.get("encoder_outputs")

    @property
    def mask(self) -> Any:
        """Which tokens of the prompt are not padding, (B, T), or None."""
        return self.kwargs.get("decoder_attention_mask" if self.pair else "attention_mask")

    def prompt_length(self, length: int) -> int:
        """Positions that `length` ids of a text take."""
        return length

    def run(self, ids: Any, keep: int = 1, **flags: Any) -> Any:
        """The output for ids (B, T): logits of the last tokens, and states in the framework's arrays.

        keep: of how many of the last tokens logits are needed.
        """
        text, self.keep = np.asarray(ids.a), keep
        out = self._run_own(ids, flags) if self.own_inputs else self._call(self._inputs(text), flags)
        if self.uses_cache or self.own_inputs:
            self.cache = getattr(out, "past_key_values", None) or getattr(out, "mems", None)
        self.rows, self.known = text.shape
        states = {name: value for name, value in out.items() if name not in ("logits", "past_key_values")}
        values = np.asarray(out.logits, dtype=np.float32)
        logits = self.api.tensor(values[:, : values.shape[1] - self.extra] if self.extra else values)
        return SimpleNamespace(logits=logits, past_key_values=self.cache, **states)

    def _call(self, inputs: dict[str, Any], flags: dict[str, Any]) -> Any:
        if self.graph and self.known:  # the prompt has a length of its own
            from .tf_steps import compiled_step

            return compiled_step(self.model, inputs, flags)
        if self.name != "jax":
            return self.model(**inputs, **flags, return_dict=True)
        extra = {} if self.params is None else {"params": self.params}
        if self.compiled:
            return self.model(**inputs, **flags, **extra, return_dict=True)
        params = self.model.params if self.params is None else self.params
        return self.model.apply(params, **inputs, **flags, return_dict=True)

    def _inputs(self, text: Any) -> dict[str, Any]:
        first = self.known == 0 or not self.uses_cache
        new = text if first else text[:, self.known :]
        if new.shape[1] == 0:
            new = text[:, -1:]
        new = self._rounded(new, first)
        mask = self.kwargs.get("decoder_attention_mask" if self.pair else "attention_mask")
        if self.fixed and first and not self.pair:
            new, mask = self._padded(new, mask)
        elif self.fixed and self.uses_cache and self.pair and mask is not None:
            mask = self._filled(mask, bucket(self.room))
        elif self.fixed and self.uses_cache:
            mask = self.kwargs["fixed_mask"] if not self.pair else mask
        else:
            mask = None if mask is None else self._filled(mask, text.shape[1])
        return self._named(new, mask, first)

    def _rounded(self, new: Any, first: bool) -> Any:
        """In JAX several tokens, and the logits kept of them, are made 2^k, so that few steps are compiled.

        What is added behind the tokens is overwritten in the cache by the tokens that come.
        """
        self.extra, count = 0, new.shape[1]
        if not self.fixed or (self.keep == 1 and count == 1):
            return new
        size = 1 << (count - 1).bit_length()
        end = self.known + size
        if (
            first
            or not self.uses_cache
            or end + self.shift > bucket(self.room + self.shift)
            or (self.limit is not None and end > self.limit)
        ):
            size = count
        self.extra = size - count
        if self.keep > 1:
            self.keep = max(self.keep, min(1 << (self.keep - 1).bit_length(), count))
        return np.pad(new, ((0, 0), (0, self.extra)))

    def _named(self, new: Any, mask: Any, first: bool) -> dict[str, Any]:
        """Inputs of the forward for new ids and a mask over all."""
        kwargs = {
            name: value
            for name, value in self.kwargs.items()
            if name in (*self.names, "encoder_outputs") and "attention_mask" not in name
        }
        inputs: dict[str, Any] = {**kwargs, ("decoder_input_ids" if self.pair else "input_ids"): new}
        if self.pair and self.kwargs.get("attention_mask") is not None:
            inputs["attention_mask"] = self.kwargs["attention_mask"]
        if mask is not None and (self.fixed or not (mask != 0).all()):
            inputs["decoder_attention_mask" if self.pair else "attention_mask"] = mask
        if self.uses_cache:
            inputs["use_cache"] = True
            if first and self.cache is None:
                self.cache = self._new_cache()
            if self.cache is not None:
                inputs["past_key_values"] = self.cache
            if self.fixed:
                start = 0 if first else self.known + self.shift
                inputs["cache_position"] = np.arange(start, start + new.shape[1])
        else:
            inputs["use_cache"] = False
        if "logits_to_keep" in self.names:
            inputs["logits_to_keep"] = self.keep + self.extra
        return inputs

    def _padded(self, new: Any, mask: Any) -> tuple[Any, Any]:
        """The prompt padded on the left to its bucket, and the mask over all that the cache can hold."""
        rows, length = new.shape
        size = bucket(length)
        self.shift = max((size if self.limit is None else min(size, self.limit)) - length, 0)
        mask = np.ones_like(new) if mask is None else self._filled(mask, length)
        hidden = np.zeros((rows, self.shift), dtype=new.dtype)
        mask = np.concatenate([hidden, mask], axis=1)
        if self.uses_cache:
            mask = self._filled(mask, bucket(self.room + self.shift))
            self.kwargs["fixed_mask"] = mask
        return np.concatenate([hidden, new], axis=1), mask

    def _filled(self, mask: Any, length: int) -> Any:
        """A mask with ones up to `length`."""
        more = np.ones((mask.shape[0], max(length - mask.shape[1], 0)), dtype=mask.dtype)
        return np.concatenate([mask, more], axis=1)

    def _new_cache(self) -> Any:
        """A cache of the framework: of fixed length where steps are compiled, growing elsewhere."""
        caches = ring_module(self.name, "layers.cache")
        pair = ring_module(self.name, "layers.cache_pair").EncoderDecoderCache if self.pair else None
        own = caches.DynamicCache()
        if self.fixed:
            own = caches.StaticCache(max_cache_len=bucket(self.room + self.shift))
        return own if pair is None else pair(own, caches.DynamicCache())

    def _run_own(self, ids: Any, flags: dict[str, Any]) -> Any:
        """A step of a model that makes its inputs itself; not compiled."""
        tensor = torch_module(self.name).Tensor
        inputs = self.network.prepare_inputs_for_generation(
            tensor._wrap(placed(self.name, np.asarray(ids.a))),
            past_key_values=None if self.cache is None else face.map_tree(tensor._wrap, self.cache, is_array),
            use_mems=self.kwargs.get("use_mems"),
        )
        arrays = {
            name: face.map_tree(lambda t: t.a, value, lambda leaf: isinstance(leaf, tensor))
            for name, value in inputs.items()
            if value is not None
        }
        compiled, self.compiled = self.compiled, False
        try:
            return self._call(arrays, flags)
        finally:
            self.compiled = compiled

    def repeat(self, count: int) -> None:
        """Repeat every row `count` times."""
        for name, value in self.kwargs.items():
            if isinstance(value, np.ndarray) and value.ndim:
                self.kwargs[name] = np.repeat(value, count, axis=0)
            elif name == "encoder_outputs" and value is not None:
                self.kwargs[name] = self._taken(value, np.repeat(np.arange(value[0].shape[0]), count))
        if self.cache is not None and self.known:
            self.cache = self._taken(self.cache, np.repeat(np.arange(self.rows), count))

    def select(self, rows: Any) -> None:
        """Keep the rows of the cache, in the order that is given."""
        places = np.asarray(rows.a)
        if self.cache is not None and not np.array_equal(places, np.arange(len(places))):
            self.cache = self._taken(self.cache, places)

    def crop(self, length: int) -> None:
        """Forget what was computed after the first `length` tokens."""
        self.known = min(self.known, length)
        if self.cache is not None and not self.fixed:
            own = getattr(self.cache, "self_attention_cache", self.cache)
            own.crop(length)

    def head(self, states: Any) -> Any:
        """Logits (B, V) of hidden states (B, C) in the framework's array, by the model's projection."""
        head = self.network.get_output_embeddings()
        if head is None:
            raise ValueError(f"{type(self.model).__name__} has no projection to the vocabulary")
        if self.name == "jax":
            params = self.model.params if self.params is None else self.params
            found, _ = self.model._pure(params, {"input": states}, None, False, (), "", head)
        else:
            found = head(torch_module(self.name).Tensor._wrap(states)).a
        return self.api.tensor(np.asarray(found, dtype=np.float32))

    def take(self, value: Any, rows: Any) -> Any:
        """The rows of all arrays in a tree."""
        return None if value is None else self._taken(value, np.asarray(rows.a))

    def _taken(self, value: Any, places: Any) -> Any:
        """Arrays in a tree with those rows; numbers in it stay."""
        return taken(self.name, value, places, axis=1 if self.own_inputs and value is self.cache else 0)


__all__ = ["FaceDriver", "bucket"]
