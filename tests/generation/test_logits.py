"""Every processor against its definition, in every framework, eager and compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .logits_cases import CASES, IDENTITIES, IDS, LENGTHS, SCORES, Case
from .ring import COMPILED, FRAMEWORKS, call, compiled, make, tensor

everywhere = pytest.mark.parametrize("framework", FRAMEWORKS)
every_case = pytest.mark.parametrize("case", CASES, ids=IDENTITIES)


def close(found: Any, case: Case, length: int) -> None:
    np.testing.assert_allclose(found, case.wanted(length), rtol=2e-6, atol=2e-6)


def buffer(case: Case, length: int) -> Any:
    """The tokens, then what was never written."""
    ids = case.ids.copy()
    ids[:, length:] = np.resize([0, -1, 10**6, 3], ids[:, length:].shape)
    return ids


@everywhere
@every_case
def test_processor_follows_its_definition(framework: str, case: Case) -> None:
    processor = make(framework, case.name, case.arguments)
    before = case.scores.copy()
    for length in LENGTHS if framework in ("pt", "np") else LENGTHS[-1:]:
        close(call(framework, processor, case.ids[:, :length], case.scores), case, length)
    np.testing.assert_array_equal(case.scores, before)


@everywhere
@every_case
def test_columns_after_the_current_length_do_not_count(framework: str, case: Case) -> None:
    processor = make(framework, case.name, case.arguments)
    for length in LENGTHS if framework in ("pt", "np") else LENGTHS[1:2]:
        for given in (length, tensor(framework, np.array(length))):
            close(call(framework, processor, buffer(case, length), case.scores, cur_len=given), case, length)


def test_torch_compiles_processors_into_one_graph_for_every_length() -> None:
    torch = pytest.importorskip("torch")
    listed = make(
        "pt", "LogitsProcessorList", ([make("pt", case.name, case.arguments) for case in CASES[:36]],)
    )
    graphs = []

    def count(graph: Any, _: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    run = torch.compile(
        lambda ids, scores, length: listed(ids, scores, cur_len=length), fullgraph=True, backend=count
    )
    for length in LENGTHS:
        ids, scores = torch.tensor(IDS), torch.tensor(SCORES)
        found = run(ids, scores, torch.tensor(length))
        np.testing.assert_allclose(found, listed(ids[:, :length], scores), rtol=2e-6, atol=2e-6)
    assert len(graphs) == 1


@pytest.mark.parametrize("framework", COMPILED)
@every_case
def test_one_graph_serves_every_length(framework: str, case: Case) -> None:
    run = compiled(framework, make(framework, case.name, case.arguments))
    for length in LENGTHS:
        close(run(buffer(case, length), case.scores, length), case, length)
