"""From the name of a method to its description and its quantiser; users add theirs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ..utils.quantization_config import CONFIGS, QuantizationConfigMixin
from .base import HfQuantizer

# Methods of users.
REGISTERED: dict[str, type[HfQuantizer]] = {}


def register_quantization_config(method: str) -> Callable[[Any], Any]:
    """Decorator: the description of a method of a user's own.

    Raises:
        TypeError: the class is not a subclass of `QuantizationConfigMixin`.
        ValueError: the method has one.
    """

    def register(cls: Any) -> Any:
        if method in CONFIGS:
            raise ValueError(f"the quantisation method {method!r} has a config already: choose another name")
        if not (isinstance(cls, type) and issubclass(cls, QuantizationConfigMixin)):
            raise TypeError(f"a config must be a subclass of QuantizationConfigMixin, got {cls!r}")
        CONFIGS[method] = cls
        return cls

    return register


def register_quantizer(name: str) -> Callable[[Any], Any]:
    """Decorator: the quantiser of a method of a user's own.

    Raises:
        ValueError: the method has one, or the class is not a subclass of `HfQuantizer`.
    """

    def register(cls: Any) -> Any:
        from ..quantization.methods import known_methods

        if name in known_methods():
            raise ValueError(f"the quantisation method {name!r} has a quantiser already: choose another name")
        if not (isinstance(cls, type) and issubclass(cls, HfQuantizer)):
            raise ValueError(f"a quantiser must be a subclass of HfQuantizer, got {cls!r}")
        REGISTERED[name] = cls
        return cls

    return register


class AutoQuantizationConfig:
    """Descriptions of quantised weights, by what plain data says."""

    @classmethod
    def from_dict(cls, quantization_config_dict: Mapping[str, Any]) -> Any:
        """The description that plain data holds.

        Raises:
            ValueError: the data names no method, or one that is not known.
        """
        from ..quantization.methods import read_config

        return read_config(dict(quantization_config_dict))

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **kwargs: Any) -> Any:
        """The description in a model's config.json.

        Raises:
            ValueError: the model is not quantised.
        """
        from ..models.auto import AutoConfig
        from ..quantization.methods import stored_config

        config = AutoConfig.from_pretrained(pretrained_model_name_or_path, **kwargs)
        found = stored_config(config)
        if found is None:
            raise ValueError(
                f"{pretrained_model_name_or_path} is not quantised: its config says nothing of it"
            )
        return found


class AutoHfQuantizer:
    """Quantisers, by the description they go with."""

    @classmethod
    def from_config(cls, quantization_config: Any, **kwargs: Any) -> Any:
        """The quantiser of a description; `pre_quantized` says that a checkpoint is quantised.

        Raises:
            ImportError: the method's library is not installed.
            ValueError: the method is not known, or cannot be used here.
        """
        from ..quantization.methods import made_for, read_config

        return made_for(read_config(quantization_config), **{"pre_quantized": True, **kwargs})

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **kwargs: Any) -> Any:
        """The quantiser of a model's config.json."""
        return cls.from_config(
            AutoQuantizationConfig.from_pretrained(pretrained_model_name_or_path, **kwargs)
        )

    @classmethod
    def merge_quantization_configs(cls, quantization_config: Any, quantization_config_from_args: Any) -> Any:
        """A checkpoint's description, with what a caller may choose taken from another.

        Raises:
            ValueError: they name different methods.
        """
        from ..quantization.methods import merged

        return merged(quantization_config, quantization_config_from_args)

    @staticmethod
    def supports_quant_method(quantization_config_dict: Mapping[str, Any]) -> bool:
        """Whether a description names a method that is known."""
        method = quantization_config_dict.get("quant_method")
        old = quantization_config_dict.get("load_in_8bit") or quantization_config_dict.get("load_in_4bit")
        return bool(old) if method is None else str(getattr(method, "value", method)) in CONFIGS


__all__ = [
    "AutoHfQuantizer",
    "AutoQuantizationConfig",
    "REGISTERED",
    "register_quantization_config",
    "register_quantizer",
]
