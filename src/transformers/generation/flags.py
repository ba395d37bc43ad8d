"""One bool per sequence, as an array of the framework that the sequences are in."""

from __future__ import annotations

import importlib
from typing import Any

from ..utils.tensors import framework_of


def flags_like(input_ids: Any, values: bool | list[bool]) -> Any:
    """A bool array (B,) beside `input_ids` (B, T), on its device.

    Args:
        input_ids: an array of PyTorch, JAX, TensorFlow or NumPy.
        values: one for all, or one per sequence.

    Raises:
        TypeError: `input_ids` is no such array.
    """
    kind = framework_of(input_ids)
    if kind == "pt":
        torch = importlib.import_module("torch")
        place = {"dtype": torch.bool, "device": input_ids.device}
        if isinstance(values, bool):  # filled where it lies: nothing waits for a copy
            return torch.full((input_ids.shape[0],), values, **place)
        return torch.tensor(values, **place)
    if isinstance(values, bool):
        values = [values] * int(input_ids.shape[0])
    if kind == "tf":
        return importlib.import_module("tensorflow").constant(values, dtype="bool")
    if kind in ("np", "jax"):
        return importlib.import_module({"np": "numpy", "jax": "jax.numpy"}[kind]).array(values, dtype=bool)
    raise TypeError(
        f"input_ids must be an array of PyTorch, JAX, TensorFlow or NumPy, got a {type(input_ids).__name__}"
    )


__all__ = ["flags_like"]
