"""Every recorded call of a pipeline that writes gives what the published release gave, in every framework."""

from __future__ import annotations

import functools
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.models import seeding
from tests.models.adapters import installed
from transformers import Conversation, pipeline

from . import writing, writing_calls

HERE = Path(__file__).parent
GOLDEN = json.loads(gzip.decompress((HERE / "writing_golden.json.gz").read_bytes()))
TALKS = json.loads((HERE / "conversations_golden.json").read_text())
CALLS = list(writing_calls.calls())
KINDS = sorted({(task, kind) for task, kind, *_ in CALLS})
pytestmark = [pytest.mark.filterwarnings("ignore:translation names no languages")]
THOROUGH = ("pt",)  # the others are slow with new shapes, and share all code outside the model
SAMPLE = {"np": 6, "jax": 12, "tf": 12}  # every so many calls


def _wanted(kind: str, framework: str) -> bool:
    """XLNet's long prompt is the host's work, and slow to compile."""
    return kind != "xlnet" or framework in ("pt", "np")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Any:
    @functools.cache
    def place(kind: str) -> Path:
        known = {**TALKS["shapes"], **GOLDEN["shapes"]}
        return writing.write(tmp_path_factory.mktemp(kind), kind, known[kind], seeding.weight)

    return place


def plain(value: Any) -> Any:
    """A result with tensors as lists."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Conversation):
        return value.messages
    if hasattr(value, "numpy"):
        value = value.numpy()
    return value.tolist() if hasattr(value, "tolist") else value


def outcome(run: Any, *arguments: Any, **keywords: Any) -> Any:
    """A call's result, or that it failed."""
    try:
        return plain(run(*arguments, **keywords))
    except Exception as error:
        return {"error": type(error).__name__}


@pytest.mark.parametrize(
    ("task", "kind", "framework"),
    [(*pair, framework) for pair in KINDS for framework in installed() if _wanted(pair[1], framework)],
)
def test_calls_write_what_was_recorded(places: Any, task: str, kind: str, framework: str) -> None:
    run = pipeline(task, str(places(kind)), framework=framework)
    own = [number for number, call in enumerate(CALLS) if call[:2] == (task, kind)]
    wrong = []
    for number in own[:: SAMPLE.get(framework, 1)]:
        _, _, arguments, keywords = CALLS[number]
        expected = GOLDEN["results"][number]
        found = outcome(run, *arguments, **keywords)
        both_fail = "error" in expected and "error" in found  # the kinds of error are tested one by one
        if found != expected and not both_fail:
            wrong.append(f"{number} {arguments} {keywords}: {found!r} instead of {expected!r}")
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize("framework", installed())
def test_conversations_go_on_as_recorded(places: Any, framework: str) -> None:
    made: dict[str, Any] = {}
    calls = list(writing_calls.conversations())
    step = 1 if framework in THOROUGH else 5
    for (_, kind, (talks,), keywords), expected in list(zip(calls, TALKS["results"], strict=True))[::step]:
        if kind not in made:
            made[kind] = pipeline("conversational", str(places(kind)), framework=framework)
        given = [Conversation([dict(message) for message in talk]) for talk in talks]
        assert plain(made[kind](given, **keywords)) == expected, (kind, keywords)
