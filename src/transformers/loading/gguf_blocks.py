"""The number formats of GGUF files: blocks of small whole numbers with their scales, made whole again.

Formats and their numbers are those of the ggml library. Every function takes blocks as bytes, (N, bytes), and
returns float32, (N, values of a block).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Bytes = Any  # arrays of uint8
Floats = Any  # arrays of float32


class Format(NamedTuple):
    """name: ggml's. values: numbers in a block. size: its bytes. unpack: None where NumPy reads it."""

    name: str
    values: int
    size: int
    unpack: Callable[[Bytes], Floats] | None
    dtype: str = "float32"


def half(blocks: Bytes, start: int) -> Floats:
    """The float16 at byte `start` of each block, (N, 1)."""
    pair = np.ascontiguousarray(blocks[:, start : start + 2])
    return pair.view(np.float16).astype(np.float32)


def nibbles(data: Bytes) -> Bytes:
    """(N, bytes) -> (N, 2 * bytes): all low halves, then all high ones."""
    return np.concatenate([data & 15, data >> 4], axis=1)


def high_bits(blocks: Bytes, start: int) -> Bytes:
    """The 32 bits at byte `start` of each block, lowest first, (N, 32)."""
    return np.unpackbits(blocks[:, start : start + 4], axis=1, bitorder="little")


def q4_0(blocks: Bytes) -> Floats:
    """4 bits around 0, one scale."""
    return half(blocks, 0) * (nibbles(blocks[:, 2:]).astype(np.float32) - 8)


def q4_1(blocks: Bytes) -> Floats:
    """4 bits above a least value, one scale."""
    return half(blocks, 0) * nibbles(blocks[:, 4:]) + half(blocks, 2)


def q5_0(blocks: Bytes) -> Floats:
    """5 bits around 0, one scale."""
    whole = nibbles(blocks[:, 6:]) | high_bits(blocks, 2) << 4
    return half(blocks, 0) * (whole.astype(np.float32) - 16)


def q5_1(blocks: Bytes) -> Floats:
    """5 bits above a least value, one scale."""
    whole = nibbles(blocks[:, 8:]) | high_bits(blocks, 4) << 4
    return half(blocks, 0) * whole + half(blocks, 2)


def q8_0(blocks: Bytes) -> Floats:
    """8 bits with a sign, one scale."""
    return half(blocks, 0) * blocks[:, 2:].view(np.int8)


def lanes(data: Bytes, width: int, bits: int) -> Bytes:
    """Numbers of `bits` bits, of which each run of `width` bytes holds 8 / bits runs: (N, runs, width)."""
    shifts = np.arange(0, 8, bits, dtype=np.uint8)[None, None, :, None]
    runs = data.reshape(len(data), -1, 1, width) >> shifts & (1 << bits) - 1
    return runs.reshape(len(data), -1, width)


def q2_k(blocks: Bytes) -> Floats:
    """2 bits; 16 runs of 16, each with a scale and a least value of 4 bits."""
    scales, whole = blocks[:, :16], lanes(blocks[:, 16:80], 32, 2).reshape(len(blocks), 16, 16)
    scale, least = half(blocks, 80) * (scales & 15), half(blocks, 82) * (scales >> 4)
    return (scale[:, :, None] * whole - least[:, :, None]).reshape(len(blocks), 256)


def q3_k(blocks: Bytes) -> Floats:
    """3 bits around 0; 16 runs of 16, each with a scale of 6 bits."""
    count = len(blocks)
    low = lanes(blocks[:, 96:104], 8, 4).reshape(count, 16)
    high = lanes(blocks[:, 104:108], 4, 2).reshape(count, 16)
    scales = (low | high << 4).astype(np.float32) - 32
    whole = lanes(blocks[:, 32:96], 32, 2).reshape(count, 16, 16).astype(np.float32)
    above = lanes(blocks[:, :32], 32, 1).reshape(count, 16, 16).astype(np.float32)
    scale = (half(blocks, 108) * scales)[:, :, None]
    return (scale * (whole - 4 * (1 - above))).reshape(count, 256)


def six_bits(scales: Bytes) -> tuple[Bytes, Bytes]:
    """8 scales and 8 least values of 6 bits each from 12 bytes."""
    first, second, third = scales[:, :4], scales[:, 4:8], scales[:, 8:]
    scale = np.concatenate([first & 63, third & 15 | first >> 2 & 48], axis=1)
    least = np.concatenate([second & 63, third >> 4 | second >> 2 & 48], axis=1)
    return scale, least


def ranged(blocks: Bytes, whole: Bytes) -> Floats:
    """Numbers (N, 8, 32) by the scales and least values of 6 bits at the head of the blocks."""
    scale, least = six_bits(blocks[:, 4:16])
    times, minus = half(blocks, 0) * scale, half(blocks, 2) * least
    return (times[:, :, None] * whole - minus[:, :, None]).reshape(len(blocks), 256)


def q4_k(blocks: Bytes) -> Floats:
    """4 bits; 8 runs of 32, each with a scale and a least value of 6 bits."""
    return ranged(blocks, lanes(blocks[:, 16:], 32, 4))


def q5_k(blocks: Bytes) -> Floats:
    """5 bits; 8 runs of 32, each with a scale and a least value of 6 bits."""
    return ranged(blocks, lanes(blocks[:, 48:], 32, 4) | lanes(blocks[:, 16:48], 32, 1) << 4)


def q6_k(blocks: Bytes) -> Floats:
    """6 bits around 0; 16 runs of 16, each with a scale of 8 bits."""
    count = len(blocks)
    low = lanes(blocks[:, :128], 64, 4).reshape(count, 8, 32)
    high = lanes(blocks[:, 128:192], 32, 2).reshape(count, 8, 32)
    whole = (low | high << 4).astype(np.float32).reshape(count, 16, 16) - 32
    scale = half(blocks, 208) * blocks[:, 192:208].view(np.int8)
    return (scale[:, :, None] * whole).reshape(count, 256)


def q8_k(blocks: Bytes) -> Floats:
    """8 bits with a sign, one scale in float32; sums beside them are for other uses."""
    scale = np.ascontiguousarray(blocks[:, :4]).view(np.float32)
    return scale * blocks[:, 4:260].view(np.int8)


def bf16(blocks: Bytes) -> Floats:
    """The upper half of a float32."""
    wide = np.ascontiguousarray(blocks).view(np.uint16).astype(np.uint32) << 16
    return wide.view(np.float32)


FORMATS = {
    0: Format("F32", 1, 4, None),
    1: Format("F16", 1, 2, None, "float16"),
    2: Format("Q4_0", 32, 18, q4_0),
    3: Format("Q4_1", 32, 20, q4_1),
    6: Format("Q5_0", 32, 22, q5_0),
    7: Format("Q5_1", 32, 24, q5_1),
    8: Format("Q8_0", 32, 34, q8_0),
    10: Format("Q2_K", 256, 84, q2_k),
    11: Format("Q3_K", 256, 110, q3_k),
    12: Format("Q4_K", 256, 144, q4_k),
    13: Format("Q5_K", 256, 176, q5_k),
    14: Format("Q6_K", 256, 210, q6_k),
    15: Format("Q8_K", 256, 292, q8_k),
    28: Format("F64", 1, 8, None, "float64"),
    30: Format("BF16", 1, 2, bf16),
}


def dequantized(data: Bytes, kind: Format) -> Any:
    """The numbers in bytes of a format, flat: float32, or float16 and float64 as they stand."""
    if kind.unpack is None:
        return data.view(np.dtype(kind.dtype))
    with np.errstate(all="ignore"):  # a scale may be infinite, or no number
        return kind.unpack(data.reshape(-1, kind.size)).reshape(-1)


__all__ = ["FORMATS", "Format", "dequantized"]
