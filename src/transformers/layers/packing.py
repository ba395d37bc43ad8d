"""Several sequences in one row, one behind the other: told by position ids that begin anew at 0.

Published callers say it in three ways: by `position_ids`; beside them by what a variable-length kernel needs,
`cu_seq_lens_q` (ends of the sequences, from 0), `cu_seq_lens_k`, `max_length_q` and `max_length_k`; and by
`seq_idx`, the number of each token's sequence.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .mask_rules import find_packed_sequence_indices, packed_sequences

PACKING = ("cu_seq_lens_q", "cu_seq_lens_k", "max_length_q", "max_length_k", "seq_idx")


def segments_of(position_ids, attention_mask, cache, whole=False):
    """Number (B or 1, T) of the sequence of each token, or None where they are given no say.

    Without a cache a sequence begins wherever positions do not go on by one, as published; where one is
    to be filled, or with `whole`, only position ids count that are whole sequences, each counted as the
    row's first.
    """
    if attention_mask is not None or position_ids is None or position_ids.dim() != 2:
        return None
    whole = whole or cache is not None
    return packed_sequences(position_ids) if whole else find_packed_sequence_indices(position_ids)


def places_in_sequences(ends, length):
    """Position ids (1, T) of a row whose sequences end at `ends`, (sequences + 1,) with 0 first."""
    index = torch.arange(length, device=ends.device)[:, None]
    starts = torch.where(ends[None, :] <= index, ends[None, :], 0).amax(dim=-1)  # (T,)
    return (index[:, 0] - starts)[None].to(torch.long)


def places_of_numbers(numbers):
    """Position ids (B, T) of rows whose tokens have the number of their sequence, (B, T)."""
    index = torch.arange(numbers.shape[1], device=numbers.device)[None, :]
    begins = F.pad(numbers[:, 1:] != numbers[:, :-1], (1, 0), value=True)
    starts = torch.where(begins, index, 0).cummax(dim=-1).values  # (B, T)
    return (index - starts).to(torch.long)


def told_places(inputs, length):
    """Position ids that `PACKING` among the keywords of a forward tells, or None.

    length: T.
    """
    if inputs.get("cu_seq_lens_q") is not None:
        return places_in_sequences(inputs["cu_seq_lens_q"], length)
    return None if inputs.get("seq_idx") is None else places_of_numbers(inputs["seq_idx"])


def told_numbers(inputs, tokens):
    """Number (B or 1, T) of each token's sequence that `PACKING` tells of tokens (B, T, ...), or None.

    Raises:
        ValueError: as `with_places`.
    """
    check_packing(inputs, tokens)
    places = told_places(inputs, tokens.shape[1])
    return None if places is None else find_packed_sequence_indices(places)


def with_places(inputs, first=0, both_ways=False):
    """Keywords of a forward with `PACKING` taken out, and with the position ids that these tell.

    first: position of a sequence's first token.  Position ids that came with `seq_idx` alone stay.
    both_ways: whether tokens also see what comes after them: such a model gets a mask (B, T, T) that keeps
        the sequences apart, unless there is one.
    Raises:
        ValueError: `cu_seq_lens_q` came with several rows, or `seq_idx` has another shape than the tokens.
    """
    rest = {name: value for name, value in inputs.items() if name not in PACKING}
    tokens = rest.get("input_ids")
    tokens = rest.get("inputs_embeds") if tokens is None else tokens
    check_packing(inputs, tokens)
    places = None if tokens is None else told_places(inputs, tokens.shape[1])
    if places is None:
        return rest
    if both_ways and rest.get("attention_mask") is None:
        numbers = find_packed_sequence_indices(places)
        rest["attention_mask"] = numbers[:, :, None] == numbers[:, None, :]
    stay = inputs.get("cu_seq_lens_q") is None and rest.get("position_ids") is not None
    return rest if stay else {**rest, "position_ids": places + first}


def check_packing(inputs, tokens):
    """Raise ValueError where what tells the sequences does not go with the tokens (B, T, ...), or None."""
    rows = 0 if tokens is None else tokens.shape[0]
    if inputs.get("cu_seq_lens_q") is not None and isinstance(rows, int) and rows != 1:
        raise ValueError(f"cu_seq_lens_q tells the sequences of a single row, got {rows} rows of input")
    numbers = inputs.get("seq_idx")
    if numbers is None or tokens is None:
        return
    given, wanted = tuple(numbers.shape), tuple(tokens.shape[:2])
    if all(isinstance(size, int) for size in (*given, *wanted)) and given != wanted:
        raise ValueError(f"seq_idx numbers the sequence of each token: its shape {given} must be {wanted}")


__all__ = [
    "PACKING",
    "places_in_sequences",
    "places_of_numbers",
    "segments_of",
    "told_numbers",
    "told_places",
    "with_places",
]
