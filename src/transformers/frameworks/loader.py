"""Re-execution: run one plain PyTorch source file over JAX, TensorFlow or NumPy.

Every framework `fw` of `FRAMEWORKS` gets two virtual packages:

- `transformers.frameworks.<fw>.torch`: the files of `frameworks/core/torch`, executed beside
`<fw>/backend.py`
- `transformers.frameworks.<fw>.ring`: the ring files of the library, executed with `torch` meaning the
package above

Nothing is rewritten. A ring module gets its own `__import__` through `__builtins__`, so that the byte code,
its cache, tracebacks and `inspect.getsource` are those of the one real file.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

FRAMEWORKS = ("jax", "tf", "np")
PACKAGE = "transformers"
ROOT = Path(__file__).resolve().parent.parent
CORE = Path(__file__).resolve().parent / "core" / "torch"

# Files whose closure touches torch.  The lint checks this pattern against the imports of every file.
_RING = re.compile(
    r"layers(\..+)?|models(\.\w+)?|models\.\w+\.modeling_\w+|generation\.(logits|sampling)(_\w+)?"
)
_VIRTUAL = re.compile(rf"{PACKAGE}\.frameworks\.({'|'.join(FRAMEWORKS)})\.(torch|ring)(?:\.(.+))?")
_BASE = "modeling_utils"
# Parts that no plain PyTorch source expresses for all: the ring gets the framework's own file of that name.
_OWN = {"layers.host": "host", "layers.scan": "scan"}


def is_ring(name: str) -> bool:
    """Whether the first-party module `name` (without the leading package) is executed once per framework."""
    return _RING.fullmatch(name) is not None


def ring_module(framework: str, name: str) -> ModuleType:
    """The module `transformers.<name>` executed over `framework`.

    `ring_module("jax", "layers.attention")`.
    """
    own = _OWN.get(name)
    return importlib.import_module(f"{PACKAGE}.frameworks.{framework}.{own or f'ring.{name}'}")


def torch_module(framework: str) -> ModuleType:
    """The torch-API package of `framework`."""
    return importlib.import_module(f"{PACKAGE}.frameworks.{framework}.torch")


def _find_source(base: Path, dotted: str | None) -> tuple[Path, bool] | None:
    """File of a dotted name below `base`, and whether it is a package."""
    target = base.joinpath(*dotted.split(".")) if dotted else base
    if (file := target.with_suffix(".py")).is_file() and dotted:
        return file, False
    if (file := target / "__init__.py").is_file():
        return file, True
    return None


class _RingLoader(importlib.machinery.SourceFileLoader):
    """Loads a ring file with imports redirected; the cached byte code is shared with the PyTorch version."""

    def __init__(self, fullname: str, path: str, framework: str) -> None:
        super().__init__(fullname, path)
        self.framework = framework

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _importer(self.framework)}
        super().exec_module(module)


class _PackageLoader(importlib.abc.Loader):
    """A package without code: the virtual `ring` and its folders."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        pass


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if (match := _VIRTUAL.fullmatch(fullname)) is None:
            return None
        framework, kind, rest = match.groups()
        if kind == "torch":
            found = _find_source(CORE, rest)
            loader: importlib.abc.Loader | None = found and importlib.machinery.SourceFileLoader(
                fullname, str(found[0])
            )
        elif rest is None or re.fullmatch(r"generation|models(\.\w+)?", rest):
            return importlib.machinery.ModuleSpec(fullname, _PackageLoader(), is_package=True)
        else:
            found = _find_source(ROOT, rest) if is_ring(rest) else None
            loader = found and _RingLoader(fullname, str(found[0]), framework)
        if not found:
            return None
        return importlib.util.spec_from_file_location(
            fullname, found[0], loader=loader, submodule_search_locations=[] if found[1] else None
        )


def _importer(framework: str) -> Any:
    """The `__import__` of ring modules executed over `framework`."""
    virtual = f"{PACKAGE}.frameworks.{framework}"
    ring = f"{virtual}.ring"

    def redirect(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level:
            package = (globals or {}).get("__package__") or ""
            name = importlib.util.resolve_name("." * level + name, package)
        if name == "torch" or name.startswith("torch."):
            module = importlib.import_module(f"{virtual}.{name}")
            return module if fromlist else sys.modules[f"{virtual}.torch"]
        inner = name.removeprefix(ring).removeprefix(PACKAGE).removeprefix(".")
        if not name.startswith(PACKAGE):
            return builtins.__import__(name, globals, locals, fromlist or (), 0)
        if inner == _BASE:  # modeling files name PreTrainedModel; here that is the bare ModelBase
            base = importlib.import_module(f"{ring}.layers.base")
            base.__dict__["PreTrainedModel"] = base.__dict__["ModelBase"]
            return base
        if inner in _OWN:
            return importlib.import_module(f"{virtual}.{_OWN[inner]}")
        if not is_ring(inner):
            return importlib.import_module(f"{PACKAGE}.{inner}" if inner else PACKAGE)
        module = importlib.import_module(f"{ring}.{inner}")
        for attribute in fromlist or ():
            if not hasattr(module, attribute) and is_ring(f"{inner}.{attribute}"):
                importlib.import_module(f"{ring}.{inner}.{attribute}")
        return module

    return redirect


def install() -> None:
    """Make the virtual packages importable; safe to call again."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


install()

__all__ = ["FRAMEWORKS", "install", "is_ring", "ring_module", "torch_module"]
