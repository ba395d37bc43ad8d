"""Questions about the torch that is installed: its version, its devices, what the process does with it.

Only the questions about devices import torch.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

from .availability import at_least, is_torch_available, version_of
from .optional import is_available


def _device(name: str, plugin: str | None = None) -> Callable[..., bool]:
    """A function that tells whether torch sees a device of the kind `name`."""

    def available(check_device: bool = False) -> bool:
        if not is_available("torch") or (plugin is not None and not is_available(plugin)):
            return False
        if plugin is not None:
            importlib.import_module(plugin)
        torch = importlib.import_module("torch")
        backend = torch.backends.mps if name == "mps" else getattr(torch, name, None)
        return backend is not None and bool(backend.is_available())

    return available


is_torch_cuda_available = _device("cuda")
is_torch_hpu_available = _device("hpu", "habana_frameworks")
is_torch_mlu_available = _device("mlu", "torch_mlu")
is_torch_mps_available = _device("mps")
is_torch_musa_available = _device("musa", "torch_musa")
is_torch_npu_available = _device("npu", "torch_npu")
is_torch_xpu_available = _device("xpu")
is_torch_compile_available = is_torch_available
is_torch_flex_attn_available = is_torch_available
is_torch_fx_available = is_torch_available
is_torch_sdpa_available = is_torch_available
is_torchdynamo_available = is_torch_available


def is_flash_attn_2_available() -> bool:
    """Whether the package flash_attn is there and torch sees a CUDA device for it."""
    return is_available("flash_attn") and is_torch_cuda_available()


def is_torch_accelerator_available() -> bool:
    """Whether torch sees any device faster than the CPU."""
    checks = (is_torch_cuda_available, is_torch_mps_available, is_torch_xpu_available, is_torch_npu_available)
    return any(check() for check in checks)


def is_torch_bf16_gpu_available() -> bool:
    """Whether torch sees a CUDA or XPU device that computes in bfloat16."""
    if not is_torch_cuda_available():
        return is_torch_xpu_available()
    return bool(importlib.import_module("torch").cuda.is_bf16_supported())


def is_torch_bf16_cpu_available() -> bool:
    """Whether torch computes in bfloat16 on the CPU: every supported version does."""
    return bool(is_torch_available())


def is_torch_tf32_available() -> bool:
    """Whether torch sees a CUDA device with TF32 matrix units (compute capability 8 and above)."""
    if not is_torch_cuda_available():
        return False
    return bool(importlib.import_module("torch").cuda.get_device_properties(0).major >= 8)


def is_torch_deterministic() -> bool:
    """Whether the process asked torch for deterministic algorithms."""
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.are_deterministic_algorithms_enabled())


def is_torchdynamo_compiling() -> bool:
    """Whether the calling code is being traced by torch.compile or torch.export."""
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.compiler.is_compiling())


def get_torch_version() -> str:
    """Version of the installed torch, `"N/A"` without one."""
    return (version_of("torch") if is_available("torch") else None) or "N/A"


def is_torch_greater_or_equal(library_version: str, accept_dev: bool = False) -> bool:
    """Whether torch is at least `library_version`; `accept_dev` counts a pre-release as its release."""
    return at_least("torch", library_version, accept_dev)


__all__ = [
    "get_torch_version",
    "is_flash_attn_2_available",
    "is_torch_accelerator_available",
    "is_torch_bf16_cpu_available",
    "is_torch_bf16_gpu_available",
    "is_torch_compile_available",
    "is_torch_cuda_available",
    "is_torch_deterministic",
    "is_torch_flex_attn_available",
    "is_torch_fx_available",
    "is_torch_greater_or_equal",
    "is_torch_hpu_available",
    "is_torch_mlu_available",
    "is_torch_mps_available",
    "is_torch_musa_available",
    "is_torch_npu_available",
    "is_torch_sdpa_available",
    "is_torch_tf32_available",
    "is_torch_xpu_available",
    "is_torchdynamo_available",
    "is_torchdynamo_compiling",
]
