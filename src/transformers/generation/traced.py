"""`generate` as one traced function of fixed shapes, for JAX and TensorFlow: greedy search and sampling.

`generate` comes here inside `jax.jit`, `jax.pmap` or `tf.function`, where a token's value is not known while
the function is made: prompt, cache and text have fixed lengths, and a loop of the framework writes. Beams are
in `traced_beams`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frameworks import face
from . import outputs, prepare, rules
from .calls import Call
from .config_checks import GenerationMode
from .face_arrays import is_array
from .traced_ops import JaxOperations, TfOperations
from .traced_steps import Steps

_MODES = GenerationMode
_BEAMS = (_MODES.BEAM_SEARCH, _MODES.BEAM_SAMPLE)


def is_traced(model: Any, values: Any) -> bool:
    """Whether `generate` was called while the framework makes a function of it."""
    if model.framework == "tf":
        import tensorflow as tf

        return not tf.executing_eagerly()
    if model.framework != "flax":
        return False
    import jax

    # A function without arguments has no traced input, yet everything computed in it is.
    leaves = [*jax.tree.leaves(values), jax.numpy.zeros(())]
    return any(isinstance(leaf, jax.core.Tracer) for leaf in leaves)


def generate(model: Any, call: Call, kwargs: dict[str, Any], *, seed: Any, params: Any) -> Any:
    """What `generate` returns outside, its ids (B, max_length) filled up with padding.

    Raises:
        ValueError: the strategy, or something the caller passed, cannot be traced.
    """
    config, given = prepare.settle_config(model, call.generation_config, kwargs, call.use_model_defaults)
    mode = config.get_generation_mode(call.assistant_model)
    check_traceable(call, config, mode)
    kind = JaxOperations if model.framework == "flax" else TfOperations
    ops = kind(model, params, seed)
    pair = bool(model.config.is_encoder_decoder)
    prompt = ops.array(given.pop(model.main_input_name, call.inputs) if call.inputs is None else call.inputs)
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
    check_rest(given)
    check_shape(ids)
    prepare.settle_lengths(model, config, int(ids.shape[1]), 0, kwargs)
    processors = rules.processors_of(
        ops,  # type: ignore[arg-type]
        config,
        length=int(ids.shape[1]),
        encoder_ids=wrap(prompt),
        own=call.logits_processor,
        vocabulary=model.config.get_text_config(decoder=True).vocab_size,
    )
    steps = Steps(ops, model, config, processors, fixed)
    if mode in _BEAMS:
        from .traced_beams import beam_search

        return finished(model, config, *beam_search(steps, ids, mask))
    count = config.num_return_sequences or 1
    steps.repeat(count)
    repeated = [wrap(ops.array(part)).repeat_interleave(count, dim=0).a for part in (ids, mask)]
    return finished(model, config, write(steps, *repeated))


def write(steps: Steps, ids: Any, mask: Any) -> Any:
    """Write after ids (B, T), token by token; returns (B, max_length)."""
    torch, wrap = steps.ops.torch, steps.ops.torch.Tensor._wrap
    T, L = int(ids.shape[1]), steps.length
    text = steps.buffer(ids)
    out = steps.first(ids, mask)
    ended = torch.zeros((int(ids.shape[0]),), dtype=torch.bool)
    text, ended = chosen(steps, out, text, ended, steps.ops.array(np.asarray(T)))

    def goes_on(place: Any, text: Any, ended: Any, *held: Any) -> Any:
        return ((wrap(place) < L) & ~wrap(ended).all()).a

    def body(place: Any, text: Any, ended: Any, *held: Any) -> Any:
        here = wrap(place) - 1
        last = wrap(text).index_select(1, here.reshape(1)).a
        out = steps.next(last, here, held)
        now, over = chosen(steps, out, wrap(text), wrap(ended), place)
        return (place + 1, now.a, over.a, *steps.held(out, held))

    start = steps.ops.array(np.asarray(T + 1))
    return steps.ops.loop(goes_on, body, (start, text.a, ended.a, *steps.held(out)))[1]


def chosen(steps: Steps, out: Any, text: Any, ended: Any, place: Any) -> tuple[Any, Any]:
    """The text with a token more at `place`, and which rows are done with it."""
    ops, torch, config = steps.ops, steps.ops.torch, steps.config
    wrap = torch.Tensor._wrap
    scores = steps.processors(text, steps.logits(out), cur_len=wrap(place))
    if config.do_sample:
        drawn = wrap(ops.uniform((int(text.shape[0]),), place))
        token = ops.part("generation.sampling").sample(scores, drawn)
    else:
        token = scores.argmax(dim=-1)
    token = token.to(text.dtype)
    if steps.ends:
        token = torch.where(ended, torch.full_like(token, config.pad_token_id), token)
    for end in steps.ends:
        ended = ended | (token == end)
    here = torch.arange(steps.length)[None, :] == wrap(place)
    return torch.where(here, token[:, None], text), ended


def finished(model: Any, config: Any, ids: Any, beam: dict[str, Any] | None = None) -> Any:
    """The ids, or the output of this kind of model, search and framework."""
    if config.return_dict_in_generate:
        form = "EncoderDecoder" if model.config.is_encoder_decoder else "DecoderOnly"
        kind = getattr(outputs, f"Generate{'' if beam is None else 'Beam'}{form}Output")
        return kind(sequences=ids, **(beam or {}))
    if model.framework != "flax":
        return ids
    if beam is not None:
        return outputs.FlaxBeamSearchOutput(sequences=ids, scores=beam["sequences_scores"])
    return (outputs.FlaxSampleOutput if config.do_sample else outputs.FlaxGreedySearchOutput)(sequences=ids)


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


def check_rest(given: dict[str, Any]) -> None:
    """Raise ValueError for inputs that the traced loop would leave out."""
    rest = sorted(set(given) - {"use_cache"})
    if rest:
        raise ValueError(
            f"{', '.join(rest)} cannot be passed to generate inside a compiled function: prompts there are "
            "the main input with attention_mask and decoder_input_ids. Call generate outside of it"
        )


def check_traceable(call: Call, config: Any, mode: GenerationMode) -> None:
    """Raise ValueError for what needs tokens' values while they are written."""
    if mode not in (_MODES.GREEDY_SEARCH, _MODES.SAMPLE, *_BEAMS):
        raise ValueError(
            f"{mode.value} cannot run inside a compiled function: only greedy search, sampling and beam "
            "search can. Call generate outside of it; its steps are compiled"
        )
    named = {
        name: getattr(call, name) for name in ("stopping_criteria", "prefix_allowed_tokens_fn", "streamer")
    }
    named |= {name: getattr(config, name) for name in ("stop_strings", "max_time", "guidance_scale")}
    for name, value in named.items():
        if value and (name, value) != ("guidance_scale", 1):
            raise ValueError(f"{name} cannot run inside a compiled function: call generate outside of it")


__all__ = ["generate", "is_traced"]
