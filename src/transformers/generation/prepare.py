"""From the arguments of `generate` to settings, inputs and lengths that fit each other."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from ..utils import logging
from ..utils.errors import did_you_mean
from .configuration_utils import GenerationConfig
from .runtime import Runtime

logger = logging.get_logger(__name__)

MOST_BEAMS = 1 << 14
_SPECIAL = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
# Keywords of `generate` that reach the model although no forward lists them.
_PASSED_ON = frozenset(
    {"encoder_outputs", "past_key_values", "use_cache", "attention_mask", "cache_position"}
)


def settle_search(
    model: Any, given: Mapping[str, Any], names: Sequence[str], kwargs: Mapping[str, Any]
) -> tuple[GenerationConfig, bool]:
    """(settings of a search by its name, whether the model is an encoder and a decoder).

    given: the arguments of the search, of which those of `names` replace the model's settings. kwargs: inputs
    of the model.

    Raises:
        ValueError: texts can end, and there is no token to fill them with; an encoder's output is missing.
    """
    config = copy.deepcopy(model.generation_config)
    config.max_new_tokens = None
    for name in names:
        if given.get(name) is not None:
            setattr(config, name, given[name])
    for name in ("do_sample", "top_k", "penalty_alpha", "low_memory"):
        setattr(config, name, given.get(name))
    if config.eos_token_id is not None and config.pad_token_id is None:
        raise ValueError("eos_token_id ends texts before others: give pad_token_id too, to fill them up")
    pair = bool(model.config.is_encoder_decoder)
    if pair and kwargs.get("encoder_outputs") is None:
        raise ValueError(
            "the searches by name start behind the encoder: give encoder_outputs, or call generate"
        )
    return config, pair


def settle_config(
    model: Any, given: GenerationConfig | None, kwargs: Mapping[str, Any], use_defaults: bool | None
) -> tuple[GenerationConfig, dict[str, Any]]:
    """The settings of this call, and the keywords that are none.

    given: the caller's, in place of the model's. What it leaves at its default the model's may set: with
        `use_defaults`, or without a word for settings written by a release that does so (4.50 and later).

    Raises:
        TypeError, ValueError: a setting is wrong, or contradicts another one.
    """
    own = model.generation_config
    if given is None:
        config = copy.deepcopy(own)
    elif not isinstance(given, GenerationConfig):
        raise TypeError(f"generation_config must be a GenerationConfig, got {type(given).__name__}")
    else:
        config = copy.deepcopy(given)
        if use_defaults or (use_defaults is None and _is_recent(own)):
            fresh = GenerationConfig()
            for name in GenerationConfig._fields:
                if getattr(config, name) == getattr(fresh, name):
                    setattr(config, name, copy.deepcopy(getattr(own, name)))
        else:
            for name in _SPECIAL:
                if getattr(config, name) is None:
                    setattr(config, name, getattr(own, name))
    if kwargs.get("cache_implementation") is None and "cache_implementation" in kwargs:
        kwargs = {name: value for name, value in kwargs.items() if name != "cache_implementation"}
    rest = config.update(**kwargs)
    check_beams(config)
    return config, {name: value for name, value in rest.items() if value is not None}


def check_beams(config: GenerationConfig) -> None:
    """Raise ValueError for more texts side by side than anything could hold: a file may have set them."""
    for name in ("num_beams", "num_return_sequences"):
        if (getattr(config, name) or 1) > MOST_BEAMS:
            raise ValueError(f"{name} is {getattr(config, name)}, and at most {MOST_BEAMS} are possible")


def _is_recent(config: GenerationConfig) -> bool:
    version = str(config.transformers_version or "0").split(".")[:2]
    return tuple(int(part) if part.isdigit() else 0 for part in version) >= (4, 50)


def check_kwargs(model: Any, names: set[str], kwargs: Mapping[str, Any]) -> None:
    """Raise ValueError for keywords that are neither settings nor inputs of the model."""
    known = names | _PASSED_ON
    unknown = [name for name in kwargs if name not in known]
    if unknown:
        hints = "".join(did_you_mean(name, sorted(known | set(GenerationConfig._fields))) for name in unknown)
        raise ValueError(
            f"generate got unknown keywords: {', '.join(unknown)}. {type(model).__name__} does not take "
            f"them, and no setting of generation has such a name.{hints}"
        )


def main_input(
    model: Any, runtime: Runtime, inputs: Any, kwargs: dict[str, Any], bos: int | None
) -> tuple[str, Any]:
    """Name and value of what is read first; it is taken out of `kwargs` unless it stays an input.

    Raises:
        ValueError: it was given twice, or nothing was given and there is no token to begin with.
    """
    name = model.main_input_name
    if model.config.is_encoder_decoder and hasattr(model, "get_encoder"):
        name = getattr(model.get_encoder(), "main_input_name", name)
    if inputs is not None and kwargs.get(name) is not None:
        raise ValueError(f"inputs were given twice, as `inputs` and as `{name}`: give one of them")
    value = kwargs.pop(name, None) if inputs is None else inputs
    embedded = kwargs.get("inputs_embeds") if name == "input_ids" else None
    if embedded is not None and not model.config.is_encoder_decoder:
        if value is None:  # texts begin with what is written
            long, device = runtime.torch.long, getattr(embedded, "device", None)
            value = runtime.torch.zeros((embedded.shape[0], 0), dtype=long, device=device)
        return name, value
    if embedded is not None and value is None:
        return "inputs_embeds", kwargs.pop("inputs_embeds")
    if value is None:
        value = _begun(model, runtime, kwargs, bos)
    return name, value


def _begun(model: Any, runtime: Runtime, kwargs: Mapping[str, Any], bos: int | None) -> Any:
    """Ids to begin with where there is no prompt: one `bos_token_id` a row."""
    torch = runtime.torch
    encoded = kwargs.get("encoder_outputs")
    if model.config.is_encoder_decoder and encoded is not None:
        shape = encoded[0].shape[:-1]  # never read: the encoder has run already
        return torch.full(shape, -100, dtype=torch.long, device=encoded[0].device)
    if bos is None:
        raise ValueError("there is nothing to go on from: pass input_ids, or set bos_token_id to begin with")
    rows = next((value.shape[0] for value in kwargs.values() if hasattr(value, "shape") and value.shape), 1)
    return torch.full((rows, 1), bos, dtype=torch.long, device=getattr(model, "device", None))


def settle_tokens(config: GenerationConfig, has_mask: bool) -> None:
    """Fill in special tokens that follow from others: padding is the end of texts where there is none."""
    if config.pad_token_id is None and config.eos_token_id is not None:
        eos = config.eos_token_id
        config.pad_token_id = eos if isinstance(eos, int) else eos[0]
        logger.info(f"pad_token_id is set to eos_token_id, {config.pad_token_id}")
    if not has_mask and config.pad_token_id is not None and config.eos_token_id is not None:
        eos = config.eos_token_id
        if config.pad_token_id in ([eos] if isinstance(eos, int) else eos):
            logger.info("no attention_mask was given, and padding looks like the end of a text")


def default_mask(torch: Any, name: str, ids: Any, config: GenerationConfig) -> Any:
    """A mask (B, T) for a prompt that came without one: padding is hidden where it can be told apart."""
    if name != "input_ids" or len(ids.shape) != 2:
        return torch.ones(ids.shape[:2], dtype=torch.long, device=ids.device)
    pad, eos = config.pad_token_id, config.eos_token_id
    ends = [] if eos is None else [eos] if isinstance(eos, int) else eos
    if pad is None or pad in ends or not bool((ids == pad).any()):
        return torch.ones(ids.shape, dtype=torch.long, device=ids.device)
    return (ids != pad).to(torch.long)


def single(tokens: Any) -> Any:
    """The first of several tokens, or the one."""
    return tokens[0] if isinstance(tokens, list) else tokens


def decoder_start(config: GenerationConfig, begun: bool) -> Any:
    """The token that a decoder begins with, or one a row; None where the caller's ids stand as they are.

    Raises:
        ValueError: there is none, and nothing stands yet.
    """
    start = config.decoder_start_token_id
    start = single(config.bos_token_id) if start is None else start
    if start is None and not begun:
        raise ValueError(
            "a decoder needs a token to begin with: set decoder_start_token_id, or bos_token_id, or pass "
            "decoder_input_ids"
        )
    return start


def state_flags(config: GenerationConfig) -> dict[str, bool]:
    """The flags of a forward that settings ask for: states are kept only where a dataclass is returned."""
    names = ("output_attentions", "output_hidden_states")
    return {name: True for name in names if config.return_dict_in_generate and getattr(config, name)}


def longest(model: Any) -> int | None:
    """The most tokens that a model has positions for; None: there is no such number."""
    return model.config.to_dict().get("max_position_embeddings")  # type: ignore[no-any-return]


def settle_lengths(
    model: Any, config: GenerationConfig, length: int, embedded: int, given: Mapping[str, Any]
) -> None:
    """Turn numbers of new tokens into lengths of whole texts.

    length: tokens of the prompt. embedded: tokens of a prompt that came as embeddings, in front of it.
    given: the caller's keywords.

    Raises:
        ValueError: nothing could be written within `max_length`.
    """
    fresh = GenerationConfig()
    by_default = given.get("max_length") is None and config.max_length == fresh.max_length
    if config.max_new_tokens is not None:
        if not by_default and config.max_length is not None:
            logger.warning(
                f"max_new_tokens, {config.max_new_tokens}, goes before max_length, {config.max_length}: "
                "both are set"
            )
        config.max_length = config.max_new_tokens + length
    elif by_default and config.max_length is not None:
        config.max_length += length  # without a word of the caller, that many new tokens
        if (limit := longest(model)) is not None:
            config.max_length = min(config.max_length, max(limit, length + 1))
    elif embedded and config.max_length is not None:
        config.max_length = max(config.max_length - embedded, 0)
    if config.min_new_tokens is not None:
        config.min_length = config.min_new_tokens + length
    elif embedded and config.min_length:
        config.min_length = max(config.min_length - embedded, 0)
    if config.max_length is not None and length >= config.max_length:
        kind = "decoder_input_ids" if model.config.is_encoder_decoder else "input_ids"
        raise ValueError(
            f"{kind} hold {length} tokens, and max_length is {config.max_length}: nothing can be written. "
            "Set a larger max_length, or better max_new_tokens"
        )
    if config.max_length is not None and (config.min_length or 0) > config.max_length:
        logger.warning(
            f"min_length is {config.min_length}, more than max_length, {config.max_length}: "
            "texts stop at max_length"
        )


__all__ = [
    "check_kwargs",
    "decoder_start",
    "default_mask",
    "longest",
    "main_input",
    "settle_config",
    "settle_lengths",
    "settle_search",
    "settle_tokens",
    "single",
    "state_flags",
]
