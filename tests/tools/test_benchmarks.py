"""The benchmark compares two libraries, never one with itself."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def imports() -> ModuleType:
    """`benchmarks/imports.py` as a module."""
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "imports.py"
    spec = importlib.util.spec_from_file_location("benchmark_imports", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_versions_refuse_the_library_itself(imports: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="the library under test"):
        imports.versions(sys.executable)


def test_run_hides_the_path_from_another_interpreter(
    imports: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    other = tmp_path / "python"
    other.symlink_to(sys.executable)
    script = "import os; print(os.environ.get('PYTHONPATH'))"
    assert imports.run(sys.executable, script) == "/somewhere"
    assert imports.run(str(other), script) == "None"
