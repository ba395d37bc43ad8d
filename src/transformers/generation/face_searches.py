"""The searches of release 4.35 by name for models of TensorFlow, on a task made from the arguments."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ..frameworks import face
from ..frameworks.loader import torch_module
from . import prepare, rules
from .beam import Search
from .calls import run_loop
from .config_checks import GenerationMode
from .face_arrays import is_array
from .face_driver import FaceDriver
from .face_task import (
    ArrayCriteria,
    array,
    as_input,
    framework_array,
    in_framework,
    own_processor,
    seed_number,
)
from .face_utils import check_class
from .runtime import runtime
from .task import Task

_SETTINGS = (
    "max_length", "pad_token_id", "eos_token_id", "length_penalty", "early_stopping", "num_return_sequences",
    "output_attentions", "output_hidden_states", "output_scores", "return_dict_in_generate",
)  # fmt: skip


def search(model: Any, mode: GenerationMode, ids: Any, given: dict[str, Any], kwargs: dict[str, Any]) -> Any:
    """Do what one of the methods of `TFGenerationMixin` was asked for.

    given: its arguments by name. kwargs: inputs of the model.
    """
    check_class(model)
    if given.get("seed") is not None:
        torch_module("np").manual_seed(seed_number(given["seed"]))
    ids = as_input(ids)
    beams = 1
    if mode is GenerationMode.BEAM_SEARCH:
        if ids.ndim != 3:
            raise ValueError(
                "beam_search needs input_ids of shape (batch, num_beams, tokens), got the shape "
                f"{tuple(ids.shape)}: repeat each prompt num_beams times on an axis of its own"
            )
        beams = ids.shape[1]
        ids, kwargs = ids[:, 0], {name: one_of_each(name, value, beams) for name, value in kwargs.items()}
    task = task_of(model, mode, ids.astype(np.int64), {**given, "num_beams": beams}, kwargs)
    found = beams_of(task) if mode is GenerationMode.BEAM_SEARCH else run_loop(task, mode)
    return in_framework(model, found, task)


def beams_of(task: Task) -> Any:
    """Beam search as TensorFlow had it in release 4.35.

    A text that comes to `max_length` unended counts only where none ended, and the prompt counts in lengths.
    """
    search, torch = Search(task), task.torch
    search.counted, search.promised = 1, 0
    while search.running.ids.shape[2] < task.config.max_length and search.step():
        pass
    running, ended, real = search.running, search.ended, search.is_ended
    none = ~real.any(dim=-1, keepdim=True)  # (B, 1)
    length = running.ids.shape[2]
    pad = torch.full_like(ended.ids, task.pad or 0)
    texts = torch.where(real[:, :, None], ended.ids, pad)  # a place without a text has no prompt either
    before = torch.full_like(ended.ids[:, :, : search.prompt], -1)
    origins = torch.where(none[:, :, None], running.origins, ended.origins)
    search.ended = search.maths.Beams(
        torch.where(none[:, :, None], running.ids, texts),
        torch.where(none, running.scores / length**search.penalty, ended.scores),
        torch.cat([before, origins], dim=2),  # they stand over the tokens of the prompt too
    )
    return search.result(cut=False)


def one_of_each(name: str, value: Any, beams: int) -> Any:
    """An input (B, beams, ...) without its axis of beams; one that has none as it is."""
    ranks = 4 if name == "encoder_outputs" else 3

    def first(leaf: Any) -> Any:
        return leaf[:, 0] if len(leaf.shape) == ranks and leaf.shape[1] == beams else leaf

    return face.map_tree(first, value, is_array)


def task_of(
    model: Any, mode: GenerationMode, ids: Any, given: dict[str, Any], kwargs: dict[str, Any]
) -> Task:
    """The task of a call.

    Raises:
        ValueError: texts can end, and there is no token to fill them with; a keyword is unknown; or an
            encoder's output is missing.
    """
    config, pair = prepare.settle_search(model, given, _SETTINGS, kwargs)
    config.num_beams = given["num_beams"]
    names, open_ended = face.input_names(model.network)
    unlisted = getattr(type(model.network).forward, "unlisted", None)
    if not open_ended or unlisted is not None:
        prepare.check_kwargs(model, {*names, *(unlisted or ()), "encoder_outputs"}, kwargs)
    api = runtime("np")
    inputs = {name: as_input(value) for name, value in kwargs.items() if value is not None}
    inputs.setdefault("use_cache", bool(config.use_cache))
    steps, exact = config.max_length - ids.shape[1], bool(prepare.state_flags(config))
    driver = FaceDriver(model, api, inputs, config.max_length, exact=exact, steps=steps)
    own = [*(given.get("logits_processor") or ()), *(given.get("logits_warper") or ())]
    made = api.part("generation.logits").LogitsProcessorList(own_processor(model, api, part) for part in own)
    ends = only_ends(config, beams=mode is GenerationMode.BEAM_SEARCH)
    criteria = ArrayCriteria(api, rules.criteria_of(model, ends, None, None))
    task = Task(model, api, driver, config, api.tensor(ids), made, criteria, pair)
    task.extra["encoder_ids"] = None
    return task


def only_ends(config: Any, *, beams: bool) -> Any:
    """Settings that stop a text at its end, and but for beams at its longest, and for no other reason."""
    ends = copy.copy(config)
    ends.max_time = ends.stop_strings = None
    ends.is_assistant = False
    if beams:
        ends.max_length = None
    return ends


def transition_scores(model: Any, ids: Any, scores: Any, origins: Any, normalize: bool) -> Any:
    """See `GenerationMixin.compute_transition_scores`; arrays of the model's framework."""
    stacked = np.stack([array(step) for step in scores])  # (N, rows, V)
    if normalize:
        highest = stacked - stacked.max(axis=-1, keepdims=True)
        stacked = highest - np.log(np.exp(highest).sum(axis=-1, keepdims=True))
    ids = array(ids)
    if origins is None:
        origins = np.broadcast_to(np.arange(len(ids))[:, None], (len(ids), len(stacked)))
    origins = array(origins)
    columns = np.flatnonzero((origins >= 0).any(axis=0))
    first, count = int(columns[0]), len(columns)
    prompt = ids.shape[1] - origins.shape[1]
    origins = origins[:, first : first + count]
    written, origins = origins >= 0, origins.clip(min=0)  # (B, N)
    start = prompt + first
    tokens = ids[:, start : start + count].clip(max=stacked.shape[-1] - 1)
    found = stacked[np.arange(count)[None, :], origins, tokens]
    return framework_array(model, np.where(written, found, np.zeros_like(found)))


__all__ = ["search", "transition_scores"]
