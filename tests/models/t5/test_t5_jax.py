"""Encoders and decoders of JAX models run by themselves too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jnp = pytest.importorskip("jax.numpy")

from ..jax_models import JAX, count_runs  # noqa: E402
from ..test_common import close, fed, ids  # noqa: E402


def test_published_functions_take_arrays() -> None:
    from transformers.models.bart.modeling_flax_bart import shift_tokens_right

    moved = shift_tokens_right(np.array([[4, 9, -100], [5, 6, 7]]), 1, 2)
    assert np.asarray(moved).tolist() == [[2, 4, 9], [2, 5, 6]]


@pytest.mark.parametrize(
    ("name", "kind"), [("t5", "T5ForConditionalGeneration"), ("bart", "BartForConditionalGeneration")]
)
def test_encode_and_decode_are_the_call(name: str, kind: str) -> None:
    model = JAX.build(name, kind)
    inputs = fed(name, ids(name))
    mask = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]])
    expected = model(**inputs, attention_mask=mask)
    encoded = model.encode(inputs["input_ids"], mask)
    close(encoded.last_hidden_state, expected.encoder_last_hidden_state)
    decoder = inputs["decoder_input_ids"]
    close(model.decode(decoder, encoded, mask, params=model.params).logits, expected.logits)
    cache: Any = model.init_cache(2, 8, encoded)
    steps = []
    for place in (slice(0, 3), slice(3, 5)):
        step = model.decode(decoder[:, place], encoded, mask, past_key_values=cache, use_cache=True)
        cache = step.past_key_values
        steps.append(step.logits)
    close(jnp.concatenate(steps, axis=1), expected.logits)


def test_all_steps_of_the_decoder_run_one_compiled_function(monkeypatch: pytest.MonkeyPatch) -> None:
    model = JAX.build("t5", "T5ForConditionalGeneration")
    inputs = fed("t5", ids("t5"))
    decoder = inputs["decoder_input_ids"]
    encoded = model.encode(inputs["input_ids"])
    expected = model.decode(decoder, encoded).logits
    runs, cache, steps = count_runs(monkeypatch, model), model.init_cache(2, 8, encoded), []
    for place in range(decoder.shape[1]):
        step = model.decode(decoder[:, place : place + 1], encoded, past_key_values=cache)
        cache = step.past_key_values
        steps.append(step.logits)
    close(jnp.concatenate(steps, axis=1), expected)
    assert len(runs) == 2  # the first makes the cache, the others go on with it
