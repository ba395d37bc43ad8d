"""Key/value caches under their published module path."""

from .layers.cache import Cache, DynamicCache, DynamicLayer, StaticCache, StaticLayer
from .layers.cache_kinds import (
    HQQQuantizedCache,
    HQQQuantizedLayer,
    HybridCache,
    HybridChunkedCache,
    OffloadedCache,
    OffloadedHybridCache,
    OffloadedStaticCache,
    QuantizedCache,
    QuantizedLayer,
    QuantoQuantizedCache,
    QuantoQuantizedLayer,
    SlidingWindowCache,
)
from .layers.cache_pair import EncoderDecoderCache

CacheLayerMixin = DynamicLayer  # the base of every layer

__all__ = [
    "Cache",
    "CacheLayerMixin",
    "DynamicCache",
    "DynamicLayer",
    "EncoderDecoderCache",
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
    "StaticCache",
    "StaticLayer",
]
