"""Rows packed of several sequences, in every framework."""

from __future__ import annotations

import numpy as np
import pytest

from .adapters import ADAPTERS
from .test_common import close, everywhere, ids, trunk


@everywhere
@pytest.mark.parametrize("name", ["llama", "gpt2"])  # rotary and learned positions
def test_packed_sequences_equal_single_ones(framework: str, name: str) -> None:
    adapter, batch = ADAPTERS[framework], ids(name)
    model = trunk(adapter, name, num_hidden_layers=1)
    first, second = batch[:1], batch[1:, :4]
    row = np.concatenate([first, second], axis=1)
    places = np.array([[0, 1, 2, 3, 4, 5, 0, 1, 2, 3]])
    expected = [adapter.run(model, {"input_ids": part})[0] for part in (first, second)]
    for flags in ({}, {"use_cache": False}):
        found = adapter.run(model, {"input_ids": row, "position_ids": places}, **flags)[0]
        close(found, np.concatenate(expected, axis=1))
