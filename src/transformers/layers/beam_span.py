"""The head that points at answers by beams, of XLNet (arXiv:1906.08237), XLM and Flaubert.

It scores starts, then ends for the best starts, then whether there is an answer at all.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from .losses import cross_entropy


def without_hidden(scores, p_mask):
    """Scores that tokens with a 1 in p_mask cannot win."""
    if p_mask is None:
        return scores
    low = 65500.0 if scores.dtype == torch.float16 else 1e30
    p_mask = p_mask.to(scores.dtype)
    return scores * (1 - p_mask) - low * p_mask


def states_at(hidden_states, places):
    """The states (B, 1, C) of (B, T, C) at places (B,)."""
    index = places.reshape(-1)[:, None, None].expand(-1, 1, hidden_states.shape[-1])
    return torch.gather(hidden_states, 1, index)


class PoolerStartLogits(nn.Module):
    """Scores (B, T) of tokens as the first of the answer."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, 1)

    def forward(self, hidden_states, p_mask=None):
        """p_mask: (B, T), 1 at tokens that no answer holds."""
        return without_hidden(self.dense(hidden_states).squeeze(-1), p_mask)


class PoolerEndLogits(nn.Module):
    """Scores of tokens as the last of the answer, given the state or the place of its first."""

    def __init__(self, config):
        super().__init__()
        self.dense_0 = nn.Linear(2 * config.hidden_size, config.hidden_size)
        self.activation = nn.Tanh()
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dense_1 = nn.Linear(config.hidden_size, 1)

    def forward(self, hidden_states, start_states=None, start_positions=None, p_mask=None):
        """hidden_states, start_states: (B, ..., C).  start_positions: (B,), which win over start_states."""
        if start_states is None and start_positions is None:
            raise ValueError("give start_states or start_positions")
        if start_positions is not None:
            start_states = states_at(hidden_states, start_positions).expand_as(hidden_states)
        x = self.activation(self.dense_0(torch.cat([hidden_states, start_states], dim=-1)))
        return without_hidden(self.dense_1(self.LayerNorm(x)).squeeze(-1), p_mask)


class PoolerAnswerClass(nn.Module):
    """Scores (B,), above 0 where no answer seems to be, by the states of its start and of the summary."""

    def __init__(self, config):
        super().__init__()
        self.dense_0 = nn.Linear(2 * config.hidden_size, config.hidden_size)
        self.activation = nn.Tanh()
        self.dense_1 = nn.Linear(config.hidden_size, 1, bias=False)

    def forward(self, hidden_states, start_states=None, start_positions=None, cls_index=None):
        """start_states: (B, C).  start_positions, cls_index: (B,); no cls_index: the last token."""
        if start_states is None and start_positions is None:
            raise ValueError("give start_states or start_positions")
        if start_positions is not None:
            start_states = states_at(hidden_states, start_positions)[:, 0]
        last = hidden_states[:, -1] if cls_index is None else states_at(hidden_states, cls_index)[:, 0]
        x = self.activation(self.dense_0(torch.cat([start_states, last], dim=-1)))
        return self.dense_1(x).squeeze(-1)


def beam_loss(self, hidden_states, starts, ends, cls_index=None, is_impossible=None, p_mask=None):
    """Mean cross entropy of start and end and, where they are known, half of the one of answerability.

    self: a model with the three parts above.  starts, ends: (B,) or (B, 1).
    """
    starts, ends = starts.reshape(-1), ends.reshape(-1)
    start_logits = self.start_logits(hidden_states, p_mask=p_mask)
    end_logits = self.end_logits(hidden_states, start_positions=starts, p_mask=p_mask)
    loss = (cross_entropy(start_logits, starts) + cross_entropy(end_logits, ends)) / 2
    if cls_index is not None and is_impossible is not None:
        scores = self.answer_class(hidden_states, start_positions=starts, cls_index=cls_index)
        wanted = is_impossible.reshape(-1).to(scores.dtype)
        loss = loss + 0.5 * F.binary_cross_entropy_with_logits(scores, wanted)
    return loss


def best_spans(self, hidden_states, starts, ends, cls_index=None, p_mask=None):
    """The `starts` best first tokens and for each the `ends` best last ones.

    Returns probabilities (B, starts) and places of the first, (B, ends * starts) of the last tokens, by ends
    and then by starts, and the score (B,) of there being no answer.
    """
    chances = F.softmax(self.start_logits(hidden_states, p_mask=p_mask), dim=-1)  # (B, T)
    start_chances, start_index = torch.topk(chances, starts, dim=-1)  # (B, starts)
    index = start_index[..., None].expand(-1, -1, hidden_states.shape[-1])
    chosen = torch.gather(hidden_states, 1, index)  # (B, starts, C)
    B, T, C = hidden_states.shape
    every = hidden_states[:, :, None].expand(B, T, starts, C)
    hidden = None if p_mask is None else p_mask[..., None]
    end_logits = self.end_logits(every, start_states=chosen[:, None].expand(B, T, starts, C), p_mask=hidden)
    end_chances = F.softmax(end_logits, dim=1).transpose(1, 2)  # (B, starts, T)
    end_chances, end_index = torch.topk(end_chances, ends, dim=-1)  # (B, starts, ends)
    expected = torch.matmul(chances[:, None], hidden_states)[:, 0]  # (B, C)
    scores = self.answer_class(hidden_states, start_states=expected, cls_index=cls_index)
    flat = [x.transpose(1, 2).reshape(-1, starts * ends) for x in (end_chances, end_index)]
    return start_chances, start_index, *flat, scores


__all__ = ["PoolerAnswerClass", "PoolerEndLogits", "PoolerStartLogits", "beam_loss", "best_spans"]
