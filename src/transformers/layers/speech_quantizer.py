"""Discrete targets of Wav2Vec2's pretraining (arXiv:2006.11477): product quantiser and contrastive loss."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class GumbelQuantizer(nn.Module):
    """Chooses one code vector in each of several groups for every frame.

    The choice is drawn from a Gumbel softmax in training (arXiv:1611.01144) and the best one otherwise.
    """

    def __init__(self, config):
        super().__init__()
        self.num_groups, self.num_vars = config.num_codevector_groups, config.num_codevectors_per_group
        if config.codevector_dim % self.num_groups:
            raise ValueError(
                f"codevector_dim ({config.codevector_dim}) must be a multiple of "
                f"num_codevector_groups ({self.num_groups})"
            )
        codes = self.num_groups * self.num_vars
        self.codevectors = nn.Parameter(torch.empty(1, codes, config.codevector_dim // self.num_groups))
        self.weight_proj = nn.Linear(config.conv_dim[-1], codes)
        self.temperature = 2

    def reset_parameters(self):
        nn.init.normal_(self.weight_proj.weight, mean=0.0, std=1.0)
        nn.init.zeros_(self.weight_proj.bias)
        nn.init.uniform_(self.codevectors)

    @staticmethod
    def _compute_perplexity(probs, mask=None):
        """How many codes are in use, summed over groups, by the mean of `probs` (N, groups, codes).

        mask: (B, frames) of the frames that count, N of them in all, or None.
        """
        if mask is None:
            mean = probs.mean(dim=0)  # (groups, codes)
        else:
            weight = mask.reshape(-1, 1, 1).to(probs.dtype)
            mean = (probs * weight).sum(dim=0) / weight.sum()
        return torch.exp(-(mean * torch.log(mean + 1e-7)).sum(dim=-1)).sum()

    def forward(self, hidden_states, mask_time_indices=None):
        """(B, frames, features) -> (code vectors (B, frames, codevector_dim), perplexity)."""
        B, frames, _ = hidden_states.shape
        scores = self.weight_proj(hidden_states)
        scores = scores.reshape(B * frames, self.num_groups, self.num_vars)
        if self.training:
            chosen = F.gumbel_softmax(scores.to(torch.float32), tau=self.temperature, hard=True, dim=-1)
            likely = F.softmax(scores.to(torch.float32), dim=-1)
        else:
            chosen = F.one_hot(scores.argmax(dim=-1), self.num_vars)
            likely = chosen.to(torch.float32)
        perplexity = self._compute_perplexity(likely, mask_time_indices)
        tables = self.codevectors.reshape(self.num_groups, self.num_vars, -1)
        vectors = torch.einsum("ngv,gvd->ngd", chosen.to(tables.dtype), tables)  # (N, groups, D)
        return vectors.reshape(B, frames, -1), perplexity


def contrastive_logits(targets, negatives, predicted, temperature):
    """Similarity of a prediction with the target and with distractors, by angle.

    targets: (1, B, frames, D).  negatives: (K, B, frames, D).  predicted: (B, frames, D).
    Returns (1 + K, B, frames).
    """
    compared = torch.cat([targets, negatives], dim=0)
    similar = F.cosine_similarity(predicted[None].to(torch.float32), compared.to(torch.float32), dim=-1)
    return similar.to(targets.dtype) / temperature


def contrastive_loss(predicted, targets, negative_indices, chosen, temperature):
    """Summed cross entropy of telling each masked frame's target from its distractors.

    predicted, targets: (B, frames, D).  negative_indices: (B, frames, K), places among all B * frames.
    chosen: (B, frames), 1 = a masked frame, which counts.
    """
    B, frames, width = targets.shape
    negatives = targets.reshape(B * frames, width)[negative_indices.to(torch.long).reshape(-1)]
    negatives = negatives.reshape(B, frames, -1, width).permute(2, 0, 1, 3)  # (K, B, frames, D)
    logits = contrastive_logits(targets[None], negatives, predicted, temperature).to(torch.float32)
    same = (targets[None] == negatives).all(dim=-1)  # a distractor that equals the target is none
    logits = torch.cat([logits[:1], logits[1:].masked_fill(same, float("-inf"))], dim=0)
    gains = F.log_softmax(logits, dim=0)[0]  # (B, frames)
    return -(gains * chosen.to(gains.dtype)).sum()


def diversity_loss(perplexity, codes, chosen):
    """The share of the codes that is not in use, times the number of masked frames."""
    return (codes - perplexity) / codes * chosen.to(perplexity.dtype).sum()


__all__ = ["GumbelQuantizer", "contrastive_logits", "contrastive_loss", "diversity_loss"]
