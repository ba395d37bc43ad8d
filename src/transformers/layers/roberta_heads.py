"""Heads of RoBERTa (arXiv:1907.11692) and its family: their modules, and the task models but for their names.

A model's task class is one of these and the model's base, which tells by `_parts` the classes to build with:
`{"trunk": RobertaModel, "lm_head": RobertaLMHead, "classifier": RobertaClassificationHead}`.
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

    activation = staticmethod(torch.tanh)

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = classifier_dropout(config)
        self.out_proj = nn.Linear(config.hidden_size, config.num_labels)

    def forward(self, features):
        x = self.dropout(features[:, 0])  # (B, C)
        return self.out_proj(self.dropout(self.activation(self.dense(x))))


def classifier_dropout(config):
    """Dropout at the classifier's rate, the hidden layers' where the config has none."""
    return nn.Dropout(chosen(config.classifier_dropout, config.hidden_dropout_prob))


_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids", "head_mask", "inputs_embeds")
_CHOICE_INPUTS = ("input_ids", "token_type_ids", "attention_mask", "labels", *_INPUTS[3:])
_ENCODER = ("encoder_hidden_states", "encoder_attention_mask")


_WRITING = (*_INPUTS, *_ENCODER, "labels", "past_key_values", "use_cache", *OUTPUT_FLAGS)


@task_forward(*_WRITING, unlisted=("cache_position",))
def causal_lm_forward(self, out, labels=None, **kwargs):
    """Forward of a decoder that predicts the next token."""
    logits = self.lm_head(out.last_hidden_state)
    if labels is not None:
        out.past_key_values = None  # as published: training keeps no cache
    return CausalLMOutputWithCrossAttentions(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


def masked_lm_output(self, out, labels=None, **kwargs):
    """What a model that predicts the masked tokens makes of its trunk's output."""
    logits = self.lm_head(out.last_hidden_state)
    return MaskedLMOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


def sequence_output(self, out, labels=None, **kwargs):
    """What a classifier of whole inputs makes of its trunk's output."""
    logits = self.class_scores(out)  # (B, labels)
    return SequenceClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


sequence_forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(sequence_output)


masked_lm_forward = task_forward(*_INPUTS, *_ENCODER, "labels", *OUTPUT_FLAGS)(masked_lm_output)


def choice_output(self, out, choices, labels=None, **kwargs):
    """What a model that chooses among continuations, (B, choices, T), makes of its trunk's output."""
    logits = self.choice_scores(out).reshape(-1, choices)  # (B, choices)
    return MultipleChoiceModelOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


choice_forward = task_forward(*_CHOICE_INPUTS, *OUTPUT_FLAGS)(choice_output)


def token_output(self, out, labels=None, **kwargs):
    """What a classifier of tokens makes of its trunk's output."""
    logits = self.classifier(self.dropout(out.last_hidden_state))
    return TokenClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


token_forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(token_output)


def question_output(self, out, start_positions=None, end_positions=None, **kwargs):
    """What a model that points at the first and the last token of an answer makes of its trunk's output."""
    start, end = span_logits(self.qa_outputs(out.last_hidden_state))
    loss = self.compute_loss((start, end), span_labels(start_positions, end_positions), **kwargs)
    return QuestionAnsweringModelOutput(loss=loss, start_logits=start, end_logits=end)


question_forward = task_forward(*_INPUTS, "start_positions", "end_positions", *OUTPUT_FLAGS)(question_output)


class TaskModel:
    """A trunk under the name that checkpoints give it, and a head, which `add_head` makes."""

    _pooled = False  # whether the head reads the pooler

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        parts = self._parts()
        setattr(self, self.base_model_prefix, parts["trunk"](config, add_pooling_layer=self._pooled))
        self.add_head(config, parts)
        self.post_init()


class CausalLM(TaskModel):
    """A decoder that predicts the next token."""

    _generates = True
    loss_type = "ForCausalLM"
    _ties = LM_HEAD_TIES
    _tied_weights_keys = list(LM_HEAD_TIES)
    _output_embeddings = "lm_head.decoder"

    def add_head(self, config, parts):
        self.lm_head = parts["lm_head"](config)

    forward = causal_lm_forward


class MaskedLM(TaskModel):
    """Predicts the masked tokens."""

    loss_type = "ForMaskedLM"
    _ties = LM_HEAD_TIES
    _tied_weights_keys = list(LM_HEAD_TIES)
    _output_embeddings = "lm_head.decoder"

    def add_head(self, config, parts):
        self.lm_head = parts["lm_head"](config)

    forward = masked_lm_forward


class SequenceClassification(TaskModel):
    """Classes of, or with one label a number for, the whole input."""

    loss_type = "ForSequenceClassification"

    def add_head(self, config, parts):
        self.classifier = parts["classifier"](config)

    def class_scores(self, out):
        """(B, labels)"""
        return self.classifier(out.last_hidden_state)

    forward = sequence_forward


class PooledClassification(TaskModel):
    """Classes of, or with one label a number for, the whole input, by its pooled vector."""

    loss_type = "ForSequenceClassification"
    _pooled = True

    def add_head(self, config, parts):
        self.dropout = classifier_dropout(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    def class_scores(self, out):
        """(B, labels)"""
        return self.classifier(self.dropout(out.pooler_output))

    forward = sequence_forward


class MultipleChoice(TaskModel):
    """Chooses among continuations: inputs are (B, choices, T)."""

    loss_type = "ForMultipleChoice"
    _pooled = True

    def add_head(self, config, parts):
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, 1)

    def choice_scores(self, out):
        """One score (B * choices, 1) per continuation."""
        return self.classifier(self.dropout(out.pooler_output))

    forward = choice_forward


class TokenClassification(TaskModel):
    """A class for every token."""

    loss_type = "ForTokenClassification"

    def add_head(self, config, parts):
        self.dropout = classifier_dropout(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    forward = token_forward


class QuestionAnswering(TaskModel):
    """First and last token of the answer within the input."""

    loss_type = "ForQuestionAnswering"

    def add_head(self, config, parts):
        self.qa_outputs = nn.Linear(config.hidden_size, config.num_labels)

    forward = question_forward


__all__ = [
    "LM_HEAD_TIES",
    "CausalLM",
    "DenseNormLMHead",
    "FirstTokenHead",
    "MaskedLM",
    "MultipleChoice",
    "PooledClassification",
    "QuestionAnswering",
    "SequenceClassification",
    "TaskModel",
    "TokenClassification",
    "choice_output",
    "classifier_dropout",
    "masked_lm_output",
    "question_output",
    "sequence_output",
    "token_output",
]
