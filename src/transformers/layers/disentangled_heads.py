"""Heads of DeBERTa (arXiv:2006.03654) and its family, and the forward of their trunk.

A model's task class is one of these and the model's base, whose `_parts` tells the classes to build with.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ..modeling_outputs import BaseModelOutput, SequenceClassifierOutput
from .activations import Activation
from .base import can_return_tuple
from .chosen_mask import encoder_mask
from .disentangled import tokens_seen
from .heads import chosen
from .resizing import grown
from .roberta_heads import (
    MaskedLM,
    MultipleChoice,
    QuestionAnswering,
    SequenceClassification,
    TokenClassification,
    choice_output,
    masked_lm_output,
    question_output,
    token_output,
)
from .task import OUTPUT_FLAGS, task_forward
from .trunk import prepare


class NarrowTransform(nn.Module):
    """Dense layer to the width of the embeddings, activation, norm: (B, T, C) -> (B, T, E)."""

    def __init__(self, config):
        super().__init__()
        width = chosen(config.embedding_size, config.hidden_size)
        self.dense = nn.Linear(config.hidden_size, width)
        self.transform_act_fn = Activation(config.hidden_act)
        self.LayerNorm = nn.LayerNorm(width, eps=config.layer_norm_eps)

    def forward(self, hidden_states):
        return self.LayerNorm(self.transform_act_fn(self.dense(hidden_states)))


class LegacyPredictionHead(nn.Module):
    """Projection to the vocabulary with BERT's parameter names: (B, T, C) -> (B, T, V)."""

    def __init__(self, config, *, transform):
        super().__init__()
        self.transform = transform(config)
        width = chosen(config.embedding_size, config.hidden_size)
        self.decoder = nn.Linear(width, config.vocab_size)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def reset_parameters(self):
        nn.init.zeros_(self.bias)

    def forward(self, hidden_states):
        return self.decoder(self.transform(hidden_states))


class LegacyMaskedHead(nn.Module):
    """The language head, (B, T, C) -> (B, T, V), with a projection of its own.

    predictions: class of what holds it.
    """

    def __init__(self, config, *, predictions):
        super().__init__()
        self.predictions = predictions(config)

    def forward(self, sequence_output):
        return self.predictions(sequence_output)


class ComparingMaskedHead(nn.Module):
    """The language head, (B, T, C) -> (B, T, V), by comparison with the word embeddings.

    predictions: class of what compares.
    """

    def __init__(self, config, *, predictions):
        super().__init__()
        self.lm_head = predictions(config)

    def forward(self, sequence_output, word_embeddings):
        return self.lm_head(sequence_output, word_embeddings)


class PredictionHead(nn.Module):
    """Dense layer, activation and norm, then scores with the word embeddings: (B, T, C) -> (B, T, V).

    norm: class of the norm.
    Raises:
        ValueError: words and states differ in width.
    """

    def __init__(self, config, *, norm=nn.LayerNorm):
        super().__init__()
        if chosen(config.embedding_size, config.hidden_size) != config.hidden_size:
            raise ValueError(
                f"with legacy=False embedding_size ({config.embedding_size}) must be hidden_size "
                f"({config.hidden_size}): the states are compared with the word embeddings"
            )
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.transform_act_fn = Activation(config.hidden_act)
        self.LayerNorm = norm(config.hidden_size, eps=config.layer_norm_eps)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def reset_parameters(self):
        nn.init.zeros_(self.bias)

    def forward(self, hidden_states, word_embeddings):
        x = self.LayerNorm(self.transform_act_fn(self.dense(hidden_states)))
        return torch.matmul(x, word_embeddings.weight.transpose(0, 1)) + self.bias


class ContextPooler(nn.Module):
    """The first token's state through dropout, a dense layer and an activation: (B, T, C) -> (B, C)."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.pooler_hidden_size, config.pooler_hidden_size)
        self.dropout = nn.Dropout(config.pooler_dropout)
        self.activation = Activation(config.pooler_hidden_act)
        self.config = config

    @property
    def output_dim(self):
        return self.config.hidden_size

    def forward(self, hidden_states):
        return self.activation(self.dense(self.dropout(hidden_states[:, 0])))


class DisentangledTrunk:
    """The forward of a trunk that has `embeddings` and `encoder`."""

    def sees_both_ways(self):
        """Whether tokens also see what comes after them."""
        return True

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        token_type_ids=None,
        position_ids=None,
        inputs_embeds=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
    ):
        config = self.config
        ready = prepare(
            input_ids,
            inputs_embeds,
            attention_mask,
            position_ids,
            max_positions=config.max_position_embeddings if config.position_biased_input else None,
        )
        tokens = tokens_seen(ready.mask)
        # As published, padding attends to everything evenly; span scores of padding show it.
        asking = tokens if attention_mask is not None and attention_mask.dim() == 2 else None
        x = self.embeddings(input_ids, token_type_ids, ready.position_ids, tokens, inputs_embeds)
        out = self.encoder(
            x,
            encoder_mask(config, attention_mask, x, asking=asking),
            tokens,
            asking=asking,
            collect_hidden=chosen(output_hidden_states, config.output_hidden_states),
            collect_attentions=chosen(output_attentions, config.output_attentions),
        )
        return BaseModelOutput(out.hidden_states, out.all_hidden_states, out.attentions)


_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids", "inputs_embeds")
TIES = {
    "cls.predictions.decoder.weight": "deberta.embeddings.word_embeddings.weight",
    "cls.predictions.decoder.bias": "cls.predictions.bias",
}


class DisentangledMaskedLM(MaskedLM):
    """Predicts the masked tokens; with `legacy` by a projection of its own, else by the word embeddings."""

    _ties = TIES
    _tied_weights_keys = list(TIES)
    _output_embeddings = "cls.predictions.decoder"

    def add_head(self, config, parts):
        self.legacy = config.legacy
        if self.legacy:
            self.cls = parts["legacy"](config)
        else:
            self._ties, self._output_embeddings = {}, None
            self.lm_predictions = parts["predictions"](config)

    def lm_head(self, hidden_states):
        """(B, T, C) -> (B, T, V)"""
        if self.legacy:
            return self.cls(hidden_states)
        return self.lm_predictions(hidden_states, self.get_input_embeddings())

    def set_input_embeddings(self, value):
        super().set_input_embeddings(value)
        if not self.legacy:  # a bias for each word of the new table
            head = self.lm_predictions.lm_head
            zeros = torch.zeros(value.num_embeddings, dtype=head.bias.dtype, device=head.bias.device)
            head.bias = nn.Parameter(grown(head.bias.detach(), zeros, False))

    forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(masked_lm_output)


@task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
def classify(self, out, labels=None, **kwargs):
    """Forward of a classifier of whole inputs.

    Where the config names no problem, negative labels count as none, and labels (B, num_labels) are shares
    of the classes.
    """
    logits = self.classifier(self.dropout(self.pooler(out.last_hidden_state)))  # (B, labels)
    if labels is None or self.config.problem_type is not None:
        loss = self.compute_loss(logits, labels, **kwargs)
    elif self.num_labels == 1:
        logits = logits.reshape(-1)  # as published
        loss = self.compute_loss(logits, labels, **kwargs)
    elif labels.dim() == 1 or labels.shape[-1] == 1:
        labels = labels.reshape(-1).to(torch.long)
        known = labels >= 0
        some = known.any()  # a mean of nothing has no gradient: count all, then take it times zero
        labels = torch.clamp(labels, min=0).masked_fill(~known & some, -100)
        loss = self.compute_loss(logits, labels, **kwargs) * some.to(logits.dtype)
    else:
        loss = -(F.log_softmax(logits, dim=-1) * labels).sum(dim=-1).mean()
    return SequenceClassifierOutput(loss=loss, logits=logits)


class PooledContextClassification(SequenceClassification):
    """Classes of, or with one label a number for, the whole input, by its first token."""

    def add_head(self, config, parts):
        self.pooler = parts["pooler"](config)
        self.classifier = nn.Linear(self.pooler.output_dim, config.num_labels)
        self.dropout = nn.Dropout(chosen(config.cls_dropout, config.hidden_dropout_prob))

    forward = classify


class PooledContextChoice(MultipleChoice):
    """Chooses among continuations, by their first token: inputs are (B, choices, T)."""

    def add_head(self, config, parts):
        self.pooler = parts["pooler"](config)
        self.classifier = nn.Linear(self.pooler.output_dim, 1)
        self.dropout = nn.Dropout(chosen(config.cls_dropout, config.hidden_dropout_prob))

    def choice_scores(self, out):
        return self.classifier(self.dropout(self.pooler(out.last_hidden_state)))

    forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(choice_output)


class DisentangledTokens(TokenClassification):
    """A class for every token."""

    def add_head(self, config, parts):
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(token_output)


class DisentangledSpans(QuestionAnswering):
    """First and last token of the answer within the input."""

    forward = task_forward(*_INPUTS, "start_positions", "end_positions", *OUTPUT_FLAGS)(question_output)


__all__ = [
    "ComparingMaskedHead",
    "ContextPooler",
    "DisentangledMaskedLM",
    "DisentangledSpans",
    "DisentangledTokens",
    "DisentangledTrunk",
    "LegacyMaskedHead",
    "LegacyPredictionHead",
    "NarrowTransform",
    "PooledContextChoice",
    "PooledContextClassification",
    "PredictionHead",
]
