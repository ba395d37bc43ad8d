"""ALBERT (arXiv:1909.11942): BERT whose layers share their weights, pretrained on the order of sentences.

Checkpoints: google-research/albert, and the published `albert-*` ones.
Unlike BERT: embeddings are narrower than the layers; `num_hidden_layers` runs go through `num_hidden_groups`
groups of `inner_group_num` layers.  Unlike the published release: positions of a left-padded row start at its
first token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ...layers.activations import Activation
from ...layers.base import can_return_tuple
from ...layers.heads import chosen, head_mask_per_layer
from ...layers.initialization import init_normal
from ...layers.losses import class_loss, token_loss
from ...layers.post_norm import PostNormEmbeddings, PostNormSelfAttention
from ...layers.pruning import heads_to_remove, kept_features, prune_linear_layer
from ...layers.roberta_heads import (
    MaskedLM,
    MultipleChoice,
    PooledClassification,
    QuestionAnswering,
    TokenClassification,
    choice_output,
    masked_lm_output,
)
from ...layers.stack import run_layers
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...layers.trunk import prepare
from ...modeling_outputs import BaseModelOutputWithPooling, ModelOutput
from ...modeling_utils import PreTrainedModel
from .configuration_albert import AlbertConfig


class AlbertEmbeddings(PostNormEmbeddings):
    def __init__(self, config):
        super().__init__(config, width=config.embedding_size)


class AlbertAttention(PostNormSelfAttention):
    """Attention with its projection, added to its input and normalised."""

    def __init__(self, config):
        super().__init__(config)
        self.attention_dropout = self._modules.pop("dropout")
        self.output_dropout = nn.Dropout(config.hidden_dropout_prob)
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        if self.relative:  # it comes last
            self.distance_embedding = self._modules.pop("distance_embedding")
        self.pruned_heads = set()

    @property
    def dropout(self):
        return self.attention_dropout

    def distance_bias(self, query, key):
        return self.distance_scores(query, key)  # as published: not divided by the root of the width

    def prune_heads(self, heads):
        """Remove heads, numbered as in the unpruned model."""
        gone = heads_to_remove(heads, self.num_attention_heads, self.pruned_heads)
        index = kept_features(self.num_attention_heads, gone, self.attention_head_size)
        for name in ("query", "key", "value"):
            setattr(self, name, prune_linear_layer(getattr(self, name), index))
        self.dense = prune_linear_layer(self.dense, index, dim=1)
        self.num_attention_heads = self.num_attention_heads - len(gone)
        self.all_head_size = self.num_attention_heads * self.attention_head_size
        self.pruned_heads = self.pruned_heads | set(heads)

    def forward(self, hidden_states, attention_mask=None, head_mask=None, output_attentions=False):
        context, probabilities = super().forward(
            hidden_states, attention_mask, head_mask, output_attentions=output_attentions
        )
        return self.LayerNorm(hidden_states + self.output_dropout(self.dense(context))), probabilities


class AlbertSdpaAttention(AlbertAttention):
    pass


class AlbertLayer(nn.Module):
    """Attention, then the feed-forward network."""

    def __init__(self, config):
        super().__init__()
        self.full_layer_layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.attention = AlbertAttention(config)
        self.ffn = nn.Linear(config.hidden_size, config.intermediate_size)
        self.ffn_output = nn.Linear(config.intermediate_size, config.hidden_size)
        self.activation = Activation(config.hidden_act)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden_states, attention_mask=None, head_mask=None, output_attentions=False):
        attended, probabilities = self.attention(
            hidden_states, attention_mask, head_mask, output_attentions=output_attentions
        )
        x = self.ffn_output(self.activation(self.ffn(attended)))
        return self.full_layer_layer_norm(x + attended), probabilities


class AlbertLayerGroup(nn.Module):
    """Layers that are always run together."""

    def __init__(self, config):
        super().__init__()
        self.albert_layers = nn.ModuleList([AlbertLayer(config) for _ in range(config.inner_group_num)])

    def forward(self, hidden_states, attention_mask=None, head_mask=None, output_attentions=False):
        """The last hidden states, and the probabilities of every layer or None."""
        out = run_layers(
            self.albert_layers,
            hidden_states,
            attention_mask,
            per_layer={"head_mask": head_mask},
            collect_attentions=output_attentions,
        )
        return out.hidden_states, out.attentions


class AlbertTransformer(nn.Module):
    """The groups, each run as often as its share of `num_hidden_layers` says."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embedding_hidden_mapping_in = nn.Linear(config.embedding_size, config.hidden_size)
        self.albert_layer_groups = nn.ModuleList(
            [AlbertLayerGroup(config) for _ in range(config.num_hidden_groups)]
        )
        self.gradient_checkpointing = False

    def forward(self, hidden_states, attention_mask=None, head_mask=None, **kwargs):
        """head_mask: one per layer; as published a group takes those that begin at its own first run."""
        layers, groups = self.config.num_hidden_layers, self.config.num_hidden_groups
        share = layers // groups
        order = [index * groups // layers for index in range(layers)]
        masks = None if head_mask is None else [head_mask[place * share :] for place in order]
        return run_layers(
            [self.albert_layer_groups[place] for place in order],
            self.embedding_hidden_mapping_in(hidden_states),
            attention_mask,
            per_layer={"head_mask": masks},
            checkpointing=self.gradient_checkpointing and self.training,
            **kwargs,
        )


class AlbertPreTrainedModel(PreTrainedModel):
    """Base of all ALBERT models."""

    config_class = AlbertConfig
    base_model_prefix = "albert"
    supports_gradient_checkpointing = True
    _input_embeddings = "embeddings.word_embeddings"
    _optional_modules = ("pooler",)
    _head_modules = ("classifier", "predictions", "qa_outputs", "sop_classifier")
    _ignored_keys = (r"(^|\.)embeddings\.(position_ids|token_type_ids)$",)

    @staticmethod
    def _parts():
        return {"trunk": AlbertModel, "lm_head": AlbertMLMHead}

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class AlbertModel(AlbertPreTrainedModel):
    """The trunk: hidden states and, with `add_pooling_layer`, one pooled vector per input."""

    def __init__(self, config, add_pooling_layer=True):
        super().__init__(config)
        self.embeddings = AlbertEmbeddings(config)
        self.encoder = AlbertTransformer(config)
        self.pooler = nn.Linear(config.hidden_size, config.hidden_size) if add_pooling_layer else None
        self.pooler_activation = nn.Tanh() if add_pooling_layer else None
        self.post_init()

    def _prune_heads(self, heads_to_prune):
        """Layers are numbered group by group."""
        inner = self.config.inner_group_num
        for layer, heads in heads_to_prune.items():
            group = self.encoder.albert_layer_groups[layer // inner]
            group.albert_layers[layer % inner].attention.prune_heads(heads)

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
        head_mask=None,
        inputs_embeds=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
    ):
        config = self.config
        _, position_ids, mask, _ = prepare(
            input_ids,
            inputs_embeds,
            attention_mask,
            position_ids,
            max_positions=config.max_position_embeddings,
            config=config,
        )
        out = self.encoder(
            self.embeddings(input_ids, token_type_ids, position_ids, inputs_embeds),
            mask,
            head_mask_per_layer(head_mask, config.num_hidden_layers),
            collect_hidden=chosen(output_hidden_states, config.output_hidden_states),
            collect_attentions=chosen(output_attentions, config.output_attentions),
        )
        x = out.hidden_states
        pooled = None if self.pooler is None else self.pooler_activation(self.pooler(x[:, 0]))
        attentions = out.attentions
        if attentions is not None:  # every layer's, not every group's
            attentions = tuple(layer for group in attentions for layer in group)
        return BaseModelOutputWithPooling(
            last_hidden_state=x,
            pooler_output=pooled,
            hidden_states=out.all_hidden_states,
            attentions=attentions,
        )


class AlbertMLMHead(nn.Module):
    """Back to the width of the embeddings, then to the vocabulary: (B, T, C) -> (B, T, V)."""

    def __init__(self, config):
        super().__init__()
        self.LayerNorm = nn.LayerNorm(config.embedding_size, eps=config.layer_norm_eps)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.dense = nn.Linear(config.hidden_size, config.embedding_size)
        self.decoder = nn.Linear(config.embedding_size, config.vocab_size)
        self.activation = Activation(config.hidden_act)

    def reset_parameters(self):
        nn.init.zeros_(self.bias)

    def forward(self, hidden_states):
        return self.decoder(self.LayerNorm(self.activation(self.dense(hidden_states))))


class AlbertSOPHead(nn.Module):
    """Whether two sentences stand in their order (0) or were swapped (1): (B, C) -> (B, labels)."""

    def __init__(self, config):
        super().__init__()
        self.dropout = nn.Dropout(config.classifier_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    def forward(self, pooled_output):
        return self.classifier(self.dropout(pooled_output))


@dataclass
class AlbertForPreTrainingOutput(ModelOutput):
    """`prediction_logits` (B, T, V) and `sop_logits` (B, labels); `loss` the sum of both losses."""

    loss: Any = None
    prediction_logits: Any = None
    sop_logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids", "head_mask", "inputs_embeds")
_TIES = {
    "predictions.decoder.bias": "predictions.bias",
    "predictions.decoder.weight": "albert.embeddings.word_embeddings.weight",
}


class AlbertForPreTraining(AlbertPreTrainedModel):
    """Masked-language and sentence-order heads together, as in pretraining."""

    _ties = _TIES
    _tied_weights_keys = list(_TIES)
    _output_embeddings = "predictions.decoder"

    def __init__(self, config):
        super().__init__(config)
        self.albert = AlbertModel(config)
        self.predictions = AlbertMLMHead(config)
        self.sop_classifier = AlbertSOPHead(config)
        self.post_init()

    @task_forward(*_INPUTS, "labels", "sentence_order_label", *OUTPUT_FLAGS)
    def forward(self, out, labels=None, sentence_order_label=None):
        words, order = self.predictions(out.last_hidden_state), self.sop_classifier(out.pooler_output)
        loss = None
        if labels is not None and sentence_order_label is not None:
            loss = token_loss(words, labels, self.config) + class_loss(
                order, sentence_order_label, self.config
            )
        return AlbertForPreTrainingOutput(loss=loss, prediction_logits=words, sop_logits=order)


class AlbertForMaskedLM(MaskedLM, AlbertPreTrainedModel):
    """Predicts the masked tokens."""

    _ties = _TIES
    _tied_weights_keys = list(_TIES)
    _output_embeddings = "predictions.decoder"

    def add_head(self, config, parts):
        self.predictions = parts["lm_head"](config)

    def lm_head(self, hidden_states):
        """(B, T, C) -> (B, T, V)"""
        return self.predictions(hidden_states)

    forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(masked_lm_output)


class AlbertForSequenceClassification(PooledClassification, AlbertPreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""

    def add_head(self, config, parts):
        self.dropout = nn.Dropout(config.classifier_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)


class AlbertForTokenClassification(TokenClassification, AlbertPreTrainedModel):
    """A class for every token."""

    def add_head(self, config, parts):
        self.dropout = nn.Dropout(config.classifier_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)


class AlbertForQuestionAnswering(QuestionAnswering, AlbertPreTrainedModel):
    """First and last token of the answer within the input."""


class AlbertForMultipleChoice(MultipleChoice, AlbertPreTrainedModel):
    """Chooses among continuations: inputs are (B, choices, T)."""

    def add_head(self, config, parts):
        self.dropout = nn.Dropout(config.classifier_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, 1)

    forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(choice_output)


def load_tf_weights_in_albert(model, config, tf_checkpoint_path):
    """`model`, filled from a TensorFlow 1 checkpoint of google-research/albert."""
    return model.load_tf1_weights("albert", tf_checkpoint_path)


__all__ = [
    "AlbertForMaskedLM",
    "AlbertForMultipleChoice",
    "AlbertForPreTraining",
    "AlbertForPreTrainingOutput",
    "AlbertForQuestionAnswering",
    "AlbertForSequenceClassification",
    "AlbertForTokenClassification",
    "AlbertModel",
    "AlbertPreTrainedModel",
    "load_tf_weights_in_albert",
]
