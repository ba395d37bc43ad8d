"""torchao's tensors and the plain tensors that files hold in their place.

The form is that of torchao's own safetensors: `a.weight` is `a._weight_qdata`, `a._weight_scale` ..., and the
header says under `a.weight`, in JSON, of which class the tensor is and what its other attributes are.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Mapping
from typing import Any

import torch

from ..utils.quantization_libraries import imported

# Class -> module. Nothing else is made from a file.
TENSORS = dict.fromkeys(("Float8Tensor", "Int8Tensor", "IntxUnpackedToInt8Tensor"), "torchao.quantization")
_RECORDS = {
    "Float8MMConfig": "torchao.float8.inference",
    "PerRow": "torchao.quantization",
    "PerTensor": "torchao.quantization",
    "QuantizeTensorToFloat8Kwargs": "torchao.quantization.quantize_.workflows",
    "QuantizeTensorToInt8Kwargs": "torchao.quantization.quantize_.workflows",
}
_MEMBERS = {
    "KernelPreference": "torchao.quantization.quantize_.common",
    "MappingType": "torchao.quantization",
}


def is_wrapped(tensor: Any) -> bool:
    """Whether a tensor is of one of torchao's classes that files can hold."""
    return type(tensor).__name__ in TENSORS and type(tensor).__module__.startswith("torchao.")


def apart(name: str, tensor: Any) -> tuple[dict[str, Any], str]:
    """(plain tensors by their names, the description) of one of torchao's tensors."""
    own = type(tensor)
    names = [*getattr(own, "optional_tensor_data_names", ()), *own.tensor_data_names]
    parts = {part: value for part in names if (value := getattr(tensor, part)) is not None}
    told = [*getattr(own, "optional_tensor_attribute_names", ()), *own.tensor_attribute_names]
    about = {
        "_type": own.__name__,
        "_data": {attribute: encoded(getattr(tensor, attribute)) for attribute in told},
        "_tensor_data_names": list(parts),
    }
    path, _, last = name.rpartition(".")
    stem = f"{path}." if path else ""
    return {f"{stem}_{last}_{part}": value for part, value in parts.items()}, json.dumps(about)


def encoded(value: Any) -> Any:
    """An attribute as JSON has it."""
    if isinstance(value, torch.dtype):
        return {"_type": "torch.dtype", "_data": str(value).rpartition(".")[2]}
    if isinstance(value, enum.Enum):
        return {"_type": type(value).__name__, "_data": value.name}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {"_type": type(value).__name__, "_data": value._asdict()}
    if dataclasses.is_dataclass(value):
        fields = {field.name: encoded(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"_type": type(value).__name__, "_data": fields}
    return [encoded(item) for item in value] if isinstance(value, list | tuple) else value


def together(parts: Mapping[str, Any], about: str | None, path: str) -> Any:
    """The tensor that a file describes.

    Raises:
        ValueError: the description is missing, or is not of a tensor that is known.
    """
    try:
        told = json.loads(about or "")
        kind, data = told["_type"], told["_data"]
        if kind not in TENSORS:
            known = ", ".join(TENSORS)
            raise ValueError(f"it is of the class {kind!r}, and those that are read are {known}")
        wanted = {name: decoded(value) for name, value in data.items() if name not in parts}
        tensors = dict(parts)
        if kind == "Int8Tensor" and "zero_point" in tensors:
            tensors["zero_point"] = tensors["zero_point"].to(torch.int8)
        found = getattr(imported(TENSORS[kind]), kind)(**tensors, **wanted)
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path}.weight cannot be made as the file describes it: {error}") from error
    return found


def decoded(value: Any) -> Any:
    """An attribute from JSON.

    Raises:
        ValueError: it is of a class that is not known.
    """
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind, data = value.get("_type"), value.get("_data")
    if kind == "torch.dtype" and isinstance(getattr(torch, str(data), None), torch.dtype):
        return getattr(torch, str(data))
    if kind in _RECORDS and isinstance(data, dict):
        fields = {name: decoded(item) for name, item in data.items()}
        return getattr(imported(_RECORDS[kind]), kind)(**fields)
    members = getattr(imported(_MEMBERS[kind]), kind).__members__ if kind in _MEMBERS else {}
    if data not in members:
        raise ValueError(f"an attribute of the class {str(kind)[:50]!r} with the value {str(data)[:50]!r}")
    return members[data]


__all__ = ["TENSORS", "apart", "is_wrapped", "together"]
