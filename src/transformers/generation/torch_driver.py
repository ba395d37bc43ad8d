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
# What has one column a token.
_COLUMNS = ("attention_mask", "token_type_ids", "position_ids")


class Driver:
    """A PyTorch model between two steps.

    kwargs: what `prepare_inputs_for_generation` is given beside the ids; changes from step to step.
    compiled: called in the model's place for single tokens, if given.
    """

    def __init__(self, model: Any, kwargs: dict[str, Any], compiled: Any = None) -> None:
        self.model = model
        self.compiled = compiled
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

    @property
    def mask(self) -> Any:
        """Which tokens of the texts are not padding, (B, T), or None."""
        return self.kwargs.get("decoder_attention_mask" if self.pair else "attention_mask")

    def prompt_length(self, length: int) -> int:
        """Positions that `length` ids of a text take, those given as embeddings included."""
        return length + int(self.kwargs.get("_embedded", 0))

    def run(self, ids: Any, keep: int = 1, **flags: Any) -> Any:
        """The model's output for ids (B, T), of which those in the cache are not computed again.

        keep: of how many of the last tokens logits are needed.
        """
        self._batch = ids.shape[0]
        self._fit(self.prompt_length(ids.shape[1]))
        kwargs = self.kwargs
        if knows_hints(self.model):
            kwargs = {**kwargs, "_driven": True}
        else:
            kwargs = {name: value for name, value in kwargs.items() if not name.startswith("_")}
        inputs = self.model.prepare_inputs_for_generation(ids, **kwargs)
        if "logits_to_keep" in inputs:
            inputs["logits_to_keep"] = keep
        step = self.model
        if self.compiled is not None and self.kwargs.get("_known"):  # the prompt has a length of its own
            step = self.compiled
        out = step(**inputs, **flags, return_dict=True)
        self.kwargs = self.model._update_model_kwargs_for_generation(
            out, self.kwargs, is_encoder_decoder=self.pair
        )
        if self.caches and isinstance(self.cache, Cache):
            self.kwargs["_known"] = ids.shape[1] + self.kwargs.get("_embedded", 0)
        return out

    def repeat(self, count: int) -> None:
        """Repeat every row `count` times."""
        self._rows(lambda x: x.repeat_interleave(count, dim=0))
        if isinstance(self.cache, Cache):
            self.cache.batch_repeat_interleave(count)
        elif self.cache is not None:  # a tuple or list of an older model's own
            places = torch.arange(self._batch, device=self.model.device).repeat_interleave(count)
            self.kwargs["past_key_values"] = self.model._reorder_cache(self.cache, places)
        self._batch *= count

    def select(self, rows: Any) -> None:
        """Keep the rows of the cache, in the order that is given; each stays in its own batch entry."""
        if isinstance(self.cache, Cache):
            if len(rows) != self._batch or not torch.equal(rows, torch.arange(len(rows), device=rows.device)):
                self.cache.reorder_cache(rows)
        elif self.cache is not None:
            self.kwargs["past_key_values"] = self.model._reorder_cache(self.cache, rows)
        self._batch = len(rows)

    def crop(self, length: int) -> None:
        """Forget what was computed after the first `length` tokens."""
        known = self.prompt_length(length)
        if isinstance(self.cache, Cache):
            self.cache.crop(known)
        elif self.cache is not None:
            raise ValueError(
                f"the past of {type(self.model).__name__} is not a cache that can be cut: use a strategy "
                "that only goes forward"
            )
        if "_known" in self.kwargs:
            self.kwargs["_known"] = min(known, self.kwargs["_known"])
        self._fit(known + 1, cut=True)

    def head(self, states: Any) -> Any:
        """Logits (B, V) of hidden states (B, C), by the model's projection to the vocabulary."""
        head = self.model.get_output_embeddings()
        if head is None:
            raise ValueError(f"{type(self.model).__name__} has no projection to the vocabulary")
        return head(states)

    def take(self, value: Any, rows: Any) -> Any:
        """The rows of all tensors in a tree."""
        return on_rows(value, lambda x: x.index_select(0, rows))

    def _fit(self, length: int, *, cut: bool = False) -> None:
        """Make what has one column a token as long as the text; with `cut` not longer either."""
        for name in ("decoder_attention_mask",) if self.pair else _COLUMNS:
            value = self.kwargs.get(name)
            if value is None or value.dim() != 2 or value.shape[1] == length:
                continue
            if cut or value.shape[1] > length:
                self.kwargs[name] = value[:, :length] if cut else value
                continue
            more = torch.arange(1, length - value.shape[1] + 1, device=value.device)  # (n,)
            if name == "position_ids":
                last = value[:, -1:] + more
            else:
                last = (
                    value[:, -1:] if name == "token_type_ids" else torch.ones_like(value[:, :1])
                ) + 0 * more
            self.kwargs[name] = torch.cat([value, last.to(value.dtype)], dim=1)

    def _rows(self, function: Any) -> None:
        for name, value in self.kwargs.items():
            if isinstance(value, torch.Tensor) and value.dim() and name not in _WHOLE:
                self.kwargs[name] = function(value)
            elif name == "encoder_outputs" and value is not None:
                # The states of its layers are for the caller, one row a prompt.
                kept = ("hidden_states", "attentions")
                self.kwargs[name] = type(value)(
                    **{key: x if key in kept else on_rows(x, function) for key, x in value.items()}
                )


def knows_hints(model: Any) -> bool:
    """Whether a model makes its inputs in the library's way, which understands keywords with an underscore.

    `_known`: tokens in the cache. `_embedded`: tokens that came as embeddings. `_plain_mask`: the mask hides
    nothing. `_fixed_mask`: the mask for a cache of fixed length, (B, its length). `_driven`: the inputs are
    for a loop of this library, and what the model finds by itself is left out.
    """
    from .utils import GenerationMixin

    return type(model).prepare_inputs_for_generation is GenerationMixin.prepare_inputs_for_generation


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
        from ..layers.cache_kinds import cache_of_kind

        own = cache_of_kind(kind, model.config, room, config.cache_config)
    return EncoderDecoderCache(own, DynamicCache()) if model.config.is_encoder_decoder else own


__all__ = ["Driver", "encode", "make_cache", "on_rows"]
