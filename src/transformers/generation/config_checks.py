"""Which generation settings go together: the errors, the warnings and the strategy they choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..utils.generic import ExplicitEnum

if TYPE_CHECKING:
    from .configuration_utils import GenerationConfig

STATIC_CACHES = (
    "static",
    "offloaded_static",
    "sliding_window",
    "hybrid",
    "hybrid_chunked",
    "offloaded_hybrid",
    "offloaded_hybrid_chunked",
)
DYNAMIC_CACHES = ("dynamic", "dynamic_full", "offloaded", "quantized")
SCHEDULES = ("constant", "heuristic", "heuristic_transient")
# Arguments of `generate` that are objects of one call.
_CALL_ONLY = (
    "assistant_model",
    "logits_processor",
    "negative_prompt_attention_mask",
    "negative_prompt_ids",
    "prefix_allowed_tokens_fn",
    "stopping_criteria",
    "streamer",
    "synced_gpus",
    "use_model_defaults",
)
# setting -> value without effect
_SAMPLING = {
    "temperature": 1.0,
    "top_p": 1.0,
    "min_p": None,
    "top_k": 50,
    "typical_p": 1.0,
    "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
}
_BEAMS = {
    "early_stopping": False,
    "length_penalty": 1.0,
    "num_beam_groups": 1,
    "diversity_penalty": 0.0,
    "constraints": None,
}
_CACHES = ("cache_implementation", "cache_config", "return_legacy_cache")
_EXTRAS = ("output_attentions", "output_hidden_states", "output_scores", "output_logits")


class GenerationMode(ExplicitEnum):
    """The strategies of `generate`."""

    CONTRASTIVE_SEARCH = "contrastive_search"
    GREEDY_SEARCH = "greedy_search"
    SAMPLE = "sample"
    ASSISTED_GENERATION = "assisted_generation"
    DOLA_GENERATION = "dola_generation"
    BEAM_SEARCH = "beam_search"
    BEAM_SAMPLE = "beam_sample"
    CONSTRAINED_BEAM_SEARCH = "constrained_beam_search"
    GROUP_BEAM_SEARCH = "group_beam_search"


def mode_of(config: GenerationConfig, assisted: bool) -> tuple[GenerationMode, list[str]]:
    """The strategy that the settings choose, and warnings about settings that it ignores."""
    modes = GenerationMode
    beams, groups = config.num_beams or 1, config.num_beam_groups or 1
    if config.constraints is not None or config.force_words_ids is not None:
        mode = modes.CONSTRAINED_BEAM_SEARCH
    elif beams > 1 and groups > 1:
        mode = modes.GROUP_BEAM_SEARCH
    elif beams > 1:
        mode = modes.BEAM_SAMPLE if config.do_sample else modes.BEAM_SEARCH
    elif config.do_sample:
        mode = modes.SAMPLE
    elif _contrastive(config):
        mode = modes.CONTRASTIVE_SEARCH
    else:
        mode = modes.GREEDY_SEARCH
    simple = (modes.GREEDY_SEARCH, modes.SAMPLE)
    warnings = []
    lookup = config.prompt_lookup_num_tokens is not None or config.assistant_early_exit is not None
    for wanted, target, cause in (
        (assisted or lookup, modes.ASSISTED_GENERATION, "an assistant (or prompt lookup, or an early exit)"),
        (config.dola_layers is not None, modes.DOLA_GENERATION, "dola_layers"),
    ):
        if wanted and mode in simple:
            mode = target
        elif wanted:
            warnings.append(
                f"{cause} works with greedy search and sampling only, the other settings ask for "
                f"{mode.value}: {cause} is ignored."
            )
    return mode, warnings


def _contrastive(config: GenerationConfig) -> bool:
    """Whether the settings of contrastive search are there: a penalty, and several candidates."""
    return bool((config.penalty_alpha or 0) > 0 and (config.top_k or 0) > 1)


def check_impossible(config: GenerationConfig) -> None:
    """Raise ValueError where a setting cannot be followed, whatever the model."""
    if type(config.early_stopping) is not bool and config.early_stopping != "never":
        raise ValueError(f"early_stopping must be True, False or 'never', got {config.early_stopping!r}")
    for name in ("max_new_tokens", "num_beams", "num_beam_groups", "num_return_sequences"):
        if (value := getattr(config, name)) is not None and value <= 0:
            raise ValueError(f"{name} must be greater than 0, got {value}")
    for name in ("max_length", "min_length", "min_new_tokens", "max_time"):
        if (value := getattr(config, name)) is not None and value < 0:
            raise ValueError(f"{name} must not be negative, got {value}")
    _check_choice("cache_implementation", config.cache_implementation, STATIC_CACHES + DYNAMIC_CACHES)
    _check_choice("num_assistant_tokens_schedule", config.num_assistant_tokens_schedule, SCHEDULES)
    if isinstance(config.dola_layers, str):
        _check_choice("dola_layers", config.dola_layers, ("low", "high"))
    if config.watermarking_config is not None:
        config.watermarking_config.validate()
    for name in _CALL_ONLY:
        if hasattr(config, name):
            raise ValueError(f"{name} is no setting of GenerationConfig: pass it to generate() itself")
    _check_beams(config)


def _check_choice(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")


def _check_beams(config: GenerationConfig) -> None:
    """Numbers of beams, groups and results that contradict each other."""
    beams, groups, results = config.num_beams or 1, config.num_beam_groups or 1, config.num_return_sequences
    if results is not None and results > 1 and results > beams:
        if beams > 1:
            raise ValueError(f"num_return_sequences ({results}) must not be greater than num_beams ({beams})")
        if not config.do_sample:
            raise ValueError(
                f"num_return_sequences is {results}, but greedy search finds one sequence: set "
                "do_sample=True or num_beams"
            )
    if beams > 1 and groups > 1:
        if beams % groups:
            raise ValueError(f"num_beams ({beams}) must be a multiple of num_beam_groups ({groups})")
        if config.do_sample:
            raise ValueError(f"num_beam_groups ({groups}) does not go with do_sample=True: unset one of them")
        if not (config.diversity_penalty or 0) > 0:
            raise ValueError(
                f"num_beam_groups ({groups}) needs a diversity_penalty greater than 0, "
                f"got {config.diversity_penalty}: the groups would all find the same"
            )
    if config.constraints is not None or config.force_words_ids is not None:
        cause = "constraints" if config.constraints is not None else "force_words_ids"
        if config.do_sample:
            raise ValueError(f"{cause} does not go with do_sample=True: unset one of them")
        if groups > 1:
            raise ValueError(f"{cause} does not go with num_beam_groups ({groups}): unset one of them")


def ignored_settings(config: GenerationConfig) -> dict[str, str]:
    """Settings that have no effect beside the others, and why."""
    issues = {}
    if config.pad_token_id is not None and config.pad_token_id < 0:
        issues["pad_token_id"] = f"must not be negative, got {config.pad_token_id}: padding will fail"
    low, high = config.min_new_tokens, config.max_new_tokens
    if low is not None and high is not None and low > high:
        issues["min_new_tokens"] = f"is {low}, more than max_new_tokens ({high}) lets through"
    if not config.do_sample:
        for name, value in _set_values(config, _SAMPLING):
            if name != "top_k" or not config.penalty_alpha:  # contrastive search uses top_k
                issues[name] = f"is {value!r}, which only sampling uses: set do_sample=True or unset {name}"
    if (config.num_beams or 1) == 1:
        for name, value in _set_values(config, _BEAMS):
            issues[name] = f"is {value!r}, which only beam search uses: set num_beams > 1 or unset {name}"
    if config.use_cache is False:
        for name, value in _set_values(config, dict.fromkeys(_CACHES)):
            issues[name] = f"is {value!r}, but use_cache=False: set use_cache=True or unset {name}"
    if not config.return_dict_in_generate:
        for name, value in _set_values(config, dict.fromkeys(_EXTRAS, False)):
            issues[name] = f"is {value!r}, but return_dict_in_generate is not set: there is no place for it"
    return issues


def _set_values(config: GenerationConfig, neutral: dict[str, Any]) -> list[tuple[str, Any]]:
    """Settings of `neutral` with another value, None excepted."""
    pairs = [(name, getattr(config, name)) for name in neutral]
    return [(name, value) for name, value in pairs if value is not None and value != neutral[name]]


__all__ = [
    "DYNAMIC_CACHES",
    "GenerationMode",
    "STATIC_CACHES",
    "check_impossible",
    "ignored_settings",
    "mode_of",
]
