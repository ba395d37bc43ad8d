"""Comparing results whose numbers may differ a little."""

from __future__ import annotations

from typing import Any

import pytest


def near(value: Any) -> Any:
    """A result whose numbers may differ by 1e-5."""
    if isinstance(value, list):
        return [near(item) for item in value]
    if isinstance(value, dict):
        return {key: near(item) for key, item in value.items()}
    return pytest.approx(value, abs=1e-5) if isinstance(value, float) else value
