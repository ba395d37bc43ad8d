"""The best of many scores, found by blocks: what a sort by NumPy finds, ties by their places."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .ring import FRAMEWORKS, ring, tensor

BLOCK = 64


@pytest.fixture(autouse=True)
def _few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for framework in FRAMEWORKS:
        monkeypatch.setattr(ring(framework, "generation.sampling_beams"), "MANY", 16)


def check(framework: str, x: np.ndarray[Any, Any], count: int, *, stable: bool = True) -> None:
    found = ring(framework, "generation.sampling_beams").largest(tensor(framework, x), count)
    values, places = (np.asarray(part) for part in found)
    expected = np.argsort(-x, axis=1, kind="stable")[:, :count]
    np.testing.assert_array_equal(values, np.take_along_axis(x, expected, 1))
    np.testing.assert_array_equal(np.take_along_axis(x, places, 1), values)
    assert all(len(set(row)) == count for row in places.tolist())
    if stable:
        np.testing.assert_array_equal(places, expected)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("width", [16 * BLOCK, 16 * BLOCK + 7, 15 * BLOCK, 40 * BLOCK + 63])
@pytest.mark.parametrize("count", [1, 8, 17])
def test_places_of_the_largest(framework: str, width: int, count: int) -> None:
    x = np.random.default_rng(width + count).standard_normal((3, width)).astype(np.float32)
    check(framework, x, count)
    x[:, -3:] += 9  # behind the last whole block, where there is one
    check(framework, x, count)
    x[1] = np.sort(x[1])[::-1]  # all of them in one block
    check(framework, x, count)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("levels", [1, 3])
def test_equal_scores(framework: str, levels: int) -> None:
    x = np.random.default_rng(5).integers(0, levels, (2, 20 * BLOCK + 5)).astype(np.float32)
    x[0, ::3] = -np.inf
    check(framework, x, 9, stable=framework != "pt")  # PyTorch's topk promises no order among equal ones
