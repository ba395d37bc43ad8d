"""Rotary position embeddings (arXiv:2104.09864) and the published ways to stretch them to longer inputs.

A config says how: `rope_theta`, and `rope_scaling`, a dict whose `rope_type` (older files: `type`) names an
entry of `ROPE_INIT_FUNCTIONS`.  R is the number of rotated channels of a head, `partial_rotary_factor` of
its width.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from .buffers import computed_buffer

DYNAMIC, LONGROPE = "dynamic", "longrope"  # the kinds that depend on the length of the input


def head_width(config):
    """D: the config's `head_dim`, else an even share of the hidden width."""
    if config.head_dim is not None:
        return config.head_dim
    return config.hidden_size // config.num_attention_heads


def rotated_channels(config):
    """R: the share `partial_rotary_factor` of a head's width."""
    return int(head_width(config) * config.partial_rotary_factor)


def rope_kind(config):
    """Name of the config's scaling, "default" where it has none."""
    scaling = config.rope_scaling
    return "default" if scaling is None else scaling.get("rope_type", scaling.get("type"))


def exponents(channels, device=None):
    """0, 2/R, 4/R ... below 1, float32 (R / 2,)."""
    return torch.arange(0, channels, 2, device=device).to(torch.float32) / channels


def default_frequencies(config, device=None, seq_len=None):
    """Angles per position, (R / 2,) in float32: powers of 1 / rope_theta.

    As all functions of the table it returns (frequencies, factor for cos and sin); `seq_len` matters only to
    those that depend on the length of the input.
    """
    return 1.0 / config.rope_theta ** exponents(rotated_channels(config), device), 1.0


def linear_frequencies(config, device=None, seq_len=None):
    """Positions are divided by `factor` (arXiv:2306.15595)."""
    plain, scale = default_frequencies(config, device)
    return plain / config.rope_scaling["factor"], scale


def dynamic_frequencies(config, device=None, seq_len=None):
    """The base grows with inputs beyond `max_position_embeddings` ("NTK-aware" scaling).

    seq_len: an int, or a tensor that broadcasts against (R / 2,).
    """
    channels, limit = rotated_channels(config), config.max_position_embeddings
    factor = config.rope_scaling["factor"]
    if seq_len is None or isinstance(seq_len, int):
        seq_len = limit if seq_len is None else max(seq_len, limit)
    else:
        seq_len = torch.clamp(seq_len, min=limit)
    growth = (factor * seq_len / limit - (factor - 1)) ** (channels / (channels - 2))
    return 1.0 / (config.rope_theta * growth) ** exponents(channels, device), 1.0


def yarn_frequencies(config, device=None, seq_len=None):
    """Slow channels are interpolated, fast ones kept, those between mixed (YaRN, arXiv:2309.00071)."""
    scaling, theta, channels = config.rope_scaling, config.rope_theta, rotated_channels(config)
    factor = scaling["factor"]
    length = scaling.get("original_max_position_embeddings") or config.max_position_embeddings

    def channel(turns):
        """The channel, a real number, that turns so often over the original length."""
        return channels * math.log(length / (2 * math.pi * turns)) / (2 * math.log(theta))

    first = channel(scaling.get("beta_fast") or 32)
    last = channel(scaling.get("beta_slow") or 1)
    if scaling.get("truncate", True):
        first, last = math.floor(first), math.ceil(last)
    first, last = max(first, 0), min(last, channels - 1)
    ramp = torch.arange(channels // 2, device=device).to(torch.float32) - first
    ramp = torch.clamp(ramp / ((last - first) or 0.001), min=0, max=1)  # 1: interpolated
    plain, _ = default_frequencies(config, device)
    return plain / factor * ramp + plain * (1 - ramp), yarn_scale(scaling)


def yarn_scale(scaling):
    """YaRN's factor for cos and sin: `attention_factor`, or from `mscale` and the factor."""

    def scale(weight):
        return 1.0 if scaling["factor"] <= 1 else 0.1 * weight * math.log(scaling["factor"]) + 1.0

    if scaling.get("attention_factor") is not None:
        return scaling["attention_factor"]
    if scaling.get("mscale") and scaling.get("mscale_all_dim"):
        return scale(scaling["mscale"]) / scale(scaling["mscale_all_dim"])
    return scale(1.0)


def original_length(config):
    """The length that LongRoPE's model was trained on first."""
    return config.original_max_position_embeddings or config.max_position_embeddings


def longrope_frequencies(config, device=None, seq_len=None):
    """A factor per channel, of two sets by the length of the input (LongRoPE, arXiv:2402.13753)."""
    scaling, length = config.rope_scaling, original_length(config)
    scale, factor = scaling.get("attention_factor"), scaling.get("factor")
    if config.original_max_position_embeddings:
        factor = config.max_position_embeddings / length
    if scale is None and factor is None:
        raise ValueError(
            "rope_scaling of type 'longrope' needs 'factor' or 'attention_factor', "
            "or the config original_max_position_embeddings"
        )
    if scale is None:
        scale = 1.0 if factor <= 1 else math.sqrt(1 + math.log(factor) / math.log(length))
    long = seq_len is not None and seq_len > length
    stretch = torch.tensor(scaling["long_factor" if long else "short_factor"], dtype=torch.float32)
    stretch = stretch if device is None else stretch.to(device)
    return 1.0 / (stretch * config.rope_theta ** exponents(rotated_channels(config), device)), scale


def llama3_frequencies(config, device=None, seq_len=None):
    """Llama 3.1's: waves longer than the original context are stretched, short ones kept, a blend between."""
    scaling = config.rope_scaling
    factor, length = scaling["factor"], scaling["original_max_position_embeddings"]
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    plain, scale = default_frequencies(config, device)
    waves = length * plain / (2 * math.pi)  # how often a channel turns over the original length
    kept = torch.clamp((waves - low) / (high - low), min=0, max=1)
    return (1 - kept) * plain / factor + kept * plain, scale


ROPE_INIT_FUNCTIONS = {
    "default": default_frequencies,
    DYNAMIC: dynamic_frequencies,
    "linear": linear_frequencies,
    "llama3": llama3_frequencies,
    LONGROPE: longrope_frequencies,
    "yarn": yarn_frequencies,
}


def initial_frequencies(config, seq_len=None):
    """The frequencies alone, by the config's kind."""
    return rope_function(config)(config, seq_len=seq_len)[0]


def rope_function(config):
    """The table's entry for the config.

    Raises:
        ValueError: there is none of that name.
    """
    kind = rope_kind(config)
    if kind not in ROPE_INIT_FUNCTIONS:
        raise ValueError(
            f"rope_scaling names the type {kind!r}; there are {', '.join(sorted(ROPE_INIT_FUNCTIONS))}"
        )
    return ROPE_INIT_FUNCTIONS[kind]


class RotaryEmbedding(nn.Module):
    """cos and sin (B or 1, T, R) of position ids (B or 1, T), computed in float32, given in x's dtype.

    `inv_freq` stays in float32 when the model is cast: positions of some thousands need it.
    """

    def __init__(self, config, device=None):
        super().__init__()
        self.config = config
        self.rope_type = rope_kind(config)
        self.attention_scaling = rope_function(config)(config)[1]
        self.max_seq_len_cached = self.original_max_seq_len = config.max_position_embeddings
        computed_buffer(self, "inv_freq", initial_frequencies, config)
        if self.rope_type == LONGROPE:
            computed_buffer(self, "long_inv_freq", initial_frequencies, config, original_length(config) + 1)

    def _apply(self, fn, recurse=True):
        kept = {name: table for name, table in self._buffers.items() if not table.is_meta}
        module = super()._apply(fn, recurse)
        for name, table in kept.items():
            if self._buffers[name].dtype != table.dtype:
                self.register_buffer(name, table.to(self._buffers[name].device), persistent=False)
        return module

    def frequencies(self, position_ids):
        """(R / 2,), or (B or 1, 1, R / 2) where they depend on each row's length."""
        if self.rope_type not in (DYNAMIC, LONGROPE):
            return self.inv_freq
        length = position_ids.amax(dim=-1)[:, None, None] + 1  # (B, 1, 1)
        if self.rope_type == DYNAMIC:
            return dynamic_frequencies(self.config, position_ids.device, length.to(torch.float32))[0]
        return torch.where(length > original_length(self.config), self.long_inv_freq, self.inv_freq)

    def forward(self, x, position_ids):
        angles = position_ids[..., None].to(torch.float32) * self.frequencies(position_ids)
        angles = torch.cat((angles, angles), dim=-1)  # (B, T, R)
        cos, sin = angles.cos(), angles.sin()
        if self.attention_scaling != 1.0:
            cos, sin = cos * self.attention_scaling, sin * self.attention_scaling
        return cos.to(x.dtype), sin.to(x.dtype)


def sine_cosine_table(positions, channels):
    """sin and cos side by side of each position, (positions, R) for R channels, base 10000."""
    angles = torch.arange(positions).to(torch.float32)[:, None] / 10000 ** exponents(channels)
    return torch.cat((angles.sin(), angles.cos()), dim=-1)


def rotate_half(x):
    """(a, b) -> (-b, a) on the halves of the last axis."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((-second, first), dim=-1)


def rotate_every_two(x):
    """(a, b) -> (-b, a) on neighbouring channels."""
    return torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)


def apply_rotary_pos_emb(q, k, cos, sin, position_ids=None, unsqueeze_dim=1):
    """Rotate queries (B, H, T, D) and keys (B, K, T, D) by cos and sin (B, T, D), halves paired.

    unsqueeze_dim: the axis of the heads.  position_ids: accepted for compatibility.
    """
    cos, sin = cos.unsqueeze(unsqueeze_dim), sin.unsqueeze(unsqueeze_dim)  # (B, 1, T, D)
    return q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin


def apply_partial_rotary(q, k, cos, sin, position_ids=None, unsqueeze_dim=1):
    """As `apply_rotary_pos_emb`, on the first R channels of each head; the others pass."""
    width = cos.shape[-1]
    turned = apply_rotary_pos_emb(q[..., :width], k[..., :width], cos, sin, None, unsqueeze_dim)
    return tuple(torch.cat((x, old[..., width:]), dim=-1) for x, old in zip(turned, (q, k), strict=True))


def apply_interleaved_rotary(x, cos, sin):
    """Rotate neighbouring channels of x (..., R) by cos and sin (..., R / 2), one angle a pair."""
    cos, sin = (torch.repeat_interleave(table, 2, dim=-1) for table in (cos, sin))
    return x * cos + rotate_every_two(x) * sin


__all__ = [
    "ROPE_INIT_FUNCTIONS",
    "RotaryEmbedding",
    "apply_interleaved_rotary",
    "apply_partial_rotary",
    "apply_rotary_pos_emb",
    "default_frequencies",
    "dynamic_frequencies",
    "head_width",
    "initial_frequencies",
    "linear_frequencies",
    "llama3_frequencies",
    "longrope_frequencies",
    "rope_function",
    "rope_kind",
    "rotate_every_two",
    "rotate_half",
    "rotated_channels",
    "sine_cosine_table",
    "yarn_frequencies",
]
