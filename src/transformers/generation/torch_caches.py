"""The cache that `generate` keeps for PyTorch models: buffers with room to grow, written in place.

It is a `DynamicCache` to everyone else. Gradients do not pass through it.
"""

from __future__ import annotations

from typing import Any

import torch

from ..layers.cache import DynamicCache, DynamicLayer

STEP = 256  # tokens of room that a buffer is given at least


def alike(x: Any) -> Any:
    """What two tensors must share for one to be written over the other."""
    return x.shape, x.dtype, x.device


class GrowingLayer(DynamicLayer):
    """Keys and values of one layer, the first part of buffers (B, K, room, D) that double when full."""

    def __init__(self, room: int = 0) -> None:
        super().__init__()
        self.room = room
        self._buffers: list[torch.Tensor] = []

    def update(self, key: Any, value: Any, cache_kwargs: Any = None) -> tuple[Any, Any]:
        """Append keys and values (B, K, T, D); returns those of all tokens, as views."""
        if self.keys is None and not self.room:
            self.room = key.shape[2] + STEP
        start = self.get_seq_length()
        end = start + key.shape[2]
        if not self._buffers or self._buffers[0].shape[2] < end:
            self.room = max(self.room, 2 * end if self._buffers else end)
            self._buffers = [self._grown(key, self.keys), self._grown(value, self.values)]
        for buffer, new in zip(self._buffers, (key, value), strict=True):
            buffer[:, :, start:end] = new
        self.keys, self.values = (buffer[:, :, :end] for buffer in self._buffers)
        return self.keys, self.values

    def _grown(self, like: torch.Tensor, old: torch.Tensor | None) -> torch.Tensor:
        new = like.new_empty(like.shape[0], like.shape[1], self.room, like.shape[3])
        if old is not None:
            new[:, :, : old.shape[2]] = old
        return new

    def transform(self, function: Any) -> None:
        """Replace keys and values by `function` of them, in the buffers if they fit there."""
        before = self.keys, self.values
        super().transform(function)
        if not self._buffers or [*map(alike, before)] != [alike(self.keys), alike(self.values)]:
            self._buffers = []
            return
        length = self.get_seq_length()
        for buffer, new in zip(self._buffers, (self.keys, self.values), strict=True):
            buffer[:, :, :length] = new
        self.keys, self.values = (buffer[:, :, :length] for buffer in self._buffers)

    def crop(self, length: int) -> None:
        """Keep the first `length` tokens, or forget `-length` of the last; buffers stay."""
        if self.keys is not None:
            kept = length if length >= 0 else self.get_seq_length() + length
            self.keys, self.values = self.keys[:, :, :kept], self.values[:, :, :kept]

    def reset(self) -> None:
        """Forget every token."""
        super().reset()
        self._buffers = []

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_buffers": []}


class GrowingCache(DynamicCache):
    """A dynamic cache whose layers have room for `room` tokens from the start."""

    def __init__(self, room: int = 0) -> None:
        super().__init__()
        self.room = room

    def new_layer(self) -> GrowingLayer:
        """An empty layer."""
        return GrowingLayer(self.room)


__all__ = ["GrowingCache", "GrowingLayer"]
