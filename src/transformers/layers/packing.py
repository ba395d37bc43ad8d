"""Several sequences in one row, one behind the other: told by position ids that begin anew at 0.

Published callers say it in two ways: `position_ids`, and beside them what a variable-length kernel needs,
`cu_seq_lens_q` (ends of the sequences, from 0), `cu_seq_lens_k`, `max_length_q` and `max_length_k`.
"""

from __future__ import annotations

import torch

from .mask_rules import find_packed_sequence_indices, packed_sequences

PACKING = ("cu_seq_lens_q", "cu_seq_lens_k", "max_length_q", "max_length_k")


def segments_of(position_ids, attention_mask, cache):
    """Number (B or 1, T) of the sequence of each token, or None where they are given no say.

    Without a cache a sequence begins wherever positions do not go on by one, as published; where one is
    to be filled only position ids count that are whole sequences, each counted as the row's first.
    """
    if attention_mask is not None or position_ids is None or position_ids.dim() != 2:
        return None
    return find_packed_sequence_indices(position_ids) if cache is None else packed_sequences(position_ids)


def places_in_sequences(ends, length):
    """Position ids (1, T) of a row whose sequences end at `ends`, (sequences + 1,) with 0 first."""
    index = torch.arange(length, device=ends.device)[:, None]
    starts = torch.where(ends[None, :] <= index, ends[None, :], 0).amax(dim=-1)  # (T,)
    return (index[:, 0] - starts)[None].to(torch.long)


def with_places(inputs):
    """Keywords of a forward with `PACKING` taken out, and with the position ids that these tell.

    Raises:
        ValueError: `cu_seq_lens_q` came with several rows.
    """
    rest = {name: value for name, value in inputs.items() if name not in PACKING}
    ends = inputs.get("cu_seq_lens_q")
    if ends is None:
        return rest
    tokens = rest.get("input_ids")
    tokens = rest.get("inputs_embeds") if tokens is None else tokens
    rows = 0 if tokens is None else tokens.shape[0]
    if isinstance(rows, int) and rows != 1:
        raise ValueError(f"cu_seq_lens_q tells the sequences of a single row, got {rows} rows of input")
    return {**rest, "position_ids": places_in_sequences(ends, tokens.shape[1])}


__all__ = ["PACKING", "places_in_sequences", "segments_of", "with_places"]
