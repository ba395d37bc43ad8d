"""Photographs as arrays, with NumPy alone: PNG files read, made smaller and cut out of the middle."""

from __future__ import annotations

import functools
import struct
import zlib
from pathlib import Path

import numpy as np


def read_png(path: Path) -> np.ndarray:
    """(H, W, 3) bytes of an RGB file with eight bits a channel that is not interlaced."""
    data, place, packed = path.read_bytes(), 8, b""
    width = height = 0
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, height, *form = struct.unpack(">IIBBBBB", body)
            assert form == [8, 2, 0, 0, 0]
        elif kind == b"IDAT":
            packed += body
        place += length + 12
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + 3 * width)
    image = np.zeros((height + 1, width + 1, 3), dtype=np.int64)  # a black border above and to the left
    for y, row in enumerate(rows, start=1):
        unfilter(int(row[0]), row[1:].reshape(width, 3).astype(np.int64), image[y - 1], image[y])
    return image[1:, 1:].astype(np.uint8)


def unfilter(kind: int, given: np.ndarray, above: np.ndarray, line: np.ndarray) -> None:
    """Add to the differences (W, 3) of a line what PNG's filter 0 to 4 took from them."""
    if kind == 0:
        line[1:] = given
    elif kind == 1:
        line[1:] = np.cumsum(given, axis=0) % 256
    elif kind == 2:
        line[1:] = (given + above[1:]) % 256
    else:
        for x in range(1, len(line)):
            guess = (line[x - 1] + above[x]) // 2 if kind == 3 else paeth(line[x - 1], above[x], above[x - 1])
            line[x] = (given[x - 1] + guess) % 256


def paeth(left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Of three neighbours the one nearest to left + up - corner; ties go to the earlier."""
    near = np.abs(np.stack([up - corner, left - corner, left + up - 2 * corner]))
    return np.choose(near.argmin(axis=0), [left, up, corner])


def shrink(image: np.ndarray, size: int, axis: int) -> np.ndarray:
    """An axis brought to `size` by triangles as wide as the step: what Pillow calls bilinear."""
    step = image.shape[axis] / size
    centres = (np.arange(size) + 0.5) * step - 0.5
    away = np.abs(np.arange(image.shape[axis])[None] - centres[:, None]) / max(step, 1.0)
    weights = np.maximum(1.0 - away, 0.0)
    weights /= weights.sum(1, keepdims=True)
    return np.moveaxis(np.tensordot(weights, image, (1, axis)), 0, axis)


@functools.cache
def pixel_values(path: Path, shortest: int = 256, crop: int = 224) -> np.ndarray:
    """(1, 3, crop, crop): shorter side to `shortest`, the middle cut out, ImageNet's mean and deviation."""
    image = read_png(path).astype(np.float64)
    scale = shortest / min(image.shape[:2])
    for axis in (0, 1):
        image = shrink(image, round(image.shape[axis] * scale), axis)
    top, left = ((size - crop) // 2 for size in image.shape[:2])
    image = np.round(image[top : top + crop, left : left + crop]) / 255.0
    image = (image - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return image.transpose(2, 0, 1)[None].astype(np.float32)


__all__ = ["pixel_values", "read_png"]
