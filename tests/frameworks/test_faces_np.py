"""Facts that a NumPy model tells about itself, and names that stand for the same face class."""

from __future__ import annotations

import numpy as np
import pytest

import transformers

CONFIG = transformers.BertConfig(
    num_hidden_layers=1, hidden_size=8, num_attention_heads=2, intermediate_size=8, vocab_size=9
)


@pytest.mark.parametrize(("given", "expected"), [(None, np.float32), ("float16", np.float16)])
def test_numpy_model_has_the_published_properties(given: str | None, expected: type) -> None:
    model = transformers.NpBertModel(CONFIG, dtype=given)
    assert model.dtype == np.dtype(expected)
    assert model.device == "cpu"
    assert {array.dtype for array in model.state_dict().values()} == {np.dtype(expected)}
    assert model(**model.dummy_inputs).last_hidden_state.shape == (3, 5, 8)


@pytest.mark.parametrize("name", ["Albert", "Bert", "DistilBert", "GPT2", "MPNet", "Roberta", "XLNet"])
def test_main_layer_is_the_bare_model(name: str) -> None:
    pytest.importorskip("tensorflow")
    layer = getattr(transformers, f"TF{name}MainLayer")
    assert layer is getattr(transformers, f"TF{name}Model")
