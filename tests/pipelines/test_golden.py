"""Every recorded call gives what the published release gave, in every framework."""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.models import seeding
from tests.models.adapters import installed
from transformers import pipeline

from . import checkpoints

GOLDEN = json.loads(gzip.decompress((Path(__file__).parent / "golden.json.gz").read_bytes()))
CALLS = list(checkpoints.calls())
KINDS = sorted({(task, kind) for task, kind, *_ in CALLS})
THOROUGH = ("pt", "np")  # the others are slow with new shapes, and share all code outside the model
SAMPLE = 4


def _wanted(kind: str, framework: str) -> bool:
    return framework in THOROUGH or kind == "bert"


pytestmark = [pytest.mark.filterwarnings("ignore:.*(deprecated|fallback heuristic)")]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Any:
    @functools.cache
    def place(task: str, kind: str) -> Path:
        shapes = GOLDEN["shapes"][f"{task} {kind}"]
        return checkpoints.write(tmp_path_factory.mktemp(kind), task, kind, shapes, seeding.weight)

    return place


def differences(found: Any, expected: Any, where: str = "") -> Iterator[str]:
    """What differs; scores may by 1e-5."""
    if isinstance(expected, float):
        if not (isinstance(found, float) and abs(found - expected) <= 1e-5 * max(1.0, abs(expected))):
            yield f"{where}: {found!r} instead of {expected!r}"
    elif isinstance(expected, dict) and isinstance(found, dict):
        if found.keys() != expected.keys():
            yield f"{where}: keys {list(found)} instead of {list(expected)}"
        for key in found.keys() & expected.keys():
            yield from differences(found[key], expected[key], f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(found, list):
        if len(found) != len(expected):
            yield f"{where}: {len(found)} entries instead of {len(expected)}"
        for index, (one, other) in enumerate(zip(found, expected, strict=False)):
            yield from differences(one, other, f"{where}[{index}]")
    elif type(found) is not type(expected) or found != expected:
        yield f"{where}: {found!r} instead of {expected!r}"


@pytest.mark.parametrize(
    ("task", "kind", "framework"),
    [(*pair, framework) for pair in KINDS for framework in installed() if _wanted(pair[1], framework)],
)
def test_calls_give_what_was_recorded(places: Any, task: str, kind: str, framework: str) -> None:
    run = pipeline(task, str(places(task, kind)), framework=framework)
    own = [number for number, call in enumerate(CALLS) if call[:2] == (task, kind)]
    wrong = []
    for number in own if framework in THOROUGH else own[:: len(own) // SAMPLE]:
        _, _, arguments, keywords = CALLS[number]
        expected = GOLDEN["results"][number]
        if isinstance(expected, dict) and "error" in expected:
            continue
        wrong += differences(run(*arguments, **keywords), expected, f"{number} {arguments} {keywords}")
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize("framework", installed())
def test_half_precision_files_compute_as_their_values_in_single_precision(
    tmp_path: Path, framework: str
) -> None:
    task, shapes = "text-classification", GOLDEN["shapes"]["text-classification bert"]
    scores = []
    for number, kind in enumerate(("float16", "float32")):

        def rounded(name: str, shape: tuple[int, ...], kind: str = kind) -> Any:
            return seeding.weight(name, shape).astype("float16").astype(kind)

        folder = checkpoints.write(tmp_path / str(number), task, "bert", shapes, rounded)
        run = pipeline(task, str(folder), framework=framework)
        scores.append([row["score"] for row in run(checkpoints.SHORT, top_k=None)])
    assert scores[0] == pytest.approx(scores[1], abs=1e-7)
