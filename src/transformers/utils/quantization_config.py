"""`quantization_config`: how the weights of a model are, or are to be, quantised.

The published classes by their published names, and the library's own `WeightOnlyConfig` and `GgufConfig`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, ClassVar

from .quantization_base import QuantizationConfigMixin, QuantizationMethod, one_of
from .quantization_bnb import BitsAndBytesConfig
from .quantization_formats import (
    AutoRoundConfig,
    BitNetQuantConfig,
    CompressedTensorsConfig,
    FineGrainedFP8Config,
    FPQuantConfig,
    Mxfp4Config,
    SpQRConfig,
)
from .quantization_gptq import (
    AwqBackendPackingMethod,
    AwqConfig,
    AWQLinearVersion,
    ExllamaVersion,
    GPTQConfig,
)
from .quantization_kinds import (
    AqlmConfig,
    EetqConfig,
    FbgemmFp8Config,
    HiggsConfig,
    HqqConfig,
    QuarkConfig,
    VptqConfig,
    VptqLayerConfig,
)
from .quantization_libraries import imported, quiet
from .quantization_own import GgufConfig, WeightOnlyConfig

# What torchao is asked for by name -> its own class.
TORCHAO_KINDS = {
    "int4_weight_only": "Int4WeightOnlyConfig",
    "int8_weight_only": "Int8WeightOnlyConfig",
    "int8_dynamic_activation_int8_weight": "Int8DynamicActivationInt8WeightConfig",
    "autoquant": "",
}


class QuantoConfig(QuantizationConfigMixin):
    """Quanto: weights, and activations if asked, of few bits (library `optimum-quanto`)."""

    _method: ClassVar[Any] = QuantizationMethod.QUANTO
    weights: str = "int8"
    activations: str | None = None
    modules_to_not_convert: list[str] | None = None

    def post_init(self) -> None:
        """Check the fields."""
        one_of(self, "weights", ("float8", "int8", "int4", "int2"))
        one_of(self, "activations", (None, "int8", "float8"))


class TorchAoConfig(QuantizationConfigMixin):
    """torchao: weights that are tensors of a class of their own (library `torchao`).

    Args:
        quant_type: "int4_weight_only", "int8_weight_only", "int8_dynamic_activation_int8_weight", or a config
            object of torchao.
        modules_to_not_convert: names, or pieces of dotted names, of layers to leave as they are.
        include_input_output_embeddings: quantise embeddings and the projection to the vocabulary too.
        untie_embedding_weights: give the projection weights of its own.
        kwargs: arguments of the quant_type, such as `group_size`.

    Raises:
        TypeError: quant_type is neither text nor a config.
        ValueError: there is no quant_type of that name.
    """

    _method: ClassVar[Any] = QuantizationMethod.TORCHAO
    quant_type: Any
    modules_to_not_convert: list[str] | None = None
    include_input_output_embeddings: bool = False
    untie_embedding_weights: bool = False

    def _finish(self, rest: dict[str, Any]) -> None:
        own = rest.pop("quant_type_kwargs", None)
        rest = {name: value for name, value in rest.items() if name != "quant_method"}
        self.quant_type_kwargs: dict[str, Any] = rest if own is None else dict(own)

    def post_init(self) -> None:
        """Check the fields."""
        if isinstance(self.quant_type, str):
            one_of(self, "quant_type", tuple(TORCHAO_KINDS))
            return
        kinds = [cls.__name__ for cls in type(self.quant_type).__mro__]
        if "AOBaseConfig" not in kinds and not isinstance(self.quant_type, Mapping):
            raise TypeError(
                f"quant_type must be text or a config of torchao, got {type(self.quant_type).__name__}"
            )

    def get_apply_tensor_subclass(self) -> Any:
        """torchao's own config.

        Raises:
            ImportError: torchao is not installed.
            TypeError: quant_type_kwargs holds an argument that the quant_type does not have.
        """
        if isinstance(self.quant_type, Mapping):
            return torchao_config(self.quant_type)
        if not isinstance(self.quant_type, str):
            return self.quant_type
        from .optional import require

        require("torchao", "TorchAoConfig")
        kind = getattr(imported("torchao.quantization"), TORCHAO_KINDS[self.quant_type])
        return kind(**self.quant_type_kwargs)

    def to_dict(self) -> dict[str, Any]:
        """All attributes, a config object of torchao as plain data."""
        data = super().to_dict()
        if not isinstance(self.quant_type, str | Mapping):
            as_data = imported("torchao.core.config").config_to_dict
            data["quant_type"] = {"default": as_data(self.quant_type)}
        return data

    @classmethod
    def from_dict(
        cls, config_dict: Mapping[str, Any], return_unused_kwargs: bool = False, **kwargs: Any
    ) -> Any:
        """The description that a file holds."""
        data = dict(config_dict)
        if isinstance(data.get("quant_type"), Mapping):
            # That of another release stays as it is: weights that are quantised do without it.
            with contextlib.suppress(ImportError, ValueError):
                data["quant_type"] = torchao_config(data["quant_type"])
        return super().from_dict(data, return_unused_kwargs=return_unused_kwargs, **kwargs)


def torchao_config(data: Mapping[str, Any]) -> Any:
    """torchao's config object from a file's plain data.

    Raises:
        ImportError: torchao is not installed.
        ValueError: torchao does not know the config, or knows another version of it.
    """
    from .optional import require

    require("torchao", "TorchAoConfig")
    try:
        with quiet():
            return imported("torchao.core.config").config_from_dict(data["default"])
    except Exception as error:  # its errors have no base of their own
        raise ValueError(f"the installed torchao cannot make the config of the file: {error}") from error


CONFIGS: dict[str, Any] = {
    cls._method.value: cls
    for cls in (
        BitsAndBytesConfig, GPTQConfig, AwqConfig, TorchAoConfig, QuantoConfig, WeightOnlyConfig, GgufConfig,
        HqqConfig, EetqConfig, AqlmConfig, VptqConfig, HiggsConfig, SpQRConfig, QuarkConfig,
        BitNetQuantConfig, FbgemmFp8Config, FineGrainedFP8Config, FPQuantConfig, Mxfp4Config, AutoRoundConfig,
        CompressedTensorsConfig,
    )
}  # fmt: skip

__all__ = [
    "AWQLinearVersion",
    "AqlmConfig",
    "AutoRoundConfig",
    "AwqBackendPackingMethod",
    "AwqConfig",
    "BitNetQuantConfig",
    "BitsAndBytesConfig",
    "CONFIGS",
    "CompressedTensorsConfig",
    "EetqConfig",
    "ExllamaVersion",
    "FPQuantConfig",
    "FbgemmFp8Config",
    "FineGrainedFP8Config",
    "GPTQConfig",
    "GgufConfig",
    "HiggsConfig",
    "HqqConfig",
    "Mxfp4Config",
    "QuantizationConfigMixin",
    "QuantizationMethod",
    "QuantoConfig",
    "QuarkConfig",
    "SpQRConfig",
    "TORCHAO_KINDS",
    "TorchAoConfig",
    "VptqConfig",
    "VptqLayerConfig",
    "WeightOnlyConfig",
]
