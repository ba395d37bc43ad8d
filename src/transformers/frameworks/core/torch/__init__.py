"""The torch namespace over one framework: what plain PyTorch model code needs, and nothing that it should
not use.

Import it as `import transformers.frameworks.jax.torch as torch` (or `tf`, `np`).
"""

from __future__ import annotations

import importlib as _importlib
import math as _math
from types import ModuleType as _Module
from typing import Any as _Any

from ...core import dtypes as _dtypes
from .. import backend as _backend
from . import (
    algebra,
    bounded,
    complexes,
    conversion,
    creation,
    devices,
    diagonals,
    excluded,
    filled,
    grad,
    indexing,
    operators,
    ordering,
    pointwise,
    promotion,
    randomness,
    reductions,
    running,
    scattering,
    shapes,
    spectral,
    statistics,
    subscript,
    tailored,
    windows,
)
from . import aliasing as _aliasing
from . import tensor as _tensor

_PARTS: tuple[_Module, ...] = (
    algebra, bounded, complexes, conversion, creation, devices, diagonals, filled, grad, indexing,
    operators, ordering, pointwise, promotion, randomness, reductions, running, scattering, shapes,
    spectral, statistics, subscript, tailored, windows, _tensor,
)  # fmt: skip
for _part in _PARTS:
    for _name in _part.__all__:
        globals()[_name] = getattr(_part, _name)

dtype, finfo, iinfo = _dtypes.dtype, _dtypes.finfo, _dtypes.iinfo
inf, nan, pi, e = _math.inf, _math.nan, _math.pi, _math.e
newaxis = None
contiguous_format, preserve_format, channels_last = "contiguous_format", "preserve_format", "channels_last"
channels_last_3d, legacy_contiguous_format = "channels_last_3d", "contiguous_format"

from . import compiler as compiler  # noqa: E402
from . import fft as fft  # noqa: E402
from . import jit as jit  # noqa: E402
from . import linalg as linalg  # noqa: E402
from . import nn as nn  # noqa: E402
from . import special as special  # noqa: E402
from . import utils as utils  # noqa: E402

if _aliasing.wanted():
    _aliasing.install(globals())

_WIDE = {
    name
    for name, target in {**_dtypes.ALIASES, **{n: n for n in _dtypes.DTYPES}}.items()
    if "64" in target or "128" in target
}
for _name in (*_dtypes.DTYPES, *_dtypes.ALIASES):
    if _name not in _WIDE:  # those with 64 bits depend on a setting of JAX; see __getattr__
        globals()[_name] = _dtypes.by_name(_name)


def __getattr__(name: str) -> _Any:
    if name == "distributions":  # loaded when asked for: few models need them
        return _importlib.import_module(f"{__name__}.{name}")
    if name in _WIDE:
        return _tensor.dtype_named(_dtypes.by_name(name).name)
    raise AttributeError(excluded.function_text(name, _backend.NAME))
