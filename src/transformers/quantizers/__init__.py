"""Ways of quantising that users add: a class with hooks, and the name by which `from_pretrained` finds it."""

from __future__ import annotations

from .auto import AutoHfQuantizer, AutoQuantizationConfig, register_quantization_config, register_quantizer
from .base import HfQuantizer, get_module_from_name

__all__ = [
    "AutoHfQuantizer",
    "AutoQuantizationConfig",
    "HfQuantizer",
    "get_module_from_name",
    "register_quantization_config",
    "register_quantizer",
]
