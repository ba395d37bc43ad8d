"""Rows of Python numbers into arrays of a framework; frameworks are imported when a call asks for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..utils.optional import require
from ..utils.tensors import is_tensor, to_numpy, to_py_obj
from .enums import TensorType

ToArray = Callable[[Any], Any]


def tensor_type(kind: str | TensorType) -> TensorType:
    """The member for `kind`; "flax" is another word for "jax".

    Raises:
        ValueError: `kind` is none of the known frameworks.
    """
    return TensorType("jax" if kind == "flax" else kind)


def _holds_arrays(value: Any) -> bool:
    """Whether `value` is a list of arrays; a list of lists or numbers is told at once."""
    if not isinstance(value, (list, tuple)) or not value or isinstance(value[0], (list, int)):
        return False
    return is_tensor(value[0])


def _host_array(value: Any) -> Any:
    """`value` as a NumPy array: integers int64, Python floats float32.

    Raises:
        ValueError: the rows are ragged or hold something that is no number.
    """
    import numpy as np

    if _holds_arrays(value):
        return np.stack([to_numpy(row) for row in value])
    made_here = not isinstance(value, np.ndarray)
    array = np.asarray(value)
    if array.dtype == object:
        raise ValueError("some entries are None or have different lengths")
    if made_here and array.size == 0:
        return array.astype(np.int64)  # an empty list cannot tell its type: here lists hold ids
    return array.astype(np.float32) if made_here and array.dtype == np.float64 else array


def _torch_array(value: Any) -> Any:
    import torch

    if _holds_arrays(value) and isinstance(value[0], torch.Tensor):
        return torch.stack(list(value))
    array = _host_array(value)
    if array.dtype.kind not in "biufc":
        raise ValueError("text has no place in a tensor")
    return torch.from_numpy(array.copy() if not array.flags.writeable else array)


def _tensorflow_array(value: Any) -> Any:
    import tensorflow as tf

    array = _host_array(value)
    # Keras and tf.data of this field take ids as int32.
    narrow = array.dtype == "int64" and not hasattr(value, "dtype")
    return tf.constant(array.astype("int32") if narrow else array)


def _jax_array(value: Any) -> Any:
    import jax
    import jax.numpy as jnp

    array = _host_array(value)
    wide = array.dtype == "int64" and not jax.config.jax_enable_x64
    return jnp.asarray(array.astype("int32") if wide else array)


_MAKERS: dict[TensorType, tuple[str, ToArray]] = {
    TensorType.PYTORCH: ("torch", _torch_array),
    TensorType.TENSORFLOW: ("tensorflow", _tensorflow_array),
    TensorType.JAX: ("jax", _jax_array),
    TensorType.NUMPY: ("numpy", _host_array),
}


def array_maker(kind: TensorType) -> ToArray:
    """The function that turns nested lists into an array of `kind`.

    Raises:
        ImportError: the framework is not installed.
    """
    package, make = _MAKERS[kind]
    require(package, f"return_tensors={kind.value!r}")
    return make


def to_lists(value: Any) -> Any:
    """`value` with arrays turned into lists; a list of numbers is returned as it is, unread."""
    if isinstance(value, list):
        if value and isinstance(value[0], (int, float, str)) and not is_tensor(value[0]):
            return value
        return [to_lists(item) for item in value]
    return to_py_obj(value)


__all__ = ["ToArray", "array_maker", "tensor_type", "to_lists"]
