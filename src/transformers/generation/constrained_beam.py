"""Constrained beam search (arXiv:1804.06609): every text holds what the constraints ask for."""

from __future__ import annotations

from typing import Any

from .beam_search import ConstrainedBeamSearchScorer
from .configuration_utils import GenerationConfig
from .constraints import Constraint, DisjunctiveConstraint, PhrasalConstraint
from .group_beam import GroupSearch
from .task import Task

_FORMS = (
    "must be a list of phrases, each a list of token ids (all of them are written) or a list of such lists "
    "(one of them is written)"
)


def constrained_beam_search(task: Task) -> Any:
    """Search with `num_beams` beams for texts that fulfil `constraints` and hold `force_words_ids`.

    Raises:
        ValueError: `num_beams` is 1, or what is forced is no list of token ids.
    """
    config = task.config
    if (config.num_beams or 1) <= 1:
        raise ValueError(f"a search with constraints needs num_beams greater than 1, got {config.num_beams}")
    scorer = ConstrainedBeamSearchScorer(
        batch_size=task.ids.shape[0],
        num_beams=config.num_beams or 1,
        constraints=constraints_of(config),
        device=task.ids.device,
        length_penalty=config.length_penalty,
        do_early_stopping=config.early_stopping,
        num_beam_hyps_to_keep=config.num_return_sequences,
        max_length=config.max_length,
    )
    return GroupSearch(task, scorer, constrained=True).run()


def constraints_of(config: GenerationConfig) -> list[Constraint]:
    """The constraints that settings ask for, those of `force_words_ids` after the others.

    Raises:
        ValueError: `force_words_ids` or a phrase in it is empty or holds something else than token ids.
    """
    found = list(config.constraints or ())
    if config.force_words_ids is None:
        return found
    words = config.force_words_ids
    if not isinstance(words, list) or not words:
        raise ValueError(f"`force_words_ids` {_FORMS}, got {words!r}")
    for phrase in words:
        if not isinstance(phrase, list) or not phrase:
            raise ValueError(f"`force_words_ids` {_FORMS}; one is {phrase!r}")
        if isinstance(phrase[0], list):
            found.append(DisjunctiveConstraint(_several(phrase)))
        else:
            _check(phrase)
            found.append(PhrasalConstraint(phrase))
    return found


def _several(phrases: list[Any]) -> list[list[int]]:
    for phrase in phrases:
        if not isinstance(phrase, list):
            raise ValueError(f"`force_words_ids` {_FORMS}; {phrase!r} stands beside lists")
        _check(phrase)
    return phrases


def _check(phrase: list[Any]) -> None:
    if not phrase or any(not isinstance(token, int) or token < 0 for token in phrase):
        raise ValueError(f"`force_words_ids` {_FORMS}; {phrase!r} holds something else")


__all__ = ["constrained_beam_search", "constraints_of"]
