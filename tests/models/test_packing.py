"""Rows packed of several sequences, in every framework."""

from __future__ import annotations

import numpy as np
import pytest

from .adapters import ADAPTERS
from .test_common import close, everywhere, ids, trunk


@everywhere
@pytest.mark.parametrize("name", ["falcon", "gpt_neo", "gptj", "opt"])
def test_positions_that_jump_stay_in_one_sequence(framework: str, name: str) -> None:
    adapter, batch = ADAPTERS[framework], ids(name)
    model = trunk(adapter, name)
    places = np.array([[1, 2, 4, 5, 3, 0], [0, 3, 1, 2, 6, 5]])
    given = {"input_ids": batch, "position_ids": places}
    expected = adapter.run(model, {**given, "attention_mask": np.ones_like(batch)})[0]
    found = adapter.run(model, given, use_cache=False)[0]
    close(found, expected)


@everywhere
@pytest.mark.parametrize("name", ["llama", "gpt2", "roberta"])  # rotary, learned and counted positions
def test_packed_sequences_equal_single_ones(framework: str, name: str) -> None:
    adapter, batch = ADAPTERS[framework], ids(name)
    counted = name == "roberta"  # its first token stands behind padding's position
    model = trunk(adapter, name, num_hidden_layers=1, **({"is_decoder": True} if counted else {}))
    padding = 1 if counted else -1
    assert not counted or model.config.pad_token_id == padding
    batch = np.where(batch == padding, 2, batch)
    first, second = batch[:1], batch[1:, :4]
    row = np.concatenate([first, second], axis=1)
    places = np.array([[0, 1, 2, 3, 4, 5, 0, 1, 2, 3]]) + padding + 1
    numbers = np.array([[0, 0, 0, 0, 0, 0, 1, 1, 1, 1]])
    expected = [adapter.run(model, {"input_ids": part})[0] for part in (first, second)]
    for flags in ({}, {"use_cache": False}):
        found = adapter.run(model, {"input_ids": row, "position_ids": places}, **flags)[0]
        close(found, np.concatenate(expected, axis=1))
    found = adapter.run(model, {"input_ids": row, "seq_idx": numbers})[0]
    close(found, np.concatenate(expected, axis=1))
