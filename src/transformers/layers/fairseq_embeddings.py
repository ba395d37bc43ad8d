"""Embeddings of words and positions in BART (arXiv:1910.13461) and its family."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from .heads import chosen


class ScaledEmbedding(nn.Embedding):
    """Embeddings times a constant."""

    def __init__(self, num_embeddings, embedding_dim, padding_idx, embed_scale=1.0):
        super().__init__(num_embeddings, embedding_dim, padding_idx)
        self.embed_scale = embed_scale

    def forward(self, input_ids):
        return super().forward(input_ids) * self.embed_scale


class LearnedPositions(nn.Embedding):
    """Learned positions; the first two rows of the table are no positions."""

    def __init__(self, num_embeddings, embedding_dim):
        super().__init__(num_embeddings + 2, embedding_dim)
        self.offset = 2

    def forward(self, input_ids=None, past_key_values_length=0, position_ids=None):
        if position_ids is None:
            places = torch.arange(input_ids.shape[1], device=input_ids.device) + past_key_values_length
            position_ids = places[None].expand(input_ids.shape[0], -1)  # (B, T)
        return super().forward(position_ids + self.offset)


def sinusoid_table(length, width):
    """The (length, width) table of sines, in the first half of the features, and cosines (arXiv:1706.03762).

    Sines of sums: float32 has too few digits for the angles of late positions, and Python is slow at a
    sine for each entry.
    """
    near = 32
    rates = [10000.0 ** (-2.0 * k / width) for k in range((width + 1) // 2)]

    def waves(places):
        angles = [[place * rate for rate in rates] for place in places]
        return [
            torch.tensor([[wave(x) for x in row] for row in angles], dtype=torch.float32)
            for wave in (math.sin, math.cos)
        ]

    far_sin, far_cos = (x[:, None] for x in waves(range(0, length, near)))  # (length / 32, 1, width / 2)
    near_sin, near_cos = (x[None] for x in waves(range(near)))
    sines = (far_sin * near_cos + far_cos * near_sin).reshape(-1, len(rates))[:length]
    cosines = (far_cos * near_cos - far_sin * near_sin).reshape(-1, len(rates))[:length]
    return torch.cat([sines, cosines[:, : width // 2]], dim=1)


class SinusoidTable(nn.Embedding):
    """Positions as sinusoids, in a table that files may hold and training leaves alone."""

    def __init__(self, num_positions, embedding_dim, padding_idx=None):
        super().__init__(num_positions, embedding_dim)
        self.weight = nn.Parameter(self.weight.detach(), requires_grad=False)

    def write(self):
        """Compute the table anew."""
        table = sinusoid_table(self.num_embeddings, self.embedding_dim)
        self.weight = nn.Parameter(table.to(self.weight.dtype), requires_grad=False)

    def forward(self, input_ids_shape=None, past_key_values_length=0, position_ids=None):
        if position_ids is None:
            position_ids = torch.arange(input_ids_shape[1], device=self.weight.device)
            position_ids = position_ids + past_key_values_length  # (T,)
        return F.embedding(position_ids, self.weight.detach())


class CountedSinusoids(nn.Module):
    """Sinusoids without a table, so without a longest text; `padding_idx` is no position, and gets zeros."""

    def __init__(self, num_positions, embedding_dim, padding_idx=None):
        super().__init__()
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx

    def forward(self, position_ids, dtype=torch.float32):
        half = self.embedding_dim // 2
        step = math.log(10000.0) / (half - 1)
        rates = torch.exp(torch.arange(half, device=position_ids.device).to(torch.float32) * -step)
        angles = position_ids[..., None].to(torch.float32) * rates  # (B, T, C / 2)
        waves = [torch.sin(angles), torch.cos(angles)]
        if self.embedding_dim % 2:
            waves.append(torch.zeros_like(angles[..., :1]))
        found = torch.cat(waves, dim=-1)  # (B, T, C)
        if self.padding_idx is not None:
            found = found.masked_fill((position_ids == self.padding_idx)[..., None], 0.0)
        return found.to(dtype)


def embed_scale(config):
    """What word embeddings are multiplied by."""
    return config.d_model**0.5 if config.scale_embedding else 1.0


def word_table(kind, config, rows=None):
    """A table of word embeddings, one that scales or one whose stack does."""
    size = (chosen(rows, config.vocab_size), config.d_model, config.pad_token_id)
    return kind(*size, embed_scale=embed_scale(config)) if issubclass(kind, ScaledEmbedding) else kind(*size)


__all__ = [
    "CountedSinusoids",
    "LearnedPositions",
    "ScaledEmbedding",
    "SinusoidTable",
    "embed_scale",
    "sinusoid_table",
    "word_table",
]
