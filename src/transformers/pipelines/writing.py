"""What all pipelines that write text share: settings of `generate`, drafts by a second model, tidy ids."""

from __future__ import annotations

import copy
import inspect
import os
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ..generation.configuration_utils import GenerationConfig
from ..utils import logging
from ..utils.errors import did_you_mean
from . import arrays
from .base import Pipeline

logger = logging.get_logger(__name__)

_LENGTHS = ("max_length", "max_new_tokens")
_STOPS = ("stop_strings", "stop_sequences")
_EXTRA = (*_STOPS, "prefix_length", "tokenizer", "assistant_tokenizer")


class WritingPipeline(Pipeline):
    """Base of pipelines that call the model's `generate`.

    `generation_config` holds the settings of every call.  What the model's own settings leave open, the
    task's entry in the config's `task_specific_params` says, and what neither says, `defaults`.

    Args:
        model, tokenizer, task: as in `Pipeline`.
        assistant_model: a small model whose drafts the model only checks: a name, a folder or an object.
        assistant_tokenizer: its tokenizer where it has another vocabulary; a name loads the assistant's own.
        kwargs: of `Pipeline`; settings of `generate` hold for every call.
    """

    defaults: ClassVar[Mapping[str, Any]] = {"max_new_tokens": 256}
    _load_processor: ClassVar[bool | None] = False
    _load_image_processor: ClassVar[bool | None] = False
    _load_feature_extractor: ClassVar[bool | None] = False
    _load_tokenizer: ClassVar[bool | None] = True
    _pipeline_calls_generate: ClassVar[bool] = True

    def __init__(
        self,
        model: Any,
        tokenizer: Any = None,
        *,
        task: str = "",
        assistant_model: Any = None,
        assistant_tokenizer: Any = None,
        **kwargs: Any,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        own = (model.config.task_specific_params or {}).get(task) or {}
        self.prefix: str | None = own.get("prefix", model.config.to_dict().get("prefix"))
        self.generation_config, self._open_length = settings(model, tokenizer, self.defaults, own)
        self.assistant_model = _assistant(model, assistant_model)
        self.assistant_tokenizer = _other_tokenizer(model, self.assistant_model, assistant_tokenizer)
        super().__init__(model, tokenizer, task=task, **kwargs)

    def _length(self, given: Mapping[str, Any]) -> tuple[str, int]:
        """The name and value of the setting that limits this call: "max_new_tokens" or "max_length"."""
        config = given.get("generation_config") or self.generation_config
        for source in (given, vars(config)):
            for name in reversed(_LENGTHS):
                if source.get(name) is not None:
                    return name, int(source[name])
        return "max_length", 20

    def _places(self) -> int | None:
        """How many tokens the model has positions for; None where there is no such number."""
        config = self.model.config.get_text_config(decoder=True)
        name = "max_position_embeddings"
        found = config.to_dict().get(config.attribute_map.get(name, name))
        return found if isinstance(found, int) and found > 0 else None

    def _check_names(self, given: Iterable[str]) -> None:
        """Raise ValueError for keywords that are no settings of `generate` and no inputs of the model."""
        module = self.model if self.framework == "pt" else self.model.network
        known = {*GenerationConfig._fields, *_EXTRA}
        known |= {*inspect.signature(self.model.generate).parameters}
        known |= {*inspect.signature(module.forward).parameters}
        unknown = [name for name in given if name not in known and not hasattr(GenerationConfig, name)]
        if unknown:
            hint = did_you_mean(unknown[0], sorted(known))
            raise ValueError(f"{self.task or 'writing'} has no option {', '.join(map(repr, unknown))}.{hint}")

    def _settled(self, given: Mapping[str, Any], written: int) -> dict[str, Any]:
        """Keywords of `generate`. written: tokens that stand before the new ones."""
        self._check_names(given)
        kwargs = {name: value for name, value in given.items() if name != "prefix_length"}
        extra = given.get("prefix_length", 0)
        if kwargs.get("generation_config") is None:
            kwargs["generation_config"] = copy.deepcopy(self.generation_config)
            kwargs["use_model_defaults"] = False
            if given.get("do_sample") is False and "temperature" in self.defaults:
                kwargs["generation_config"].temperature = GenerationConfig().temperature
        name, value = self._length(given)
        if name == "max_length":
            kwargs.update({"max_length": value + extra, "max_new_tokens": None})
            if extra and given.get("min_length"):
                kwargs["min_length"] = given["min_length"] + extra
        elif given.get("max_length") is None:
            if given.get("generation_config") is None:  # of two limits the model's own is no contradiction
                kwargs["generation_config"].max_length = GenerationConfig().max_length
            if self._open_length and given.get("max_new_tokens") is None and (places := self._places()):
                kwargs["max_new_tokens"] = max(1, min(value, places - written))
        stops = [item for key in _STOPS for item in _listed(kwargs.pop(key, None))]
        stops = stops or _listed(kwargs["generation_config"].stop_strings)
        if stops:
            kwargs.update({"stop_strings": stops, "tokenizer": self.tokenizer})
        if self.assistant_model is not None:
            kwargs.setdefault("assistant_model", self.assistant_model)
            if self.assistant_tokenizer is not None:
                kwargs.update({"tokenizer": self.tokenizer, "assistant_tokenizer": self.assistant_tokenizer})
        return kwargs

    def _write(
        self, model_inputs: Mapping[str, Any], written: int, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What `generate` writes.

        written: tokens that stand before the new ones: the prompt of a decoder, or the one it begins with.

        Returns:
            "ids": (B, texts per input, T), "widths": (B,) tokens of the longest text of each input, and of
            "scores" and "logits" what was asked for: (B, texts per input, steps, V).
        """
        import numpy as np

        kwargs = self._settled(given, written)
        output = self.model.generate(**model_inputs, **kwargs)
        config = kwargs["generation_config"]
        full = given.get("return_dict_in_generate", config.return_dict_in_generate)
        ids = output.sequences if self.framework == "jax" or full else output
        ids = arrays.to_numpy(ids)
        rows = model_inputs["input_ids"].shape[0]
        found = {"ids": ids.reshape(rows, ids.shape[0] // rows, ids.shape[1])}
        ends = _listed(kwargs.get("eos_token_id", config.eos_token_id))
        pad = kwargs.get("pad_token_id", config.pad_token_id)
        found["widths"] = np.array([_width(texts.tolist(), written, ends, pad) for texts in found["ids"]])
        for name in ("scores", "logits") if full else ():
            steps = output.get(name)
            if steps is not None and steps[0].shape[0] == ids.shape[0]:
                found[name] = _stacked(steps, rows)
        return found

    def _stop_tokens(self, stop_sequence: str | Iterable[str]) -> list[list[int]]:
        """The tokens of each sequence that ends texts.

        Raises:
            ValueError: a sequence has no tokens.
        """
        found = []
        for text in [stop_sequence] if isinstance(stop_sequence, str) else stop_sequence:
            found.append(self.tokenizer.encode(text, add_special_tokens=False))
            if not found[-1]:
                raise ValueError(f"stop_sequence must be a text with tokens, got {text!r}")
        return found


def settings(
    model: Any, tokenizer: Any, defaults: Mapping[str, Any], own: Mapping[str, Any]
) -> tuple[GenerationConfig, bool]:
    """The settings of a pipeline, and whether their length is nobody's choice.

    own: the model's parameters for the task.
    """
    config = copy.deepcopy(model.generation_config)
    if config is None:
        raise TypeError(f"{type(model).__name__} does not predict tokens: it cannot write text")
    fresh = GenerationConfig()
    chosen = {name for name in (*defaults, *_LENGTHS) if getattr(config, name) != getattr(fresh, name)}
    chosen |= {name for name in own if name in GenerationConfig._fields}
    limited = not chosen.isdisjoint(_LENGTHS)
    taken = {name for name in chosen if name in own}
    update = {name: value for name, value in defaults.items() if name not in chosen}
    if limited:
        update.pop("max_new_tokens", None)
    if "max_length" in taken and "max_new_tokens" not in taken:
        update["max_new_tokens"] = None  # the task's own limit goes before the model's general one
    if own.get("do_sample", update.get("do_sample", config.do_sample)) is False:
        update.pop("temperature", None)
    update.update({name: own[name] for name in taken})
    config.update(**update)
    if config.pad_token_id is None and tokenizer is not None:
        config.pad_token_id = tokenizer.pad_token_id
    return config, not limited


def _width(texts: list[list[int]], written: int, ends: list[int], pad: int | None) -> int:
    """Tokens of the longest text, without the padding that only other inputs or frameworks asked for."""
    longest = written
    for text in texts:
        length = next((i + 1 for i, token in enumerate(text) if i >= written and token in ends), len(text))
        if length == len(text) and pad is not None and pad not in ends:
            while length > written and text[length - 1] == pad:
                length -= 1
        longest = max(longest, length)
    return longest


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple | set) else [value]


def _stacked(steps: Any, rows: int) -> Any:
    """(B, texts per input, steps, V) of one (rows, V) per step."""
    import numpy as np

    values = np.stack([arrays.to_numpy(step) for step in steps], axis=1)
    return values.reshape(rows, values.shape[0] // rows, *values.shape[1:])


def _assistant(model: Any, given: Any) -> Any:
    """The model that drafts: an object, or loaded in the framework of `model`."""
    if given is None or not isinstance(given, str | os.PathLike):
        return given
    import importlib

    front = importlib.import_module(__package__.partition(".")[0])
    framework = arrays.framework_of(model)
    auto = getattr(front, f"{arrays.FRAMEWORKS[framework][1]}AutoModelForCausalLM")
    found = auto.from_pretrained(given)
    return found.to(model.device, model.dtype) if framework == "pt" else found


def _other_tokenizer(model: Any, assistant: Any, given: Any) -> Any:
    """The assistant's tokenizer where its vocabulary is not the model's.

    Raises:
        ValueError: it is needed, and cannot be found.
    """
    if given is not None and not isinstance(given, str | os.PathLike):
        return given
    sizes = [part.config.get_text_config(decoder=True).vocab_size for part in (model, assistant) if part]
    if given is None and (len(sizes) < 2 or sizes[0] == sizes[1]):
        return None
    place = given or getattr(assistant, "name_or_path", "")
    if not place:
        raise ValueError(
            f"the assistant has a vocabulary of {sizes[1]} tokens, the model one of {sizes[0]}: give "
            "assistant_tokenizer too"
        )
    from ..models.auto.tokenization_auto import AutoTokenizer

    return AutoTokenizer.from_pretrained(place)


def return_kind(kinds: Any, value: Any) -> Any:
    """A member of an enumeration of result kinds, from itself, its number or its name.

    Raises:
        ValueError: there is no such kind.
    """
    if isinstance(value, kinds):
        return value
    by_name = {kind.name: kind for kind in kinds}
    found = by_name.get(value.upper()) if isinstance(value, str) else None
    found = found or next((kind for kind in kinds if kind.value == value), None)
    if found is None:
        names = ", ".join(by_name)
        hint = did_you_mean(str(value), list(by_name))
        raise ValueError(f"return_type must be one of {names}, got {value!r}.{hint}")
    return found


__all__ = ["WritingPipeline", "return_kind", "settings"]
