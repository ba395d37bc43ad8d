"""Heads of RoBERTa (arXiv:1907.11692) and its family: their modules, and the forwards of the task models.

A task model makes its modules under the names of the checkpoint and takes its forward from here.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ..modeling_outputs import (
    CausalLMOutputWithCrossAttentions,
    MaskedLMOutput,
    MultipleChoiceModelOutput,
    QuestionAnsweringModelOutput,
    SequenceClassifierOutput,
    TokenClassifierOutput,
)
from .heads import chosen, span_labels, span_logits
from .task import OUTPUT_FLAGS, task_forward

LM_HEAD_TIES = {
    "lm_head.decoder.weight": "roberta.embeddings.word_embeddings.weight",
    "lm_head.decoder.bias": "lm_head.bias",
}


class DenseNormLMHead(nn.Module):
    """Dense layer, GELU and norm, then the projection to the vocabulary: (B, T, C) -> (B, T, V)."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.decoder = nn.Linear(config.hidden_size, config.vocab_size)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def reset_parameters(self):
        nn.init.zeros_(self.bias)

    def forward(self, features):
        return self.decoder(self.layer_norm(F.gelu(self.dense(features))))


class FirstTokenHead(nn.Module):
    """The first token's state through a dense layer, tanh and a projection: (B, T, C) -> (B, labels)."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = classifier_dropout(config)
        self.out_proj = nn.Linear(config.hidden_size, config.num_labels)

    def forward(self, features):
        x = self.dropout(features[:, 0])  # (B, C)
        return self.out_proj(self.dropout(torch.tanh(self.dense(x))))


def classifier_dropout(config):
    """Dropout at the classifier's rate, the hidden layers' where the config has none."""
    return nn.Dropout(chosen(config.classifier_dropout, config.hidden_dropout_prob))


_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids", "head_mask", "inputs_embeds")
_CHOICE_INPUTS = ("input_ids", "token_type_ids", "attention_mask", "labels", *_INPUTS[3:])
_ENCODER = ("encoder_hidden_states", "encoder_attention_mask")


@task_forward(*_INPUTS, *_ENCODER, "labels", "past_key_values", "use_cache", *OUTPUT_FLAGS)
def causal_lm_forward(self, out, labels=None, **kwargs):
    """Forward of a decoder that predicts the next token."""
    logits = self.lm_head(out.last_hidden_state)
    if labels is not None:
        out.past_key_values = None  # as published: training keeps no cache
    return CausalLMOutputWithCrossAttentions(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


@task_forward(*_INPUTS, *_ENCODER, "labels", *OUTPUT_FLAGS)
def masked_lm_forward(self, out, labels=None, **kwargs):
    """Forward of a model that predicts the masked tokens."""
    logits = self.lm_head(out.last_hidden_state)
    return MaskedLMOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


@task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
def sequence_forward(self, out, labels=None, **kwargs):
    """Forward of a classifier of whole inputs."""
    logits = self.classifier(out.last_hidden_state)
    return SequenceClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


@task_forward(*_CHOICE_INPUTS, *OUTPUT_FLAGS)
def choice_forward(self, out, choices, labels=None, **kwargs):
    """Forward of a model that chooses among continuations: inputs are (B, choices, T)."""
    logits = self.classifier(self.dropout(out.pooler_output)).reshape(-1, choices)  # (B, choices)
    return MultipleChoiceModelOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


@task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
def token_forward(self, out, labels=None, **kwargs):
    """Forward of a classifier of tokens."""
    logits = self.classifier(self.dropout(out.last_hidden_state))
    return TokenClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


@task_forward(*_INPUTS, "start_positions", "end_positions", *OUTPUT_FLAGS)
def question_forward(self, out, start_positions=None, end_positions=None, **kwargs):
    """Forward of a model that points at the first and the last token of an answer."""
    start, end = span_logits(self.qa_outputs(out.last_hidden_state))
    loss = self.compute_loss((start, end), span_labels(start_positions, end_positions), **kwargs)
    return QuestionAnsweringModelOutput(loss=loss, start_logits=start, end_logits=end)


__all__ = [
    "LM_HEAD_TIES",
    "DenseNormLMHead",
    "FirstTokenHead",
    "causal_lm_forward",
    "choice_forward",
    "classifier_dropout",
    "masked_lm_forward",
    "question_forward",
    "sequence_forward",
    "token_forward",
]
