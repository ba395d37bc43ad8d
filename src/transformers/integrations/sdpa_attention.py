"""The fused attention of torch under the name that kernels of users call."""

from __future__ import annotations

from ..layers.attention import repeat_key_values as repeat_kv
from ..layers.attention import sdpa_attention as sdpa_attention_forward

__all__ = ["repeat_kv", "sdpa_attention_forward"]
