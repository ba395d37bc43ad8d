"""Lists of processors: order, keywords, processors of users."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .logits_cases import IDS, SCORES
from .ring import FRAMEWORKS, call, make, ring, tensor

everywhere = pytest.mark.parametrize("framework", FRAMEWORKS)


@everywhere
def test_list_applies_in_order(framework: str) -> None:
    processors = [
        make(framework, "TemperatureLogitsWarper", (0.5,)),
        make(framework, "TopKLogitsWarper", (3,)),
        make(framework, "MinLengthLogitsProcessor", (5, 0)),
    ]
    listed = ring(framework).LogitsProcessorList(processors)
    assert isinstance(listed, list)
    assert len(listed) == 3
    found = call(framework, listed, IDS, SCORES, cur_len=4)
    wanted = np.full_like(SCORES, -np.inf)
    for row, old in zip(wanted, SCORES, strict=True):
        best = np.argsort(-old)[:3]
        row[best] = old[best] * 2
        row[0] = -np.inf
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


@everywhere
def test_list_hands_keywords_to_those_that_name_them(framework: str) -> None:
    listed = ring(framework).LogitsProcessorList()
    listed.append(make(framework, "HammingDiversityLogitsProcessor", (1.0, 2, 2)))
    listed.append(make(framework, "TemperatureLogitsWarper", (2.0,)))
    tokens = tensor(framework, np.array([3, 0, 4, 0, 3, 0, 1, 0]))
    found = call(framework, listed, IDS, SCORES, current_tokens=tokens, beam_group_idx=1)
    wanted = SCORES.copy()
    wanted[range(4), [3, 4, 3, 1]] -= 1
    np.testing.assert_allclose(found, wanted / 2, rtol=1e-6)


def test_processor_of_two_arguments_sees_tokens_only() -> None:
    seen: list[Any] = []

    def plain(input_ids: Any, scores: Any) -> Any:
        seen.append(tuple(input_ids.shape))
        return scores

    class Open:
        def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
            seen.append((tuple(input_ids.shape), kwargs))
            return scores

    class Bound:
        def method(self, input_ids: Any, scores: Any, cur_len: Any = None) -> Any:
            seen.append((tuple(input_ids.shape), cur_len))
            return scores

    listed = ring("np").LogitsProcessorList([plain, Open(), Bound().method])
    call("np", listed, IDS, SCORES, cur_len=2, flavour="mint")
    assert seen == [(4, 2), ((4, 2), {"flavour": "mint"}), ((4, 9), 2)]


def test_filtering_keeps_the_best_of_the_most_likely() -> None:
    keep = ring("np").top_k_top_p_filtering
    scores = tensor("np", np.log(np.array([[0.1, 0.4, 0.2, 0.3]], np.float32)))
    finite = [
        np.flatnonzero(np.isfinite(np.asarray(keep(scores, *pair))[0])).tolist()
        for pair in ((0, 1.0), (2, 1.0), (0, 0.5), (3, 0.5), (0, 2.0))
    ]
    assert finite == [[0, 1, 2, 3], [1, 3], [1, 3], [1, 3], [0, 1, 2, 3]]
