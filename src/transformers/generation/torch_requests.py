"""What continuous batching is asked for: one model's requests, and the settings that it can follow."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from . import prepare, rules
from .config_checks import GenerationMode
from .configuration_utils import GenerationConfig
from .continuous_batching.requests import RequestState
from .continuous_batching.scheduler import SCHEDULER_MAPPING, Scheduler
from .runtime import runtime
from .stopping_criteria import StopStringCriteria
from .utils import check_class, forward_names

# Settings of continuous batching itself, as attributes of a GenerationConfig or as keywords.
CACHE_SETTINGS = (
    "block_size",
    "log_prob_generation",
    "max_batch_tokens",
    "max_memory",
    "num_blocks",
    "scheduler",
)
# setting -> values that ask for nothing; what else it says only `generate` does.
_UNFIT: dict[str, tuple[Any, ...]] = {
    "guidance_scale": (None, 1),
    "dola_layers": (None,),
    "prompt_lookup_num_tokens": (None,),
    "assistant_early_exit": (None,),
    "is_assistant": (None, False),
    "token_healing": (None, False),
}
# Processors that look at scores only, row by row: one call serves many requests.
_ROW_BY_ROW = (
    "TemperatureLogitsWarper",
    "TopKLogitsWarper",
    "TopPLogitsWarper",
    "MinPLogitsWarper",
    "TypicalLogitsWarper",
    "EpsilonLogitsWarper",
    "EtaLogitsWarper",
    "InfNanRemoveLogitsProcessor",
    "LogitNormalization",
    "SuppressTokensLogitsProcessor",
)


@dataclass
class Own:
    """What a request may have for itself; see `ContinuousBatchingManager.add_request`."""

    max_new_tokens: int | None = None
    stop_strings: str | list[str] | None = None
    logits_processor: Sequence[Any] = ()
    stopping_criteria: Sequence[Any] = ()


class Requests:
    """Makes requests for one model, by one set of settings.

    tokenizer: of the model; stop strings need it.

    Raises:
        TypeError: the class does not predict tokens.
        ValueError: an encoder reads the prompt, or the settings ask for what only `generate` does.
    """

    def __init__(
        self,
        model: Any,
        generation_config: GenerationConfig | None,
        changes: dict[str, Any] | None = None,
        tokenizer: Any = None,
    ) -> None:
        check_model(model)
        self.model, self.tokenizer = model, tokenizer
        self.config, rest = prepare.settle_config(model, generation_config, changes or {}, None)
        own = {name: rest.pop(name) for name in CACHE_SETTINGS if name in rest}
        if rest:
            raise ValueError(
                f"continuous batching does not know {', '.join(sorted(rest))}: settings of GenerationConfig "
                f"and {', '.join(CACHE_SETTINGS)} can be given"
            )
        for name, value in own.items():
            setattr(self.config, name, value)
        check_settings(self.config)
        prepare.settle_tokens(self.config, True)
        self._alike: dict[str, Any] = {}
        self._strings(self.config.stop_strings)

    @property
    def copies(self) -> int:
        """How many texts are written after each prompt."""
        return self.config.num_return_sequences or 1

    def make(
        self, request_id: str, ids: Iterable[int], seeds: Sequence[int | None], own: Own
    ) -> list[RequestState]:
        """Requests for a prompt, one for each seed, with lengths, processors and random numbers of their own.

        The first has the name `request_id`, the others that and "#1", "#2", ...

        Raises:
            TypeError: the prompt is no list of token ids.
            ValueError: there is no prompt, nothing could be written after it, or its stop strings cannot be
                told without a tokenizer.
        """
        tokens = token_ids(request_id, ids)
        config = copy.copy(self.config)
        if own.max_new_tokens is not None:
            if own.max_new_tokens < 1:
                raise ValueError(f"max_new_tokens must be at least 1, got {own.max_new_tokens!r}")
            config.max_new_tokens, config.max_length = own.max_new_tokens, GenerationConfig().max_length
        elif self.config.max_new_tokens is not None:
            config.max_length = GenerationConfig().max_length
        prepare.settle_lengths(self.model, config, len(tokens), 0, {})
        eos = config.eos_token_id
        found = []
        for index, seed in enumerate(seeds):
            state = RequestState(
                request_id if index == 0 else f"{request_id}#{index}",
                full_prompt_ids=list(tokens),
                max_new_tokens=(config.max_length or len(tokens) + 20) - len(tokens),
                eos_token_id=-1 if eos is None else eos,
                max_time=config.max_time,
                criteria=self.criteria(config, own),
            )
            state.processors, state.alike = self.processors(config, tokens, own.logits_processor)
            if config.do_sample:
                if seed is None:  # by the global generator: one seed there settles all requests
                    seed = int(torch.randint(1 << 62, ()))
                state.sampler = torch.Generator(device=self.model.device).manual_seed(seed)
            found.append(state)
        return found

    def processors(self, config: GenerationConfig, prompt: list[int], own: Sequence[Any]) -> tuple[Any, bool]:
        """The processors that `generate` would use for a prompt, and whether one call of them serves all
        requests that have the same ones.

        own: the caller's; copies of them are used, since some remember a text.
        """
        made = rules.processors_of(
            runtime("pt"),
            config,
            length=len(prompt),
            encoder_ids=torch.tensor([prompt], device=self.model.device),
            own=[copy.copy(processor) for processor in own],
            vocabulary=self.model.config.get_text_config(decoder=True).vocab_size,
            device=self.model.device,
        )
        if own or any(type(part).__name__ not in _ROW_BY_ROW for part in made):
            return made, False
        key = "; ".join(f"{type(part).__name__} {vars(part)}" for part in made)
        return self._alike.setdefault(key, made), True

    def criteria(self, config: GenerationConfig, own: Own) -> Callable[[list[int], Any], bool] | None:
        """What may end a text before its length, end tokens aside; None where nothing does."""
        strings = config.stop_strings if own.stop_strings is None else own.stop_strings
        found = self._strings(strings)
        given = [copy.copy(criterion) for criterion in own.stopping_criteria]
        if found is None and not given:
            return None
        device = self.model.device

        def ends(tokens: list[int], scores: Any) -> bool:
            if found is not None and found.stops(tokens):
                return True
            ids = torch.tensor([tokens], device=device)
            row = None if scores is None else (scores[None],)
            return any(bool(torch.as_tensor(criterion(ids, row)).all()) for criterion in given)

        return ends

    def _strings(self, strings: Any) -> StopStringCriteria | None:
        if strings is None:
            return None
        if self.tokenizer is None:
            raise ValueError("stop_strings need the tokenizer: pass it as tokenizer=...")
        return StopStringCriteria(self.tokenizer, strings)


def token_ids(request_id: str, given: Iterable[int]) -> list[int]:
    """A prompt as plain numbers.

    Raises:
        TypeError: it is no list of whole numbers.
        ValueError: it is empty.
    """
    try:
        ids = [operator.index(token) for token in given]
    except TypeError as error:
        raise TypeError(
            f"request {request_id!r} must be a list of token ids, got {type(given).__name__}: one prompt is "
            "a flat list of whole numbers"
        ) from error
    if not ids:
        raise ValueError(f"request {request_id!r} has no tokens: a prompt needs one at least")
    return ids


def scheduler_of(name: Any) -> type[Scheduler]:
    """The order of a name, the first that there is for None.

    Raises:
        ValueError: there is none of that name.
    """
    name = "fifo" if name is None else name
    if name not in SCHEDULER_MAPPING:
        raise ValueError(f"scheduler must be one of {', '.join(SCHEDULER_MAPPING)}, got {name!r}")
    return SCHEDULER_MAPPING[name]


def check_model(model: Any) -> None:
    """Raise TypeError or ValueError for a model whose texts cannot be written in a changing batch."""
    check_class(model)
    kind = type(model).__name__
    if model.config.is_encoder_decoder:
        raise ValueError(
            f"{kind} reads its prompt with an encoder, and continuous batching is for decoders: use "
            "generate, with a padded batch"
        )
    names, _ = forward_names(model)
    if not {"past_key_values", "input_ids"} <= names:
        raise ValueError(
            f"{kind} keeps no keys and values of tokens, and continuous batching shares them: use generate"
        )


def check_settings(config: GenerationConfig) -> None:
    """Raise ValueError for settings that need more than a look at one text, or more than its tokens back."""
    mode = config.get_generation_mode()
    asked = [name for name, idle in _UNFIT.items() if getattr(config, name) not in idle]
    if mode not in (GenerationMode.GREEDY_SEARCH, GenerationMode.SAMPLE) or asked:
        what = ", ".join(asked) or mode.value.replace("_", " ")
        raise ValueError(f"continuous batching writes greedily or draws, text by text: {what} needs generate")
    if config.return_dict_in_generate:
        kept = [name for name in config.extra_output_flags if getattr(config, name)]
        if kept:
            raise ValueError(
                f"continuous batching gives tokens, with log_prob_generation their log probabilities, and "
                f"nothing else: {', '.join(kept)} needs generate"
            )
    if config.cache_implementation == "quantized":
        raise ValueError(
            "continuous batching keeps keys and values as they are: cache_implementation='quantized' needs "
            "generate"
        )
    scheduler_of(vars(config).get("scheduler"))


__all__ = ["CACHE_SETTINGS", "Own", "Requests", "scheduler_of"]
