"""Every operation of the table agrees with PyTorch over every framework."""

from __future__ import annotations

import pytest

from .check_frameworks import check
from .harness import FRAMEWORKS, OPERATIONS


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_operation_agrees_with_pytorch(framework: str, name: str) -> None:
    assert check(framework, name) == []
