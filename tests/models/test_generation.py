"""What every architecture that writes must do, in every framework."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from . import cases
from .adapters import ADAPTERS, installed
from .devices import on_host, placed
from .test_common import ids, is_pair, light, written

NEW = 4
WRITING = [name for name in cases.NAMES if "cached" in cases.case(name)]
writing = pytest.mark.parametrize("name", WRITING)
# One decoder and one pair; the whole matrix has all.
ONES = (next(n for n in WRITING if is_pair(n)), next(n for n in WRITING if not is_pair(n)))


def writer(framework: str, name: str) -> Any:
    """The case's decoder, or its pair, which never ends a text by itself."""
    spec, adapter = cases.case(name)["cached"], ADAPTERS[framework]
    variant = cases.case(name)["variants"].get(spec.get("variant"), {})
    model = adapter.build(name, spec["class"], **variant, **light(name))
    settings = copy.deepcopy(model.generation_config)
    for key in ("eos_token_id", "forced_eos_token_id", "forced_bos_token_id", "max_length"):
        setattr(settings, key, 20 if key == "max_length" else None)
    settings.pad_token_id = 0
    if is_pair(name):
        settings.decoder_start_token_id = 2
    model.generation_config = settings
    return model


def write(framework: str, model: Any, batch: np.ndarray, mask: np.ndarray | None = None, **given: Any) -> Any:
    """Ids (B, T) of `generate`."""
    arrays = {"input_ids": batch, **({} if mask is None else {"attention_mask": mask})}
    if framework == "pt":
        arrays = {key: placed(value) for key, value in arrays.items()}
    found = model.generate(**arrays, max_new_tokens=NEW, **given)
    return np.asarray(found["sequences"] if framework == "jax" else on_host(found))


def by_hand(name: str, batch: np.ndarray) -> np.ndarray:
    """What the likeliest next tokens are, from whole forwards without a cache."""
    adapter, model = ADAPTERS["pt"], writer("pt", name)
    pair = is_pair(name)
    text = np.full((len(batch), 1), 2) if pair else batch
    for _ in range(NEW):
        given = {"input_ids": batch, "decoder_input_ids": text} if pair else {"input_ids": text}
        chosen = adapter.run(model, given)["logits"][:, -1].argmax(-1)
        text = np.concatenate([text, chosen[:, None]], axis=1)
    return text


@writing
def test_greedy_text_is_that_of_whole_forwards(name: str) -> None:
    batch, model = ids(name, 2, 5), writer("pt", name)
    expected = by_hand(name, batch)
    for given in ({}, {"use_cache": False}, {"cache_implementation": "static"}, {"num_beams": 1}):
        np.testing.assert_array_equal(write("pt", model, batch, **given), expected)


@writing
@pytest.mark.parametrize(
    "framework",
    [pytest.param(key, marks=pytest.mark.full if key == "jax" else ()) for key in installed() if key != "pt"],
)
def test_every_framework_writes_the_same(framework: str, name: str) -> None:
    batch = ids(name, 2, 5)
    torch_model, model = writer("pt", name), writer(framework, name)
    for given in ({}, {"num_beams": 2, "num_return_sequences": 2, "no_repeat_ngram_size": 2}):
        expected = write("pt", torch_model, batch, **given)
        np.testing.assert_array_equal(write(framework, model, batch, **given), expected)


@pytest.mark.parametrize("one", ONES)
def test_jax_writes_the_same(one: str) -> None:
    test_every_framework_writes_the_same("jax", one)


@writing
def test_padded_rows_are_written_as_single_ones(name: str) -> None:
    batch, model = ids(name, 2, 5), writer("pt", name)
    mask = np.ones_like(batch)
    gap = slice(3, 5) if is_pair(name) else slice(0, 2)
    kept = slice(0, 3) if is_pair(name) else slice(2, 5)
    mask[1, gap] = batch[1, gap] = 0
    for given in ({}, {"num_beams": 2}):
        found = write("pt", model, batch, mask, **given)
        alone = [write("pt", model, batch[:1], **given), write("pt", model, batch[1:, kept], **given)]
        for row, other in zip(found, alone, strict=True):
            np.testing.assert_array_equal(row[-NEW:], other[0, -NEW:])


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in ONES else pytest.mark.full) for n in WRITING]
)
def test_compiled_steps_are_one_graph(name: str) -> None:
    """No matter how the text grows."""
    import torch

    from transformers.generation import CompileConfig

    batch, model = ids(name, 2, 5), writer("pt", name)
    expected = write("pt", model, batch)
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    compiled = CompileConfig(backend="eager", fullgraph=True, mode=None)
    found = write("pt", model, batch, cache_implementation="static", compile_config=compiled)
    np.testing.assert_array_equal(found, expected)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1


@writing
def test_streamed_tokens_are_the_returned_ones(name: str) -> None:
    class Notes:
        def __init__(self) -> None:
            self.parts: list[Any] = []
            self.ended = False

        def put(self, value: Any) -> None:
            self.parts.append(np.asarray(value).reshape(1, -1))

        def end(self) -> None:
            self.ended = True

    notes, batch = Notes(), ids(name, 1, 5)
    found = write("pt", writer("pt", name), batch, streamer=notes)
    assert notes.ended
    np.testing.assert_array_equal(np.concatenate(notes.parts, axis=1), found)


def test_pair_begins_with_given_decoder_ids() -> None:

    name = next(n for n in WRITING if is_pair(n))
    model, batch = writer("pt", name), placed(ids(name, 2, 5))
    begun = placed(written(name)[:, :3])
    found = model.generate(batch, decoder_input_ids=begun, max_new_tokens=2)
    assert found.shape == (2, 6)
    assert (found[:, 0] == 2).all()
    np.testing.assert_array_equal(found[:, 1:4], begun)
