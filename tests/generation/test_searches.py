"""The searches of release 4.35 by their own names give what that release gave."""

from __future__ import annotations

import gzip
import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from . import golden_cases, search_cases  # noqa: E402
from .writers import assistant, build, prompt, writer  # noqa: E402

library = importlib.import_module("transformers")
GOLDEN = json.loads(gzip.decompress((Path(__file__).parent / "searches.json.gz").read_bytes()))["runs"]


def calls(name: str, kind: str = "padded") -> search_cases.Calls:
    pair = golden_cases.MODELS[name]["pair"]
    given = prompt("pt", kind, pair)
    models = writer("pt", name), assistant("pt", name)
    return search_cases.Calls(library, torch, *models, given["input_ids"], given["attention_mask"], pair)


@pytest.mark.parametrize("key", search_cases.SEARCHES)
@pytest.mark.parametrize("name", GOLDEN)
def test_search_by_name_is_that_of_the_published_release(name: str, key: str) -> None:
    expected = GOLDEN[name][key]
    made = calls(name, "alone" if key == "assisted_decoding" else "padded")
    torch.manual_seed(0)
    found = search_cases.numbers(getattr(made, key)())
    assert found["sequences"] == expected["sequences"]
    np.testing.assert_allclose(found["steps"], expected["steps"], atol=1e-3, rtol=1e-3)
    np.testing.assert_allclose(found.get("totals", []), expected.get("totals", []), atol=2e-4, rtol=2e-5)


def test_search_by_name_returns_ids_and_streams_them() -> None:
    made = calls("llama", "alone")
    kept: list[int] = []

    class Kept:
        def put(self, value: Any) -> None:
            kept.extend(np.asarray(value).reshape(-1).tolist())

        def end(self) -> None:
            kept.append(-1)

    length = made.ids.shape[1] + 5
    more = {"attention_mask": made.mask, "max_length": length, "pad_token_id": 3}
    found = made.model.greedy_search(made.ids, streamer=Kept(), **more)
    expected = made.model.generate(made.ids, attention_mask=made.mask, max_length=length, do_sample=False)
    assert torch.equal(found, expected) and kept == [*found[0].tolist(), -1]
    drawn = made.model.contrastive_search(
        made.ids, top_k=3, penalty_alpha=0.5, sequential=True, attention_mask=made.mask,
        stopping_criteria=library.StoppingCriteriaList([library.MaxLengthCriteria(length)]),
    )  # fmt: skip
    same = made.model.generate(
        made.ids, attention_mask=made.mask, max_length=length, top_k=3, penalty_alpha=0.5
    )
    assert torch.equal(drawn, same)


def test_searches_say_what_is_missing() -> None:
    model, ids = build("pt", "gpt2"), torch.tensor(golden_cases.PROMPT)
    model.generation_config.pad_token_id = None
    with pytest.raises(ValueError, match="give pad_token_id too"):
        model.greedy_search(ids, eos_token_id=2)
    with pytest.raises(ValueError, match="got unknown keywords: attention_musk"):
        model.greedy_search(ids, pad_token_id=3, attention_musk=None)
    with pytest.raises(ValueError, match="2 texts of 4 beams each, and input_ids have 2 rows"):
        model.beam_search(ids, library.BeamSearchScorer(batch_size=2, num_beams=4, device="cpu"))
    with pytest.raises(ValueError, match="start behind the encoder"):
        writer("pt", "t5").sample(ids, pad_token_id=3)
