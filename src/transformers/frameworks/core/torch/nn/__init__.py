"""`torch.nn`."""

from __future__ import annotations

from typing import Any as _Any

from ... import backend as _backend
from . import containers, layers, norms, parameter, stateless
from . import functional as functional
from . import init as init
from . import module as _module

for _part in (containers, layers, norms, parameter, stateless, _module):
    for _name in _part.__all__:
        globals()[_name] = getattr(_part, _name)


def __getattr__(name: str) -> _Any:
    raise AttributeError(f"torch.nn.{name} is not part of the torch-API layer ({_backend.NAME})")
