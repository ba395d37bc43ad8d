"""Data sets of the early benchmarks (GLUE, XNLI, SQuAD): their files as examples, and their measures."""

from __future__ import annotations

from typing import Any

from . import metrics, processors
from .metrics import squad_metrics as squad_metrics

_PARTS = (metrics, processors)


def __getattr__(name: str) -> Any:
    part = next((part for part in _PARTS if name in part.__all__), None)
    if part is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(part, name)


__all__ = sorted(["squad_metrics", *metrics.__all__, *processors.__all__])
