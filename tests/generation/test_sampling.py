"""Drawing tokens: the right distribution, never an impossible token; ranking candidates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .ring import FRAMEWORKS, make, ring, tensor

everywhere = pytest.mark.parametrize("framework", FRAMEWORKS)
DRAWS = 20_000
SCORES = (2 * np.random.default_rng(1).normal(size=(1, 12))).astype(np.float32)


def expected() -> Any:
    """Probabilities after temperature 0.8, the best 6, and those that make up 0.9."""
    row = SCORES[0].astype(np.float64) / 0.8
    best = np.argsort(-row)[:6]
    likely = np.exp(row[best]) / np.exp(row[best]).sum()
    kept = np.cumsum(likely) - likely < 0.9
    found = np.zeros(12)
    found[best[kept]] = likely[kept] / likely[kept].sum()
    return found


def warped(framework: str) -> Any:
    listed = ring(framework).LogitsProcessorList(
        [
            make(framework, "TemperatureLogitsWarper", (0.8,)),
            make(framework, "TopKLogitsWarper", (6,)),
            make(framework, "TopPLogitsWarper", (0.9,)),
        ]
    )
    return listed(None, tensor(framework, SCORES))


def chi_square(tokens: Any) -> float:
    """Pearson's statistic of draws against `expected`; inf where an impossible token was drawn."""
    likely, seen = expected(), np.bincount(tokens.ravel(), minlength=12)
    if seen[likely == 0].any():
        return float("inf")
    wanted = likely[likely > 0] * tokens.size
    return float((((seen[likely > 0] - wanted) ** 2) / wanted).sum())


# The 99.9th percentiles of chi-square with 3, 4 and 5 degrees of freedom.
LIMITS = {3: 16.27, 4: 18.47, 5: 20.52}


@everywhere
def test_draws_follow_the_distribution(framework: str) -> None:
    uniform = np.random.default_rng(2).random((1, DRAWS)).astype(np.float32)
    tokens = np.asarray(
        ring(framework, "generation.sampling").sample(warped(framework), tensor(framework, uniform))
    )
    assert tokens.shape == (1, DRAWS)
    assert chi_square(tokens) < LIMITS[int((expected() > 0).sum()) - 1]


@everywhere
def test_draw_is_the_inverse_of_the_distribution_function(framework: str) -> None:
    likely = np.array([[0.0, 0.25, 0.0, 0.75, 0.0], [0.5, 0.5, 0.0, 0.0, 0.0]], np.float32)
    scores = np.where(likely > 0, np.log(np.maximum(likely, 1e-9)), np.float32(-np.inf))
    one_below = np.nextafter(np.float32(1), np.float32(0))
    draw = ring(framework, "generation.sampling").sample
    for points, wanted in (((0.0, 0.0), (1, 0)), ((0.26, 0.6), (3, 1)), ((one_below, one_below), (3, 1))):
        tokens = draw(tensor(framework, scores), tensor(framework, np.array(points, np.float32)))
        assert tuple(np.asarray(tokens).tolist()) == wanted
