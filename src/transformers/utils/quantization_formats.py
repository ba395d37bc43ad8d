"""Descriptions of weights in number formats of few bits; each is what a config.json of its method holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from .optional import require
from .quantization_base import QuantizationConfigMixin, QuantizationMethod, of_type, one_of

Names = list[str] | None


class SpQRConfig(QuantizationConfigMixin):
    """SpQR: sparse and quantised parts (library `spqr_quant`)."""

    _method: ClassVar[Any] = QuantizationMethod.SPQR
    bits: int = 3
    beta1: int = 16
    beta2: int = 16
    shapes: dict[str, int] | None = None
    modules_to_not_convert: Names = None

    def post_init(self) -> None:
        """Check the fields."""
        self.shapes = {} if self.shapes is None else self.shapes
        of_type(self, int, "bits", "beta1", "beta2")
        of_type(self, dict, "shapes")
        one_of(self, "bits", (3,))
        one_of(self, "beta1", (16,))
        one_of(self, "beta2", (16,))


class FPQuantConfig(QuantizationConfigMixin):
    """FP-Quant: 4-bit floating point with Hadamard rotations (library `fp_quant`)."""

    _method: ClassVar[Any] = QuantizationMethod.FPQUANT
    forward_dtype: str = "nvfp4"
    forward_method: str = "abs_max"
    backward_dtype: str = "bf16"
    store_master_weights: bool = False
    hadamard_group_size: int | None = None
    pseudoquantization: bool = False
    transform_init: str = "hadamard"
    modules_to_not_convert: Names = None

    def post_init(self) -> None:
        """Check the fields."""
        one_of(self, "forward_dtype", ("mxfp4", "nvfp4"))
        wide = self.forward_dtype == "mxfp4"
        if self.hadamard_group_size is None:
            self.hadamard_group_size = 32 if wide else 16
        if self.modules_to_not_convert is None:
            self.modules_to_not_convert = ["lm_head"]
        one_of(self, "forward_method", ("abs_max", "quest") if wide else ("abs_max",))
        one_of(self, "hadamard_group_size", (32, 64, 128) if wide else (16, 32, 64, 128))
        one_of(self, "backward_dtype", ("bf16",))
        one_of(self, "transform_init", ("hadamard", "identity", "gsr"))


class AutoRoundConfig(QuantizationConfigMixin):
    """AutoRound: rounding learned from data (library `auto_round`); further keys are kept."""

    _method: ClassVar[Any] = QuantizationMethod.AUTOROUND
    bits: int = 4
    group_size: int = 128
    sym: bool = True
    backend: str = "auto"

    def _finish(self, rest: dict[str, Any]) -> None:
        self.packing_format = "auto_round:gptq"
        vars(self).update({name: value for name, value in rest.items() if name != "quant_method"})

    def post_init(self) -> None:
        """Check the fields."""
        one_of(self, "bits", (2, 3, 4, 8))
        if self.group_size != -1 and self.group_size <= 0:
            raise ValueError(f"group_size must be positive, or -1 for whole rows, got {self.group_size}")

    def get_loading_attributes(self) -> dict[str, Any]:
        """What a caller may choose for a checkpoint that is quantised."""
        return {"backend": self.backend}

    @classmethod
    def from_dict(
        cls, config_dict: Mapping[str, Any], return_unused_kwargs: bool = False, **kwargs: Any
    ) -> Any:
        """The description that a file holds; files of GPTQ and AWQ say so in `packing_format`."""
        method = str(getattr(config_dict["quant_method"], "value", config_dict["quant_method"]))
        data = dict(config_dict)
        if "auto-round" not in method:
            data["packing_format"] = f"auto_round:{method}"
        return super().from_dict(data, return_unused_kwargs=return_unused_kwargs, **kwargs)


class FineGrainedFP8Config(QuantizationConfigMixin):
    """8-bit floating point with a scale for each block of a weight, as DeepSeek-V3's files hold it."""

    _method: ClassVar[Any] = QuantizationMethod.FP8
    activation_scheme: str = "dynamic"
    weight_block_size: Any = (128, 128)
    modules_to_not_convert: Names = None

    def post_init(self) -> None:
        """Check the fields."""
        self.activation_scheme = str(self.activation_scheme).lower()
        one_of(self, "activation_scheme", ("dynamic",))
        if len(self.weight_block_size) != 2 or min(self.weight_block_size) <= 0:
            raise ValueError(f"weight_block_size must be two positive ints, got {self.weight_block_size!r}")


class Mxfp4Config(QuantizationConfigMixin):
    """MXFP4: 4-bit floating point with shared exponents (library `kernels`)."""

    _method: ClassVar[Any] = QuantizationMethod.MXFP4
    modules_to_not_convert: Names = None
    dequantize: bool = False

    def get_loading_attributes(self) -> dict[str, Any]:
        """What a caller may choose for a checkpoint that is quantised."""
        return {"dequantize": self.dequantize}

    def to_dict(self) -> dict[str, Any]:
        """What files hold: how to load is the caller's choice."""
        return {n: v for n, v in super().to_dict().items() if n in ("quant_method", "modules_to_not_convert")}


class BitNetQuantConfig(QuantizationConfigMixin):
    """BitNet: weights of -1, 0 and 1."""

    _method: ClassVar[Any] = QuantizationMethod.BITNET
    modules_to_not_convert: Names = None
    linear_class: str = "bitlinear"
    quantization_mode: str = "offline"
    use_rms_norm: bool = False
    rms_norm_eps: float | None = 1e-6

    def post_init(self) -> None:
        """Check the fields."""
        one_of(self, "linear_class", ("bitlinear", "autobitlinear"))
        one_of(self, "quantization_mode", ("online", "offline"))


class CompressedTensorsConfig(QuantizationConfigMixin):
    """compressed-tensors: the files of vLLM's tools (library `compressed_tensors`).

    Raises:
        ImportError: the library is not installed.
    """

    _method: ClassVar[Any] = QuantizationMethod.COMPRESSED_TENSORS
    config_groups: dict[str, Any] | None = None
    format: str = "dense"
    quantization_status: Any = "initialized"
    kv_cache_scheme: Any = None
    global_compression_ratio: float | None = None
    ignore: Names = None
    sparsity_config: dict[str, Any] | None = None
    run_compressed: bool = True

    def _finish(self, rest: dict[str, Any]) -> None:
        require("compressed_tensors", "CompressedTensorsConfig")

    def get_loading_attributes(self) -> dict[str, Any]:
        """What a caller may choose for a checkpoint that is quantised."""
        return {"run_compressed": self.run_compressed}

    def to_json_string(self, use_diff: bool = True) -> str:
        """The text that files hold."""
        return json.dumps(self.to_dict(), indent=2, sort_keys=True, default=str) + "\n"


__all__ = [
    "AutoRoundConfig",
    "BitNetQuantConfig",
    "CompressedTensorsConfig",
    "FPQuantConfig",
    "FineGrainedFP8Config",
    "Mxfp4Config",
    "SpQRConfig",
]
