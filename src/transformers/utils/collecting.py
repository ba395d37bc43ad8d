"""Python's collector of reference cycles, held back from work that makes none."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def without_collections() -> Iterator[None]:
    """Let no collection run meanwhile; also a decorator, `@without_collections()`.

    A collection looks at every object of the process, 80 ms once PyTorch is imported, and making a model
    allocates enough to set one off. The collector is left alone where the caller switched it off, and comes
    back on with whichever of several threads ends first.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


__all__ = ["without_collections"]
