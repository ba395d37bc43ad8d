"""The closure: imports as they are written, followed or not, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from transformers.standalone.closure import Package

FILES = {
    "pack/__init__.py": "",
    "pack/a.py": "from .b import x\nfrom . import c\nimport json, os.path as p\n",
    "pack/b.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .d import z\nx = 1\n",
    "pack/c.py": "def f():\n    from .d import z\n    import torch\n    return z\n",
    "pack/d.py": "import numpy.linalg\nz = 1\n",
    "pack/sub/__init__.py": (
        "from ..b import x\n__all__ = ['x', 'y']\ntry:\n    y = 1\nexcept ValueError:\n    y = 2\n"
    ),
    "pack/sub/e.py": "import pack.d\nfrom .. import a\n",
}


@pytest.fixture
def pack(tmp_path: Path) -> Package:
    """A package of seven files."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Package(tmp_path / "pack")


@pytest.mark.parametrize(
    ("start", "options", "expected"),
    [
        ("pack.a", {}, {"pack.a", "pack.b", "pack.c", "pack.d", "pack"}),
        ("pack.a", {"late": False}, {"pack.a", "pack.b", "pack.c", "pack"}),
        ("pack.b", {}, {"pack.b"}),
        ("pack.b", {"typing": True}, {"pack.b", "pack.d"}),
        ("pack.sub", {}, {"pack.sub", "pack.b"}),
        ("pack.sub.e", {"late": False}, {"pack.sub.e", "pack", "pack.a", "pack.b", "pack.c", "pack.d"}),
    ],
)
def test_closure_follows_imports(
    pack: Package, start: str, options: dict[str, bool], expected: set[str]
) -> None:
    assert set(pack.closure([start], **options)) == expected


def test_closure_puts_needed_files_first(pack: Package) -> None:
    order = pack.closure(["pack.a"])
    assert order.index("pack.d") < order.index("pack.c") < order.index("pack.a")


@pytest.mark.parametrize(
    ("late", "expected"),
    [(True, {"json", "os", "numpy", "torch", "typing"}), (False, {"json", "os", "typing"})],
)
def test_external_names_packages(pack: Package, late: bool, expected: set[str]) -> None:
    assert pack.external(pack.closure(["pack.a"], late=late), late=late) == expected


def test_dependents_go_back(pack: Package) -> None:
    assert pack.dependents(["pack.b"]) == {"pack.b", "pack.a", "pack.sub", "pack.sub.e"}


def test_module_knows_names(pack: Package) -> None:
    module = pack.get("pack.sub")
    assert (module.exported, sorted(module.defined)) == (["x", "y"], ["__all__", "y"])
    assert [item.bound for item in pack.get("pack.a").imports] == ["x", "c", "json", "p"]


def test_unknown_module_is_an_error(pack: Package, tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"pack\.zzz"):
        pack.get("pack.zzz")
    with pytest.raises(LookupError, match="does not lie below"):
        pack.module_at(tmp_path.parent / "x.py")
