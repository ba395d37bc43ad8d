"""Longer texts of TensorFlow models are written by graphs: the same tokens, few graphs, none left behind."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from transformers.generation import tf_steps  # noqa: E402

from . import golden_cases  # noqa: E402
from .writers import assistant, build, prompt, tokens, writer  # noqa: E402

GROUPS = {"num_beams": 2, "num_beam_groups": 2, "diversity_penalty": 0.5}
CASES: list[Any] = [
    ("llama", "padded", {}),
    ("gpt2", "padded", {"num_beams": 2, "num_return_sequences": 2}),
    ("t5", "padded", {"repetition_penalty": 1.2}),
    pytest.param(
        "bart",
        "batch",
        {"num_beams": 2, "num_beam_groups": 2, "diversity_penalty": 0.5},
        marks=pytest.mark.full,
    ),
    ("gpt2", "alone", {"prompt_lookup_num_tokens": 3}),
    ("llama", "alone", {"penalty_alpha": 0.6, "top_k": 3}),
]


def written(framework: str, name: str, kind: str, settings: dict[str, Any]) -> list[list[int]]:
    given = prompt(framework, kind, golden_cases.MODELS[name]["pair"])
    more = {"max_new_tokens": 36, "eos_token_id": [2, 9], **settings}
    return tokens(framework, writer(framework, name).generate(**given, **more))


@pytest.mark.parametrize(("name", "kind", "settings"), CASES)
def test_graphs_write_the_tokens_of_numpy(name: str, kind: str, settings: dict[str, Any]) -> None:
    before = len(tf_steps._STEPS.get(writer("tf", name), {}))
    found = written("tf", name, kind, settings)
    assert found == written("np", name, kind, settings)
    assert len(tf_steps._STEPS[writer("tf", name)]) > before


@pytest.mark.full
def test_assistant_drafts_for_a_graph() -> None:
    settings = {"max_new_tokens": 36, "eos_token_id": None}
    given = prompt("tf", "alone", False)
    expected = tokens("np", writer("np", "llama").generate(**given, **settings))
    helped = writer("tf", "llama").generate(**given, **settings, assistant_model=assistant("tf", "llama"))
    assert tokens("tf", helped) == expected


def test_graphs_are_few_and_go_with_their_model() -> None:
    model, ids = build("tf", "llama"), np.array(golden_cases.PROMPT)
    model.generate(ids, max_new_tokens=31)
    assert model not in tf_steps._STEPS  # not worth a graph
    for new in (40, 50, 33):
        model.generate(ids[:, : new % 4 + 1], max_new_tokens=new, eos_token_id=None)
    ((run, frames),) = tf_steps._STEPS[model].values()
    assert run.experimental_get_tracing_count() == len(frames) == 1
    gone = weakref.ref(model)
    del model, run, frames
    gc.collect()
    assert gone() is None


def test_states_are_looked_at_without_a_graph() -> None:
    model, ids = writer("tf", "gpt2"), np.array(golden_cases.ALONE)
    found = model.generate(ids, max_new_tokens=34, output_attentions=True, return_dict_in_generate=True)
    assert found.attentions[3][0].shape[-1] == ids.shape[1] + 3
