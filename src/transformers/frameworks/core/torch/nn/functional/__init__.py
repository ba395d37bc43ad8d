"""`torch.nn.functional`."""

from __future__ import annotations

from typing import Any as _Any

from .... import backend as _backend
from . import activation, attention, convolution, image, linear, loss, normalization, pooling

for _part in (activation, attention, convolution, image, linear, loss, normalization, pooling):
    for _name in _part.__all__:
        globals()[_name] = getattr(_part, _name)


def __getattr__(name: str) -> _Any:
    raise AttributeError(f"torch.nn.functional.{name} is not part of the torch-API layer ({_backend.NAME})")
