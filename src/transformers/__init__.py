"""Transformers: one model file per architecture, run natively in PyTorch, JAX, TensorFlow and NumPy.

Every public name is reachable from here and loaded on first use; importing the package loads no framework.
"""

from __future__ import annotations

__version__ = "4.57.6+one.1"

import sys
from importlib import import_module
from typing import Any

from . import _aliases
from ._exports import EXPORTS, NEEDS, SUBMODULES

_aliases.install()


def _usable() -> list[str]:
    """Public names whose framework is installed."""
    from .utils.optional import is_available

    found = {package: is_available(package) for package in set(NEEDS.values())}
    return [
        name for name, place in EXPORTS.items() if found.get(NEEDS.get(place.partition(":")[0], ""), True)
    ]


def __getattr__(name: str) -> Any:
    if (place := EXPORTS.get(name)) is not None:
        module, _, attribute = place.partition(":")
        if (package := NEEDS.get(module)) is not None and package not in sys.modules:
            from .utils.optional import require

            require(package, name)
        value = getattr(import_module(f".{module}", __name__), attribute or name)
        globals()[name] = value
        return value
    if name in SUBMODULES or name in _aliases.TOP_LEVEL:
        return import_module(f".{name}", __name__)
    if name == "__all__":
        return _usable()
    hint = ""
    if not name.startswith("_"):
        from .utils.errors import did_you_mean

        hint = did_you_mean(name, [*EXPORTS, *SUBMODULES])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{hint}")


def __dir__() -> list[str]:
    own = [name for name in globals() if name.startswith("__")]
    return sorted({*own, *_usable(), *SUBMODULES, *_aliases.TOP_LEVEL})
