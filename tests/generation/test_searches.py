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
