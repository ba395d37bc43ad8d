"""Hiding spans of frames and of features in training (SpecAugment, arXiv:1904.08779)."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def random_spans(rows, length, probability, span, *, least=0, lengths=None, device=None):
    """(rows, length) bool: True in spans that begin at places drawn without repetition.

    probability: the part of a row that its spans would cover if they did not overlap.
    span: length of one.  least: number that a row has at least.
    lengths: (rows,) of rows that are padded at their end, None where none is; a span ends before padding.

    Raises:
        ValueError: `span` is not positive, or a row is shorter (told where its length is a plain number).
    """
    if span < 1:
        raise ValueError(f"the length of masked spans must be at least 1, got {span}")
    if isinstance(length, int) and span > length:
        raise ValueError(
            f"masked spans of {span} do not fit into {length} places: lower mask_time_length or "
            "mask_feature_length, or give longer input"
        )
    if lengths is None:
        lengths = torch.zeros(rows, dtype=torch.long, device=device) + length
    # Rounded up or down by chance, alike for all rows.
    count = torch.floor(probability * lengths / span + torch.rand(1, device=device)).to(torch.long)
    count = torch.clamp(count, min=least)
    count = torch.minimum(count, torch.zeros_like(count) + length // span)
    places = lengths - span + 1  # where a span may begin
    count = torch.minimum(count, torch.clamp(places, min=0))[:, None]  # (rows, 1)
    index = torch.arange(length, device=device)[None, :]
    order = torch.rand(rows, length, device=device).masked_fill(index >= places[:, None], 2.0)
    rank = torch.argsort(torch.argsort(order, dim=-1), dim=-1)
    begun = torch.cumsum((rank < count).to(torch.long), dim=-1)  # spans begun up to here
    ended = F.pad(begun, (span, 0))[:, :length]
    return begun > ended


def masked_hidden_states(hidden_states, embedding, config, *, chosen=None, visible=None, training=False):
    """Hidden states (B, frames, C) with `embedding` (C,) in the place of masked frames.

    embedding: None in a model that masks nothing.
    chosen: (B, frames), frames to mask, of any dtype; without it they are drawn in training.  Features are
        drawn and zeroed in training too.
    visible: (B, frames) bool, frames that are not padding.
    """
    if not config.apply_spec_augment:
        return hidden_states
    B, frames, width = hidden_states.shape
    device = hidden_states.device
    if chosen is None and training and config.mask_time_prob > 0:
        chosen = random_spans(
            B,
            frames,
            config.mask_time_prob,
            config.mask_time_length,
            least=config.mask_time_min_masks,
            lengths=None if visible is None else visible.to(torch.long).sum(dim=-1),
            device=device,
        )
    if chosen is not None:
        if embedding is None:
            raise ValueError(
                "mask_time_indices need the vector of masked frames, which a model has where "
                "config.mask_time_prob or config.mask_feature_prob is above 0"
            )
        mask = chosen.to(torch.bool)[:, :, None]
        hidden_states = torch.where(mask, embedding.to(hidden_states.dtype), hidden_states)
    if training and config.mask_feature_prob > 0:
        gone = random_spans(
            B,
            width,
            config.mask_feature_prob,
            config.mask_feature_length,
            least=config.mask_feature_min_masks,
            device=device,
        )
        hidden_states = hidden_states.masked_fill(gone[:, None, :], 0.0)
    return hidden_states


__all__ = ["masked_hidden_states", "random_spans"]
