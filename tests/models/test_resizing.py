"""Vocabulary and heads change their size in JAX, TensorFlow and NumPy as they do in PyTorch."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transformers import PreTrainedModel

from . import cases
from .adapters import ADAPTERS
from .test_common import close, fed, ids

NAMES = [name for name in cases.NAMES if "resized" in cases.case(name)]
# The face's part does not depend on the architecture: JAX and TensorFlow, which compile, show it with two.
PAIRS = [("np", name) for name in NAMES] + [(key, name) for key in ("jax", "tf") for name in ("bert", "gpt2")]
pairs = pytest.mark.parametrize(("key", "name"), PAIRS)


def pair(key: str, name: str) -> tuple[Any, Any]:
    """The same model in PyTorch and in another framework."""
    kind = cases.case(name)["resized"]
    return ADAPTERS["pt"].build(name, kind), ADAPTERS[key].build(name, kind)


def logits(key: str, model: Any, name: str) -> np.ndarray:
    return np.asarray(ADAPTERS[key].run(model, fed(name, ids(name))).logits)


@pairs
def test_resizing_keeps_old_tokens(key: str, name: str, tmp_path: Path) -> None:
    ours, model = pair(key, name)
    before = model.config.vocab_size
    expected = logits("pt", ours, name)
    table = model.resize_token_embeddings(before + 5, pad_to_multiple_of=8)
    size = -(-(before + 5) // 8) * 8
    assert (table.weight if key == "tf" else table).shape[0] == model.config.vocab_size == size
    found = logits(key, model, name)
    assert found.shape[-1] == size
    close(found[..., :before], expected)
    model.save_pretrained(tmp_path)
    again = type(ours).from_pretrained(tmp_path)  # ties and shapes are those of the new size
    close(logits("pt", again, name), found)
    model.resize_token_embeddings(before)
    close(logits(key, model, name), expected)
    with pytest.raises(ValueError, match="positive"):
        model.resize_token_embeddings(0)
    assert model.config.vocab_size == before


@pairs
def test_pruned_heads_are_those_of_torch(key: str, name: str) -> None:
    ours, model = pair(key, name)
    if type(ours.base_model)._prune_heads is PreTrainedModel._prune_heads:
        with pytest.raises(NotImplementedError, match="pruned"):
            model.prune_heads({0: [0]})
        return
    more = {} if cases.case(name).get("shares_layers") else {1: [2]}
    for change in ({0: [1]}, {0: [1, 0], **more}):
        ours.prune_heads(change)
        model.prune_heads(change)
    assert model.config.pruned_heads == ours.config.pruned_heads == {0: [0, 1], **more}
    expected = logits("pt", ours, name)
    close(logits(key, model, name), expected)
    close(logits(key, pickle.loads(pickle.dumps(model)), name), expected)
    with pytest.raises(ValueError, match="heads are numbered"):
        model.prune_heads({0: [99]})


@pytest.mark.parametrize("key", ["jax", "tf"])
def test_resized_model_trains(key: str) -> None:
    _, model = pair(key, "bert")
    model.resize_token_embeddings(model.config.vocab_size + 3)
    batch = {"input_ids": ids("bert"), "labels": ids("bert")}
    if key == "tf":
        model.compile("sgd")
        history = model.fit(batch, verbose=0).history
        assert np.isfinite(history["loss"]).all()
        return
    gradients = ADAPTERS[key].gradients(model, batch)
    table = gradients["bert.embeddings.word_embeddings.weight"]
    assert len(table) == model.config.vocab_size
    assert np.isfinite(table).all()
    assert table.any()
