"""Scaled dot-product attention."""

from __future__ import annotations

import math
from typing import Any

from .....core.dtypes import finfo
from .... import backend as B
from ...bounded import softmax
from ...creation import arange
from ...promotion import cast
from ...shapes import repeat_interleave
from ...tensor import Raw, Tensor, dtype_named, unwrap, wrap
from .linear import dropout


def _causal(query: Tensor, key: Tensor) -> Tensor:
    """(T, S), true where the key is not after the query, both counted from the first."""
    return arange(key.shape[-2]) <= arange(query.shape[-2]).unsqueeze(1)


def _default_scale(query: Tensor) -> Any:
    width = query.shape[-1]
    return 1.0 / math.sqrt(width) if isinstance(width, int) else width.to(query.dtype).rsqrt()


def _masked(scores: Raw, mask: Raw) -> tuple[Raw, Raw]:
    """The scores under the mask, and which queries see any key.

    Everything about whole rows is worked out on the mask, which is smaller than the scores: it has one head.
    """
    name = B.dtype(scores)
    last = (B.rank(mask) - 1,)
    if B.dtype(mask) == "bool":
        lowest = B.asarray(finfo(dtype_named(name)).min, name)
        return B.where(mask, scores, lowest), B.any_(mask, last, True)
    mask = cast(mask, dtype_named(name))
    alive = B.greater(B.max_(B.stop_gradient(mask), last, True), B.asarray(float("-inf"), name))
    return B.add(scores, B.where(alive, mask, B.scalar(0.0, name))), alive


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query @ key.T * scale + mask) @ value.

    Shape: query (..., H, T, D), key (..., K, S, D), value (..., K, S, E); the result (..., H, T, E).  With
        `enable_gqa` H is a multiple of K.  A bool mask allows where True; any other mask is added.
        `is_causal` lets query i see keys up to i.  A query that may see no key gives zeros.  `dropout_p`
        acts always, as in torch: pass 0.0 in evaluation.
    """
    if is_causal and attn_mask is not None:
        raise ValueError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    if enable_gqa:
        groups = query.shape[-3] // key.shape[-3]
        if not (isinstance(groups, int) and groups == 1):
            key, value = (repeat_interleave(x, groups, -3) for x in (key, value))
    factor = _default_scale(query) if scale is None else scale
    order = tuple(range(key.ndim - 2))
    scores = B.matmul((query * factor).a, B.transpose(key.a, (*order, key.ndim - 1, key.ndim - 2)))
    if B.dtype(scores) in ("float16", "bfloat16"):
        scores = B.cast(scores, "float32")
    if is_causal:
        name = B.dtype(scores)
        scores = B.where(_causal(query, key).a, scores, B.asarray(float("-inf"), name))
    alive = None
    if attn_mask is not None:
        scores, alive = _masked(scores, unwrap(attn_mask))
    probabilities = softmax(wrap(scores), -1).to(value.dtype)
    probabilities = dropout(probabilities, dropout_p, dropout_p > 0.0)
    out = B.matmul(probabilities.a, value.a)
    return wrap(out if alive is None else B.where(alive, out, B.scalar(0.0, value.dtype.name)))


__all__ = ["scaled_dot_product_attention"]
