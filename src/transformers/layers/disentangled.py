"""Attention to content and to distance apart from each other: DeBERTa (arXiv:2006.03654) and its family.

A learned table has one row for each distance between query and key, or for each range of distances.  What a
token is looks up rows for where the other stands ("c2p", content to position), and rows look up what the
other is ("p2c").  Both are biases on the scores.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from .heads import chosen
from .post_norm import PostNormEncoder
from .relative import aligned, single
from .stack import run_layers


class DisentangledEmbeddings(nn.Module):
    """Word, and where the config has them position and segment embeddings, projected and normalised.

    norm: class of the norm, called with the width and eps.
    """

    def __init__(self, config, *, norm):
        super().__init__()
        width = chosen(config.embedding_size, config.hidden_size)
        self.word_embeddings = nn.Embedding(config.vocab_size, width, padding_idx=config.pad_token_id)
        self.position_biased_input = config.position_biased_input
        if config.position_biased_input:
            self.position_embeddings = nn.Embedding(config.max_position_embeddings, width)
        else:
            self.position_embeddings = None
        if config.type_vocab_size > 0:
            self.token_type_embeddings = nn.Embedding(config.type_vocab_size, width)
        else:
            self.token_type_embeddings = None
        self.embed_proj = None
        if width != config.hidden_size:
            self.embed_proj = nn.Linear(width, config.hidden_size, bias=False)
        self.LayerNorm = norm(config.hidden_size, config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, input_ids=None, token_type_ids=None, position_ids=None, mask=None, inputs_embeds=None):
        """mask: (B, T) bool, False where there is no token; states there become zeros."""
        x = self.word_embeddings(input_ids) if inputs_embeds is None else inputs_embeds  # (B, T, E)
        if self.position_embeddings is not None:
            x = x + self.position_embeddings(position_ids)
        if self.token_type_embeddings is not None:
            if token_type_ids is None:
                token_type_ids = torch.zeros_like(x[..., 0], dtype=torch.long)
            x = x + self.token_type_embeddings(token_type_ids)
        if self.embed_proj is not None:
            x = self.embed_proj(x)  # (B, T, C)
        x = self.LayerNorm(x)
        if mask is not None:
            x = x * mask[..., None].to(x.dtype)
        return self.dropout(x)


def tokens_seen(mask):
    """Where there are tokens, (B, S) bool: keys that some query may see; mask: as `prepare` gives it."""
    if mask is None:
        return None
    seen = mask >= 0 if mask.is_floating_point() else mask  # (B, 1, T or 1, S)
    return seen.any(dim=1).any(dim=1)


def range_of_distance(buckets, furthest):
    """Ranges that the distances 0, 1, 2 ... fall into: near ones their own, then ever wider ones.

    buckets: number of rows for one direction.  furthest: distance that the last range begins near.  The
    list ends where the ranges reach `buckets`; whatever is further belongs there too.  Worked out with the
    roundings of float32, on the host, so that all frameworks agree about the borders.
    Raises:
        ValueError: the ranges would have no width.
    """
    near = buckets // 2
    if near < 1 or furthest - 1 <= near:
        raise ValueError(
            f"position_buckets ({buckets}) must be at least 2, and half of it below "
            f"max_relative_positions - 1 ({furthest - 1})"
        )
    found = list(range(near + 1))
    if near == 1:  # no rows are left for what is further
        return found
    scale = single(math.log(single((furthest - 1) / near)))
    while found[-1] < buckets:
        grown = single(single(math.log(single(len(found) / near))) / scale)
        found.append(math.ceil(single(grown * (near - 1))) + near)
    return found


def distance_rows(length, span, ranges=None, device=None):
    """Rows of a table of 2 * span distances for T = length tokens: two of shape (2T,).

    The first are for distances T - 1, T - 2 ... -T between query and key, the second for -(T - 1) ... T.
    ranges: what `range_of_distance` gives, or None where every distance has a row of its own.
    """
    distance = (length - 1) - torch.arange(2 * length, device=device)  # (2T,)
    if ranges is not None:
        table = torch.tensor(ranges, dtype=torch.long, device=device)
        found = table[torch.clamp(distance.abs(), max=len(ranges) - 1)]
        distance = torch.where(distance < 0, -found, found)
    return tuple(torch.clamp(d + span, min=0, max=2 * span - 1) for d in (distance, -distance))


def distance_bias(query, key, rel_keys, rel_queries):
    """The bias (B, H, T, T), before scaling, of what distance says to content and content to distance.

    query, key: (B, H, T, D).  rel_keys, rel_queries: (H, 2T, D) projected rows in the two orders of
    `distance_rows`, or None.
    """
    bias = None
    if rel_keys is not None:
        bias = aligned(torch.matmul(query, rel_keys.transpose(1, 2)))
    if rel_queries is not None:
        asked = aligned(torch.matmul(key, rel_queries.transpose(1, 2))).transpose(2, 3)
        bias = asked if bias is None else bias + asked
    return bias


def asked_by(asking, x):
    """x: queries (B, H, T, D) or what is added to scores, zeros where `asking` (B, T) says padding.

    So padding attends evenly to what its mask shows.  asking: None: everything is a token; so may x be.
    """
    return x if x is None or asking is None else x * asking[:, None, :, None].to(x.dtype)


def projected_rows(project, table, rows, heads):
    """Rows of the table through a projection, for every head: (heads, rows, D)."""
    count = rows.shape[0]
    if isinstance(count, int) and count > table.shape[0]:  # fewer rows are projected before they repeat
        found = project(table)[rows]
    else:
        found = project(table[rows])
    return found.reshape(count, heads, found.shape[-1] // heads).transpose(0, 1)


class DisentangledAttention(nn.Module):
    """Attention, added to its input and normalised; attention, output: classes of its parts."""

    def __init__(self, config, *, attention, output):
        super().__init__()
        self.self = attention(config)
        self.output = output(config)

    def forward(self, hidden_states, attention_mask=None, **kwargs):
        context, probabilities = self.self(hidden_states, attention_mask, **kwargs)
        return self.output(context, hidden_states), probabilities


class DisentangledLayer(nn.Module):
    """Attention, then the feed-forward network.

    conv: called with the layer's input, its output and where tokens are, for what the next layer gets.
    """

    def __init__(self, config, *, attention, intermediate, output):
        super().__init__()
        self.attention = attention(config)
        self.intermediate = intermediate(config)
        self.output = output(config)

    def forward(self, hidden_states, attention_mask=None, tokens=None, conv=None, **kwargs):
        """tokens: (B, T) bool, where there are tokens, or None: everywhere."""
        x, probabilities = self.attention(hidden_states, attention_mask, **kwargs)
        x = self.output(self.intermediate(x), x)
        return x if conv is None else conv(hidden_states, x, tokens), probabilities


class DisentangledEncoder(PostNormEncoder):
    """The stack of layers, with one table of distances for all.

    ranges: what `range_of_distance` gives; the span of the table is then the number of ranges.
    """

    def __init__(self, config, *, layer):
        nn.Module.__init__(self)
        self.config = config
        self.layer = nn.ModuleList([layer(config) for _ in range(config.num_hidden_layers)])
        self.relative_attention = config.relative_attention
        self.span, self.ranges = relative_span(config)
        if self.relative_attention:
            self.rel_embeddings = nn.Embedding(2 * self.span, config.hidden_size)
        self.gradient_checkpointing = False

    def get_rel_embedding(self, device=None):
        """The table of distances, (2 * span, C), on the device of the hidden states; or None."""
        if not self.relative_attention:
            return None
        device = self.rel_embeddings.weight.device if device is None else device
        return self.rel_embeddings(torch.arange(2 * self.span, device=device))  # its weight may be offloaded

    def forward(self, hidden_states, attention_mask=None, tokens=None, convs=None, **kwargs):
        """attention_mask: for the kernel.  tokens: as for a layer."""
        rows = None
        if self.relative_attention:
            rows = distance_rows(hidden_states.shape[1], self.span, self.ranges, hidden_states.device)
        return run_layers(
            self.layer,
            hidden_states,
            attention_mask,
            tokens,
            per_layer={"conv": convs},
            checkpointing=self.checkpointing,
            rel_embeddings=self.get_rel_embedding(hidden_states.device),
            rows=rows,
            **kwargs,
        )


def relative_span(config):
    """(number of rows for one direction, ranges of distance or None) of a config."""
    furthest = config.max_relative_positions
    furthest = config.max_position_embeddings if furthest < 1 else furthest
    if config.relative_attention and config.position_buckets > 0:
        return config.position_buckets, range_of_distance(config.position_buckets, furthest)
    return furthest, None


__all__ = [
    "DisentangledAttention",
    "DisentangledEmbeddings",
    "DisentangledEncoder",
    "DisentangledLayer",
    "asked_by",
    "distance_bias",
    "distance_rows",
    "projected_rows",
    "range_of_distance",
    "relative_span",
    "tokens_seen",
]
