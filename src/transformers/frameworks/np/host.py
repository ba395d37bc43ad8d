"""`layers.host` over NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.recipe import numpy_dtype
from ..loader import torch_module


def host_call(function: Callable[..., Any], results: Sequence[tuple[Any, Any]], *tensors: Any) -> list[Any]:
    """Call `function` on the tensors' arrays; see `layers.host.host_call`."""
    wrap = torch_module("np").Tensor._wrap
    arrays = function(*(np.asarray(tensor.a) for tensor in tensors))
    return [
        wrap(np.asarray(array, numpy_dtype(dtype.name)))
        for array, (_, dtype) in zip(arrays, results, strict=True)
    ]


def host_check(function: Callable[..., Any], *tensors: Any) -> None:
    """Let `function` look at arrays and raise where values are wrong; see `layers.host.host_check`."""
    function(*(np.asarray(tensor.a) for tensor in tensors))


__all__ = ["host_call", "host_check"]
