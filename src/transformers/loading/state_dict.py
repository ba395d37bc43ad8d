"""Weights that a caller gives in place of a file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any


class StateDict:
    """A mapping of arrays that answers as a checkpoint does."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self.arrays = arrays
        self.metadata: dict[str, str] = {}

    def __iter__(self) -> Any:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def __contains__(self, name: object) -> bool:
        return name in self.arrays

    def info(self, name: str) -> Any:
        """Number type and shape."""
        from .arrays import describe

        return describe(self.arrays[name])

    def get(self, name: str, framework: str = "np") -> Any:
        """The array; of PyTorch's where that is asked for, of NumPy's else."""
        import numpy as np

        value = self.arrays[name]
        if framework == "pt" or not hasattr(value, "detach"):
            return value if framework == "pt" else np.asarray(value)
        value = value.detach().cpu()
        if str(value.dtype) != "torch.bfloat16":
            return value.numpy()
        from .arrays import to_numpy

        raw = value.contiguous().view(-1).view(sys.modules["torch"].uint8)
        return to_numpy(raw.numpy(), "bfloat16").reshape(value.shape)


__all__ = ["StateDict"]
