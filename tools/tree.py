"""Where things lie in the repository, and its source as syntax trees; nothing of the package is imported."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parent.parent
SOURCE = REPO / "src" / "transformers"
sys.path.insert(0, str(SOURCE / "standalone"))  # closure.py stands alone: it works while the package does not

from closure import Module, Package  # type: ignore[import-not-found]  # noqa: E402

ORDER = REPO / "tools" / "published_order.txt"


@dataclass(frozen=True)
class Room:
    """One architecture's folder: its name below `models/`, and what its manifest says."""

    name: str
    manifest: dict[str, Any]


def package(root: Path = SOURCE) -> Package:
    """The library's source, or another tree laid out like it."""
    return Package(root, "transformers")


def read_manifest(path: Path) -> dict[str, Any]:
    """The dict of a `manifest.py`, which must hold one literal assignment and nothing else.

    Raises:
        ValueError: the file holds something else.
    """
    body = ast.parse(path.read_text(encoding="utf-8")).body
    body = [
        node for node in body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    match body:
        case [ast.Assign(targets=[ast.Name(id="MANIFEST")], value=value)] | [
            ast.AnnAssign(target=ast.Name(id="MANIFEST"), value=ast.expr() as value)
        ]:
            manifest = ast.literal_eval(value)
        case _:
            raise ValueError(f"{path} must hold one assignment, MANIFEST = {{...}}, and nothing else")
    if not isinstance(manifest, dict) or not isinstance(manifest.get("model_types"), dict):
        raise ValueError(f"{path}: MANIFEST must be a dict with a dict 'model_types'")
    return manifest


def rooms(root: Path = SOURCE, order: Path = ORDER) -> list[Room]:
    """Every room that has a manifest, in published order; those it does not know come last, by name."""
    known = [slug.replace("-", "_") for slug in order.read_text(encoding="utf-8").split()]
    places = {slug: index for index, slug in reversed(list(enumerate(known)))}
    found = [Room(path.parent.name, read_manifest(path)) for path in root.glob("models/*/manifest.py")]
    return sorted(found, key=lambda room: (places.get(room.name, len(known)), room.name))


__all__ = ["ORDER", "REPO", "SOURCE", "Module", "Package", "Room", "package", "read_manifest", "rooms"]
