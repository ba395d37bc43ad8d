"""Tensors of torchao's classes in a pickle, as plain tensors beside a description in JSON.

That is the form in which torchao itself writes safetensors: `a.weight` becomes `a._weight_qdata`,
`a._weight_scale` ... , and the file's metadata says under `a.weight` what they make up.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from .pickle_machine import UnsafePickleError
from .pickle_parts import Described, DType, Kind, View

TENSORS = ("Float8Tensor", "Int8Tensor", "IntxUnpackedToInt8Tensor")
_INTEGER = "torchao.dtypes.affine_quantized_tensor"
_PER_TOKEN = "_int8_symm_per_token_reduced_range_quant"
_FLAT = "torchao.dtypes.uintx.plain_layout"
_LARGEST = 200  # items of a description
_MEMBERS: dict[str, dict[Any, str]] = {
    "MappingType": {1: "SYMMETRIC", 2: "SYMMETRIC_NO_CLIPPING_ERR", 3: "ASYMMETRIC"},
    "KernelPreference": {name.lower(): name for name in ("AUTO", "TORCH", "MSLK", "EMULATED", "TRITON")},
}
_NAMED = {
    **{f"torchao.quantization.{name}": name for name in TENSORS},
    f"{_INTEGER}.AffineQuantizedTensor": "AffineQuantizedTensor",
    f"{_FLAT}.PlainAQTTensorImpl": "PlainAQTTensorImpl",
    "torchao.dtypes.utils.PlainLayout": "PlainLayout",
    "torchao.quantization.linear_activation_quantized_tensor.LinearActivationQuantizedTensor": (
        "LinearActivationQuantizedTensor"
    ),
    f"torchao.quantization.quant_api.{_PER_TOKEN}": _PER_TOKEN,
    "torchao.quantization.quant_primitives.ZeroPointDomain": "ZeroPointDomain",
    "torchao.quantization.quant_primitives.MappingType": "MappingType",
    "torchao.quantization.granularity.PerRow": "PerRow",
    "torchao.quantization.granularity.PerTensor": "PerTensor",
    "torchao.quantization.quantize_.common.kernel_preference.KernelPreference": "KernelPreference",
    "torchao.quantization.quantize_.workflows.int8.int8_tensor.QuantizeTensorToInt8Kwargs": (
        "QuantizeTensorToInt8Kwargs"
    ),
    "torch.serialization._get_layout": "layout",
    "torch.device": "device",
}


class Wrapper:
    """A tensor of a class of its own: its class, number type, shape and attributes."""

    def __init__(self, kind: Any, dtype: Any, size: Any, *_: Any) -> None:
        if not isinstance(kind, Kind) or not isinstance(dtype, DType) or not isinstance(size, tuple):
            raise TypeError("a wrapping tensor without class, type or size")
        self.kind, self.dtype, self.size = kind.name, dtype.name, size
        self.state: dict[str, Any] = {}


def rebuild_from_type(function: Any, kind: Any, arguments: Any, state: Any = None, *_: Any) -> Any:
    """What `function` makes, with its attributes where it is a `Wrapper`."""
    if not callable(function) or not isinstance(arguments, tuple):
        raise TypeError("a tensor that is not made by a function")
    made = function(*arguments)
    if isinstance(made, Wrapper):
        if not isinstance(state, dict):
            raise TypeError(f"{made.kind} without attributes")
        made.state = state
    return made


def member(kind: Any, name: Any, *_: Any) -> Described:
    """A member of an enumeration by its name, as Python before 3.11.4 pickles it: with `getattr`.

    Raises:
        UnsafePickleError: an attribute of anything else.
    """
    names = _MEMBERS.get(kind.name, {}) if isinstance(kind, Kind) else {}
    for value, known in names.items():
        if known == name:
            return Described(kind.name, (value,))
    raise UnsafePickleError("it asks for an attribute, and only enumerations of torchao's are known")


GLOBALS: dict[str, Any] = {
    "__builtin__.getattr": member,
    "torch._utils._rebuild_wrapper_subclass": Wrapper,
    "torch._tensor._rebuild_from_type_v2": rebuild_from_type,
    **{full: Kind(name) for full, name in _NAMED.items()},
    **{f"torch.{sign}int{bits}": Described("torch.dtype", (f"{sign}int{bits}",))
       for sign in ("", "u") for bits in range(1, 8)},
}  # fmt: skip


def apart(wrapper: Wrapper) -> tuple[dict[str, Any], dict[str, View]]:
    """(description, tensors by attribute).

    Raises:
        UnsafePickleError: a class or an attribute that is not known.
    """
    if wrapper.kind == "LinearActivationQuantizedTensor":
        return _with_activations(wrapper)
    if wrapper.kind == "AffineQuantizedTensor":
        return _affine(wrapper)
    if wrapper.kind not in TENSORS:
        raise UnsafePickleError(f"a tensor of the class {wrapper.kind}, which is read inside others only")
    parts = {name: value for name, value in wrapper.state.items() if isinstance(value, View)}
    rest = {name: value for name, value in wrapper.state.items() if name not in parts}
    data = {"dtype": DType(wrapper.dtype), **rest}
    return _described(wrapper.kind, _Encoder().encode(data), parts), parts


def _described(kind: str, data: Any, parts: dict[str, View]) -> dict[str, Any]:
    return {"_type": kind, "_data": data, "_tensor_data_names": list(parts)}


def _affine(wrapper: Wrapper) -> tuple[dict[str, Any], dict[str, View]]:
    """What releases before 0.15 wrote for 8-bit weights, as the class that took its place."""
    state = wrapper.state
    inner, size = state.get("tensor_impl"), wrapper.size
    plain = isinstance(inner, Wrapper) and inner.kind == "PlainAQTTensorImpl"
    held = inner.state if plain and isinstance(inner, Wrapper) else {}
    numbers, scale, zero = (held.get(name) for name in ("int_data", "scale", "zero_point"))
    rows = len(size) == 2 and list(state.get("block_size") or ()) == [1, size[1]]
    if not rows or not isinstance(numbers, View) or not isinstance(scale, View) or numbers.dtype != "int8":
        raise UnsafePickleError("an AffineQuantizedTensor that is not of 8 bits with one scale a row")
    parts = {"qdata": numbers, "scale": _column(scale)}
    if isinstance(zero, View):
        parts["zero_point"] = _column(zero)
    data = {"dtype": DType(wrapper.dtype), "block_size": [1, size[1]]}
    return _described("Int8Tensor", _Encoder().encode(data), parts), parts


def _column(view: View) -> View:
    """A view (N,) as (N, 1)."""
    if not isinstance(view.size, tuple) or not isinstance(view.stride, tuple) or len(view.size) != 1:
        raise UnsafePickleError("scales that are not one a row")
    return dataclasses.replace(view, size=(*view.size, 1), stride=(*view.stride, 1))


def _with_activations(wrapper: Wrapper) -> tuple[dict[str, Any], dict[str, View]]:
    """An 8-bit weight whose inputs become 8-bit too, token by token."""
    inner, how = wrapper.state.get("original_weight_tensor"), wrapper.state.get("input_quant_func")
    if not isinstance(inner, Wrapper) or not isinstance(how, Kind) or how.name != _PER_TOKEN:
        raise UnsafePickleError("activations that are quantised in a way that is not known")
    if inner.kind != "AffineQuantizedTensor":
        raise UnsafePickleError(f"activations quantised around {inner.kind}")
    described, parts = _affine(inner)
    rows = {"_type": "PerRow", "_data": {}}
    kwargs = {"granularity": rows, "mapping_type": {"_type": "MappingType", "_data": "SYMMETRIC"}}
    described["_data"]["act_quant_kwargs"] = {"_type": "QuantizeTensorToInt8Kwargs", "_data": kwargs}
    return described, parts


class _Encoder:
    """Attributes as JSON; its work is bounded, since parts of a pickle may be shared without end."""

    def __init__(self) -> None:
        self.left = _LARGEST

    def encode(self, value: Any) -> Any:
        """A value as JSON has it."""
        self.left -= 1
        if self.left < 0:
            raise UnsafePickleError("a description of a tensor that is larger than any")
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, list | tuple):
            return [self.encode(item) for item in value]
        if isinstance(value, dict):
            return {str(name): self.encode(item) for name, item in value.items()}
        if isinstance(value, DType):
            return {"_type": "torch.dtype", "_data": value.name}
        if isinstance(value, Described):
            return {"_type": value.name, "_data": self._content(value)}
        raise UnsafePickleError(f"an attribute of the class {type(value).__name__} in a tensor")

    def _content(self, value: Described) -> Any:
        if value.name == "torch.dtype":
            return value.arguments[0]
        if value.name in _MEMBERS:
            (member,) = value.arguments
            if not isinstance(member, int | str) or member not in _MEMBERS[value.name]:
                raise UnsafePickleError(f"{value.name} has no member {str(member)[:50]!r}")
            return _MEMBERS[value.name][member]
        if value.arguments:
            raise UnsafePickleError(f"{value.name} is made of arguments that are not known")
        return self.encode(value.state or {})


__all__ = ["GLOBALS", "TENSORS", "Wrapper", "apart", "rebuild_from_type"]
