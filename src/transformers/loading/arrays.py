"""Raw bytes <-> arrays of the four frameworks, without a copy where alignment allows.

Number types go by plain names ("float32", "bfloat16"); `CODES` are their names in safetensors headers.
"""

from __future__ import annotations

import importlib
import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

# Safetensors name -> (plain name, bytes of one element), in the order in which writers sort types.
CODES: dict[str, tuple[str, int]] = {
    "BOOL": ("bool", 1),
    "U8": ("uint8", 1),
    "I8": ("int8", 1),
    "F8_E5M2": ("float8_e5m2", 1),
    "F8_E4M3": ("float8_e4m3fn", 1),
    "I16": ("int16", 2),
    "U16": ("uint16", 2),
    "F16": ("float16", 2),
    "BF16": ("bfloat16", 2),
    "I32": ("int32", 4),
    "U32": ("uint32", 4),
    "F32": ("float32", 4),
    "C64": ("complex64", 8),
    "F64": ("float64", 8),
    "I64": ("int64", 8),
    "U64": ("uint64", 8),
}
ITEMSIZE = dict(CODES.values())
CODE_OF = {name: code for code, (name, _) in CODES.items()}
FRAMEWORKS = ("pt", "np", "jax", "tf")
_EXTENDED = ("bfloat16", "float8_e5m2", "float8_e4m3fn")  # NumPy knows these through ml_dtypes


@dataclass(frozen=True)
class TensorInfo:
    """What a checkpoint says about a tensor before it is read: number type by plain name, and shape."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return math.prod(self.shape) * ITEMSIZE[self.dtype]


def numpy_dtype(name: str) -> np.dtype[Any] | None:
    """NumPy's type of that plain name; None for bfloat16 and float8 where `ml_dtypes` is not installed."""
    import numpy as np

    if name not in _EXTENDED:
        return np.dtype(name)
    try:
        found: np.dtype[Any] = np.dtype(getattr(importlib.import_module("ml_dtypes"), name))
        return found
    except ImportError:
        return None


def to_numpy(raw: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    """Bytes (a flat uint8 array) as a flat array of `dtype`; bfloat16 becomes float32 where NumPy lacks it.

    Raises:
        ImportError: a float8 type without `ml_dtypes`.
    """
    import numpy as np

    kind = numpy_dtype(dtype)
    if kind is not None:
        return raw.view(kind)
    if dtype == "bfloat16":
        return (raw.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    raise ImportError(f"reading {dtype} into NumPy needs ml_dtypes: pip install ml_dtypes")


def to_torch(raw: np.ndarray[Any, Any], dtype: str) -> Any:
    """Bytes (a flat uint8 array) as a flat torch tensor that shares their memory when they are aligned."""
    import torch

    if raw.size == 0:
        return torch.empty(0, dtype=getattr(torch, dtype))
    if raw.ctypes.data % ITEMSIZE[dtype] or not raw.flags.writeable:
        raw = raw.copy()
    return torch.from_numpy(raw).view(getattr(torch, dtype))


def as_framework(array: np.ndarray[Any, Any], framework: str) -> Any:
    """A NumPy array as an array of `framework`.

    Raises:
        ValueError: unknown framework.
    """
    if framework == "np":
        return array
    if framework == "jax":
        return importlib.import_module("jax.numpy").asarray(array)
    if framework == "tf":
        return importlib.import_module("tensorflow").convert_to_tensor(array)
    if framework == "pt":
        import numpy as np

        raw = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        return to_torch(raw, array.dtype.name).reshape(array.shape)
    raise ValueError(f"framework must be one of {', '.join(FRAMEWORKS)}, got {framework!r}")


def describe(array: Any) -> TensorInfo:
    """Number type and shape of an array of any framework; nothing is copied.

    Raises:
        TypeError: files cannot hold its number type.
    """
    dtype = array.dtype
    name = getattr(dtype, "name", None) or str(dtype).rpartition(".")[2]
    name = "bool" if name == "bool_" else name
    if name not in CODE_OF:
        raise TypeError(
            f"a tensor of type {name} cannot be saved; the types are {', '.join(sorted(CODE_OF))}"
        )
    return TensorInfo(name, tuple(int(size) for size in array.shape))


def to_bytes(array: Any) -> memoryview:
    """The elements of an array of any framework in row-major, little-endian order; no copy if they lie so
    already."""
    import numpy as np

    torch = sys.modules.get("torch")
    if torch is not None and isinstance(array, torch.Tensor):
        flat = array.detach().cpu().contiguous().reshape(-1)
        array = flat.view(torch.uint8).numpy() if flat.numel() else np.empty(0, np.uint8)
    array = np.ascontiguousarray(np.asarray(array))
    if sys.byteorder == "big":
        array = array.byteswap()
    return memoryview(array.reshape(-1).view(np.uint8))


__all__ = [
    "CODES",
    "CODE_OF",
    "FRAMEWORKS",
    "ITEMSIZE",
    "TensorInfo",
    "as_framework",
    "describe",
    "numpy_dtype",
    "to_bytes",
    "to_numpy",
    "to_torch",
]
