"""Caches that take less memory: quantised ones, ones that wait on the CPU, and windows of fixed length.

They give the answers of `DynamicCache` and `StaticCache`, a quantised one nearly so.
"""

from __future__ import annotations

import torch

from .cache import Cache, DynamicLayer, StaticCache, StaticLayer

BITS = (1, 2, 4, 8)


def quantize(x, bits, axis, group_size):
    """(B, K, S, D) as (packed, scale, low): whole numbers of `bits` bits between the least and the greatest.

    axis 0: one range for each `group_size` channels of a token, or for all where they do not divide.
    axis 1: one range for each channel of all tokens.
    packed: (B, K, S, D * bits / 8) bytes.  scale, low: (B, K, S, groups, 1) or (B, K, 1, 1, D).
    """
    B, K, S, D = x.shape
    size = group_size if D % group_size == 0 else D
    grouped = x.reshape(B, K, S, D // size, size) if axis == 0 else x.reshape(B, K, S, 1, D)
    over = -1 if axis == 0 else 2
    low = grouped.amin(dim=over, keepdim=True)
    scale = (grouped.amax(dim=over, keepdim=True) - low) / (2**bits - 1)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    whole = torch.round((grouped - low) / scale).to(torch.uint8).reshape(B, K, S, D)
    return packed(whole, bits), scale, low


def packed(whole, bits):
    """Numbers (..., D) of `bits` bits, several in a byte: (..., D * bits / 8)."""
    per = 8 // bits
    lanes = whole.reshape(*whole.shape[:-1], whole.shape[-1] // per, per)
    return torch.stack([lanes[..., lane] << (bits * lane) for lane in range(per)]).sum(dim=0).to(torch.uint8)


def dequantize(held, bits, dtype):
    """The (B, K, S, D) values that `quantize` took apart, as near as they are kept."""
    data, scale, low = held
    lanes = [(data >> (bits * lane)) & (2**bits - 1) for lane in range(8 // bits)]
    whole = torch.stack(lanes, dim=-1).to(dtype)  # (B, K, S, bytes, per)
    B, K, S, count, per = whole.shape
    groups = scale.shape[3]
    x = whole.reshape(B, K, S, groups, count * per // groups)
    return (x * scale + low).reshape(B, K, S, count * per)


class QuantizedLayer(DynamicLayer):
    """Keys and values of one layer, all but the last ones quantised (arXiv:2402.02750).

    nbits: 1, 2, 4 or 8.  axis_key, axis_value, q_group_size: as `quantize` takes them.
    residual_length: how many new tokens are kept whole before they are quantised with the others.
    Raises:
        ValueError: an impossible number of bits, or axis.
    """

    def __init__(self, nbits=4, axis_key=0, axis_value=0, q_group_size=64, residual_length=128):
        super().__init__()
        if nbits not in BITS:
            raise ValueError(f"nbits must be one of {BITS}, got {nbits!r}")
        if axis_key not in (0, 1, -1) or axis_value not in (0, 1, -1):
            raise ValueError(f"axis_key and axis_value must be 0, 1 or -1, got {axis_key!r}, {axis_value!r}")
        self.nbits, self.group, self.residual_length = nbits, q_group_size, residual_length
        self.axes = (abs(axis_key), abs(axis_value))
        self.held = None  # of keys and of values: (packed, scale, low)

    def update(self, key, value, cache_kwargs=None):
        if self.held is None:
            if key.shape[-1] * self.nbits % 8 or value.shape[-1] * self.nbits % 8:
                raise ValueError(
                    f"heads of {key.shape[-1]} channels do not fill bytes with {self.nbits} bits each"
                )
            self.hold(key, value)
            return key, value
        pair = [
            torch.cat([*parts, new], dim=2) for parts, new in zip(self.parts(), (key, value), strict=True)
        ]
        if self.whole_length() + key.shape[2] >= self.residual_length:
            self.hold(*pair)
        elif self.keys is None:
            self.keys, self.values = key, value
        else:
            self.keys, self.values = (
                torch.cat([self.keys, key], dim=2),
                torch.cat([self.values, value], dim=2),
            )
        return tuple(pair)

    def hold(self, key, value):
        """Quantise all there is."""
        self.held = [
            quantize(x, self.nbits, axis, self.group) for x, axis in zip((key, value), self.axes, strict=True)
        ]
        self.kind, self.keys, self.values = key.dtype, None, None

    def parts(self):
        """For keys and for values what there is, in order: quantised ones made whole, then the others."""
        whole = [dequantize(held, self.nbits, self.kind) for held in self.held]
        if self.keys is None:
            return [[x] for x in whole]
        return [[whole[0], self.keys], [whole[1], self.values]]

    def whole_length(self):
        return 0 if self.keys is None else self.keys.shape[2]

    def get_seq_length(self):
        return 0 if self.held is None else self.held[0][0].shape[2] + self.whole_length()

    def transform(self, function):
        """Replace every array, all of which have rows first, by `function` of it."""
        super().transform(function)
        if self.held is not None:
            self.held = [tuple(function(part) for part in held) for held in self.held]

    def crop(self, length):
        kept = length if length >= 0 else self.get_seq_length() + length
        if self.held is not None and kept < self.get_seq_length():
            self.hold(*(torch.cat(parts, dim=2)[:, :, :kept] for parts in self.parts()))

    def reset(self):
        super().reset()
        self.held = None


class QuantoQuantizedLayer(QuantizedLayer):
    """`QuantizedLayer` as caches of the backend "quanto" have it."""


class HQQQuantizedLayer(QuantizedLayer):
    """`QuantizedLayer` as caches of the backend "hqq" have it."""


class QuantizedCache(Cache):
    """A cache that keeps keys and values in few bits.

    backend: "quanto" or "hqq", as published; both are this library's own arithmetic.
    config: accepted for compatibility.  Other arguments are those of `QuantizedLayer`.
    """

    def __init__(
        self,
        backend="quanto",
        config=None,
        nbits=4,
        axis_key=0,
        axis_value=0,
        q_group_size=64,
        residual_length=128,
    ):
        super().__init__()
        if str(backend).lower() not in ("quanto", "hqq"):
            raise ValueError(f"the backend of a quantised cache must be 'quanto' or 'hqq', got {backend!r}")
        self.backend = str(backend).lower()
        self.options = (nbits, axis_key, axis_value, q_group_size, residual_length)
        self.new_layer()  # raises for impossible options

    def new_layer(self):
        kind = QuantoQuantizedLayer if self.backend == "quanto" else HQQQuantizedLayer
        return kind(*self.options)


class QuantoQuantizedCache(QuantizedCache):
    """`QuantizedCache` by an older name."""

    def __init__(self, config=None, nbits=4, axis_key=0, axis_value=0, q_group_size=64, residual_length=128):
        super().__init__("quanto", config, nbits, axis_key, axis_value, q_group_size, residual_length)


class HQQQuantizedCache(QuantizedCache):
    """`QuantizedCache` by an older name, with the axes that HQQ has."""

    def __init__(self, config=None, nbits=4, axis_key=1, axis_value=1, q_group_size=64, residual_length=128):
        super().__init__("hqq", config, nbits, axis_key, axis_value, q_group_size, residual_length)


class OffloadedLayer(DynamicLayer):
    """Keys and values of one layer, on the CPU but for while they are used."""

    def update(self, key, value, cache_kwargs=None):
        device = key.device
        if self.keys is not None:
            key = torch.cat([self.keys.to(device), key], dim=2)
            value = torch.cat([self.values.to(device), value], dim=2)
        self.keys, self.values = key.to("cpu"), value.to("cpu")
        return key, value

    def transform(self, function):
        if self.keys is not None:
            self.keys, self.values = (function(x).to("cpu") for x in (self.keys, self.values))


class OffloadedCache(Cache):
    """A growing cache that leaves an accelerator's memory to the model."""

    def new_layer(self):
        return OffloadedLayer()

    def reorder_cache(self, beam_idx):
        super().reorder_cache(beam_idx.to("cpu"))


class OffloadedStaticLayer(StaticLayer):
    """Buffers of one layer, on the CPU but for while they are used."""

    def update(self, key, value, cache_kwargs=None):
        device = key.device
        if self.keys is not None:
            self.transform(lambda x: x.to(device))
        found = super().update(key, value, cache_kwargs)
        self.transform(lambda x: x.to("cpu"))
        return found


class OffloadedStaticCache(StaticCache):
    """A cache of fixed length that leaves an accelerator's memory to the model."""

    def new_layer(self):
        return OffloadedStaticLayer(self.length)

    def reorder_cache(self, beam_idx):
        super().reorder_cache(beam_idx.to("cpu"))


class OffloadedHybridCache(OffloadedStaticCache):
    """`OffloadedStaticCache` by an older name."""


class SlidingWindowCache(StaticCache):
    """A cache of fixed length under its older name: what a layer may see is its mask's business."""


class HybridCache(StaticCache):
    """A cache of fixed length under an older name."""


class HybridChunkedCache(StaticCache):
    """A cache of fixed length under an older name."""


def cache_of_kind(kind, config, room, options):
    """The cache that the generation setting `cache_implementation` names, for up to `room` tokens.

    options: of the setting `cache_config`.
    Raises:
        ValueError: there is no such kind.
    """
    if kind == "offloaded":
        return OffloadedCache()
    if kind.startswith("offloaded_"):
        return OffloadedStaticCache(config, room)
    if kind == "quantized":
        known = ("backend", "nbits", "axis_key", "axis_value", "q_group_size", "residual_length")
        given = {name: value for name, value in (options or {}).items() if name in known}
        return QuantizedCache(config=config, **{"backend": "quanto", **given})
    raise ValueError(f"cache_implementation {kind!r} is unknown")


__all__ = [
    "HQQQuantizedCache",
    "HQQQuantizedLayer",
    "HybridCache",
    "HybridChunkedCache",
    "OffloadedCache",
    "OffloadedHybridCache",
    "OffloadedStaticCache",
    "QuantizedCache",
    "QuantizedLayer",
    "QuantoQuantizedCache",
    "QuantoQuantizedLayer",
    "SlidingWindowCache",
    "cache_of_kind",
]
