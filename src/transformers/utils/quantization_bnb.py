"""The description of weights quantised by bitsandbytes."""

from __future__ import annotations

from typing import Any, ClassVar

from .quantization_base import QuantizationConfigMixin, QuantizationMethod, of_type

_STORAGES = ("float16", "float32", "int8", "uint8", "float64", "bfloat16")


class BitsAndBytesConfig(QuantizationConfigMixin):
    """bitsandbytes: 8-bit weights with outliers apart, or 4-bit ones (library `bitsandbytes`).

    Raises:
        TypeError: a field has a wrong type.
        ValueError: both widths are asked for, or a dtype is not known.
    """

    _method: ClassVar[Any] = QuantizationMethod.BITS_AND_BYTES
    load_in_8bit: bool = False
    load_in_4bit: bool = False
    llm_int8_threshold: float = 6.0
    llm_int8_skip_modules: list[str] | None = None
    llm_int8_enable_fp32_cpu_offload: bool = False
    llm_int8_has_fp16_weight: bool = False
    bnb_4bit_compute_dtype: Any = None
    bnb_4bit_quant_type: str = "fp4"
    bnb_4bit_use_double_quant: bool = False
    bnb_4bit_quant_storage: Any = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("load_in_8bit", "load_in_4bit"):
            other = "load_in_4bit" if name == "load_in_8bit" else "load_in_8bit"
            if not isinstance(value, bool):
                raise TypeError(f"{name} must be True or False, got {value!r}")
            if value and self.__dict__.get(f"_{other}"):
                raise ValueError("load_in_8bit and load_in_4bit are both True; choose one")
            name = f"_{name}"
        object.__setattr__(self, name, value)

    def __getattribute__(self, name: str) -> Any:
        if name in ("load_in_8bit", "load_in_4bit"):
            name = f"_{name}"
        return object.__getattribute__(self, name)

    def post_init(self) -> None:
        """Check the fields, and turn names of dtypes into PyTorch's."""
        of_type(self, float, "llm_int8_threshold")
        of_type(self, (list, type(None)), "llm_int8_skip_modules")
        of_type(self, bool, "llm_int8_enable_fp32_cpu_offload", "llm_int8_has_fp16_weight")
        of_type(self, bool, "bnb_4bit_use_double_quant")
        of_type(self, str, "bnb_4bit_quant_type")
        self.bnb_4bit_compute_dtype = _dtype("bnb_4bit_compute_dtype", self.bnb_4bit_compute_dtype, "float32")
        storage = self.bnb_4bit_quant_storage
        if isinstance(storage, str) and storage not in _STORAGES:
            raise ValueError(f"bnb_4bit_quant_storage must be one of {', '.join(_STORAGES)}, got {storage!r}")
        self.bnb_4bit_quant_storage = _dtype("bnb_4bit_quant_storage", storage, "uint8")

    def is_quantizable(self) -> bool:
        """Whether any width is asked for."""
        return bool(self.load_in_8bit or self.load_in_4bit)

    def quantization_method(self) -> str | None:
        """ "llm_int8", "fp4", "nf4", or None."""
        if self.load_in_8bit:
            return "llm_int8"
        kinds = ("fp4", "nf4")
        return self.bnb_4bit_quant_type if self.load_in_4bit and self.bnb_4bit_quant_type in kinds else None

    def to_dict(self) -> dict[str, Any]:
        """All attributes, dtypes by name."""
        data = dict(self.__dict__)
        for name in ("bnb_4bit_compute_dtype", "bnb_4bit_quant_storage"):
            data[name] = str(data[name]).rpartition(".")[2]
        return {**data, "load_in_4bit": self.load_in_4bit, "load_in_8bit": self.load_in_8bit}


def _dtype(field: str, value: Any, default: str) -> Any:
    """PyTorch's dtype of a name; the name itself where PyTorch is not installed.

    Raises:
        ValueError: neither a name nor a dtype.
    """
    name = default if value is None else value
    if not isinstance(name, str):
        if type(name).__name__ != "dtype":
            raise ValueError(f"{field} must be the name of a dtype or a torch.dtype, got {value!r}")
        return value
    from .optional import is_available

    if not is_available("torch"):
        return name
    import torch

    if not isinstance(found := getattr(torch, name.removeprefix("torch."), None), torch.dtype):
        raise ValueError(f"{field} must be the name of a dtype, got {value!r}")
    return found


__all__ = ["BitsAndBytesConfig"]
