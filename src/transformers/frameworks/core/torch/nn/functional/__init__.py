"""`torch.nn.functional`."""

from __future__ import annotations

from types import ModuleType as _Module
from typing import Any as _Any

from .... import backend as _backend
from . import (
    activation,
    adaptive,
    attention,
    convolution,
    ctc,
    grid,
    image,
    linear,
    loss,
    loss_pairs,
    multihead,
    normalization,
    patches,
    pooling,
    resizing,
    sampling,
    transposed,
)

_PARTS: tuple[_Module, ...] = (
    activation, adaptive, attention, convolution, ctc, grid, image, linear, loss, loss_pairs, multihead,
    normalization, patches, pooling, resizing, sampling, transposed,
)  # fmt: skip
for _part in _PARTS:
    for _name in _part.__all__:
        globals()[_name] = getattr(_part, _name)


def __getattr__(name: str) -> _Any:
    raise AttributeError(f"torch.nn.functional.{name} is not part of the torch-API layer ({_backend.NAME})")
