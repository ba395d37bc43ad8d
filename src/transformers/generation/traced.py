"""Greedy search and sampling as one traced function of fixed shapes, for JAX and TensorFlow.

`generate` comes here inside `jax.jit`, `jax.pmap` or `tf.function`, where a token's value is not known while
the function is made: prompt, cache and text have fixed lengths, and a loop of the framework writes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..frameworks import face
from ..frameworks.loader import ring_module, torch_module
from . import prepare, rules
from .calls import Call
from .config_checks import GenerationMode
from .face_arrays import is_array


class Operations:
    """What a traced loop needs of its framework: a step of the model, a loop, random numbers, and casts."""

    name: str

    def __init__(self) -> None:
        self.torch: Any = torch_module(self.name)

    def part(self, name: str) -> Any:
        """A ring module over the framework."""
        return ring_module(self.name, name)


class JaxOperations(Operations):
    """`Operations` of JAX; seed: a key, or a number."""

    name = "jax"

    def __init__(self, model: Any, params: Any, seed: Any) -> None:
        import jax

        super().__init__()
        self.model, self.params = model, model.params if params is None else params
        number = seed is None or isinstance(seed, int)
        self.key = jax.random.key(seed or 0) if number else seed

    def step(self, arrays: dict[str, Any], flags: dict[str, Any]) -> Any:
        """The model's output."""
        output, _ = self.model._pure(self.params, arrays, None, False, tuple(sorted(flags.items())))
        return output

    def loop(self, goes_on: Callable[..., Any], body: Callable[..., Any], state: tuple[Any, ...]) -> Any:
        """Repeat `body` while `goes_on`."""
        import jax

        return jax.lax.while_loop(lambda held: goes_on(*held), lambda held: body(*held), state)

    def uniform(self, shape: tuple[int, ...], place: Any) -> Any:
        """Numbers in [0, 1) for the token at a place."""
        import jax

        return jax.random.uniform(jax.random.fold_in(self.key, place), shape)

    def like(self, value: Any, other: Any) -> Any:
        """A cast."""
        import jax.numpy as jnp

        return jnp.asarray(value, dtype=other.dtype)

    def array(self, value: Any) -> Any:
        """An array of the framework."""
        import jax.numpy as jnp

        value = jnp.asarray(value)
        return value.astype(jnp.int32) if jnp.issubdtype(value.dtype, jnp.integer) else value


class TfOperations(Operations):
    """`Operations` of TensorFlow; seed: a number or two."""

    name = "tf"

    def __init__(self, model: Any, params: Any, seed: Any) -> None:
        super().__init__()
        self.model = model
        self.seed = int(np.asarray(0 if seed is None else seed).reshape(-1)[-1])

    def step(self, arrays: dict[str, Any], flags: dict[str, Any]) -> Any:
        """The model's output."""
        return self.model(**arrays, **flags)

    def loop(self, goes_on: Callable[..., Any], body: Callable[..., Any], state: tuple[Any, ...]) -> Any:
        """Repeat `body` while `goes_on`."""
        import tensorflow as tf

        return tf.while_loop(goes_on, body, state)

    def uniform(self, shape: tuple[int, ...], place: Any) -> Any:
        """Numbers in [0, 1) for the token at a place."""
        import tensorflow as tf

        return tf.random.stateless_uniform(shape, seed=tf.stack([self.seed, tf.cast(place, tf.int32)]))

    def like(self, value: Any, other: Any) -> Any:
        """A cast."""
        import tensorflow as tf

        return tf.cast(value, other.dtype)

    def array(self, value: Any) -> Any:
        """An array of the framework."""
        import tensorflow as tf

        value = tf.convert_to_tensor(value)
        return tf.cast(value, tf.int64) if value.dtype.is_integer else value


def is_traced(model: Any, values: Any) -> bool:
    """Whether `generate` was called while the framework makes a function of it."""
    if model.framework == "tf":
        import tensorflow as tf

        return not tf.executing_eagerly()
    if model.framework != "flax":
        return False
    import jax

    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(values))


def generate(model: Any, call: Call, kwargs: dict[str, Any], *, seed: Any, params: Any) -> Any:
    """Ids (B, max_length), filled up with padding.

    Raises:
        ValueError: the strategy, or something the caller passed, cannot be traced.
    """
    config, given = prepare.settle_config(model, call.generation_config, kwargs, call.use_model_defaults)
    mode = config.get_generation_mode(call.assistant_model)
    check_traceable(call, mode)
    kind = JaxOperations if model.framework == "flax" else TfOperations
    ops = kind(model, params, seed)
    pair = bool(model.config.is_encoder_decoder)
    prompt = ops.array(given.pop(model.main_input_name) if call.inputs is None else call.inputs)
    prepare.settle_tokens(config, given.get("attention_mask") is not None)
    wrap, torch = ops.torch.Tensor._wrap, ops.torch
    mask = given.pop("attention_mask", None)
    if mask is None:
        mask = prompt_mask(torch, wrap(prompt), config).a
    fixed: dict[str, Any] = {}
    ids = prompt
    if pair:
        fixed = {"encoder_outputs": encoded(ops, model, prompt, mask), "attention_mask": ops.array(mask)}
        ids = first_ids(ops, config, prompt, given)
    check_shape(ids)
    prepare.settle_lengths(model, config, int(ids.shape[1]), 0, kwargs)
    processors = rules.processors_of(
        ops,  # type: ignore[arg-type]
        config,
        length=int(ids.shape[1]),
        encoder_ids=wrap(prompt) if pair else None,
        own=call.logits_processor,
        vocabulary=model.config.get_text_config(decoder=True).vocab_size,
    )
    return Loop(ops, model, config, processors, fixed).run(ids, mask)


class Loop:
    """The prompt's step and the loop after it."""

    def __init__(self, ops: Any, model: Any, config: Any, processors: Any, fixed: dict[str, Any]) -> None:
        self.ops, self.config, self.processors, self.fixed = ops, config, processors, fixed
        self.pair = bool(model.config.is_encoder_decoder)
        names = set(face.input_names(model.network)[0])
        names |= set(getattr(type(model.network).forward, "unlisted", ()))
        if not {"past_key_values", "cache_position"} <= names:
            raise ValueError(f"{type(model).__name__} keeps no cache of fixed length: call generate eagerly")
        self.flags = {"use_cache": True, "return_dict": True}
        if "logits_to_keep" in names:
            self.flags["logits_to_keep"] = 1

    def run(self, ids: Any, mask: Any) -> Any:
        """Write after ids (B, T); returns (B, max_length)."""
        ops, torch = self.ops, self.ops.torch
        wrap = torch.Tensor._wrap
        B, T, L = int(ids.shape[0]), int(ids.shape[1]), self.config.max_length
        pad = self.config.pad_token_id or 0
        tail = torch.full((B, L - T), pad, dtype=wrap(ids).dtype)
        buffer = torch.cat([wrap(ids), tail], dim=1)
        self.width, self.buffer_dtype = L, buffer.dtype
        more = torch.ones((B, L - T), dtype=wrap(ops.array(mask)).dtype)
        self.mask = None if self.pair else torch.cat([wrap(ops.array(mask)), more], dim=1).a
        out = ops.step(self.inputs(ids, self.new_cache(L), np.arange(T)), self.flags)
        place = ops.array(np.asarray(T))
        done = torch.zeros((B,), dtype=torch.bool)
        buffer, done = self.chosen(out, buffer, done, place)
        arrays, form = out.past_key_values.flatten()
        restore = type(out.past_key_values).unflatten

        def goes_on(place: Any, text: Any, ended: Any, *held: Any) -> Any:
            return ((wrap(place) < L) & ~wrap(ended).all()).a

        def body(place: Any, text: Any, ended: Any, *held: Any) -> Any:
            here = wrap(place) - 1
            last = wrap(text).index_select(1, here.reshape(1)).a
            out = ops.step(self.inputs(last, restore(form, held), here.reshape(1).a), self.flags)
            now, over = self.chosen(out, wrap(text), wrap(ended), place)
            new, _ = out.past_key_values.flatten()
            kept = tuple(ops.like(value, old) for value, old in zip(new, held, strict=True))
            return (place + 1, now.a, over.a, *kept)

        state = (place + 1, buffer.a, done.a, *(ops.array(part) for part in arrays))
        return ops.loop(goes_on, body, state)[1]

    def inputs(self, new: Any, cache: Any, places: Any) -> dict[str, Any]:
        """Inputs of one step."""
        arrays = {**self.fixed, "past_key_values": cache, "cache_position": self.ops.array(places)}
        arrays["decoder_input_ids" if self.pair else "input_ids"] = new
        if self.mask is not None:
            arrays["attention_mask"] = self.mask
        return arrays

    def new_cache(self, length: int) -> Any:
        """An empty cache for `length` tokens."""
        caches = self.ops.part("layers.cache")
        own = caches.StaticCache(max_cache_len=length)
        if not self.pair:
            return own
        return self.ops.part("layers.cache_pair").EncoderDecoderCache(own, caches.DynamicCache())

    def chosen(self, out: Any, text: Any, ended: Any, place: Any) -> tuple[Any, Any]:
        """The text with a token more at `place`, and which rows are done with it."""
        ops, torch, config = self.ops, self.ops.torch, self.config
        wrap = torch.Tensor._wrap
        logits = wrap(out.logits)[:, -1].to(torch.float32)
        scores = self.processors(text, logits, cur_len=wrap(place))
        if config.do_sample:
            drawn = wrap(ops.uniform((int(text.shape[0]),), place))
            token = ops.part("generation.sampling").sample(scores, drawn)
        else:
            token = scores.argmax(dim=-1)
        token = token.to(self.buffer_dtype)
        if config.eos_token_id is not None:
            ends = [config.eos_token_id] if isinstance(config.eos_token_id, int) else config.eos_token_id
            token = torch.where(ended, torch.full_like(token, config.pad_token_id), token)
            for end in ends:
                ended = ended | (token == end)
        here = torch.arange(self.width)[None, :] == wrap(place)
        return torch.where(here, token[:, None], text), ended


def prompt_mask(torch: Any, ids: Any, config: Any) -> Any:
    """The mask of a prompt that came without one: padding is hidden where it is a token of its own."""
    eos = config.eos_token_id
    ends = [] if eos is None else [eos] if isinstance(eos, int) else eos
    if config.pad_token_id is None or config.pad_token_id in ends:
        return torch.ones_like(ids)
    return (ids != config.pad_token_id).to(ids.dtype)


def encoded(ops: Any, model: Any, prompt: Any, mask: Any) -> Any:
    """The encoder's output."""
    if ops.name == "jax":
        return model.encode(prompt, mask, params=ops.params)
    tensor = ops.torch.Tensor
    out = model.network.get_encoder()(tensor._wrap(prompt), tensor._wrap(ops.array(mask)), return_dict=True)
    return face.map_tree(lambda t: t.a, out, lambda leaf: isinstance(leaf, tensor))


def first_ids(ops: Any, config: Any, prompt: Any, given: dict[str, Any]) -> Any:
    """The decoder's first ids (B, T): the caller's as they are, or the start token."""
    own = given.pop("decoder_input_ids", None)
    if own is not None:
        return ops.array(own)
    start = np.asarray(prepare.decoder_start(config, False)).reshape(-1, 1)
    return ops.array(np.broadcast_to(start, (int(prompt.shape[0]), 1)).copy())


def check_shape(ids: Any) -> None:
    """Raise ValueError for a prompt whose size is not known while the function is made."""
    if not is_array(ids) or any(size is None for size in ids.shape):
        raise ValueError(
            "inside a compiled function generate needs prompts of known shape (batch, tokens): give the "
            "function an input_signature without None, or pad prompts to one length"
        )


def check_traceable(call: Call, mode: GenerationMode) -> None:
    """Raise ValueError for what needs tokens' values while they are written."""
    if mode not in (GenerationMode.GREEDY_SEARCH, GenerationMode.SAMPLE):
        raise ValueError(
            f"{mode.value} cannot run inside a compiled function: only greedy search and sampling can. Call "
            "generate outside of it; its steps are compiled"
        )
    for name in ("stopping_criteria", "prefix_allowed_tokens_fn", "streamer"):
        if getattr(call, name):
            raise ValueError(f"{name} cannot run inside a compiled function: call generate outside of it")


__all__ = ["generate", "is_traced"]
