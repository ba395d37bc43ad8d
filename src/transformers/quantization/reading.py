"""Quantised checkpoints for frameworks that run whole weights: made floating-point while they are read."""

from __future__ import annotations

from typing import Any

from ..utils import logging
from .methods import stored_config

logger = logging.get_logger(__name__)


def made_whole(checkpoint: Any, request: Any) -> Any:
    """A checkpoint as one of floating-point weights; itself where nothing is quantised.

    Raises:
        ValueError: the caller asks to quantise, or the weights are in a way that cannot be read here.
    """
    if request.quantization is not None:
        raise ValueError("quantization_config is for PyTorch models: leave it out, or load the PyTorch class")
    how = stored_config(request.config)
    if how is None:
        return checkpoint
    method = getattr(how.quant_method, "value", how.quant_method)
    if method != "weight_only":
        raise ValueError(f"weights quantised by {method} can be read with PyTorch only")
    logger.warning_once(f"{request.name}: quantised weights are made whole, in {request.dtype or 'float32'}")
    del request.config.quantization_config
    return WholeCheckpoint(checkpoint)


class WholeCheckpoint:
    """A checkpoint of `WeightOnlyConfig` whose packed weights are read as numbers; satisfies `Checkpoint`."""

    def __init__(self, checkpoint: Any) -> None:
        self.file = checkpoint
        self.metadata = checkpoint.metadata
        self._names = [name for name in checkpoint if not name.endswith(".weight_scale")]

    def __iter__(self) -> Any:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def _scale(self, name: str) -> str | None:
        scale = f"{name}_scale"
        return scale if name.endswith(".weight") and scale in self.file else None

    def info(self, name: str) -> Any:
        """Number type and shape of a tensor, made whole."""
        from ..loading.arrays import TensorInfo

        info = self.file.info(name)
        if self._scale(name) is None:
            return info
        rows, columns = info.shape
        return TensorInfo("float32", (rows, 2 * columns if info.dtype == "uint8" else columns))

    def get(self, name: str, framework: str = "np") -> Any:
        """A tensor, made whole, as an array of `framework`."""
        import numpy as np

        from ..loading.arrays import as_framework

        scale = self._scale(name)
        if scale is None:
            return self.file.get(name, framework)
        steps = np.asarray(self.file.get(name, "np"))
        factor = np.asarray(self.file.get(scale, "np")).astype(np.float32)
        if steps.dtype == np.int8:
            return as_framework(steps.astype(np.float32) * factor[:, None], framework)
        runs = steps.reshape(steps.shape[0] // 64, 2 * steps.shape[1], 32)
        codes = np.concatenate([runs & 15, runs >> 4], axis=2).swapaxes(1, 2)
        codes = codes.reshape(steps.shape[0], factor.shape[0], -1).astype(np.float32) - 8
        whole = codes * factor[..., 0].T[..., None] + factor[..., 1].T[..., None]
        return as_framework(whole.reshape(steps.shape[0], -1), framework)


__all__ = ["WholeCheckpoint", "made_whole"]
