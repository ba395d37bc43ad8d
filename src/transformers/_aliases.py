"""Published module paths whose names were not kept: importing one gives our module, the same object.

One finder, asked after all others, serves the table; another, asked first, the rooms of `models.deprecated`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

PACKAGE = __name__.rpartition(".")[0]

# published path -> our module, both below the package
ALIASES: dict[str, str] = {
    "activations": "layers.activations",
    "convert_slow_tokenizer": "tokenization.conversion",
    "file_utils": "utils",
    "generation.beam_constraints": "generation.constraints",
    "generation.logits_process": "generation.logits",
    "modeling_flash_attention_utils": "integrations.flash_attention",
    "modeling_flax_pytorch_utils": "loading.crossing_flax",
    "modeling_flax_utils": "frameworks.jax.face",
    "modeling_tf_pytorch_utils": "loading.crossing_keras",
    "modeling_tf_utils": "frameworks.tf.face",
    "pytorch_utils": "frameworks.pt.pytorch_utils",
    "tokenization_utils": "tokenization",
    "tokenization_utils_base": "tokenization",
    "tokenization_utils_fast": "tokenization",
    "utils.chat_template_utils": "utils.json_schema",
    "utils.doc": "utils.generic",
    "utils.hub": "loading.hub",
    "utils.import_utils": "utils",
}
TOP_LEVEL = frozenset(path for path in ALIASES if "." not in path)


def resolve(name: str) -> str | None:
    """Our absolute module for the published absolute path `name`; None where there is no alias."""
    inner = name.removeprefix(f"{PACKAGE}.")
    if (ours := ALIASES.get(inner)) is not None:
        return f"{PACKAGE}.{ours}"
    room, _, last = inner.rpartition(".")
    if room.startswith("models.") and last.startswith("tokenization_") and last.endswith("_fast"):
        return name.removesuffix("_fast")  # one tokenizer class serves both names
    return None


def moved(name: str) -> str | None:
    """Our absolute module for a path below `models.deprecated`, whose rooms are ours; None for others."""
    below = f"{PACKAGE}.models.deprecated."
    return f"{PACKAGE}.models.{name.removeprefix(below)}" if name.startswith(below) else None


class _AliasLoader:
    """Puts the module that already exists (or is imported now) under the published name."""

    def __init__(self, target: str) -> None:
        self.target = target

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        # The import system returns what lies in sys.modules now, and leaves the module's own __spec__ alone.
        sys.modules[module.__name__] = import_module(self.target)


class _Finder:
    def __init__(self, resolve: Callable[[str], str | None]) -> None:
        self.resolve = resolve

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{PACKAGE}.") or (ours := self.resolve(fullname)) is None:
            return None
        return ModuleSpec(fullname, _AliasLoader(ours), origin=ours)  # type: ignore[arg-type]


_finder = _Finder(resolve)
_rooms = _Finder(moved)


def install() -> None:
    """Serve the table; safe to call again."""
    if _finder not in sys.meta_path:
        sys.meta_path.append(_finder)  # type: ignore[arg-type]
        # Before the others: these would find a room's files a second time, through the room's own folder.
        sys.meta_path.insert(0, _rooms)  # type: ignore[arg-type]


__all__ = ["ALIASES", "TOP_LEVEL", "install", "moved", "resolve"]
