"""What a loop computes with: the torch API, and the ring's logits processors over it.

In PyTorch that is PyTorch itself. Models of the other frameworks compute their logits there, in compiled
functions; the loop around them keeps token ids and scores in NumPy, whose shapes may change for nothing.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from ..frameworks.loader import PACKAGE, ring_module, torch_module


class Runtime:
    """The torch API under one name, whichever library stands behind it.

    framework: "pt" or "np".  torch: the package.
    """

    def __init__(self, framework: str) -> None:
        self.framework = framework
        self.torch: Any = importlib.import_module("torch") if framework == "pt" else torch_module(framework)

    def part(self, name: str) -> Any:
        """A ring module, such as "generation.logits", over this API."""
        if self.framework == "pt":
            return importlib.import_module(f"{PACKAGE}.{name}")
        return ring_module(self.framework, name)

    def tensor(self, value: Any, device: Any = None) -> Any:
        """An array, a nested list or a tensor as a tensor of this API."""
        if isinstance(value, self.torch.Tensor):
            return value if device is None else value.to(device)
        import numpy as np

        if not isinstance(value, np.ndarray):
            value = np.asarray(value)
        if self.framework == "pt":
            return self.torch.as_tensor(value, device=device)
        return self.torch.Tensor._wrap(value)

    def array(self, value: Any) -> Any:
        """A tensor as a NumPy array."""
        return value.detach().cpu().numpy() if self.framework == "pt" else value.a

    def repeated(self, value: Any, times: int) -> Any:
        """Each row `times` times: a tensor of PyTorch, or an array of the framework that the model is in."""
        if self.framework == "pt":
            return value.repeat_interleave(times, dim=0)
        if hasattr(value, "repeat"):  # of NumPy and JAX
            return value.repeat(times, axis=0)
        return importlib.import_module("tensorflow").repeat(value, times, axis=0)


@functools.cache
def runtime(framework: str) -> Runtime:
    """The runtime of "pt" or "np"."""
    return Runtime(framework)


__all__ = ["Runtime", "runtime"]
