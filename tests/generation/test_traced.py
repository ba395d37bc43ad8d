"""`generate` inside `jax.jit` and `tf.function`: the same text as outside, from one traced loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ..models import cases
from ..models.test_common import ids
from ..models.test_generation import write, writer

ONES = ("llama", "t5")
RULES: dict[str, Any] = {"repetition_penalty": 1.3, "no_repeat_ngram_size": 2, "min_new_tokens": 2}


def prompt(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Ids (2, 5), the second row padded, and their mask."""
    batch = ids(name, 2, 5)
    mask = np.ones_like(batch)
    gap = slice(3, 5) if cases.case(name).get("seq2seq") else slice(0, 2)
    batch[1, gap] = mask[1, gap] = 0
    return batch, mask


@pytest.mark.parametrize("name", ONES)
def test_jitted_text_is_that_of_the_loop(name: str) -> None:
    jax = pytest.importorskip("jax")
    batch, mask = prompt(name)
    model = writer("jax", name)
    expected = write("jax", model, batch, mask, **RULES)

    @jax.jit
    def run(params: Any, rows: Any, seen: Any) -> Any:
        found = model.generate(rows, attention_mask=seen, params=params, max_new_tokens=4, **RULES)
        return found["sequences"]

    np.testing.assert_array_equal(run(model.params, batch, mask), expected)


def test_rules_about_the_prompt_hold_in_a_jitted_call() -> None:
    jax = pytest.importorskip("jax")
    batch, mask = prompt("llama")
    model, rule = writer("jax", "llama"), {"encoder_repetition_penalty": 50.0}
    plain, expected = (write("jax", model, batch, mask, **options) for options in ({}, rule))
    run = jax.jit(
        lambda rows: model.generate(rows, attention_mask=mask, max_new_tokens=4, **rule)["sequences"]
    )
    np.testing.assert_array_equal(run(batch), expected)
    assert (plain != expected).any()


def test_jitted_sampling_follows_its_key() -> None:
    jax = pytest.importorskip("jax")
    batch, _ = prompt("llama")
    model = writer("jax", "llama")

    @jax.jit
    def run(key: Any) -> Any:
        return model.generate(batch, prng_key=key, do_sample=True, top_k=0, max_new_tokens=4)["sequences"]

    one, again, other = (np.asarray(run(jax.random.key(k))) for k in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    assert one.shape == (2, 9)


@pytest.mark.parametrize("name", ONES)
@pytest.mark.parametrize("xla", [False, True])
def test_graph_text_is_that_of_the_loop(name: str, xla: bool) -> None:
    tf = pytest.importorskip("tensorflow")
    batch, mask = prompt(name)
    model = writer("tf", name)
    expected = write("tf", model, batch, mask, **RULES)
    run = tf.function(
        lambda rows, seen: model.generate(rows, attention_mask=seen, max_new_tokens=4, **RULES),
        jit_compile=xla,
    )
    np.testing.assert_array_equal(run(tf.constant(batch), tf.constant(mask)), expected)


def test_rows_that_ended_are_padded_in_a_graph() -> None:
    tf = pytest.importorskip("tensorflow")
    batch, _ = prompt("llama")
    model = writer("tf", "llama")
    free = write("tf", model, batch)
    ends = {"eos_token_id": int(free[0, 6]), "pad_token_id": 98}
    expected = write("tf", model, batch, **ends)
    run = tf.function(lambda rows: model.generate(rows, max_new_tokens=4, **ends))
    found = run(tf.constant(batch)).numpy()
    np.testing.assert_array_equal(found[:, : expected.shape[1]], expected)
    assert (found[0, 7:] == 98).all()


def test_several_texts_are_drawn_for_a_prompt() -> None:
    jax = pytest.importorskip("jax")
    batch, mask = prompt("t5")
    model = writer("jax", "t5")
    given = {"do_sample": True, "num_return_sequences": 2, "max_new_tokens": 3}
    run = jax.jit(lambda rows, seen: model.generate(rows, attention_mask=seen, **given))
    found = run(batch, mask)
    assert type(found).__name__ == "FlaxSampleOutput" and found.sequences.shape == (4, 4)
    given |= {"top_k": 1, "return_dict_in_generate": True}
    likeliest = jax.jit(lambda: model.generate(batch, attention_mask=mask, **given))()
    assert type(likeliest).__name__ == "GenerateEncoderDecoderOutput"
    expected = write("jax", model, batch, mask)[:, :4].repeat(2, axis=0)
    np.testing.assert_array_equal(likeliest.sequences, expected)


def test_what_cannot_be_traced_is_named() -> None:
    tf = pytest.importorskip("tensorflow")
    model, batch = writer("tf", "llama"), tf.constant(prompt("llama")[0])
    for given, text in (
        ({"penalty_alpha": 0.6, "top_k": 4}, "contrastive_search cannot run inside a compiled function"),
        ({"stopping_criteria": [lambda rows, scores: True]}, "stopping_criteria cannot run inside"),
        ({"max_time": 1.0}, "max_time cannot run inside"),
        ({"stop_strings": ["a"]}, "stop_strings cannot run inside"),
        ({"guidance_scale": 1.5}, "guidance_scale cannot run inside"),
        ({"position_ids": np.arange(5)[None]}, "position_ids cannot be passed to generate inside"),
    ):
        with pytest.raises(ValueError, match=text):
            tf.function(lambda rows, given=given: model.generate(rows, **given))(batch)
    signature = [tf.TensorSpec([None, None], tf.int64)]
    with pytest.raises(ValueError, match="prompts of known shape"):
        tf.function(lambda rows: model.generate(rows), input_signature=signature)(batch)


def test_model_without_a_cache_is_not_traced() -> None:
    jax = pytest.importorskip("jax")
    from ..models.adapters import ADAPTERS

    model = ADAPTERS["jax"].build("xlnet", "XLNetLMHeadModel", "lm")
    with pytest.raises(ValueError, match="call generate eagerly"):
        jax.jit(lambda rows: model.generate(rows, max_new_tokens=2)["sequences"])(np.ones((1, 3), np.int32))
