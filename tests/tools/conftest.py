"""Tools are scripts: their folder goes on the path; small source trees are written for them to read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
if str(TOOLS) not in sys.path:
    sys.path.insert(0, str(TOOLS))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Write files of a small package laid out like the library; returns its folder."""

    def write_files(files: dict[str, str]) -> Path:
        root = tmp_path / "src" / "transformers"
        for name, text in {"__init__.py": '"""A small library."""\n', **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    return write_files
