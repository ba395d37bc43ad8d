"""Which of a decoder's tokens a head looks at."""

from __future__ import annotations

import torch


def last_token_index(hidden_states, input_ids=None, attention_mask=None, pad_token_id=None):
    """Index (B,) of the last token of each row of (B, T, C) that is no padding, on either side.

    Padding is what `pad_token_id` names and what a (B, S) mask hides; S may count cached tokens before.
    Without ids nothing is named: as published the rows then end together, at their last place.
    Raises:
        ValueError: several rows, and neither says where they end.
    """
    B, T = hidden_states.shape[0], hidden_states.shape[1]
    places = torch.arange(T, device=hidden_states.device)[None, :]  # (1, T)
    real = None
    if input_ids is not None and pad_token_id is not None:
        real = input_ids != pad_token_id
    if attention_mask is not None and attention_mask.dim() == 2:
        seen = attention_mask[:, attention_mask.shape[1] - T :].to(torch.bool)
        real = seen if real is None else real & seen
    if real is None:
        if pad_token_id is None:
            check_single(B)
        real = torch.ones_like(hidden_states[..., 0], dtype=torch.bool)
    return (places * real.to(torch.long)).amax(dim=-1)


def check_single(rows):
    """Raise ValueError where more than one row is known to come without any sign of its end."""
    if isinstance(rows, int) and rows > 1:
        raise ValueError(
            f"{rows} rows were given, and nothing tells where each one ends: "
            "set config.pad_token_id or give attention_mask"
        )


def take_tokens(x, index):
    """Entry `index` (B,) of each row: (B, T, C) -> (B, C)."""
    return x.gather(1, index[:, None, None].expand(-1, 1, x.shape[-1]))[:, 0]


def kept_tokens(x, logits_to_keep):
    """The tokens of (B, T, C) that get logits.

    logits_to_keep: None or 0 for all, n > 0 for the last n, or a tensor of their places.
    """
    if logits_to_keep is None:
        return x
    if isinstance(logits_to_keep, int):
        return x[:, -logits_to_keep:]
    return x.index_select(1, logits_to_keep)


__all__ = ["kept_tokens", "last_token_index", "take_tokens"]
