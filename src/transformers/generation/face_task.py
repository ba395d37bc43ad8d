"""From a call of `generate` of a JAX, TensorFlow or NumPy model to the loop that does it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frameworks import face
from ..frameworks.loader import ring_module, torch_module
from ..model_output import ModelOutput
from . import prepare, rules, traced
from .calls import Call, run_loop, with_copies
from .config_checks import GenerationMode
from .configuration_utils import GenerationConfig
from .face_driver import FaceDriver, bucket
from .runtime import runtime
from .task import Task

DECODER_INPUTS = ("decoder_input_ids", "decoder_attention_mask", "decoder_inputs_embeds")


def generate(model: Any, call: Call, kwargs: dict[str, Any], *, seed: Any = None, params: Any = None) -> Any:
    """Do what `FaceGenerationMixin.generate` was asked for."""
    if traced.is_traced(model, (call.inputs, kwargs, params, seed)):
        return traced.generate(model, call, kwargs, seed=seed, params=params)
    if seed is not None:
        torch_module("np").manual_seed(seed_number(seed))
    task, mode = make_task(model, call, kwargs, params)
    return in_framework(model, run_loop(task, mode), task)


def make_task(model: Any, call: Call, kwargs: dict[str, Any], params: Any) -> tuple[Task, GenerationMode]:
    """The task of a call, with its prompt read and its lengths settled."""
    config, given = prepare.settle_config(model, call.generation_config, kwargs, call.use_model_defaults)
    api, pair = runtime("np"), bool(model.config.is_encoder_decoder)
    names, open_ended = face.input_names(model.network)
    unlisted = getattr(type(model.network).forward, "unlisted", None)
    if not open_ended or unlisted is not None:  # other keywords are for a loss
        prepare.check_kwargs(model, {*names, *(unlisted or ()), *(DECODER_INPUTS if pair else ())}, given)
    mode = config.get_generation_mode(call.assistant_model)
    call.check(mode)
    given = {name: as_input(value) for name, value in given.items()}
    inputs, bos = as_input(call.inputs), prepare.single(config.bos_token_id)
    name, value = prepare.main_input(Module(model), api, inputs, given, bos)
    value = array(value)
    prepare.settle_tokens(config, given.get("attention_mask") is not None)
    if given.get("attention_mask") is None:
        given["attention_mask"] = array(prepare.default_mask(api.torch, name, api.tensor(value), config))
    given["use_cache"] = bool(config.use_cache) and given.get("use_cache", True)
    flags = prepare.state_flags(config)
    ids = begin_pair(model, config, given, name, value, params, flags) if pair else value.astype(np.int64)
    prepare.settle_lengths(model, config, ids.shape[1], 0, kwargs)
    room = config.max_length or ids.shape[1] + 256
    exact, steps = bool(flags) or "inputs_embeds" in given, room - ids.shape[1]
    driver = FaceDriver(model, api, given, room, exact=exact, params=params, steps=steps)
    made = rules.processors_of(
        api,
        config,
        length=ids.shape[1],
        encoder_ids=api.tensor(value) if name == "input_ids" and value.shape[1] > 0 else None,
        prefix_fn=call.prefix_allowed_tokens_fn,
        own=[own_processor(model, api, part) for part in call.logits_processor or ()],
        vocabulary=model.config.get_text_config(decoder=True).vocab_size,
    )
    criteria = ArrayCriteria(api, rules.criteria_of(model, config, call.stopping_criteria, call.tokenizer))
    extra = {"call": call, "encoder_ids": value if pair else None}
    task = Task(model, api, driver, config, api.tensor(ids), made, criteria, pair, call.streamer, None, extra)
    return with_copies(task, mode), mode


class ArrayCriteria:
    """Stopping criteria that are called with NumPy arrays."""

    def __init__(self, api: Any, criteria: Any) -> None:
        self._api, self._criteria = api, criteria

    def __iter__(self) -> Any:
        return iter(self._criteria)

    def __call__(self, ids: Any, scores: Any, **kwargs: Any) -> Any:
        """(B,) flags, as a tensor of the loop."""
        kept = None if scores is None else tuple(array(part) for part in scores)
        return self._api.tensor(np.asarray(self._criteria(array(ids), kept, **kwargs)))


class Module:
    """A model as `prepare.main_input` sees it, whose encoder belongs to its module."""

    def __init__(self, model: Any) -> None:
        self.config, self.main_input_name, self._module = model.config, model.main_input_name, model.network

    def get_encoder(self) -> Any:
        """The stack that reads."""
        return self._module.get_encoder()


def begin_pair(
    model: Any,
    config: GenerationConfig,
    given: dict[str, Any],
    name: str,
    value: Any,
    params: Any,
    flags: dict[str, bool],
) -> Any:
    """Run the encoder, and give the decoder its first ids (B, T)."""
    if given.get("encoder_outputs") is None:
        inputs = {"attention_mask": given["attention_mask"], name: value}
        if model.framework == "flax" and name == "input_ids" and not flags:
            size, limit = bucket(value.shape[1]), prepare.longest(model)
            more = max((size if limit is None else min(size, limit)) - value.shape[1], 0)
            inputs = {key: np.pad(part, ((0, 0), (0, more))) for key, part in inputs.items()}
            given["attention_mask"] = inputs["attention_mask"]
        given["encoder_outputs"] = encode(model, inputs, flags, params)
    rows = given["encoder_outputs"][0].shape[0]
    ids = given.pop("decoder_input_ids", None)
    start = prepare.decoder_start(config, ids is not None)
    if start is None:
        return ids
    begin = np.broadcast_to(np.asarray(start, dtype=np.int64).reshape(-1, 1), (rows, 1))
    if ids is None:
        return begin.copy()
    if (ids[:, 0] != begin[:, 0]).any():
        ids = np.concatenate([begin, ids], axis=1)
        if (mask := given.get("decoder_attention_mask")) is not None:
            given["decoder_attention_mask"] = np.concatenate([np.ones_like(mask[:, :1]), mask], axis=1)
    return ids


def encode(model: Any, inputs: dict[str, Any], flags: dict[str, bool], params: Any) -> Any:
    """The encoder's output, in the framework's arrays."""
    if model.framework == "flax":
        given = {} if params is None else {"params": params}
        mask = inputs.pop("attention_mask")
        (value,) = inputs.values()
        return model.encode(value, mask, **flags, **given)
    torch = torch_module(model.framework)
    encoder = model.network.get_encoder()
    if model.framework == "tf":
        import tensorflow as tf

        inputs = {name: tf.constant(value) for name, value in inputs.items()}
    wrapped = {name: torch.Tensor._wrap(value) for name, value in inputs.items()}
    out = encoder(**wrapped, **flags, return_dict=True)
    return face.map_tree(lambda t: t.a, out, lambda leaf: isinstance(leaf, torch.Tensor))


def own_processor(model: Any, api: Any, processor: Any) -> Any:
    """A caller's processor, which is called with the framework's arrays, as one of the loop's."""
    base = ring_module("np", "generation.logits").LogitsProcessor
    if isinstance(processor, base):
        return processor

    def changed(ids: Any, scores: Any) -> Any:
        given = [framework_array(model, array(part)) for part in (ids, scores)]
        try:
            found = processor(*given, ids.shape[1])
        except TypeError:
            found = processor(*given)
        return api.tensor(np.asarray(found))

    return changed


def in_framework(model: Any, output: Any, task: Task) -> Any:
    """The loop's output in the framework's arrays and the framework's manner."""
    tensor = torch_module("np").Tensor
    if isinstance(output, tensor):
        if model.framework != "flax":
            return framework_array(model, output.a)
        output = {"sequences": output}
    found = face.map_tree(
        lambda t: framework_array(model, t.a), output, lambda leaf: isinstance(leaf, tensor)
    )
    if model.framework != "flax":
        return found
    return flax_output(found, task, isinstance(output, ModelOutput))


def flax_output(found: Any, task: Task, full: bool) -> Any:
    """An output of JAX: sequences padded to `max_length`."""
    import jax.numpy as jnp

    from . import outputs

    ids, config = found["sequences"], task.config
    more = (config.max_length or 0) - ids.shape[1]
    if more > 0:
        ids = jnp.pad(ids, ((0, 0), (0, more)), constant_values=task.pad or 0)
    if full:
        found["sequences"] = ids
        return found
    if (config.num_beams or 1) > 1:
        scores = task.extra.get("sequences_scores")
        scores = None if scores is None else framework_array(task.model, scores.a)
        return outputs.FlaxBeamSearchOutput(sequences=ids, scores=scores)
    kind = outputs.FlaxSampleOutput if config.do_sample else outputs.FlaxGreedySearchOutput
    return kind(sequences=ids)


def framework_array(model: Any, value: Any) -> Any:
    """A NumPy array as the framework's; ids are int32 in JAX and TensorFlow, as published."""
    if model.framework == "flax":
        import jax.numpy as jnp

        return jnp.asarray(value.astype(np.int32) if value.dtype == np.int64 else value)
    if model.framework == "tf":
        import tensorflow as tf

        return tf.constant(value.astype(np.int32) if value.dtype == np.int64 else value)
    return value


def as_input(value: Any) -> Any:
    """Arrays, tensors and lists as NumPy arrays; trees such as encoder outputs as they are."""
    if isinstance(value, list) or (hasattr(value, "shape") and hasattr(value, "dtype")):
        value = np.asarray(value)
        return value.astype(np.int64) if value.dtype.kind in "iu" else value
    return value


def array(value: Any) -> Any:
    """A tensor of the loop, or an array, as a NumPy array."""
    return np.asarray(value.a if hasattr(value, "a") else value)


def seed_number(seed: Any) -> int:
    """A number from a JAX key, from TensorFlow's pair of numbers, or from a number."""
    if hasattr(seed, "dtype") and str(getattr(seed, "dtype", "")).startswith("key"):
        import jax

        seed = jax.random.key_data(seed)
    parts = np.asarray(seed).astype(np.int64).reshape(-1)
    return int(sum(int(part) << (32 * index) for index, part in enumerate(parts[::-1]))) % (1 << 63)


__all__ = ["generate", "make_task"]
