"""Seeds and determinism."""

from __future__ import annotations

import random
import sys

from .utils import environment


def set_seed(seed: int, deterministic: bool = False) -> None:
    """Seed the random generators of Python, NumPy, PyTorch and TensorFlow.

    A framework that the process has not imported yet is left alone (importing it only to seed it would cost
    seconds): import it first. JAX has no global generator; its keys are made from a seed where they are used.

    Args:
        seed: from 0 to 2**32 - 1.
        deterministic: also ask PyTorch for deterministic algorithms.

    Raises:
        ValueError: the seed is out of range.
    """
    import numpy

    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be from 0 to 2**32 - 1, got {seed}")
    random.seed(seed)
    numpy.random.seed(seed)
    if (torch := sys.modules.get("torch")) is not None:
        torch.manual_seed(seed)
        if torch.cuda.is_available():
            torch.cuda.manual_seed_all(seed)
        if deterministic:
            torch.use_deterministic_algorithms(True)
    if (tensorflow := sys.modules.get("tensorflow")) is not None:
        tensorflow.random.set_seed(seed)
        if deterministic:
            tensorflow.config.experimental.enable_op_determinism()


def enable_full_determinism(seed: int, warn_only: bool = False) -> None:
    """Seed everything and make every loaded framework use deterministic algorithms, which are slower.

    Args:
        seed: from 0 to 2**32 - 1.
        warn_only: PyTorch warns about an operation that has no deterministic form, where it would raise.
    """
    set_seed(seed)
    environment.define("CUDA_LAUNCH_BLOCKING", "1")
    environment.define("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    if (torch := sys.modules.get("torch")) is not None:
        torch.use_deterministic_algorithms(True, warn_only=warn_only)
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False
    if (tensorflow := sys.modules.get("tensorflow")) is not None:
        tensorflow.config.experimental.enable_op_determinism()


__all__ = ["enable_full_determinism", "set_seed"]
