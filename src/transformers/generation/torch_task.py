"""From a call of a PyTorch model's `generate` to the loop that does it."""

from __future__ import annotations

import inspect
from typing import Any

import torch

from ..layers.cache import Cache
from ..layers.cache_pair import as_cache
from ..quantization.prepack import fast_products
from . import prepare, rules
from . import torch_driver as drivers
from .calls import BEAMS, Call, run_loop, with_copies
from .config_checks import STATIC_CACHES, GenerationMode
from .configuration_utils import GenerationConfig
from .model_defaults import move_settings
from .runtime import runtime
from .task import Task
from .utils import forward_names


def generate(model: Any, call: Call, kwargs: dict[str, Any]) -> Any:
    """Do what `GenerationMixin.generate` was asked for."""
    task, mode = make_task(model, call, kwargs)
    if task.driver.compiled is not None:
        return as_asked(task, run_loop(task, mode))
    with fast_products(model, (task.config.max_length or 0) - task.ids.shape[1]):
        return as_asked(task, run_loop(task, mode))


def as_asked(task: Task, found: Any) -> Any:
    """An output with its cache as tuples, if the settings ask for that."""
    cache = getattr(found, "past_key_values", None)
    if task.config.return_legacy_cache and isinstance(cache, Cache):
        found.past_key_values = cache.to_legacy_cache()
    return found


def make_task(model: Any, call: Call, kwargs: dict[str, Any]) -> tuple[Task, GenerationMode]:
    """The task of a call, with its prompt read, its lengths settled and its cache made."""
    if model.generation_config._from_model_config:
        move_settings(model.config, model.generation_config)
    config, given = prepare.settle_config(model, call.generation_config, kwargs, call.use_model_defaults)
    names, open_ended = forward_names(model)
    if not open_ended or hasattr(type(model).forward, "unlisted"):  # other keywords are for a loss
        prepare.check_kwargs(model, accepted(model, names), given)
    mode = config.get_generation_mode(call.assistant_model)
    call.check(mode)
    pair = bool(model.config.is_encoder_decoder)
    api = runtime("pt")
    name, value = prepare.main_input(model, api, call.inputs, given, prepare.single(config.bos_token_id))
    prepare.settle_tokens(config, given.get("attention_mask") is not None)
    if given.get("attention_mask") is None and (pair or "attention_mask" in names or open_ended):
        shaped = given["inputs_embeds"] if name == "input_ids" and value.shape[1] == 0 else value
        if given.get("encoder_outputs") is None or value.dim() == 2:
            given["attention_mask"] = prepare.default_mask(torch, name, shaped, config)
    ids = begin_pair(model, config, given, name, value) if pair else value
    if config.token_healing and not pair and ids.shape[1]:
        ids = healed(model, ids, call, given)
    embedded = 0
    if not pair and given.get("inputs_embeds") is not None:
        embedded = max(given["inputs_embeds"].shape[1] - ids.shape[1], 0)
        given["_embedded"] = embedded
    prepare.settle_lengths(model, config, ids.shape[1], embedded, kwargs)
    rules.adopt_length(config, call.stopping_criteria)
    settle_places(given, ids)
    settle_cache(model, config, given, ids, embedded, mode)
    guidance = {
        "model": model,
        "unconditional_ids": call.negative_prompt_ids,
        "unconditional_attention_mask": call.negative_prompt_attention_mask,
        "use_cache": bool(given.get("use_cache", True)),
    }
    made = rules.processors_of(
        api,
        config,
        length=ids.shape[1],
        encoder_ids=value if name == "input_ids" and value.shape[1] > 0 else None,
        prefix_fn=call.prefix_allowed_tokens_fn,
        own=call.logits_processor,
        guidance=guidance if config.guidance_scale is not None else None,
        vocabulary=model.config.get_text_config(decoder=True).vocab_size,
        device=ids.device,
    )
    criteria = rules.criteria_of(model, config, call.stopping_criteria, call.tokenizer)
    extra = {"call": call, "encoder_ids": value if pair else None}
    driver = drivers.Driver(model, given, compiled_step(model, config, given))
    shared = synchronised(call.synced_gpus, ids)
    task = Task(model, api, driver, config, ids, made, criteria, pair, call.streamer, shared, extra)
    return with_copies(task, mode), mode


def compiled_step(model: Any, config: GenerationConfig, given: dict[str, Any]) -> Any:
    """The compiled model for steps of one token, where a fixed cache and the settings allow it, or None.

    Compiling is asked for by `compile_config`; on a GPU a cache of fixed length is enough, as published.
    """
    cache = given.get("past_key_values")
    fixed = isinstance(cache, Cache) and cache.get_max_cache_shape() > 0
    asked = config.compile_config is not None or model.device.type == "cuda"
    if config.disable_compile or not (fixed and asked):
        return None
    return model.get_compiled_call(config.compile_config)


def accepted(model: Any, names: set[str]) -> set[str]:
    """Every keyword that a model, or its encoder, understands."""
    found = set(names)
    if model.config.is_encoder_decoder:
        encoder = model.get_encoder()
        found |= forward_names(encoder)[0]
        found |= {f"decoder_{name}" for name in ("input_ids", "attention_mask", "inputs_embeds")}
    return found | set(_more_names(model))


def _more_names(model: Any) -> list[str]:
    return list(inspect.signature(model.prepare_inputs_for_generation).parameters)


def begin_pair(model: Any, config: GenerationConfig, given: dict[str, Any], name: str, value: Any) -> Any:
    """Run the encoder, and give the decoder its first ids (B, T)."""
    if given.get("encoder_outputs") is None:
        own = model._prepare_encoder_decoder_kwargs_for_generation  # clients' have taken fewer arguments
        known = len(inspect.signature(own).parameters)
        given["encoder_outputs"] = own(*(value, dict(given), name, config)[:known])["encoder_outputs"]
    given["encoder_outputs"] = drivers.as_encoder_output(given["encoder_outputs"])
    rows, device = given["encoder_outputs"][0].shape[0], given["encoder_outputs"][0].device
    begun = given.get("decoder_input_ids") is not None or (name != "input_ids" and "input_ids" in given)
    return first_ids(given, name, prepare.decoder_start(config, begun), rows, device)


def first_ids(given: dict[str, Any], name: str, start: Any, rows: int, device: Any) -> Any:
    """Ids (B, T) that a decoder begins with: `start`, and what was given; that leaves the inputs."""
    ids = given.pop("decoder_input_ids", None)
    if ids is None and "input_ids" in given and name != "input_ids":
        ids = given.pop("input_ids")
    if start is None:
        return ids
    first = torch.tensor(start, dtype=torch.long, device=device).reshape(-1, 1).expand(rows, 1)
    if ids is None:
        return first.contiguous()
    if bool((ids[:, 0] != first[:, 0]).all()):
        ids = torch.cat([first, ids], dim=1)
        if (mask := given.get("decoder_attention_mask")) is not None:
            given["decoder_attention_mask"] = torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
    return ids


def healed(model: Any, ids: Any, call: Call, given: dict[str, Any]) -> Any:
    """The prompt with its last tokens healed; a mask of the old one goes."""
    ids = model.heal_tokens(ids, call.tokenizer)
    if (pad := getattr(call.tokenizer, "pad_token_id", None)) is not None:
        given["attention_mask"] = (ids != pad).long()
        given["attention_mask"][:, -1] = 1
    else:
        given["attention_mask"] = torch.ones_like(ids)
    return ids


def settle_places(given: dict[str, Any], ids: Any) -> None:
    """Note how many tokens stand in front of the ids, which by `cache_position` may lack what is cached."""
    places = given.pop("cache_position", None)
    if places is not None and given.get("past_key_values") is not None:
        missing = int(places[-1]) + 1 - ids.shape[1]
        if missing > 0:
            given["_embedded"] = missing


def settle_cache(
    model: Any, config: GenerationConfig, given: dict[str, Any], ids: Any, embedded: int, mode: GenerationMode
) -> None:
    """Put the cache, and the mask where it says anything, into the keywords of the first step."""
    pair = bool(model.config.is_encoder_decoder)
    names, open_ended = forward_names(model)
    if given.get("use_cache") is None:
        given["use_cache"] = bool(config.use_cache)
    if config.use_cache is False:
        given["use_cache"] = False
    mask = given.get("attention_mask")
    if not pair and mask is not None and mask.dim() == 2 and bool((mask != 0).all()):
        given["_plain_mask"] = True  # nothing is hidden: the model need not look
    past = given.get("past_key_values")
    if past is not None:
        given["past_key_values"] = past if isinstance(past, Cache) else as_cache(past, cross=pair)
        return
    if not given["use_cache"] or not ("past_key_values" in names or open_ended):
        return
    rows = ids.shape[0] * (config.num_return_sequences or 1 if mode not in BEAMS else config.num_beams or 1)
    room = (config.max_length or ids.shape[1] + 256) + embedded
    if config.cache_implementation in STATIC_CACHES and mode is not GenerationMode.CONTRASTIVE_SEARCH:
        room = max(room - 1, 1)  # the last token is written, and never read
    if getattr(type(model), "_reorder_cache", None) is not None and not _own_cache(model):
        cache = given["past_key_values"] = drivers.make_cache(model, config, rows, room)
        if not pair and cache.get_max_cache_shape() > 0 and mask is not None and mask.dim() == 2:
            more = mask.new_ones((mask.shape[0], cache.get_max_cache_shape() - mask.shape[1]))
            given["_fixed_mask"] = torch.cat([mask, more], dim=1)  # one shape from the first step to the last


def _own_cache(model: Any) -> bool:
    """Whether the model keeps its past in a form of its own."""
    from .utils import GenerationMixin

    return type(model)._reorder_cache is not GenerationMixin._reorder_cache


def synchronised(wanted: bool | None, ids: Any) -> Any:
    """A stop test that all processes of a group share, or None."""
    if not wanted:
        return None
    import torch.distributed as group

    def still_needed(going: bool) -> bool:
        flag = torch.tensor(float(going), device=ids.device)
        group.all_reduce(flag, op=group.ReduceOp.SUM)
        return bool(flag > 0)

    return still_needed


__all__ = ["generate", "make_task"]
