"""Key/value caches under their published module path."""

from .layers.cache import Cache, DynamicCache, DynamicLayer, StaticCache, StaticLayer
from .layers.cache_kinds import (
    HQQQuantizedCache,
    HybridCache,
    HybridChunkedCache,
    OffloadedCache,
    OffloadedStaticCache,
    QuantizedCache,
    QuantizedLayer,
    QuantoQuantizedCache,
    SlidingWindowCache,
)
from .layers.cache_pair import EncoderDecoderCache

__all__ = [
    "Cache",
    "DynamicCache",
    "DynamicLayer",
    "EncoderDecoderCache",
    "HQQQuantizedCache",
    "HybridCache",
    "HybridChunkedCache",
    "OffloadedCache",
    "OffloadedStaticCache",
    "QuantizedCache",
    "QuantizedLayer",
    "QuantoQuantizedCache",
    "SlidingWindowCache",
    "StaticCache",
    "StaticLayer",
]
