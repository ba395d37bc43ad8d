"""What continuous batching is asked for: one model's requests, and the settings that it can follow."""

from __future__ import annotations

import copy
from typing import Any

import torch

from . import prepare, rules
from .config_checks import GenerationMode
from .configuration_utils import GenerationConfig
from .continuous_batching.requests import RequestState
from .continuous_batching.scheduler import SCHEDULER_MAPPING, Scheduler
from .runtime import runtime
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
_UNFIT = ("stop_strings", "guidance_scale", "dola_layers", "prompt_lookup_num_tokens", "assistant_early_exit")


class Requests:
    """Makes requests for one model, by one set of settings.

    Raises:
        TypeError: the class does not predict tokens.
        ValueError: an encoder reads the prompt, or the settings ask for what only `generate` does.
    """

    def __init__(
        self, model: Any, generation_config: GenerationConfig | None, changes: dict[str, Any] | None = None
    ) -> None:
        check_model(model)
        self.model = model
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

    def make(
        self, request_id: str, ids: list[int], max_new_tokens: int | None, seed: int | None
    ) -> RequestState:
        """A request with the lengths, processors and random numbers of its own.

        Raises:
            ValueError: there is no prompt, or nothing could be written after it.
        """
        ids = [int(token) for token in ids]
        if not ids:
            raise ValueError(f"request {request_id!r} has no tokens: a prompt needs one at least")
        config = copy.copy(self.config)
        if max_new_tokens is not None:
            if max_new_tokens < 1:
                raise ValueError(f"max_new_tokens must be at least 1, got {max_new_tokens!r}")
            config.max_new_tokens, config.max_length = max_new_tokens, GenerationConfig().max_length
        elif self.config.max_new_tokens is not None:
            config.max_length = GenerationConfig().max_length
        prepare.settle_lengths(self.model, config, len(ids), 0, {})
        eos = config.eos_token_id
        state = RequestState(
            request_id,
            full_prompt_ids=ids,
            max_new_tokens=(config.max_length or len(ids) + 20) - len(ids),
            eos_token_id=-1 if eos is None else eos,
            processors=self.processors(config, len(ids)),
            max_time=config.max_time,
        )
        if config.do_sample:
            if seed is None:  # by the global generator: one seed there settles all requests
                seed = int(torch.randint(1 << 62, ()))
            state.sampler = torch.Generator(device=self.model.device).manual_seed(seed)
        return state

    def processors(self, config: GenerationConfig, length: int) -> Any:
        """The processors that `generate` would use for a prompt of `length` tokens."""
        return rules.processors_of(
            runtime("pt"),
            config,
            length=length,
            vocabulary=self.model.config.get_text_config(decoder=True).vocab_size,
            device=self.model.device,
        )


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
    """Raise ValueError for settings that need more than one text a request, or more than one look at it."""
    mode = config.get_generation_mode()
    asked = [name for name in _UNFIT if getattr(config, name) not in (None, 1)]
    if (config.num_return_sequences or 1) > 1:
        asked.append("num_return_sequences")
    if mode not in (GenerationMode.GREEDY_SEARCH, GenerationMode.SAMPLE) or asked:
        what = ", ".join(asked) or mode.value.replace("_", " ")
        raise ValueError(
            f"continuous batching writes greedily or draws, one text a request: {what} needs generate"
        )
    scheduler_of(vars(config).get("scheduler"))


__all__ = ["CACHE_SETTINGS", "Requests", "scheduler_of"]
