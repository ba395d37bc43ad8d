"""ALiBi (arXiv:2108.12409): scores fall with the distance of a key, by a slope of each head's own.

The bias grows with the key's place and leaves the query's out: a softmax does not see what a whole row of
scores has in common.  Places are counted over the tokens of a mask, so padding on either side moves nothing.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from .attention import additive
from .mask_rules import ChosenMask
from .masks import counted_places
from .trunk import cached_length


def alibi_slopes(heads, *, steepest=8, device=None):
    """Slopes (H,) in float32: powers of two from 2^(-steepest / n) to 2^-steepest, n a power of two.

    Where H is none, the n heads below it come first, and the others take slopes halfway between theirs.
    """
    n = 2 ** math.floor(math.log2(heads))
    steps = torch.arange(1, n + 1, device=device)
    halves = 2 * torch.arange(heads - n, device=device) + 1
    exponents = torch.cat((2 * steps, halves)).to(torch.float32) * (steepest / (2 * n))
    return 2.0**-exponents


def alibi_bias(places, heads, dtype, *, steepest=8, rounded=torch.float32):
    """What is added to the scores of keys at `places` (B, S): (B, H, 1, S) of `dtype`.

    rounded: dtype in which slopes and places are multiplied.
    """
    slopes = alibi_slopes(heads, steepest=steepest, device=places.device).to(rounded)
    return (slopes[:, None, None] * places[:, None, None, :].to(rounded)).to(dtype)


def alibi_tensor(attention_mask, heads, dtype, *, rounded=torch.float32):
    """The bias of a (B, S) mask in the published shape, (B * H, 1, S)."""
    places = torch.clamp(counted_places(attention_mask), min=0)
    return alibi_bias(places, heads, dtype, rounded=rounded).reshape(-1, 1, places.shape[-1])


def key_places(ready, attention_mask, length, *, cache_position=None, device=None):
    """Places (B or 1, S) of the cached and the new keys; padding has place 0.

    ready: what `layers.trunk.prepare` gave.  attention_mask: the published one.  length: T.
    """
    fixed = -1 if ready.cache is None else ready.cache.get_max_cache_shape()
    keys = fixed if fixed > 0 else cached_length(ready.cache, cache_position) + length
    if attention_mask is None or attention_mask.dim() != 2:
        return torch.arange(keys, device=device)[None]
    places = torch.clamp(counted_places(attention_mask), min=0)
    return F.pad(places, (0, keys - places.shape[-1]))  # the empty rest of a cache of fixed length


def with_alibi(ready, bias, length):
    """(mask, is_causal) of all layers, with the bias (B or 1, H, 1, S) in the mask.

    The mask is float, broadcastable to (B, H, T, S).  In a form of the kernel's own it stays as it is, and
    the kernel gets the bias beside it.
    """
    if not isinstance(ready.mask, ChosenMask):
        return biased(ready.mask, ready.is_causal, bias, length), False
    mask = ready.mask

    def plain():
        return biased(*mask.plain(), bias, length), False

    if mask.value is None or (isinstance(mask.value, torch.Tensor) and mask.value.dim() == 4):
        return mask._replace(value=biased(mask.value, ready.is_causal, bias, length), plain=plain), False
    return mask._replace(options={**mask.options, "bias": bias}, plain=plain), ready.is_causal


def biased(visible, is_causal, bias, length):
    """A mask, or None and whether it is causal, with a bias in it."""
    if visible is None and is_causal:
        rows = torch.arange(length, device=bias.device)
        visible = (rows[None, :] <= rows[:, None])[None, None]  # (1, 1, T, T)
    return additive(visible, bias, bias.dtype)


__all__ = ["alibi_bias", "alibi_slopes", "alibi_tensor", "biased", "key_places", "with_alibi"]
