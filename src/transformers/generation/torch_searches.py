"""The searches of release 4.35 under their own names: the caller brings processors, criteria and scorers.

Each is one of the loops of `generate`, on a task that is made from the arguments as they are.
"""

from __future__ import annotations

from typing import Any

import torch

from ..quantization.prepack import fast_products
from . import prepare
from .calls import Call, run_loop
from .config_checks import GenerationMode
from .group_beam import GroupSearch
from .runtime import runtime
from .task import Task
from .torch_driver import Driver
from .torch_task import accepted, settle_cache, synchronised
from .utils import check_class, forward_names

_SETTINGS = (
    "pad_token_id", "eos_token_id",
    "output_attentions", "output_hidden_states", "output_scores", "return_dict_in_generate",
)  # fmt: skip


@torch.no_grad()
def search(model: Any, mode: GenerationMode, ids: Any, given: dict[str, Any], kwargs: dict[str, Any]) -> Any:
    """Do what one of the methods of `SearchMixin` was asked for, beams apart.

    given: its arguments by name. kwargs: inputs of the model.
    """
    task = task_of(model, mode, ids, given, kwargs)
    with fast_products(model, (task.config.max_length or 0) - ids.shape[1]):
        return run_loop(task, mode)


@torch.no_grad()
def beam_search(model: Any, scorer: Any, ids: Any, given: dict[str, Any], kwargs: dict[str, Any]) -> Any:
    """The same for beams, whose rows stand in `ids` (B * num_beams, T) already."""
    from .beam_search import ConstrainedBeamSearchScorer

    rows, texts = ids.shape[0], len(scorer._beam_hyps) // scorer.num_beam_groups
    if rows != texts * scorer.num_beams:
        raise ValueError(
            f"the scorer is for {texts} texts of {scorer.num_beams} beams each, and input_ids have "
            f"{rows} rows: repeat each prompt num_beams times"
        )
    task = task_of(model, GenerationMode.BEAM_SEARCH, ids, given, kwargs)
    constrained = isinstance(scorer, ConstrainedBeamSearchScorer)
    with fast_products(model, (task.config.max_length or 0) - ids.shape[1]):
        return GroupSearch(task, scorer, constrained=constrained, expanded=True).run()


def task_of(
    model: Any, mode: GenerationMode, ids: Any, given: dict[str, Any], kwargs: dict[str, Any]
) -> Task:
    """The task of a call.

    Raises:
        ValueError: texts can end, and there is no token to fill them with; a keyword is unknown; or an
            encoder's output is missing.
    """
    check_class(model)
    config, pair = prepare.settle_search(model, given, _SETTINGS, kwargs)
    config.max_length = None
    names, open_ended = forward_names(model)
    if not open_ended or hasattr(type(model).forward, "unlisted"):
        known = accepted(model, names) | {"assistant_encoder_outputs"}
        prepare.check_kwargs(model, known, kwargs)
    criteria = criteria_of(given, config, mode)
    made = runtime("pt").part("generation.logits").LogitsProcessorList
    processors = made([*(given.get("logits_processor") or ()), *(given.get("logits_warper") or ())])
    drafting = kwargs.get("assistant_encoder_outputs")
    inputs = {name: value for name, value in kwargs.items() if name != "assistant_encoder_outputs"}
    settle_cache(model, config, inputs, ids, 0, mode)
    assistant = Call(assistant_model=given.get("assistant_model"))
    extra = {"call": assistant, "encoder_ids": None, "assistant_encoded": drafting}
    return Task(
        model, runtime("pt"), Driver(model, inputs), config, ids, processors, criteria, pair,
        given.get("streamer"), synchronised(given.get("synced_gpus"), ids), extra,
    )  # fmt: skip


def criteria_of(given: dict[str, Any], config: Any, mode: GenerationMode) -> Any:
    """The caller's criteria, with those of `max_length` and `eos_token_id`; sets `config.max_length`."""
    from . import stopping_criteria as kinds

    found = kinds.StoppingCriteriaList(given.get("stopping_criteria") or [])
    if given.get("max_length") is not None:
        found = kinds.validate_stopping_criteria(found, given["max_length"])
    config.max_length = found.max_length
    if config.max_length is None and mode is GenerationMode.ASSISTED_GENERATION:
        config.max_length = 1 << 30  # drafts are as long as they may be
    if config.eos_token_id is not None:
        found.append(kinds.EosTokenCriteria(config.eos_token_id))
    return found


__all__ = ["beam_search", "search"]
