"""Pretraining heads of BERT and of the models that kept its parameter names (`cls.predictions...`)."""

from __future__ import annotations

import torch
from torch import nn

from .activations import Activation


class PredictionHeadTransform(nn.Module):
    """Dense layer, activation and norm before the projection to the vocabulary."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.transform_act_fn = Activation(config.hidden_act)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, hidden_states):
        return self.LayerNorm(self.transform_act_fn(self.dense(hidden_states)))


class LMPredictionHead(nn.Module):
    """Projection to the vocabulary, (B, T, C) -> (B, T, V); its weight is the word embedding's."""

    def __init__(self, config):
        super().__init__()
        self.transform = PredictionHeadTransform(config)
        self.decoder = nn.Linear(config.hidden_size, config.vocab_size, bias=True)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def reset_parameters(self):
        nn.init.zeros_(self.bias)

    def forward(self, hidden_states):
        return self.decoder(self.transform(hidden_states))


class OnlyMLMHead(nn.Module):
    """The language head alone: (B, T, C) -> (B, T, V)."""

    def __init__(self, config):
        super().__init__()
        self.predictions = LMPredictionHead(config)

    def forward(self, sequence_output):
        return self.predictions(sequence_output)


class OnlyNSPHead(nn.Module):
    """The next-sentence head alone: (B, C) -> (B, 2)."""

    def __init__(self, config):
        super().__init__()
        self.seq_relationship = nn.Linear(config.hidden_size, 2)

    def forward(self, pooled_output):
        return self.seq_relationship(pooled_output)


class PreTrainingHeads(nn.Module):
    """Both heads of pretraining."""

    def __init__(self, config):
        super().__init__()
        self.predictions = LMPredictionHead(config)
        self.seq_relationship = nn.Linear(config.hidden_size, 2)

    def forward(self, sequence_output, pooled_output):
        return self.predictions(sequence_output), self.seq_relationship(pooled_output)


LM_TIES = {
    "cls.predictions.decoder.bias": "cls.predictions.bias",
    "cls.predictions.decoder.weight": "bert.embeddings.word_embeddings.weight",
}

__all__ = [
    "LM_TIES",
    "LMPredictionHead",
    "OnlyMLMHead",
    "OnlyNSPHead",
    "PreTrainingHeads",
    "PredictionHeadTransform",
]
