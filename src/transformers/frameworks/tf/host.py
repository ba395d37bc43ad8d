"""`layers.host` over TensorFlow: a numpy_function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from ..core.recipe import numpy_dtype
from ..loader import torch_module


def host_call(function: Callable[..., Any], results: Sequence[tuple[Any, Any]], *tensors: Any) -> list[Any]:
    """Call `function` on the tensors' arrays on the host; see `layers.host.host_call`."""
    types = [tf.dtypes.as_dtype(dtype.name) for _, dtype in results]

    def call(*arrays: Any) -> list[Any]:
        found = zip(function(*arrays), results, strict=True)
        return [np.asarray(array, numpy_dtype(dtype.name)) for array, (_, dtype) in found]

    given = [tf.stop_gradient(tensor.a) for tensor in tensors]
    made = tf.numpy_function(call, given, types)
    made = made if isinstance(made, (list, tuple)) else [made]  # TensorFlow unpacks a list of one
    wrap = torch_module("tf").Tensor._wrap
    for array, (shape, _) in zip(made, results, strict=True):
        array.set_shape([size if isinstance(size, int) else None for size in shape])
    return [wrap(array) for array in made]


def host_check(function: Callable[..., Any], *tensors: Any) -> None:
    """Let `function` look at arrays and raise where values are wrong; see `layers.host.host_check`."""
    if tf.executing_eagerly() and all(hasattr(tensor.a, "numpy") for tensor in tensors):
        function(*(tensor.a.numpy() for tensor in tensors))


__all__ = ["host_call", "host_check"]
