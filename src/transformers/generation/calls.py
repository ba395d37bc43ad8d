"""What `generate` was asked for, and which loop does it: the same for every framework."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from .config_checks import GenerationMode
from .configuration_utils import GenerationConfig
from .task import Task

_MODES = GenerationMode
# Strategy -> the file beside this one and the function in it.
LOOPS = {
    _MODES.GREEDY_SEARCH: ("decode", "decode"),
    _MODES.SAMPLE: ("decode", "decode"),
    _MODES.BEAM_SEARCH: ("beam", "beam_search"),
    _MODES.BEAM_SAMPLE: ("beam", "beam_search"),
    _MODES.GROUP_BEAM_SEARCH: ("group_beam", "group_beam_search"),
    _MODES.CONSTRAINED_BEAM_SEARCH: ("constrained_beam", "constrained_beam_search"),
    _MODES.CONTRASTIVE_SEARCH: ("contrastive", "contrastive_search"),
    _MODES.ASSISTED_GENERATION: ("assisted", "assisted_decoding"),
    _MODES.DOLA_GENERATION: ("dola", "dola_decoding"),
}
BEAMS = (_MODES.BEAM_SEARCH, _MODES.BEAM_SAMPLE, _MODES.GROUP_BEAM_SEARCH, _MODES.CONSTRAINED_BEAM_SEARCH)


@dataclass
class Call:
    """Arguments of `generate` that are neither settings nor inputs of the model."""

    inputs: Any = None
    generation_config: GenerationConfig | None = None
    logits_processor: Any = None
    stopping_criteria: Any = None
    prefix_allowed_tokens_fn: Any = None
    synced_gpus: bool | None = None
    assistant_model: Any = None
    streamer: Any = None
    negative_prompt_ids: Any = None
    negative_prompt_attention_mask: Any = None
    use_model_defaults: bool | None = None
    tokenizer: Any = None
    assistant_tokenizer: Any = None

    def check(self, mode: GenerationMode) -> None:
        """Raise ValueError for a streamer that would see texts before they are decided."""
        if self.streamer is not None and mode in BEAMS:
            raise ValueError(
                "a streamer does not go with beams: which text is the best one is known at the end only"
            )


def run_loop(task: Task, mode: GenerationMode) -> Any:
    """Write, by the loop of the strategy."""
    file, function = LOOPS[mode]
    return getattr(importlib.import_module(f".{file}", __package__), function)(task)


def with_copies(task: Task, mode: GenerationMode) -> Task:
    """The task with every row as often as `num_return_sequences` says, where beams do not see to it."""
    count = task.config.num_return_sequences or 1
    if mode not in BEAMS and count > 1:
        task.ids = task.ids.repeat_interleave(count, dim=0)
        task.driver.repeat(count)
    return task


__all__ = ["BEAMS", "Call", "LOOPS", "run_loop", "with_copies"]
