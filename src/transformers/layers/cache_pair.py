"""The pair of caches of a decoder that also attends to an encoder, and how layers reach a cache."""

from __future__ import annotations

from .cache import Cache, DynamicCache


class EncoderDecoderCache(Cache):
    """Two caches: of the decoder's own tokens, and of the encoder's, which are written once.

    Instead of caches one iterable of layers may be given: (keys, values), or those and the encoder's.
    Raises:
        TypeError: two arguments that are not both caches.
    """

    def __init__(self, self_attention_cache=None, cross_attention_cache=None):
        super().__init__()
        given = [part for part in (self_attention_cache, cross_attention_cache) if part is not None]
        if not all(isinstance(part, Cache) for part in given):
            if len(given) > 1:
                raise TypeError("EncoderDecoderCache takes two caches, or one iterable of layers")
            layers = [tuple(layer) for layer in given[0]]
            self_attention_cache = DynamicCache([layer[:2] for layer in layers])
            cross_attention_cache = DynamicCache([layer[2:4] for layer in layers if len(layer) > 2])
        self.self_attention_cache = DynamicCache() if self_attention_cache is None else self_attention_cache
        self.cross_attention_cache = (
            DynamicCache() if cross_attention_cache is None else cross_attention_cache
        )
        self.is_updated = {
            index: self.cross_attention_cache.get_seq_length(index) > 0
            for index in range(len(self.cross_attention_cache))
        }

    @property
    def parts(self):
        return self.self_attention_cache, self.cross_attention_cache

    def update(self, key_states, value_states, layer_idx, cache_kwargs=None):
        return self.self_attention_cache.update(key_states, value_states, layer_idx, cache_kwargs)

    def get_seq_length(self, layer_idx=0):
        return self.self_attention_cache.get_seq_length(layer_idx)

    def get_max_cache_shape(self, layer_idx=0):
        return self.self_attention_cache.get_max_cache_shape(layer_idx)

    def reorder_cache(self, beam_idx):
        for part in self.parts:
            part.reorder_cache(beam_idx)

    def batch_repeat_interleave(self, repeats):
        for part in self.parts:
            part.batch_repeat_interleave(repeats)

    def crop(self, max_length):
        self.self_attention_cache.crop(max_length)

    def reset(self):
        for part in self.parts:
            part.reset()
        self.is_updated = {}

    def to_legacy_cache(self):
        own, cross = (part.to_legacy_cache() for part in self.parts)
        return tuple(a + b for a, b in zip(own, cross, strict=True)) if cross else own

    @classmethod
    def from_legacy_cache(cls, past_key_values=None):
        past = tuple(past_key_values or ())
        own = DynamicCache.from_legacy_cache(tuple(layer[:2] for layer in past))
        crossed = tuple(layer[2:4] for layer in past if len(layer) > 2)
        return cls(own, DynamicCache.from_legacy_cache(crossed))

    def __len__(self):
        return len(self.self_attention_cache)

    def __getitem__(self, layer_idx):
        cross = self.cross_attention_cache
        return self.self_attention_cache[layer_idx] + (cross[layer_idx] if layer_idx < len(cross) else ())

    def flatten(self):
        (own, own_form), (cross, cross_form) = (part.flatten() for part in self.parts)
        return own + cross, (
            type(self),
            own_form,
            cross_form,
            len(own),
            tuple(sorted(self.is_updated.items())),
        )

    @staticmethod
    def unflatten(description, arrays):
        kind, own_form, cross_form, count, updated = description
        arrays = list(arrays)
        cache = kind.__new__(kind)
        cache.layers, cache.is_updated = [], dict(updated)
        cache.self_attention_cache = Cache.unflatten(own_form, arrays[:count])
        cache.cross_attention_cache = Cache.unflatten(cross_form, arrays[count:])
        return cache


def cached(cache, key, value, layer_idx, *, cache_position=None):
    """`cache.update`, or the keys and values as they are where there is no cache."""
    if cache is None:
        return key, value
    own = cache.self_attention_cache if isinstance(cache, EncoderDecoderCache) else cache
    return own.update(key, value, layer_idx, {"cache_position": cache_position})


def cached_cross(cache, layer_idx, project):
    """Keys and values of the encoder's tokens.

    From the cache if they were written before, else `project()`.
    """
    if not isinstance(cache, EncoderDecoderCache):
        return project()
    if cache.is_updated.get(layer_idx):
        return cache.cross_attention_cache[layer_idx]
    key, value = cache.cross_attention_cache.update(*project(), layer_idx)
    cache.is_updated[layer_idx] = True
    return key, value


def as_cache(past_key_values, *, cross=False):
    """A published `past_key_values` argument as a Cache.

    An object as it is, a legacy tuple wrapped, None empty.
    """
    if isinstance(past_key_values, Cache):
        return past_key_values
    kind = EncoderDecoderCache if cross else DynamicCache
    return kind.from_legacy_cache(past_key_values)


__all__ = ["EncoderDecoderCache", "as_cache", "cached", "cached_cross"]
