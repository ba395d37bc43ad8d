"""The steps of a model inside a compiled function: a cache, a mask and a text of fixed lengths."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frameworks import face
from .face_arrays import is_array, taken


class Steps:
    """The prompt's step and those after it.

    fixed: inputs that are the same in every step, such as `encoder_outputs`.

    Raises:
        ValueError: the model's cache cannot be of a fixed length.
    """

    def __init__(self, ops: Any, model: Any, config: Any, processors: Any, fixed: dict[str, Any]) -> None:
        self.ops, self.config, self.processors, self.fixed = ops, config, processors, fixed
        self.pair = bool(model.config.is_encoder_decoder)
        self.length: int = config.max_length
        eos = config.eos_token_id
        self.ends: list[int] = [] if eos is None else [eos] if isinstance(eos, int) else list(eos)
        self.mask: Any = None
        self.form: Any = None  # how the cache is put together
        names = set(face.input_names(model.network)[0])
        names |= set(getattr(type(model.network).forward, "unlisted", ()))
        if not {"past_key_values", "cache_position"} <= names:
            raise ValueError(f"{type(model).__name__} keeps no cache of fixed length: call generate eagerly")
        self.flags = {"use_cache": True, "return_dict": True}
        if "logits_to_keep" in names:
            self.flags["logits_to_keep"] = 1

    def buffer(self, ids: Any) -> Any:
        """Ids (B, T) with room for the tokens to come, (B, max_length)."""
        torch = self.ops.torch
        ids = torch.Tensor._wrap(ids)
        more = self.length - ids.shape[1]
        tail = torch.full((ids.shape[0], more), self.config.pad_token_id or 0, dtype=ids.dtype)
        return torch.cat([ids, tail], dim=1)

    def first(self, ids: Any, mask: Any) -> Any:
        """The output for a prompt (B, T)."""
        torch, (rows, length) = self.ops.torch, ids.shape
        if not self.pair:
            mask = torch.Tensor._wrap(self.ops.array(mask))
            more = torch.ones((int(rows), self.length - int(length)), dtype=mask.dtype)
            self.mask = torch.cat([mask, more], dim=1).a
        caches = self.ops.part("layers.cache")
        cache = caches.StaticCache(max_cache_len=self.length)
        if self.pair:
            cache = self.ops.part("layers.cache_pair").EncoderDecoderCache(cache, caches.DynamicCache())
        return self._step(ids, cache, self.ops.array(np.arange(int(length))))

    def next(self, last: Any, place: Any, held: tuple[Any, ...]) -> Any:
        """The output for tokens (B, 1) at a place, after a cache's arrays."""
        restore, form = self.form
        return self._step(last, restore(form, held), place.reshape(1).a)

    def _step(self, new: Any, cache: Any, places: Any) -> Any:
        arrays = {**self.fixed, "past_key_values": cache, "cache_position": places}
        arrays["decoder_input_ids" if self.pair else "input_ids"] = new
        if self.mask is not None:
            arrays["attention_mask"] = self.mask
        return self.ops.step(arrays, self.flags)

    def held(self, out: Any, like: tuple[Any, ...] | None = None) -> tuple[Any, ...]:
        """The arrays of the cache in an output, of the number types that they have in `like`."""
        arrays, form = out.past_key_values.flatten()
        if like is None:
            self.form = (type(out.past_key_values).unflatten, form)
            return tuple(self.ops.array(part) for part in arrays)
        return tuple(self.ops.like(new, old) for new, old in zip(arrays, like, strict=True))

    def logits(self, out: Any) -> Any:
        """Logits (B, V) of the next tokens, in float32."""
        torch = self.ops.torch
        return torch.Tensor._wrap(out.logits)[:, -1].to(torch.float32)

    def repeat(self, count: int) -> None:
        """Have every row of the fixed inputs and of the mask `count` times."""
        if count > 1:
            self.fixed, self.mask = (self.repeated(part, count) for part in (self.fixed, self.mask))

    def repeated(self, tree: Any, count: int) -> Any:
        """The arrays in a tree with every row `count` times."""

        def widened(leaf: Any) -> Any:
            return self.ops.torch.Tensor._wrap(leaf).repeat_interleave(count, dim=0).a

        return face.map_tree(lambda leaf: widened(leaf) if len(leaf.shape) > 1 else leaf, tree, is_array)

    def rows(self, arrays: Any, places: Any) -> Any:
        """The arrays in a tree with the rows at `places`, of the framework."""
        return taken(self.ops.name, arrays, places)


__all__ = ["Steps"]
