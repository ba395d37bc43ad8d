"""The settings of `generate`: their types and defaults, and the checks of each and of all together."""

from __future__ import annotations

import ast
from types import MappingProxyType
from typing import Any, ClassVar

from .. import __version__
from ..utils import logging
from ..utils.constants import GENERATION_CONFIG_NAME
from ..utils.typed_fields import TypedFields
from .compile_config import CompileConfig
from .config_checks import GenerationMode, check_impossible, ignored_settings, mode_of
from .watermarking_config import BaseWatermarkingConfig, watermark_of

# Records appear under the name of the public module.
logger = logging.get_logger(f"{__package__}.configuration_utils")

VERSION = __version__.partition("+")[0]


class GenerationSettings(TypedFields, kw_only=True):
    """The settings themselves, checked; `GenerationConfig` adds files and the hub."""

    # How long
    max_length: int | None = 20
    max_new_tokens: int | None = None
    min_length: int | None = 0
    min_new_tokens: int | None = None
    early_stopping: bool | str | None = False  # True: at num_beams results; "never": none better can come
    max_time: float | None = None  # seconds
    stop_strings: str | list[str] | None = None
    # Which strategy
    do_sample: bool | None = False
    num_beams: int | None = 1
    use_cache: bool | None = True
    cache_implementation: str | None = None
    cache_config: dict[str, Any] | None = None
    return_legacy_cache: bool | None = None
    prefill_chunk_size: int | None = None
    # How the logits are changed
    temperature: float | None = 1.0
    top_k: int | None = 50
    top_p: float | None = 1.0
    min_p: float | None = None
    typical_p: float | None = 1.0
    epsilon_cutoff: float | None = 0.0
    eta_cutoff: float | None = 0.0
    repetition_penalty: float | None = 1.0
    encoder_repetition_penalty: float | None = 1.0
    length_penalty: float | None = 1.0
    no_repeat_ngram_size: int | None = 0
    bad_words_ids: list[list[int]] | None = None
    renormalize_logits: bool | None = False
    forced_bos_token_id: int | list[int] | None = None
    forced_eos_token_id: int | list[int] | None = None
    remove_invalid_values: bool | None = False
    exponential_decay_length_penalty: list[float] | None = None
    suppress_tokens: list[int] | None = None
    begin_suppress_tokens: list[int] | None = None
    sequence_bias: dict[Any, float] | list[Any] | None = None
    token_healing: bool | None = False
    guidance_scale: float | None = None
    watermarking_config: BaseWatermarkingConfig | None = None
    # What is returned
    num_return_sequences: int | None = 1
    output_attentions: bool | None = False
    output_hidden_states: bool | None = False
    output_scores: bool | None = False
    output_logits: bool | None = None
    return_dict_in_generate: bool | None = False
    # Special tokens
    pad_token_id: int | None = None
    bos_token_id: int | list[int] | None = None
    eos_token_id: int | list[int] | None = None
    # Encoder-decoder models
    encoder_no_repeat_ngram_size: int | None = 0
    decoder_start_token_id: int | list[int] | None = None
    # Drafts by an assistant
    is_assistant: bool | None = False
    num_assistant_tokens: int | None = 20
    num_assistant_tokens_schedule: str | None = "constant"
    assistant_confidence_threshold: float | None = 0.4
    prompt_lookup_num_tokens: int | None = None
    max_matching_ngram_size: int | None = None
    assistant_early_exit: int | None = None
    assistant_lookbehind: int | None = 10
    target_lookbehind: int | None = 10
    # How it runs
    compile_config: CompileConfig | None = None
    disable_compile: bool | None = False
    # Rarer strategies
    low_memory: bool | None = None
    penalty_alpha: float | None = None
    dola_layers: str | list[int] | None = None
    diversity_penalty: float | None = 0.0
    num_beam_groups: int | None = 1
    constraints: list[Any] | None = None
    force_words_ids: list[Any] | None = None

    # Settings of earlier releases: attributes only where they are given.
    forced_decoder_ids: ClassVar[Any] = None
    generation_kwargs: ClassVar[Any] = MappingProxyType({})
    extra_output_flags: ClassVar[tuple[str, ...]] = (
        "output_attentions",
        "output_hidden_states",
        "output_scores",
        "output_logits",
    )

    @classmethod
    def _checked(cls, name: str, value: Any) -> Any:
        if name == "watermarking_config":
            return watermark_of(value)
        if name == "compile_config" and value is not None and not isinstance(value, CompileConfig):
            raise ValueError(f"compile_config must be a CompileConfig, got {value!r}")
        if name == "cache_config" and hasattr(value, "to_dict"):
            value = value.to_dict()
        if name == "early_stopping" and type(value) is not bool:
            return value  # `check_impossible` says what is allowed, with a ValueError as published
        if getattr(value, "shape", ()) != () and hasattr(value, "tolist"):
            value = value.tolist()  # token ids as an array
        if isinstance(value, list):
            value = _plain(value)
        if name == "sequence_bias" and isinstance(value, dict):
            value = {_token_ids(key): bias for key, bias in value.items()}
        return super()._checked(name, value)

    def _finish(self, rest: dict[str, Any]) -> None:
        self._from_model_config = bool(rest.pop("_from_model_config", False))
        self._commit_hash = rest.pop("_commit_hash", None)
        self.transformers_version = rest.pop("transformers_version", VERSION)
        for name, value in rest.items():
            self._set_unknown(name, value)

    def _set_unknown(self, name: str, value: Any) -> None:
        """Keep a key that is no setting; one that would replace part of the class is an error."""
        if callable(getattr(type(self), name, None)) or name.startswith("__"):
            raise ValueError(f"{name!r} cannot be a setting: {type(self).__name__} uses that name itself")
        setattr(self, name, value)

    def _check(self) -> None:
        self._validate(strict=False)

    def validate(self, strict: bool = False) -> None:
        """Check all settings, alone and together.

        Args:
            strict: settings without effect are an error too.

        Raises:
            TypeError: a value has the wrong type.
            ValueError: a value is impossible or contradicts another one; with `strict`, has no effect.
        """
        for name in self._fields:
            if (value := getattr(self, name)) is not self._default(name):
                setattr(self, name, self._checked(name, value))
        self._validate(strict)

    def _validate(self, strict: bool) -> None:
        check_impossible(self)
        if not (issues := ignored_settings(self)):
            return
        text = "; ".join(f"{name} {why}" for name, why in issues.items())
        if strict:
            raise ValueError(f"{type(self).__name__} has settings without effect: {text}")
        logger.warning_once(
            f"these generation settings have no effect (they may come from {GENERATION_CONFIG_NAME}): {text}"
        )

    def get_generation_mode(self, assistant_model: Any = None) -> GenerationMode:
        """The strategy that these settings choose, beside an assistant model if there is one."""
        mode, warnings = mode_of(self, assistant_model is not None)
        for warning in warnings:
            logger.warning(warning)
        return mode

    def update(self, **kwargs: Any) -> dict[str, Any]:
        """Set existing settings, all or none; returns the names that there are not.

        Raises:
            TypeError, ValueError: as for a new config; nothing was changed.
        """
        known = {name: value for name, value in kwargs.items() if hasattr(self, name)}
        known = {n: self._checked(n, v) if n in self._fields else v for n, v in known.items()}
        before = dict(vars(self))
        for name, value in known.items():
            self._set_unknown(name, value)
        try:
            self._validate(strict=False)
        except ValueError:
            vars(self).clear()
            vars(self).update(before)
            raise
        return {name: value for name, value in kwargs.items() if name not in known}


def _plain(value: Any) -> Any:
    """Lists of numbers, those of NumPy and of frameworks as Python's."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if getattr(value, "shape", None) != ():
        return value
    return value.item() if hasattr(value, "item") else int(value)


def _token_ids(key: Any) -> Any:
    """A key of `sequence_bias`: the tuple that JSON turned into text is a tuple again."""
    if not isinstance(key, str):
        return key
    try:
        ids = ast.literal_eval(key)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        ids = None
    if not isinstance(ids, tuple) or not all(type(part) is int for part in ids):
        raise ValueError(f"sequence_bias must have tuples of token ids as keys, got {key!r}")
    return ids


__all__ = ["GenerationSettings", "VERSION"]
