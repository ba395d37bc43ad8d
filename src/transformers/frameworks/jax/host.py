"""`layers.host` over JAX: a pure callback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from ..core.recipe import numpy_dtype
from ..loader import torch_module


def host_call(function: Callable[..., Any], results: Sequence[tuple[Any, Any]], *tensors: Any) -> list[Any]:
    """Call `function` on the tensors' arrays on the host; see `layers.host.host_call`."""
    forms = [
        jax.ShapeDtypeStruct(tuple(shape), jax.dtypes.canonicalize_dtype(dtype.name))
        for shape, dtype in results
    ]

    def call(*arrays: Any) -> list[Any]:
        found = function(*(np.asarray(array) for array in arrays))
        return [np.asarray(a, numpy_dtype(form.dtype.name)) for a, form in zip(found, forms, strict=True)]

    given = [jax.lax.stop_gradient(tensor.a) for tensor in tensors]
    wrap = torch_module("jax").Tensor._wrap
    return [wrap(array) for array in jax.pure_callback(call, forms, *given, vmap_method="sequential")]


def host_check(function: Callable[..., Any], *tensors: Any) -> None:
    """Let `function` look at arrays and raise where values are wrong; see `layers.host.host_check`."""
    if not any(isinstance(tensor.a, jax.core.Tracer) for tensor in tensors):
        function(*(np.asarray(tensor.a) for tensor in tensors))


__all__ = ["host_call", "host_check"]
