"""Beam search inside `jax.jit` and `tf.function`: tokens, scores and origins of the loop outside."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from ..models.test_generation import writer
from .ring import FRAMEWORKS, ring, tensor
from .test_traced import prompt

MANY = [5, 8, 9, *range(30, 60)]  # so many ends that texts end early
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {"num_return_sequences": 2, "length_penalty": 0.7},
    "early": {"early_stopping": True, "length_penalty": 1.7, "eos_token_id": MANY},
    "never": {"early_stopping": "never", "length_penalty": 0.5, "eos_token_id": [*MANY, *range(10, 30)]},
    "against": {"length_penalty": -1.0, "early_stopping": "never", "eos_token_id": MANY},
    "rules": {
        "repetition_penalty": 1.3,
        "no_repeat_ngram_size": 2,
        "min_new_tokens": 2,
        "eos_token_id": MANY,
    },
}
COMMON = [("jax", "gpt2", "rules"), ("jax", "t5", "never"), ("tf", "llama", "early"), ("tf", "bart", "rules")]
ALL = [
    pytest.param(*one, marks=() if one in COMMON else pytest.mark.full)
    for one in itertools.product(("jax", "tf"), ("gpt2", "llama", "t5", "bart"), SETTINGS)
]


def traced(framework: str, model: Any, arrays: dict[str, Any], given: dict[str, Any]) -> Any:
    """What `generate` gives inside a compiled function."""
    if framework == "jax":
        jax = pytest.importorskip("jax")
        return jax.jit(lambda params, a: model.generate(**a, **given, params=params))(model.params, arrays)
    tf = pytest.importorskip("tensorflow")
    rows = {name: tf.constant(value) for name, value in arrays.items()}
    return tf.function(lambda a: model.generate(**a, **given), jit_compile=True)(rows)


@pytest.mark.parametrize(("framework", "name", "setting"), ALL)
def test_compiled_beams_are_those_of_the_loop(framework: str, name: str, setting: str) -> None:
    pytest.importorskip({"tf": "tensorflow"}.get(framework, framework))
    batch, mask = prompt(name)
    model, arrays = writer(framework, name), {"input_ids": batch, "attention_mask": mask}
    given = {**SETTINGS[setting], "num_beams": 3, "max_new_tokens": 6}
    given |= {"return_dict_in_generate": True, "output_scores": True}
    expected = model.generate(**arrays, **given)
    found = traced(framework, model, arrays, given)
    assert type(found) is type(expected)
    ids, origins = np.asarray(expected.sequences), np.asarray(expected.beam_indices)
    start = 1 if name in ("t5", "bart") else 5
    assert found.sequences.shape == (len(ids), start + 6) and found.beam_indices.shape == (len(ids), 6)
    wide = np.zeros(found.sequences.shape, ids.dtype)
    wide[:, : ids.shape[1]] = ids
    np.testing.assert_array_equal(found.sequences, wide)
    wide = np.full(found.beam_indices.shape, -1)
    wide[:, : origins.shape[1]] = origins
    np.testing.assert_array_equal(found.beam_indices, wide)
    np.testing.assert_allclose(found.sequences_scores, expected.sequences_scores, atol=2e-6)


def test_jax_beams_come_with_their_scores_inside_and_outside() -> None:
    jax = pytest.importorskip("jax")
    batch, _ = prompt("gpt2")
    model, given = writer("jax", "gpt2"), {"num_beams": 2, "max_new_tokens": 3}
    outside = model.generate(batch, **given)
    inside = jax.jit(lambda rows: model.generate(rows, **given))(batch)
    assert type(inside).__name__ == type(outside).__name__ == "FlaxBeamSearchOutput"
    np.testing.assert_array_equal(inside.sequences, outside.sequences)
    np.testing.assert_allclose(inside.scores, outside.scores, atol=2e-6)
    full = model.generate(batch, **given, return_dict_in_generate=True, output_scores=True)
    np.testing.assert_allclose(outside.scores, full.sequences_scores)


def test_compiled_beams_are_drawn_by_their_key() -> None:
    jax = pytest.importorskip("jax")
    batch, _ = prompt("gpt2")
    model = writer("jax", "gpt2")
    given = {"num_beams": 2, "do_sample": True, "top_k": 0, "max_new_tokens": 4}
    run = jax.jit(lambda key: model.generate(batch, prng_key=key, **given).sequences)
    one, again, other = (np.asarray(run(jax.random.key(k))) for k in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any() and one.shape == (2, 9)
    # The best four of both beams, cold: nothing but the search's own choice is left to draw.
    cold = jax.jit(lambda: model.generate(batch, **{**given, "temperature": 1e-3}).sequences)()
    np.testing.assert_array_equal(cold, model.generate(batch, num_beams=2, max_new_tokens=4).sequences)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_different_places_are_drawn_as_one_after_the_other(framework: str) -> None:
    likely = np.array([0.1, 0.2, 0.3, 0.4, 0.0])
    scores = np.log(likely, out=np.full(5, -np.inf), where=likely > 0).astype(np.float32)
    count = 20_000
    uniform = np.random.default_rng(3).random((count, 5)).astype(np.float32)
    uniform[0] = 0.0
    rows = np.ascontiguousarray(np.broadcast_to(scores, (count, 5)))
    draw = ring(framework, "generation.sampling_beams").drawn
    places = np.asarray(draw(tensor(framework, rows), tensor(framework, uniform), 2).tolist())
    seen = {pair: 0 for pair in itertools.permutations(range(4), 2)}
    for pair in map(tuple, places):
        seen[pair] += 1
    wanted = {(a, b): likely[a] * likely[b] / (1 - likely[a]) * count for a, b in seen}
    statistic = sum((seen[pair] - wanted[pair]) ** 2 / wanted[pair] for pair in seen)
    assert statistic < 31.26  # the 99.9th percentile of chi-square with 11 degrees of freedom
