"""The hooks of a user's own way of quantising."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class HfQuantizer(ABC):
    """Base of quantisers that users register; `from_pretrained` calls the hooks in the order below.

    Args:
        quantization_config: how to quantise.
        pre_quantized: whether the checkpoint holds quantised weights already.
        modules_to_not_convert: names of layers to leave; the subclass sees to it.

    Attributes:
        requires_calibration: whether only checkpoints that are quantised can be loaded.
        requires_parameters_quantization: whether `create_quantized_param` is to be called.

    Raises:
        ValueError: data must be seen first, and the checkpoint is not quantised.
    """

    requires_calibration: bool = False
    required_packages: Any = None
    requires_parameters_quantization: bool = False

    def __init__(self, quantization_config: Any, **kwargs: Any) -> None:
        self.quantization_config = quantization_config
        self.modules_to_not_convert: Any = kwargs.pop("modules_to_not_convert", [])
        self.pre_quantized: bool = kwargs.pop("pre_quantized", True)
        if self.requires_calibration and not self.pre_quantized:
            raise ValueError(
                f"{type(self).__name__} needs data to learn from: load a checkpoint that is quantised already"
            )

    def validate_environment(self, *args: Any, **kwargs: Any) -> None:  # noqa: B027 - may stay empty
        """Raise where a library or a device is missing; called before anything is read."""

    def update_dtype(self, dtype: Any) -> Any:
        """The dtype of what is not quantised, from the caller's (None: not given)."""
        return dtype

    def update_torch_dtype(self, dtype: Any) -> Any:
        """Older name of `update_dtype`."""
        return self.update_dtype(dtype)

    def update_device_map(self, device_map: Any) -> Any:
        """Where the model goes, from the caller's choice."""
        return device_map

    def preprocess_model(self, model: Any, **kwargs: Any) -> Any:
        """Prepare a model without values, most often on the meta device."""
        model.is_quantized = True
        model.quantization_method = self.quantization_config.quant_method
        return self._process_model_before_weight_loading(model, **kwargs)

    @abstractmethod
    def _process_model_before_weight_loading(self, model: Any, **kwargs: Any) -> Any:
        """Put layers of few bits into their places."""

    def update_expected_keys(self, model: Any, expected_keys: list[str], loaded_keys: list[str]) -> list[str]:
        """Names that the checkpoint should hold."""
        return expected_keys

    def update_missing_keys(self, model: Any, missing_keys: list[str], prefix: str) -> list[str]:
        """Names that the checkpoint lacks, without those that need not be there."""
        return missing_keys

    def update_unexpected_keys(self, model: Any, unexpected_keys: list[str]) -> list[str]:
        """Names that the model lacks, without those that may be there."""
        return unexpected_keys

    def param_needs_quantization(self, model: Any, param_name: str, **kwargs: Any) -> bool:
        """Whether `create_quantized_param` takes a parameter's value; `param_value` is among the keywords."""
        return False

    def check_quantized_param(self, *args: Any, **kwargs: Any) -> bool:
        """Older name of `param_needs_quantization`: (model, param_value, param_name, state_dict)."""
        model, param_name = args[0], kwargs.pop("param_name", None) or args[2]
        return self.param_needs_quantization(model, param_name, **kwargs)

    def create_quantized_param(self, *args: Any, **kwargs: Any) -> None:
        """Put a value into its place: (model, param_value, param_name, target_device).

        Raises:
            NotImplementedError: the subclass asks for it and does not define it.
        """
        raise NotImplementedError(f"{type(self).__name__} must define create_quantized_param")

    def postprocess_model(self, model: Any, **kwargs: Any) -> Any:
        """Finish a model that has its values."""
        model.config.quantization_config = self.quantization_config
        return self._process_model_after_weight_loading(model, **kwargs)

    @abstractmethod
    def _process_model_after_weight_loading(self, model: Any, **kwargs: Any) -> Any:
        """Change layers that have their values."""

    @abstractmethod
    def is_serializable(self, safe_serialization: bool | None = None) -> bool:
        """Whether the model can be saved."""

    def get_state_dict_and_metadata(self, model: Any, safe_serialization: bool = False) -> tuple[Any, Any]:
        """(tensors to save in place of the model's own or None, text for the header of safetensors)."""
        return None, {}

    @property
    @abstractmethod
    def is_trainable(self) -> bool:
        """Whether adapters on top can be trained."""

    @property
    def is_qat_trainable(self) -> bool:
        """Whether the quantised weights themselves can be trained."""
        return False

    @property
    def is_compileable(self) -> bool:
        """Whether `torch.compile` takes the model."""
        return False

    def dequantize(self, model: Any) -> Any:
        """Make the weights whole again."""
        return self._dequantize(model)

    def _dequantize(self, model: Any) -> Any:
        """Make the weights whole again.

        Raises:
            NotImplementedError: the subclass does not define it.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot make the weights whole again")

    def remove_quantization_config(self, model: Any) -> None:
        """Forget that a model was quantised."""
        model.hf_quantizer, model.is_quantized, model.quantization_method = None, False, None
        vars(model.config).pop("quantization_config", None)

    @staticmethod
    def get_modules_to_not_convert(
        model: Any,
        skip_modules: list[str] | None = None,
        keep_in_fp32_modules: list[str] | None = None,
        add_default_skips: bool = False,
    ) -> list[str]:
        """Names of layers to leave: the given ones, or else the head of a model that has one."""
        from ..quantization.skipped import default_skips

        found = default_skips(model) if skip_modules is None or add_default_skips else []
        return [*dict.fromkeys([*found, *(skip_modules or ()), *(keep_in_fp32_modules or ())])]


def get_module_from_name(module: Any, tensor_name: str) -> tuple[Any, str]:
    """(the module that holds a tensor, the tensor's name in it), for a dotted name."""
    path, _, own = tensor_name.rpartition(".")
    return (module.get_submodule(path) if path else module), own


__all__ = ["HfQuantizer", "get_module_from_name"]
