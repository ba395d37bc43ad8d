"""`torch.nn`."""

from __future__ import annotations

from types import ModuleType as _ModuleType
from typing import Any as _Any

from ... import backend as _backend
from . import (
    attention,
    batch_norms,
    cells,
    containers,
    layers,
    losses,
    norms,
    paddings,
    parameter,
    recurrent,
    stateless,
    transposed,
)
from . import functional as functional
from . import init as init
from . import module as _module
from . import modules as modules
from . import utils as utils

_PARTS: tuple[_ModuleType, ...] = (
    attention, batch_norms, cells, containers, layers, losses, norms, paddings, parameter, recurrent,
    stateless, transposed, _module,
)  # fmt: skip
for _part in _PARTS:
    for _name in _part.__all__:
        globals()[_name] = getattr(_part, _name)


def __getattr__(name: str) -> _Any:
    raise AttributeError(f"torch.nn.{name} is not part of the torch-API layer ({_backend.NAME})")
