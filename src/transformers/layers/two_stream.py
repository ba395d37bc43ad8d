"""Attention of two streams by content, distance and segment: XLNet's (arXiv:1906.08237).

The content stream knows its words; the second one knows only where it stands, and predicts.  Distances are
sines and cosines, projected (Transformer-XL, arXiv:1901.02860).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from .activations import Activation
from .attention import attend
from .chosen_mask import encoder_mask
from .masks import padding_mask
from .packing import told_numbers
from .relative import aligned


class TwoStreamAttention(nn.Module):
    """Attention by content, distance and segment, of one stream or of two."""

    is_causal = False

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.n_head, self.d_head, self.d_model = config.n_head, config.d_head, config.d_model
        self.scale = config.d_head**-0.5
        for name in ("q", "k", "v", "o", "r"):
            setattr(self, name, nn.Parameter(torch.zeros(config.d_model, self.n_head, self.d_head)))
        for name in ("r_r_bias", "r_s_bias", "r_w_bias"):
            setattr(self, name, nn.Parameter(torch.zeros(self.n_head, self.d_head)))
        self.seg_embed = nn.Parameter(torch.zeros(2, self.n_head, self.d_head))
        self.layer_norm = nn.LayerNorm(config.d_model, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.dropout)

    def initialise(self, std):
        for parameter in (self.q, self.k, self.v, self.o, self.r, self.seg_embed):
            nn.init.normal_(parameter, mean=0.0, std=std)
        for parameter in (self.r_r_bias, self.r_s_bias, self.r_w_bias):
            nn.init.normal_(parameter, mean=0.0, std=std)

    def attend(self, query, key, value, mask, rel, differs, head_mask, output_attentions):
        """(context (B, T, H, D), probabilities or None) of query (B, H, T, D) on key, value (B, H, S, D).

        rel: (B or 1, H, T + S, D) projected distances.  differs: (B, 1, T, S) bool, whether query and key
        are in different segments, or None.
        """
        bias = aligned(torch.matmul(query + self.r_r_bias[:, None], rel.transpose(2, 3)))  # (B, H, T, S)
        if differs is not None:
            segments = torch.einsum("bhtd,shd->bhts", query + self.r_s_bias[:, None], self.seg_embed)
            bias = bias + torch.where(differs, segments[..., 1:], segments[..., :1])
        return attend(
            self,
            query + self.r_w_bias[:, None],
            key,
            value,
            mask,
            implementation=self.config._attn_implementation or "sdpa",
            need_probabilities=output_attentions,
            head_mask=head_mask,
            scaling=self.scale,
            dropout=self.dropout.p,
            bias=bias * self.scale,
        )

    def post_attention(self, x, context):
        """Projection of (B, T, H, D), added to the input (B, T, C) and normalised."""
        return self.layer_norm(x + self.dropout(torch.einsum("bthd,chd->btc", context, self.o)))

    def forward(
        self,
        streams,
        masks,
        distances,
        differs=None,
        mems=None,
        target_mapping=None,
        head_mask=None,
        output_attentions=False,
    ):
        h, g = streams
        every = h if mems is None else torch.cat([mems.transpose(0, 1).to(h.dtype), h], dim=1)  # (B, S, C)
        key = torch.einsum("bsc,chd->bhsd", every, self.k)
        value = torch.einsum("bsc,chd->bhsd", every, self.v)
        rel = torch.einsum("bpc,chd->bhpd", distances.to(self.r.dtype), self.r)
        options = (rel, differs, head_mask, output_attentions)
        query = torch.einsum("btc,chd->bhtd", h, self.q)
        context, probabilities = self.attend(query, key, value, masks[0], *options)
        h = self.post_attention(h, context)
        if g is None:
            return (h, None), probabilities
        query = torch.einsum("bmc,chd->bhmd", g, self.q)
        query = torch.einsum("bhmd,bmt->bhtd", query, target_mapping)  # to the places that are predicted
        context, also = self.attend(query, key, value, masks[1], *options)
        g = self.post_attention(g, torch.einsum("bthd,bmt->bmhd", context, target_mapping))
        return (h, g), (probabilities, also) if output_attentions else None


class TwoStreamFeed(nn.Module):
    """Two dense layers, added to their input and normalised."""

    def __init__(self, config):
        super().__init__()
        self.layer_norm = nn.LayerNorm(config.d_model, eps=config.layer_norm_eps)
        self.layer_1 = nn.Linear(config.d_model, config.d_inner)
        self.layer_2 = nn.Linear(config.d_inner, config.d_model)
        self.dropout = nn.Dropout(config.dropout)
        self.activation_function = Activation(config.ff_activation)

    def forward(self, inp):
        x = self.dropout(self.activation_function(self.layer_1(inp)))  # (B, T, F)
        return self.layer_norm(self.dropout(self.layer_2(x)) + inp)


def one_mask(attention_mask, input_mask):
    """The one mask of the published two, of which input_mask has 1 at padding.

    Raises:
        ValueError: both were given.
    """
    if attention_mask is not None and input_mask is not None:
        raise ValueError("give either attention_mask or input_mask (which has 1 at padding), not both")
    return attention_mask if input_mask is None else input_mask == 0


def remembered(config, states, mems):
    """What the next segment may attend to: for every layer (tokens, B, C) of its input.

    states: pairs of streams, one for each layer.  mems: what this segment was given, or None.
    """
    new = []
    for index, (h, _) in enumerate(states):
        h = h.transpose(0, 1)
        h = h[: config.reuse_len] if config.reuse_len and config.reuse_len > 0 else h
        h = h if mems is None else torch.cat([mems[index].to(h.dtype), h], dim=0)
        new.append((h[-config.mem_len :] if config.mem_len else h).detach())
    return tuple(new)


def segment_changes(types, past):
    """Whether query and key are in different segments, (B, 1, T, S) bool, or None.

    types: (B, T) ids of segments, or None.  past: number of remembered tokens, which count as segment 0.
    """
    if types is None:
        return None
    every = types if past is None else F.pad(types, (past, 0), value=0)
    return (types[:, :, None] != every[:, None, :])[:, None]


def stream_masks(config, visible, perm_mask, length, past, device):
    """Where (the content stream, the second stream) may look: (B or 1, 1, T or 1, S) bool each, or None.

    visible: None or what `padding_mask` gives.  perm_mask: (B, T, T), 1 where a query must not look.
    past: number of tokens before the T of this segment.
    """
    hidden = None if visible is None else (visible < 0 if visible.is_floating_point() else ~visible)
    if perm_mask is not None:
        barred = perm_mask[:, None] > 0
        hidden = barred if hidden is None else hidden | barred
    if hidden is not None and past is not None:
        hidden = F.pad(hidden, (past, 0), value=False)  # what is remembered is always seen
    before = 0 if past is None else past
    rows = torch.arange(length, device=device)[:, None]
    keys = torch.arange(before + length, device=device)[None, :]
    if config.attn_type == "uni":
        barred = keys > rows + before  # (T, S)
        if config.same_length:
            barred = barred | (keys < rows)
        hidden = barred[None, None] if hidden is None else hidden | barred
    if hidden is None:
        return None, None
    return ~hidden | (keys == rows + before), ~hidden  # content sees itself whatever else


def kept_apart(perm_mask, numbers, past):
    """perm_mask (B, T, T), 1 where a query must not look, with sequences of other numbers (B, T) hidden too.

    past: number of remembered tokens, or None.
    Raises:
        ValueError: something is remembered, of which nobody tells the sequence.
    """
    if numbers is None:
        return perm_mask
    if past is not None:
        raise ValueError("sequences packed into one row have no mems: give rows of one sequence, or no mems")
    others = (numbers[:, :, None] != numbers[:, None, :]).to(torch.float32)
    return others if perm_mask is None else torch.maximum(others, perm_mask.to(torch.float32))


def formed_masks(config, attention_mask, perm_mask, packed, h, past, two):
    """[mask of the content stream, mask of the second one if there are `two`], for the kernel of a config.

    attention_mask: the published one.  packed: keywords that tell sequences packed into one row.  h:
    (B, T, C).  The others as for `stream_masks`.
    """
    length = h.shape[1]
    perm_mask = kept_apart(perm_mask, told_numbers(packed, h), past)
    masks = stream_masks(config, padding_mask(attention_mask), perm_mask, length, past, h.device)
    keys = None if past is None else past + length
    return [encoder_mask(config, mask, h, key_length=keys) for mask in masks[: 2 if two else 1]]


def distance_waves(config, length, total, rows, device):
    """Sines and cosines (rows or 1, T + S, C) of the distances S - 1 ... -T between queries and keys.

    With `bi_data` the second half of the batch runs backwards.
    """
    places = (total - 1) - torch.arange(total + length, device=device).to(torch.float32)
    if config.clamp_len > 0:
        places = torch.clamp(places, min=-config.clamp_len, max=config.clamp_len)
    places = places[None, :, None]  # (1, T + S, 1)
    if config.bi_data:
        forward = torch.arange(rows, device=device)[:, None, None] < rows // 2
        places = torch.where(forward, places, -places)
    steps = torch.arange(0, config.d_model, 2, device=device).to(torch.float32)
    angles = places * (1 / torch.pow(10000, steps / config.d_model))
    return torch.cat([torch.sin(angles), torch.cos(angles)], dim=-1)


__all__ = [
    "TwoStreamAttention",
    "TwoStreamFeed",
    "distance_waves",
    "formed_masks",
    "kept_apart",
    "one_mask",
    "remembered",
    "segment_changes",
    "stream_masks",
]
