"""The device that PyTorch's models are tested on: the processor, or what `make test DEVICE=...` names."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

# Where PyTorch's models run: `make test DEVICE=cuda`, or mps.  Accelerators sum in another order, so that
# float32 may differ by SLACK times what is allowed on the processor; half precision has the same tolerances.
DEVICE = os.environ.get("DEVICE", "cpu")
SLACK = {"cpu": 1.0, "cuda": 5.0, "mps": 20.0}.get(DEVICE.partition(":")[0], 5.0)


def placed(array: Any) -> Any:
    """An array, or a tensor, as a tensor on DEVICE; float64 as float32 where that is all there is."""
    import torch

    tensor = array if isinstance(array, torch.Tensor) else torch.from_numpy(np.array(array))
    if DEVICE.startswith("mps") and tensor.dtype == torch.float64:
        tensor = tensor.float()
    return tensor.to(DEVICE)


def on_host(value: Any) -> Any:
    """A tensor of PyTorch's in the memory of the processor; anything else as it is."""
    return value.cpu() if type(value).__module__.partition(".")[0] == "torch" else value


def exactly() -> None:
    """Keep accelerators from computing float32 in fewer bits."""
    if DEVICE != "cpu":
        import torch

        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
