"""Weights and inputs as functions of their names: nothing is stored, and every library makes the same.

NumPy and the standard library only: the recorder of golden numbers runs this file beside the published
release.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np


def generator(name: str) -> np.random.Generator:
    """The random stream that belongs to a name."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def weight(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Float32 values for the parameter or floating-point buffer `name`.

    Matrices have unit gain, scales lie near 1 and biases are small, so that scores are of order one and a
    wrong scale, mask or position moves the outputs far beyond the tolerance.
    """
    draw = generator(name).standard_normal(shape)
    last = name.rsplit(".", 1)[-1]
    if last == "running_var":
        values = generator(name).uniform(0.5, 1.5, shape)
    elif len(shape) < 2:
        values = 0.1 * draw + (0.0 if last in ("bias", "running_mean", "beta") else 1.0)
    elif "embed" in name:
        values = draw
    elif len(shape) == 4:  # convolutions of images: a chain of ReLUs, each of which halves the squares
        values = draw * np.sqrt(2.0 / np.prod(shape[1:]))
    else:
        values = draw / np.sqrt(np.prod(shape[1:]))
    return values.astype(np.float32)


def array(name: str, spec: list[Any]) -> np.ndarray:
    """The input `name`.

    spec: ["int", shape, low, high], ["normal", shape], ["right_padding" or "left_padding", lengths, T] (1 =
    token, 0 = padding), ["ones", shape], ["values", nested list], ["floats", nested list] or ["bools", ...].
    """
    kind, *rest = spec
    if kind == "int":
        shape, low, high = rest
        return generator(name).integers(low, high, shape).astype(np.int64)
    if kind == "normal":
        return generator(name).standard_normal(rest[0]).astype(np.float32)
    if kind == "right_padding":
        lengths, width = rest
        return (np.arange(width)[None] < np.array(lengths)[:, None]).astype(np.int64)
    if kind == "left_padding":
        lengths, width = rest
        return (np.arange(width)[None] >= width - np.array(lengths)[:, None]).astype(np.int64)
    if kind == "ones":
        return np.ones(rest[0], dtype=np.int64)
    if kind == "values":
        return np.array(rest[0], dtype=np.int64)
    if kind == "floats":
        return np.array(rest[0], dtype=np.float32)
    if kind == "bools":
        return np.array(rest[0], dtype=bool)
    raise ValueError(f"unknown input kind {kind!r} for {name}")


def digest(value: np.ndarray, mask: np.ndarray | None, samples: int = 24) -> dict[str, Any]:
    """What a golden file keeps of an output: shape, some values and two norms, at unmasked tokens only.

    mask: (B, T) or None.  Axes (B, T, ...) and (B, heads, T, ...) are recognised by their lengths.
    """
    value = np.asarray(value)
    result: dict[str, Any] = {"shape": list(value.shape)}
    if mask is not None and mask.ndim == 2:
        B, T = mask.shape
        if value.ndim >= 2 and value.shape[:2] == (B, T):
            value = value[mask.astype(bool)]
        elif value.ndim == 4 and value.shape[0] == B and value.shape[2] == T:
            value = value.swapaxes(1, 2)[mask.astype(bool)]
    flat = value.astype(np.float64).ravel()
    finite = flat[np.isfinite(flat)]
    step = max(1, len(flat) // samples)
    result["values"] = [float(f"{x:.7g}") for x in flat[::step][:samples]]
    result["mean_abs"] = float(f"{np.abs(finite).mean() if len(finite) else 0.0:.7g}")
    result["rms"] = float(f"{np.sqrt((finite**2).mean()) if len(finite) else 0.0:.7g}")
    return result
