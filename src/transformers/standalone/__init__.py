"""Standalone model files: what `python -m transformers.standalone bert` writes needs only torch."""

from __future__ import annotations

from pathlib import Path

from ..utils.errors import did_you_mean
from .closure import Package
from .definitions import FlattenError
from .flatten import flatten

ROOT = Path(__file__).resolve().parent.parent
NAME = __name__.split(".")[0]


def find_module(package: Package, target: str) -> str:
    """Absolute module of a modeling file.

    Args:
        package: the source tree.
        target: a folder below `models/` such as `"bert"`, or the path of a file in the tree.

    Raises:
        LookupError: there is no such model; close names are offered.
    """
    if target.endswith(".py"):
        return package.module_at(Path(target)).name
    room = target.replace("-", "_")
    module = f"{package.name}.models.{room}.modeling_{room}"
    if package.find(module) is None:
        rooms = sorted(path.parent.name for path in package.root.glob("models/*/modeling_*.py"))
        raise LookupError(f"there is no model folder {target!r}.{did_you_mean(target, rooms)}")
    return module


def standalone(target: str, *classes: str) -> str:
    """Source of one file that holds a model with everything it needs, except torch.

    Args:
        target: a model folder such as `"bert"`, or a path of a modeling file of the library.
        classes: the classes wanted; all of the file's if none is given.

    Raises:
        LookupError: no such model.
        FlattenError: no such class, source that cannot be copied, or a model made of two others.

    Example:
        Path("my_bert.py").write_text(standalone("bert", "BertForMaskedLM"))
    """
    package = Package(ROOT, NAME)
    name = find_module(package, target)
    if any(item.module == f"{NAME}.layers.composite" for item in package.get(name).imports):
        raise FlattenError(f"{target} is made of two other models, found when it is built: flatten those")
    return flatten(package, name, classes)


__all__ = ["FlattenError", "find_module", "standalone"]
