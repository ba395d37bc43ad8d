"""Runs a PyTorch model step by step for the loops: its cache, its mask and its encoder's output."""

from __future__ import annotations

import inspect
from typing import Any

import torch

from ..layers.cache import Cache
from ..layers.cache_pair import EncoderDecoderCache
from ..layers.seq2seq import as_encoder_output
from ..modeling_outputs import ModelOutput
from .torch_caches import GrowingCache

# What is not one entry a row.
_WHOLE = ("cache_position", "past_key_values")


class Driver:
    """A PyTorch model between two steps.

    kwargs: what `prepare_inputs_for_generation` is given beside the ids; changes from step to step.
    """

    def __init__(self, model: Any, kwargs: dict[str, Any]) -> None:
        self.model = model
        self.kwargs = kwargs
        self.pair = bool(model.config.is_encoder_decoder)
        self._batch = 0

    @property
    def caches(self) -> bool:
        """Whether keys and values are kept from step to step."""
        return self.kwargs.get("use_cache") is not False

    @property
    def cache(self) -> Any:
        """The cache, or None."""
        return self.kwargs.get("past_key_values")

    @property
    def encoder_outputs(self) -> Any:
        """What the encoder gave, or None."""
        return self.kwargs.get("encoder_outputs")

    def run(self, ids: Any, **flags: Any) -> Any:
        """The model's output for ids (B, T), of which those in the cache are not computed again."""
        self._batch = ids.shape[0]
        inputs = self.model.prepare_inputs_for_generation(ids, **self.kwargs)
        out = self.model(**inputs, **flags, return_dict=True)
        self.kwargs = self.model._update_model_kwargs_for_generation(
            out, self.kwargs, is_encoder_decoder=self.pair
        )
        return out

    def repeat(self, count: int) -> None:
        """Repeat every row `count` times."""
        self._rows(lambda x: x.repeat_interleave(count, dim=0))
        if isinstance(self.cache, Cache):
            self.cache.batch_repeat_interleave(count)
        elif self.cache is not None:  # a tuple or list of an older model's own
            places = torch.arange(self._batch, device=self.model.device).repeat_interleave(count)
            self.kwargs["past_key_values"] = self.model._reorder_cache(self.cache, places)

    def select(self, rows: Any) -> None:
        """Keep the rows of the cache, in the order that is given; each stays in its own batch entry."""
        if isinstance(self.cache, Cache):
            if not torch.equal(rows, torch.arange(len(rows), device=rows.device)):
                self.cache.reorder_cache(rows)
        elif self.cache is not None:
            self.kwargs["past_key_values"] = self.model._reorder_cache(self.cache, rows)

    def crop(self, length: int) -> None:
        """Forget what was computed after the first `length` tokens."""
        if isinstance(self.cache, Cache):
            self.cache.crop(length)
        for name in ("decoder_attention_mask",) if self.pair else ("attention_mask",):
            if (mask := self.kwargs.get(name)) is not None:
                self.kwargs[name] = mask[:, : length + 1]

    def _rows(self, function: Any) -> None:
        for name, value in self.kwargs.items():
            if isinstance(value, torch.Tensor) and value.dim() and name not in _WHOLE:
                self.kwargs[name] = function(value)
            elif name == "encoder_outputs" and value is not None:
                self.kwargs[name] = on_rows(value, function)


def on_rows(value: Any, function: Any) -> Any:
    """A `ModelOutput` or tuple with `function` of every tensor in it."""
    if isinstance(value, torch.Tensor):
        return function(value)
    if isinstance(value, ModelOutput):
        return type(value)(**{name: on_rows(part, function) for name, part in value.items()})
    if isinstance(value, tuple | list):
        return type(value)(on_rows(part, function) for part in value)
    return value


def encode(model: Any, kwargs: dict[str, Any], flags: dict[str, bool]) -> Any:
    """The encoder's output for those of `kwargs` that it takes."""
    encoder = model.get_encoder()
    names = inspect.signature(encoder.forward).parameters
    open_ended = any(p.kind is p.VAR_KEYWORD for p in names.values())
    taken = {
        name: value
        for name, value in kwargs.items()
        if (open_ended or name in names)
        and not name.startswith(("decoder_", "cross_attn", "use_cache", "past_key_values"))
    }
    return as_encoder_output(encoder(**taken, **flags, return_dict=True))


def make_cache(model: Any, config: Any, rows: int, room: int) -> Any:
    """The cache that `cache_implementation` names, for texts of up to `room` tokens.

    Raises:
        ValueError: there is no such kind.
    """
    from ..layers.cache import DynamicCache, StaticCache

    kind = config.cache_implementation or "dynamic"
    if kind in ("dynamic", "dynamic_full"):
        own: Any = GrowingCache(min(room, 4096))
    elif kind in ("static", "sliding_window", "hybrid", "hybrid_chunked"):
        own = StaticCache(config=model.config, max_cache_len=room)
    else:
        from .special_caches import special_cache

        own = special_cache(kind, model, config, room)
    return EncoderDecoderCache(own, DynamicCache()) if model.config.is_encoder_decoder else own


__all__ = ["Driver", "encode", "make_cache", "on_rows"]
