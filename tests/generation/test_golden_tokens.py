"""Tokens, scores and origins of every strategy are those of the published releases, in every framework."""

from __future__ import annotations

import functools
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ..models.adapters import installed
from . import golden_cases
from .writers import assistant, prompt, tokens, writer

FRAMEWORKS = ("pt", "np", "tf", "jax")


@functools.cache
def golden() -> dict[str, Any]:
    return json.loads(gzip.decompress((Path(__file__).parent / "golden.json.gz").read_bytes()))


def cases() -> list[Any]:
    return [
        pytest.param(framework, name, key, id=f"{framework}-{name}-{key}")
        for framework in FRAMEWORKS
        for name in golden_cases.MODELS
        for key, call in golden_cases.CALLS.items()
        if framework in call.get("only", FRAMEWORKS)
        and (framework != "jax" or name in call.get("jax", [name]))
    ]


@pytest.mark.parametrize(("framework", "name", "key"), cases())
def test_tokens_are_those_of_the_published_release(framework: str, name: str, key: str) -> None:
    if framework not in installed():
        pytest.skip(f"{framework} is not installed")
    call, expected = golden_cases.CALLS[key], golden()["runs"][name][key]
    if framework == "pt":
        import torch

        torch.manual_seed(0)
    extra = {"assistant_model": assistant(framework, name)} if call.get("assisted") else {}
    found = writer(framework, name).generate(
        **prompt(framework, call.get("prompt", "batch"), golden_cases.MODELS[name]["pair"]),
        **call["set"],
        **extra,
        return_dict_in_generate=True,
        output_scores=True,
    )
    written, length = tokens(framework, found), len(expected["sequences"][0])
    assert [row[:length] for row in written] == expected["sequences"]
    assert all(token == 3 for row in written for token in row[length:])  # JAX pads to max_length
    if "scores" in expected:
        np.testing.assert_allclose(
            np.asarray(found.sequences_scores), expected["scores"], atol=2e-4, rtol=2e-5
        )
    if "origins" in expected:
        assert np.asarray(found.beam_indices).tolist() == expected["origins"]


def test_every_call_is_recorded() -> None:
    assert set(golden()["releases"]) == {"4.35", "4.57"}
    for name in golden_cases.MODELS:
        assert list(golden()["runs"][name]) == list(golden_cases.CALLS)
