"""The score of every token that `generate` wrote."""

from __future__ import annotations

from typing import Any


def transition_scores(
    sequences: Any, scores: tuple[Any, ...], beam_indices: Any, normalize_logits: bool, vocabulary: int
) -> Any:
    """See `GenerationMixin.compute_transition_scores`; torch tensors."""
    import torch

    if beam_indices is None:
        places = torch.arange(scores[0].shape[0], device=sequences.device).reshape(-1, 1)
        beam_indices = places.expand(-1, len(scores))
    stacked = torch.stack(scores)  # (N, rows, V)
    if normalize_logits:
        stacked = torch.log_softmax(stacked, dim=-1)
    written = beam_indices >= 0  # (B, N)
    count = int(written.sum(-1).max())
    written, origins = written[:, :count], beam_indices[:, :count].clamp(min=0)
    tokens = sequences[:, sequences.shape[1] - count :].clamp(max=vocabulary - 1)
    steps = torch.arange(count, device=sequences.device)[None, :].expand_as(tokens)
    return stacked[steps, origins, tokens].masked_fill(~written, 0.0)


__all__ = ["transition_scores"]
