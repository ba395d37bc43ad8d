"""Whole numbers of few bits inside wider words, and what published files make of them.

What reads GPTQ and AWQ takes arrays of NumPy and of PyTorch alike, so that all frameworks read the same
numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Column of a word of AWQ's files -> the place of its 4 bits, counted from the lowest.
AWQ_ORDER = (0, 4, 1, 5, 2, 6, 3, 7)
WORD = 32  # bits of what GPTQ and AWQ pack into


def unpacked_rows(words: Any, bits: int) -> Any:
    """int32 words (rows, columns), each column a stream of bits from the lowest on, as numbers.

    Returns:
        Shape (rows * 32 / bits, columns), from 0 to 2 ** bits - 1.
    """
    step = 1 if WORD % bits else bits  # 3 bits do not divide a word: go by single ones
    mask = (1 << step) - 1
    planes = _stacked([(words >> place) & mask for place in range(0, WORD, step)])
    planes = planes.reshape(-1, words.shape[1])
    if step == bits:
        return planes
    groups = planes.reshape(-1, bits, words.shape[1])
    return sum(groups[:, place] << place for place in range(bits))


def unpacked_columns(words: Any, bits: int, order: tuple[int, ...] | None = None) -> Any:
    """int32 words (rows, columns), each row a stream of bits, as numbers (rows, columns * 32 / bits).

    order: for each number of a word its place in it; None: as they come.
    """
    if order is None:
        return unpacked_rows(words.T, bits).T
    numbers = [(words >> (bits * place)) & ((1 << bits) - 1) for place in order]
    return _stacked([number.T for number in numbers]).reshape(-1, words.shape[0]).T


def gptq_weight(parts: Mapping[str, Any], bits: int, offset: int) -> Any:
    """The weight (in, out) in float32 that GPTQ's tensors stand for.

    parts: `qweight`, `qzeros`, `scales` and, where inputs are out of order, `g_idx`. offset: what is to be
    added to the zero points of the file: 1 in its first format, 0 in its second.
    """
    codes = unpacked_rows(parts["qweight"], bits)
    scales = _wide(parts["scales"])
    zeros = (unpacked_columns(parts["qzeros"], bits) + offset) & ((1 << bits) - 1)
    zeros = zeros[:, : scales.shape[1]]
    if (groups := parts.get("g_idx")) is None:
        return _grouped(codes, zeros, scales)
    groups = groups.long() if hasattr(groups, "long") else groups
    return _wide(codes - zeros[groups]) * scales[groups]


def awq_weight(parts: Mapping[str, Any], bits: int) -> Any:
    """The weight (in, out) in float32 that AWQ's tensors (`qweight`, `qzeros`, `scales`) stand for.

    Without `qzeros` the numbers lie around the middle of their range.
    """
    codes = unpacked_columns(parts["qweight"], bits, AWQ_ORDER)
    if (words := parts.get("qzeros")) is None:
        return _grouped(codes - (1 << (bits - 1)), 0, _wide(parts["scales"]))
    return _grouped(codes, unpacked_columns(words, bits, AWQ_ORDER), _wide(parts["scales"]))


def bnb_weight(parts: Mapping[str, Any], state: Mapping[str, Any]) -> Any:
    """The weight (out, in) in float32 that NumPy arrays of bitsandbytes' 4-bit files stand for.

    parts: `weight` (bytes, the first number in the high half), `absmax`, `quant_map`, and with scales that
    are quantised themselves `nested_absmax` and `nested_quant_map`. state: what the file says beside them.
    """
    scales = parts["absmax"]
    if "nested_absmax" in parts:
        outer = parts["nested_absmax"].repeat(state["nested_blocksize"])[: scales.shape[0]]
        scales = parts["nested_quant_map"][scales] * outer + state["nested_offset"]
    data = parts["weight"].reshape(-1)
    codes = _stacked([data >> 4, data & 15]).reshape(-1)
    size = 1
    for length in state["shape"]:
        size *= length
    numbers = parts["quant_map"][codes[:size]] * scales.repeat(state["blocksize"])[:size]
    return numbers.astype("float32").reshape(state["shape"])


def weight_only_weight(steps: Any, scale: Any) -> Any:
    """The weight (out, in) in float32 that NumPy arrays of `WeightOnlyConfig` stand for."""
    import numpy as np

    scale = scale.astype(np.float32)
    if steps.dtype == np.int8:
        return steps.astype(np.float32) * scale[:, None]
    runs = steps.reshape(steps.shape[0] // 64, 2 * steps.shape[1], 32)
    codes = np.concatenate([runs & 15, runs >> 4], axis=2).swapaxes(1, 2)
    codes = codes.reshape(steps.shape[0], scale.shape[0], -1).astype(np.float32) - 8
    whole = codes * scale[..., 0].T[..., None] + scale[..., 1].T[..., None]
    return whole.reshape(steps.shape[0], -1)


def _grouped(codes: Any, zeros: Any, scales: Any) -> Any:
    """(codes - zeros) * scales, of groups of equal size along the first axis."""
    groups, columns = scales.shape
    codes = codes.reshape(groups, -1, columns)
    zeros = zeros if isinstance(zeros, int) else zeros[:, None]
    return (_wide(codes - zeros) * scales[:, None]).reshape(-1, columns)


def _stacked(arrays: list[Any]) -> Any:
    """Arrays side by side along a new second axis."""
    if hasattr(arrays[0], "detach"):
        import torch

        return torch.stack(arrays, dim=1)
    import numpy as np

    return np.stack(arrays, axis=1)


def _wide(array: Any) -> Any:
    return array.float() if hasattr(array, "detach") else array.astype("float32")


__all__ = [
    "AWQ_ORDER",
    "awq_weight",
    "bnb_weight",
    "gptq_weight",
    "unpacked_columns",
    "unpacked_rows",
    "weight_only_weight",
]
