"""`torch.nn.modules`: the layers by their longer path."""

from __future__ import annotations

import importlib
from typing import Any

from . import batchnorm


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module(__name__.rpartition(".")[0]), name)


__all__ = ["batchnorm"]
