"""The model that judges SynthID's bits: how likely they are in a marked text (Nature 634, 818-823, 2024)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from ..model_output import ModelOutput
from ..modeling_utils import PreTrainedModel
from .watermarking import BayesianDetectorConfig

_LEAST = 1e-30  # of a likelihood, so that its logarithm is finite
_EDGE = 1e-5  # how near the prior may come to 0 and 1


@dataclass
class BayesianWatermarkDetectorModelOutput(ModelOutput):
    """What the judge says: the loss, where labels were given, and how likely each text (B,) is marked."""

    loss: Any = None
    posterior_probabilities: Any = None


class BayesianDetectorWatermarkedLikelihood(nn.Module):
    """How likely each bit is in a marked text, by the bits of the layers before it.

    watermarking_depth: number of layers, L.
    """

    def __init__(self, watermarking_depth: int) -> None:
        super().__init__()
        self.watermarking_depth = watermarking_depth
        self.beta = nn.Parameter(-2.5 + 0.001 * torch.randn(1, 1, watermarking_depth))
        self.delta = nn.Parameter(0.001 * torch.randn(1, 1, watermarking_depth, watermarking_depth))

    def _compute_latents(self, g_values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The probabilities (B, N, L) of one and of two different tokens in a layer's tournament."""
        before = (self.delta.tril(-1) * g_values[:, :, None, :]).sum(dim=-1)  # (B, N, L)
        two = torch.sigmoid(before + self.beta)
        return 1 - two, two

    def forward(self, g_values: torch.Tensor) -> torch.Tensor:
        """Likelihoods (B, N, L) of bits (B, N, L)."""
        one, two = self._compute_latents(g_values)
        return 0.5 * ((g_values + 0.5) * two + one)


class BayesianDetectorModel(PreTrainedModel):
    """Tells how likely texts bear the mark, after it was trained on marked and unmarked ones."""

    config_class = BayesianDetectorConfig
    base_model_prefix = "model"

    def __init__(self, config: BayesianDetectorConfig) -> None:
        super().__init__(config)
        self.watermarking_depth = config.watermarking_depth
        self.base_rate = config.base_rate
        self.likelihood_model_watermarked = BayesianDetectorWatermarkedLikelihood(self.watermarking_depth)
        self.prior = nn.Parameter(torch.tensor([self.base_rate]))
        self.post_init()

    def _init_weights(self, module: Any) -> None:
        """Begin where all layers are alike and few tournaments have two different tokens."""
        if isinstance(module, BayesianDetectorWatermarkedLikelihood):
            nn.init.normal_(module.beta, mean=-2.5, std=0.001)
            nn.init.normal_(module.delta, std=0.001)
        elif module is self:
            nn.init.constant_(self.prior, self.base_rate)

    def _compute_posterior(
        self,
        likelihoods_watermarked: torch.Tensor,
        likelihoods_unwatermarked: torch.Tensor,
        mask: torch.Tensor,
        prior: Any,
    ) -> torch.Tensor:
        """Probabilities (B,) of a mark by Bayes' rule; likelihoods are (B, N, L), the mask (B, N)."""
        counted = mask[:, :, None].to(likelihoods_watermarked.dtype)
        marked, plain = (
            x.clamp(min=_LEAST).log() for x in (likelihoods_watermarked, likelihoods_unwatermarked)
        )
        prior = torch.as_tensor(prior).clamp(_EDGE, 1 - _EDGE)
        evidence = ((marked - plain) * counted).sum(dim=(1, 2))
        return torch.sigmoid(evidence + torch.log(prior) - torch.log(1 - prior))

    def forward(
        self,
        g_values: torch.Tensor,
        mask: torch.Tensor,
        labels: torch.Tensor | None = None,
        loss_batch_weight: float = 1,
        return_dict: bool = False,
    ) -> Any:
        """Judge texts.

        Args:
            g_values: bits (B, N, L) of the n-grams, as `SynthIDTextWatermarkLogitsProcessor.compute_g_values`
                gives them.
            mask: (B, N), which n-grams count.
            labels: (B,), 1 for marked texts and 0 for others.
            loss_batch_weight: how much the size of the weights counts in the loss.
            return_dict: whether an output comes back, rather than (probabilities[, loss]).
        """
        bits = g_values.to(self.likelihood_model_watermarked.beta.dtype)
        marked = self.likelihood_model_watermarked(bits)
        found = self._compute_posterior(marked, torch.full_like(marked, 0.5), mask, self.prior)
        loss = None
        if labels is not None:
            size = (self.likelihood_model_watermarked.delta**2).sum()
            loss = F.binary_cross_entropy(found, labels.to(found.dtype)) + loss_batch_weight * size
        if return_dict:
            return BayesianWatermarkDetectorModelOutput(loss=loss, posterior_probabilities=found)
        return (found,) if loss is None else (found, loss)


__all__ = [
    "BayesianDetectorModel",
    "BayesianDetectorWatermarkedLikelihood",
    "BayesianWatermarkDetectorModelOutput",
]
