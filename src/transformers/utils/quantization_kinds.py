"""Descriptions of weights quantised by further libraries; each is what a config.json of its method holds."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

from .optional import require
from .quantization_base import QuantizationConfigMixin, QuantizationMethod, of_type, one_of

Names = list[str] | None


class AqlmConfig(QuantizationConfigMixin):
    """AQLM: additive codebooks (library `aqlm`)."""

    _method: ClassVar[Any] = QuantizationMethod.AQLM
    in_group_size: int = 8
    out_group_size: int = 1
    num_codebooks: int = 1
    nbits_per_codebook: int = 16
    linear_weights_not_to_quantize: Names = None

    def post_init(self) -> None:
        """Check the fields."""
        of_type(self, int, "in_group_size", "out_group_size", "num_codebooks", "nbits_per_codebook")
        if self.linear_weights_not_to_quantize is None:
            self.linear_weights_not_to_quantize = []
        if not isinstance(self.linear_weights_not_to_quantize, list):
            raise ValueError(
                f"linear_weights_not_to_quantize must be a list, got {self.linear_weights_not_to_quantize!r}"
            )


class VptqLayerConfig(QuantizationConfigMixin):
    """VPTQ: the sizes of one layer's codebooks."""

    enable_norm: bool = True
    enable_perm: bool = True
    group_num: int = 1
    group_size: int = -1
    in_features: int = -1
    indices_as_float: bool = False
    is_indice_packed: bool = True
    num_centroids: Any = [-1, -1]
    num_res_centroids: Any = [-1, -1]
    out_features: int = -1
    outlier_size: int = 0
    vector_lens: Any = [-1, -1]

    def _finish(self, rest: dict[str, Any]) -> None:
        del self.quant_method  # a part of a description has no method of its own

    def post_init(self) -> None:
        """Check the fields."""
        if self.is_indice_packed is not True:
            raise ValueError(f"is_indice_packed must be True, got {self.is_indice_packed!r}")


class VptqConfig(QuantizationConfigMixin):
    """VPTQ: vector quantisation (library `vptq`)."""

    _method: ClassVar[Any] = QuantizationMethod.VPTQ
    enable_proxy_error: bool = False
    config_for_layers: dict[str, Any] = {}
    shared_layer_config: dict[str, Any] = {}
    modules_to_not_convert: Names = None

    def post_init(self) -> None:
        """Check the fields."""
        for values in self.config_for_layers.values():
            VptqLayerConfig(**values)
        if self.enable_proxy_error is True:
            raise ValueError("enable_proxy_error must be False: the error is only known while quantising")


class EetqConfig(QuantizationConfigMixin):
    """EETQ: 8-bit weights on NVIDIA GPUs (library `eetq`)."""

    _method: ClassVar[Any] = QuantizationMethod.EETQ
    weights: str = "int8"
    modules_to_not_convert: Names = None

    def post_init(self) -> None:
        """Check the fields."""
        one_of(self, "weights", ("int8",))


class FbgemmFp8Config(QuantizationConfigMixin):
    """FBGEMM: 8-bit floating point on NVIDIA GPUs (library `fbgemm_gpu`)."""

    _method: ClassVar[Any] = QuantizationMethod.FBGEMM_FP8
    activation_scale_ub: float = 1200.0
    modules_to_not_convert: Names = None

    def get_loading_attributes(self) -> dict[str, Any]:
        """What a caller may choose for a checkpoint that is quantised."""
        return {"activation_scale_ub": self.activation_scale_ub}


class HiggsConfig(QuantizationConfigMixin):
    """HIGGS: Hadamard rotations and grids (library `flute`)."""

    _method: ClassVar[Any] = QuantizationMethod.HIGGS
    bits: int = 4
    p: int = 2
    modules_to_not_convert: Names = None
    hadamard_size: int = 512
    group_size: int = 256
    tune_metadata: dict[str, Any] | None = None

    def post_init(self) -> None:
        """Check the fields."""
        self.tune_metadata = {} if self.tune_metadata is None else self.tune_metadata
        one_of(self, "bits", (2, 3, 4))
        one_of(self, "p", (1, 2))
        one_of(self, "group_size", (64, 128, 256))
        if self.hadamard_size % self.group_size:
            raise ValueError(
                f"hadamard_size ({self.hadamard_size}) must be a multiple of group_size ({self.group_size})"
            )


class HqqConfig(QuantizationConfigMixin):
    """HQQ: half-quadratic quantisation (library `hqq`).

    Raises:
        ImportError: `hqq`, which the settings are written for, is not installed.
    """

    _method: ClassVar[Any] = QuantizationMethod.HQQ
    nbits: int = 4
    group_size: int = 64
    view_as_float: bool = False
    axis: int | None = None
    dynamic_config: dict[str, Any] | None = None
    skip_modules: list[str] = ["lm_head"]

    def _finish(self, rest: dict[str, Any]) -> None:
        require("hqq", "HqqConfig")
        self.axis = 1 if self.axis is None else self.axis
        one_of(self, "axis", (0, 1))
        library = importlib.import_module("hqq.core.quantize")

        def settings(values: Mapping[str, Any]) -> Any:
            return library.BaseQuantizeConfig(**{"view_as_float": False, "axis": 1, **values})

        if self.dynamic_config:
            self.quant_config = {name: settings(part) for name, part in self.dynamic_config.items()}
        else:
            names = ("nbits", "group_size", "view_as_float", "axis")
            self.quant_config = settings({name: getattr(self, name) for name in names})
        for name in ("nbits", "group_size", "view_as_float", "axis", "dynamic_config"):
            delattr(self, name)

    @classmethod
    def from_dict(cls, config: Mapping[str, Any], **kwargs: Any) -> Any:  # type: ignore[override]
        """The description that a file holds."""
        found = cls()
        found.quant_config, found.skip_modules = config["quant_config"], config["skip_modules"]
        return found


class QuarkConfig(QuantizationConfigMixin):
    """Quark: AMD's quantiser (library `quark`); the keys of the file are kept as they are.

    Raises:
        ImportError: `quark` is not installed.
    """

    _method: ClassVar[Any] = QuantizationMethod.QUARK

    def _finish(self, rest: dict[str, Any]) -> None:
        require("quark", "QuarkConfig")
        vars(self).update({name: value for name, value in rest.items() if name != "quant_method"})


__all__ = [
    "AqlmConfig",
    "EetqConfig",
    "FbgemmFp8Config",
    "HiggsConfig",
    "HqqConfig",
    "QuarkConfig",
    "VptqConfig",
    "VptqLayerConfig",
]
