"""What kind of tensor is this?  Answered without importing a framework that the process has not loaded.

An object can only be a torch tensor if torch is in `sys.modules`, so that is where these functions look.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any


def _is_instance(value: object, module: str, *names: str) -> bool:
    loaded = sys.modules.get(module)
    kinds = tuple(kind for name in names if isinstance(kind := getattr(loaded, name, None), type))
    return isinstance(value, kinds)


def is_torch_tensor(x: object) -> bool:
    """Whether `x` is a `torch.Tensor`."""
    return _is_instance(x, "torch", "Tensor")


def is_torch_device(x: object) -> bool:
    """Whether `x` is a `torch.device`."""
    return _is_instance(x, "torch", "device")


def is_torch_dtype(x: object) -> bool:
    """Whether `x` is a `torch.dtype`, or the name of one such as `"float16"`."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, str):
        x = getattr(torch, x, None)
    return _is_instance(x, "torch", "dtype")


def is_tf_tensor(x: object) -> bool:
    """Whether `x` is a `tf.Tensor`, eager or symbolic."""
    return _is_instance(x, "tensorflow", "Tensor")


def is_tf_symbolic_tensor(x: object) -> bool:
    """Whether `x` is a `tf.Tensor` of a graph under construction."""
    return (
        is_tf_tensor(x)
        and not hasattr(x, "_numpy_internal")
        and bool(sys.modules["tensorflow"].is_symbolic_tensor(x))
    )


def is_jax_tensor(x: object) -> bool:
    """Whether `x` is a `jax.Array`, concrete or traced."""
    return _is_instance(x, "jax", "Array")


def is_numpy_array(x: object) -> bool:
    """Whether `x` is a `numpy.ndarray`."""
    return _is_instance(x, "numpy", "ndarray")


_KINDS = {"pt": is_torch_tensor, "tf": is_tf_tensor, "jax": is_jax_tensor, "np": is_numpy_array}


def is_tensor(x: object) -> bool:
    """Whether `x` is an array of any of the four frameworks."""
    return any(check(x) for check in _KINDS.values())


def framework_of(x: object) -> str | None:
    """`"pt"`, `"tf"`, `"jax"` or `"np"`; None for anything that is no array of these."""
    return next((name for name, check in _KINDS.items() if check(x)), None)


def infer_framework(model_class: type) -> str:
    """Framework of a model class: `"pt"`, `"tf"`, `"flax"` or `"np"`.

    Raises:
        TypeError: no base of the class tells.
    """
    prefixes = {"TF": "tf", "Flax": "flax", "Np": "np", "": "pt"}
    for base in model_class.__mro__:
        for prefix, framework in prefixes.items():
            if base.__name__ == f"{prefix}PreTrainedModel":
                return framework
        root = base.__module__.partition(".")[0]
        if root in ("torch", "keras", "tensorflow", "flax", "jax"):
            return {"torch": "pt", "keras": "tf", "tensorflow": "tf"}.get(root, "flax")
    raise TypeError(f"{model_class.__name__} is not a model class of PyTorch, TensorFlow, JAX or NumPy")


def to_numpy(obj: Any) -> Any:
    """`obj` as a NumPy array; mappings keep their keys."""
    import numpy as np

    if isinstance(obj, Mapping):
        return {key: to_numpy(value) for key, value in obj.items()}
    if is_torch_tensor(obj):
        obj = obj.detach().cpu()
        return (obj.float() if "bfloat16" in str(obj.dtype) else obj).numpy()
    return np.asarray(obj)


def to_py_obj(obj: Any) -> Any:
    """`obj` with every array inside turned into Python lists and numbers."""
    if isinstance(obj, (int, float, str, bytes)) or obj is None:
        return obj
    if isinstance(obj, Mapping):
        return {key: to_py_obj(value) for key, value in obj.items()}
    if isinstance(obj, Sequence):
        return [to_py_obj(value) for value in obj]
    if is_tensor(obj) or hasattr(obj, "__array__"):
        return to_numpy(obj).tolist()
    return obj


def reshape(array: Any, newshape: Sequence[int]) -> Any:
    """`array` with another shape, in its own framework."""
    if is_tf_tensor(array):
        return sys.modules["tensorflow"].reshape(array, newshape)
    return _checked(array, "reshape").reshape(*newshape)


def transpose(array: Any, axes: Sequence[int] | None = None) -> Any:
    """`array` with its axes permuted (reversed when `axes` is None), in its own framework."""
    if is_tf_tensor(array):
        return sys.modules["tensorflow"].transpose(array, perm=axes)
    if is_torch_tensor(array):
        return array.permute(*(reversed(range(array.dim())) if axes is None else axes))
    return _checked(array, "transpose").transpose(axes)


def squeeze(array: Any, axis: int | None = None) -> Any:
    """`array` without axis `axis` of length one (all such axes when None), in its own framework."""
    if is_tf_tensor(array):
        return sys.modules["tensorflow"].squeeze(array, axis=axis)
    if is_torch_tensor(array):
        return array.squeeze() if axis is None else array.squeeze(dim=axis)
    return _checked(array, "squeeze").squeeze(axis=axis)


def expand_dims(array: Any, axis: int) -> Any:
    """`array` with a new axis of length one at `axis`, in its own framework."""
    if is_torch_tensor(array):
        return array.unsqueeze(dim=axis)
    if (name := framework_of(array)) is None:
        raise ValueError(
            f"expand_dims takes an array of torch, TensorFlow, JAX or NumPy, not {type(array).__name__}"
        )
    module = {"tf": "tensorflow", "jax": "jax.numpy", "np": "numpy"}[name]
    return sys.modules[module].expand_dims(array, axis=axis)


def tensor_size(array: Any) -> int:
    """Number of elements of `array`."""
    if is_torch_tensor(array):
        return int(array.numel())
    return (
        int(sys.modules["tensorflow"].size(array))
        if is_tf_tensor(array)
        else int(_checked(array, "tensor_size").size)
    )


def _checked(array: Any, what: str) -> Any:
    if is_tensor(array):
        return array
    raise ValueError(f"{what} takes an array of torch, TensorFlow, JAX or NumPy, not {type(array).__name__}")


__all__ = [
    "expand_dims",
    "framework_of",
    "infer_framework",
    "is_jax_tensor",
    "is_numpy_array",
    "is_tensor",
    "is_tf_symbolic_tensor",
    "is_tf_tensor",
    "is_torch_device",
    "is_torch_dtype",
    "is_torch_tensor",
    "reshape",
    "squeeze",
    "tensor_size",
    "to_numpy",
    "to_py_obj",
    "transpose",
]
