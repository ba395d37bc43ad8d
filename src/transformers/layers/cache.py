"""Key/value caches of decoders.

A cache is passed in, written by `update` and passed out again; the same object, as in the published
library.  Keys and values are (B, K, S, D).  `flatten` and `unflatten` take a cache apart at the borders of
compiled functions.
"""

from __future__ import annotations

import torch


def write(buffer, new, start):
    """Write `new` (B, K, T, D) into `buffer` (B, K, S, D) from key `start` on, an int or a scalar tensor.

    Returns the buffer.  In PyTorch this happens in place: the one write of the ring that its caller can see.
    """
    index = start + torch.arange(new.shape[2], device=buffer.device)
    buffer[:, :, index] = new
    return buffer


class DynamicLayer:
    """Keys and values of one layer, growing with every update."""

    def __init__(self):
        self.keys = None
        self.values = None

    def update(self, key, value, cache_kwargs=None):
        if self.keys is None:
            self.keys, self.values = key, value
        else:
            self.keys = torch.cat([self.keys, key], dim=2)
            self.values = torch.cat([self.values, value], dim=2)
        return self.keys, self.values

    def get_seq_length(self):
        return 0 if self.keys is None else self.keys.shape[2]

    def get_max_cache_shape(self):
        return -1

    def get_mask_sizes(self, cache_position):
        """(keys, the first key's place) of a mask for the new tokens, whose places are (T,)."""
        most = self.get_max_cache_shape()
        return (most if most > 0 else self.get_seq_length() + cache_position.shape[0]), 0

    def transform(self, function):
        """Replace keys and values by `function` of them, where there are any."""
        if self.keys is not None:
            self.keys, self.values = function(self.keys), function(self.values)

    def crop(self, length):
        kept = length if length >= 0 else self.get_seq_length() + length
        self.transform(lambda x: x[:, :, :kept])

    def reset(self):
        self.keys = self.values = None


class StaticLayer(DynamicLayer):
    """Keys and values of one layer in buffers of a fixed length; unused places hold zeros."""

    def __init__(self, max_cache_len):
        super().__init__()
        self.max_cache_len = max_cache_len
        self.length = 0

    def update(self, key, value, cache_kwargs=None):
        if self.keys is None:
            shape = (key.shape[0], key.shape[1], self.max_cache_len, key.shape[3])
            self.keys = torch.zeros(shape, dtype=key.dtype, device=key.device)
            self.values = torch.zeros((*shape[:3], value.shape[3]), dtype=value.dtype, device=value.device)
        positions = (cache_kwargs or {}).get("cache_position")
        start = self.length if positions is None else positions[0]
        self.keys, self.values = write(self.keys, key, start), write(self.values, value, start)
        self.length = start + key.shape[2]
        return self.keys, self.values

    def get_seq_length(self):
        return self.length

    def get_max_cache_shape(self):
        return self.max_cache_len

    def crop(self, length):
        self.length = length if length >= 0 else self.length + length

    def reset(self):
        self.transform(torch.zeros_like)
        self.length = 0


class Cache:
    """Keys and values of all layers; layers are made when they are first written."""

    def __init__(self, layers=None):
        self.layers = list(layers or ())

    def new_layer(self):
        return DynamicLayer()

    def update(self, key_states, value_states, layer_idx, cache_kwargs=None):
        """Add (B, K, T, D) keys and values of the new tokens; returns those of all tokens so far."""
        while len(self.layers) <= layer_idx:
            self.layers.append(self.new_layer())
        return self.layers[layer_idx].update(key_states, value_states, cache_kwargs)

    def get_seq_length(self, layer_idx=0):
        """Number of tokens cached in the layer."""
        return self.layers[layer_idx].get_seq_length() if layer_idx < len(self.layers) else 0

    def get_max_cache_shape(self, layer_idx=0):
        """The most tokens the layer can hold; -1: no limit."""
        return self.layers[layer_idx].get_max_cache_shape() if layer_idx < len(self.layers) else -1

    def reorder_cache(self, beam_idx):
        """Keep the rows `beam_idx` (B,) of every layer, in that order."""
        for layer in self.layers:
            layer.transform(lambda x: x.index_select(0, beam_idx))

    def batch_repeat_interleave(self, repeats):
        """Repeat every row `repeats` times."""
        for layer in self.layers:
            layer.transform(lambda x: torch.repeat_interleave(x, repeats, dim=0))

    def batch_select_indices(self, indices):
        """Keep the rows `indices`, a tensor or a sequence, of every layer."""
        self.reorder_cache(torch.as_tensor(indices))

    def get_mask_sizes(self, cache_position, layer_idx=0):
        """(keys, the first key's place) of a mask for the layer's new tokens, whose places are (T,)."""
        if layer_idx < len(self.layers):
            return self.layers[layer_idx].get_mask_sizes(cache_position)
        most = self.get_max_cache_shape(layer_idx)
        return (most if most > 0 else cache_position.shape[0]), 0

    @property
    def is_compileable(self):
        """Whether shapes stay as they are while texts grow."""
        return self.get_max_cache_shape() > 0

    @property
    def is_initialized(self):
        """Whether every layer has been written."""
        return len(self) > 0 and all(keys is not None for keys, *_ in self)

    @property
    def is_sliding(self):
        """For each layer whether it forgets tokens that have left a window: none does, masks hide them."""
        return [False] * len(self)

    @property
    def max_cache_len(self):
        """The most tokens that all layers can hold; -1: no limit."""
        return self.get_max_cache_shape()

    @property
    def max_batch_size(self):
        """How many rows there are; None before the first is written."""
        return self[0][0].shape[0] if self.is_initialized else None

    def crop(self, max_length):
        """Forget all tokens after `max_length`; negative: forget that many of the last."""
        for layer in self.layers:
            layer.crop(max_length)

    def reset(self):
        """Forget every token, keeping allocated buffers."""
        for layer in self.layers:
            layer.reset()

    def to_legacy_cache(self):
        """A tuple of one (keys, values) per layer."""
        return tuple((layer.keys, layer.values) for layer in self.layers)

    @classmethod
    def from_legacy_cache(cls, past_key_values=None):
        """A cache of a tuple of (keys, values) per layer; None gives an empty cache."""
        cache = cls()
        for index, (key, value) in enumerate(past_key_values or ()):
            cache.update(key, value, index)
        return cache

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, layer_idx):
        layer = self.layers[layer_idx]
        return layer.keys, layer.values

    def __iter__(self):
        return (self[index] for index in range(len(self)))

    def flatten(self):
        """(arrays, description) such that `unflatten(description, arrays)` is an equal cache."""
        arrays, layers = [], []
        for layer in self.layers:
            held = {name: value for name, value in vars(layer).items() if is_leaf(value)}
            arrays.extend(held.values())
            layers.append((type(layer), tuple(held), plain(layer)))
        return arrays, (type(self), plain(self), tuple(layers))

    @staticmethod
    def unflatten(description, arrays):
        """The cache that `flatten` described, over other arrays."""
        kind, attributes, layers = description
        cache, arrays = kind.__new__(kind), iter(arrays)
        cache.__dict__.update(attributes, layers=[])
        for layer_type, names, own in layers:
            layer = layer_type.__new__(layer_type)
            layer.__dict__.update(own)
            layer.__dict__.update({name: next(arrays) for name in names})
            cache.layers.append(layer)
        return cache


def plain(holder):
    """The attributes that are no arrays and no layers, as hashable items."""
    return tuple(
        (name, value) for name, value in vars(holder).items() if name != "layers" and not is_leaf(value)
    )


def is_leaf(value):
    """Whether an attribute is an array, or what a tree has in its place: Keras collects lists of batches."""
    return hasattr(value, "shape") or isinstance(value, list)


class DynamicCache(Cache):
    """A cache that grows with the sequence.

    ddp_cache_data: initial (keys, values) per layer.  config: accepted for compatibility; every layer grows
    alike.
    """

    def __init__(self, ddp_cache_data=None, config=None):
        super().__init__()
        for index, (key, value) in enumerate(ddp_cache_data or ()):
            self.update(key, value, index)


class StaticCache(Cache):
    """A cache of fixed length, whose shapes never change: for compiled functions.

    max_cache_len: the most tokens it can hold.
    """

    def __init__(self, config=None, max_cache_len=None, **kwargs):
        super().__init__()
        if max_cache_len is None:
            raise ValueError("StaticCache needs max_cache_len, the most tokens it is to hold")
        self.length = max_cache_len

    def new_layer(self):
        return StaticLayer(self.length)

    def get_max_cache_shape(self, layer_idx=0):
        return self.length


__all__ = ["Cache", "DynamicCache", "DynamicLayer", "StaticCache", "StaticLayer", "write"]
