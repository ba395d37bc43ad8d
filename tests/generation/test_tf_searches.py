"""TensorFlow's searches of release 4.35 by their own names give what that release gave."""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from ..models import seeding  # noqa: E402
from ..models.adapters import ADAPTERS  # noqa: E402
from . import tf_search_cases as cases  # noqa: E402

library = importlib.import_module("transformers")
GOLDEN = json.loads(gzip.decompress((Path(__file__).parent / "tf_searches.json.gz").read_bytes()))["runs"]


@pytest.fixture(scope="module", params=cases.MODELS)
def calls(request: pytest.FixtureRequest) -> Any:
    """The model's name, and its calls."""
    data, adapter = cases.MODELS[request.param], ADAPTERS["tf"]
    model = getattr(library, data["class"])(getattr(library, data["config"])(**data["values"]))
    adapter.assign(model, {n: seeding.weight(n, s) for n, s in adapter.shapes(model).items()})
    return request.param, cases.Calls(library, tf, model, data["pair"])


@pytest.mark.parametrize("key", cases.SEARCHES)
def test_search_by_name_is_that_of_the_published_release(calls: Any, key: str) -> None:
    name, made = calls
    expected, found = GOLDEN[name][key], cases.numbers(getattr(made, key)())
    assert found["sequences"] == expected["sequences"]
    assert found.get("origins") == expected.get("origins")
    np.testing.assert_allclose(found["steps"], expected["steps"], atol=1e-3, rtol=1e-3)
    np.testing.assert_allclose(found.get("totals", []), expected.get("totals", []), atol=2e-4, rtol=2e-5)


def test_searches_are_those_of_generate(calls: Any) -> None:
    name, made = calls
    ids, kwargs = made.inputs()
    found = made.model.greedy_search(ids, max_length=9, **kwargs)
    given = {"attention_mask": kwargs["attention_mask"], "max_length": 9, "do_sample": False}
    prompt, _ = cases.prompt(name == "t5")
    expected = made.model.generate(tf.constant(prompt), **given)
    np.testing.assert_array_equal(found, expected)
    drawn = [made.model.sample(ids, max_length=9, seed=(1, seed), **kwargs).numpy() for seed in (4, 4, 5)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert drawn[0].shape != drawn[2].shape or (drawn[0] != drawn[2]).any()


def test_scores_of_tokens_make_up_those_of_texts(calls: Any) -> None:
    _, made = calls
    found = made.endless_beams()
    steps = made.model.compute_transition_scores(found.sequences, found.scores, found.beam_indices)
    length = found.sequences.shape[1]
    np.testing.assert_allclose(steps.numpy().sum(1) / length**0.5, found.sequences_scores, rtol=1e-4)
    greedy = made.greedy_search()
    steps = made.model.compute_transition_scores(greedy.sequences, greedy.scores, normalize_logits=True)
    start = greedy.sequences.shape[1] - len(greedy.scores)
    first = greedy.scores[0][0].numpy().astype(np.float64)
    token = greedy.sequences[0, start]
    assert abs(steps[0, 0] - (first[token] - np.log(np.exp(first).sum()))) < 1e-5


def test_wrong_calls_are_named(calls: Any) -> None:
    name, made = calls
    ids, kwargs = made.inputs()
    with pytest.raises(ValueError, match=r"shape \(batch, num_beams, tokens\)"):
        made.model.beam_search(ids, **kwargs)
    with pytest.raises(ValueError, match="wrong"):
        made.model.greedy_search(ids, max_length=9, wrong=ids, **kwargs)
    if name == "t5":
        with pytest.raises(ValueError, match="start behind the encoder"):
            made.model.greedy_search(ids, max_length=9)
    kept, made.model.generation_config.pad_token_id = made.model.generation_config.pad_token_id, None
    try:
        with pytest.raises(ValueError, match="give pad_token_id too"):
            made.model.greedy_search(ids, max_length=9, eos_token_id=2, **kwargs)
    finally:
        made.model.generation_config.pad_token_id = kept


def test_published_classes_are_there() -> None:
    model = library.TFGPT2LMHeadModel
    assert issubclass(model, library.TFGenerationMixin)
    home = importlib.import_module("transformers.generation.tf_utils")
    assert home.TFGenerationMixin is library.TFGenerationMixin
    if importlib.util.find_spec("jax") is not None:
        assert issubclass(library.FlaxGPT2LMHeadModel, library.FlaxGenerationMixin)
    with pytest.raises(TypeError, match="does not predict tokens"):
        library.TFGPT2Model(library.GPT2Config(**cases.MODELS["gpt2"]["values"])).greedy_search(None)
