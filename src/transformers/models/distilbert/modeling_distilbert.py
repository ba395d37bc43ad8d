"""DistilBERT (arXiv:1910.01108): BERT's encoder with half the layers, made by distillation.

Unlike BERT: no segment embeddings, no pooler, no next-sentence head; its own parameter names; positions may
be sinusoids.  Checkpoints: the published `distilbert-*` ones.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from ...layers.activations import Activation
from ...layers.attention import attend, merge_heads, split_heads
from ...layers.base import can_return_tuple
from ...layers.heads import chosen, head_mask_per_layer, span_labels, span_logits
from ...layers.initialization import init_normal
from ...layers.pruning import heads_to_remove, kept_features, prune_linear_layer
from ...layers.stack import run_layers
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...layers.trunk import prepare
from ...modeling_outputs import (
    BaseModelOutput,
    MaskedLMOutput,
    MultipleChoiceModelOutput,
    QuestionAnsweringModelOutput,
    SequenceClassifierOutput,
    TokenClassifierOutput,
)
from ...modeling_utils import PreTrainedModel
from .configuration_distilbert import DistilBertConfig


def sinusoids(length, width):
    """The (length, width) table of sines at even and cosines at odd features (arXiv:1706.03762)."""
    # Python floats: in single precision the angles of late positions would lose four digits.
    rates = [10000.0 ** (-2.0 * (i // 2) / width) for i in range(width)]
    wave = (math.sin, math.cos)
    table = [[wave[i % 2](p * rate) for i, rate in enumerate(rates)] for p in range(length)]
    return torch.tensor(table, dtype=torch.float32)


class Embeddings(nn.Module):
    """Sum of word and position embeddings, normalised: (B, T) -> (B, T, C)."""

    def __init__(self, config):
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocab_size, config.dim, padding_idx=config.pad_token_id)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, config.dim)
        self.LayerNorm = nn.LayerNorm(config.dim, eps=1e-12)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, input_ids, position_ids, inputs_embeds=None):
        x = self.word_embeddings(input_ids) if inputs_embeds is None else inputs_embeds
        return self.dropout(self.LayerNorm(x + self.position_embeddings(position_ids)))


class MultiHeadSelfAttention(nn.Module):
    """Multi-head self-attention with its output projection."""

    is_causal = False

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.n_heads = config.n_heads
        self.dim = config.dim
        self.attention_head_size = config.dim // config.n_heads
        self.dropout = nn.Dropout(config.attention_dropout)
        self.q_lin = nn.Linear(config.dim, config.dim)
        self.k_lin = nn.Linear(config.dim, config.dim)
        self.v_lin = nn.Linear(config.dim, config.dim)
        self.out_lin = nn.Linear(config.dim, config.dim)
        self.pruned_heads = set()

    def prune_heads(self, heads):
        """Remove heads, numbered as in the unpruned model."""
        gone = heads_to_remove(heads, self.n_heads, self.pruned_heads)
        index = kept_features(self.n_heads, gone, self.attention_head_size)
        for name in ("q_lin", "k_lin", "v_lin"):
            setattr(self, name, prune_linear_layer(getattr(self, name), index))
        self.out_lin = prune_linear_layer(self.out_lin, index, dim=1)
        self.n_heads = self.n_heads - len(gone)
        self.dim = self.n_heads * self.attention_head_size
        self.pruned_heads = self.pruned_heads | set(heads)

    def forward(self, x, mask=None, head_mask=None, output_attentions=False):
        query, key, value = (
            split_heads(part(x), self.n_heads) for part in (self.q_lin, self.k_lin, self.v_lin)
        )
        context, probabilities = attend(
            self,
            query,  # (B, H, T, D)
            key,
            value,
            mask,
            implementation=self.config._attn_implementation or "sdpa",
            need_probabilities=output_attentions,
            head_mask=head_mask,
            dropout=self.dropout.p,
        )
        return self.out_lin(merge_heads(context)), probabilities  # (B, T, C)


class FFN(nn.Module):
    """The feed-forward network: (B, T, C) -> (B, T, F) -> (B, T, C)."""

    def __init__(self, config):
        super().__init__()
        self.dropout = nn.Dropout(config.dropout)
        self.lin1 = nn.Linear(config.dim, config.hidden_dim)
        self.lin2 = nn.Linear(config.hidden_dim, config.dim)
        self.activation = Activation(config.activation)

    def forward(self, x):
        return self.dropout(self.lin2(self.activation(self.lin1(x))))


class TransformerBlock(nn.Module):
    """Attention and feed-forward network, each added to its input and normalised."""

    def __init__(self, config):
        super().__init__()
        self.attention = MultiHeadSelfAttention(config)
        self.sa_layer_norm = nn.LayerNorm(config.dim, eps=1e-12)
        self.ffn = FFN(config)
        self.output_layer_norm = nn.LayerNorm(config.dim, eps=1e-12)

    def forward(self, x, attn_mask=None, head_mask=None, output_attentions=False):
        context, probabilities = self.attention(x, attn_mask, head_mask, output_attentions)
        x = self.sa_layer_norm(context + x)
        return self.output_layer_norm(self.ffn(x) + x), probabilities


class Transformer(nn.Module):
    """The stack of layers."""

    def __init__(self, config):
        super().__init__()
        self.n_layers = config.n_layers
        self.layer = nn.ModuleList([TransformerBlock(config) for _ in range(config.n_layers)])
        self.gradient_checkpointing = False

    def forward(self, x, attn_mask=None, head_mask=None, **kwargs):
        return run_layers(
            self.layer,
            x,
            attn_mask,
            per_layer={"head_mask": head_mask},
            checkpointing=self.gradient_checkpointing and self.training,
            **kwargs,
        )


class DistilBertPreTrainedModel(PreTrainedModel):
    """Base of all DistilBERT models."""

    config_class = DistilBertConfig
    base_model_prefix = "distilbert"
    supports_gradient_checkpointing = True
    _input_embeddings = "embeddings.word_embeddings"
    _position_embeddings = "embeddings.position_embeddings"
    _head_modules = (
        "classifier",
        "pre_classifier",
        "qa_outputs",
        "vocab_layer_norm",
        "vocab_projector",
        "vocab_transform",
    )
    _ignored_keys = (r"(^|\.)embeddings\.position_ids$",)

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)
        if isinstance(module, Embeddings) and self.config.sinusoidal_pos_embds:
            table = sinusoids(self.config.max_position_embeddings, self.config.dim)
            module.position_embeddings.weight = nn.Parameter(table, requires_grad=False)


class DistilBertModel(DistilBertPreTrainedModel):
    """The trunk."""

    def __init__(self, config):
        super().__init__(config)
        self.embeddings = Embeddings(config)
        self.transformer = Transformer(config)
        self.post_init()

    def _prune_heads(self, heads_to_prune):
        for layer, heads in heads_to_prune.items():
            self.transformer.layer[layer].attention.prune_heads(heads)

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        head_mask=None,
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
            max_positions=config.max_position_embeddings,
            config=config,
        )
        out = self.transformer(
            self.embeddings(input_ids, ready.position_ids, inputs_embeds),
            ready.mask,
            head_mask_per_layer(head_mask, config.n_layers),
            collect_hidden=chosen(output_hidden_states, config.output_hidden_states),
            collect_attentions=chosen(output_attentions, config.output_attentions),
        )
        return BaseModelOutput(
            last_hidden_state=out.hidden_states,
            hidden_states=out.all_hidden_states,
            attentions=out.attentions,
        )


_INPUTS = ("input_ids", "attention_mask", "head_mask", "inputs_embeds")


class DistilBertForMaskedLM(DistilBertPreTrainedModel):
    """Predicts the masked tokens."""

    loss_type = "ForMaskedLM"
    _ties = {"vocab_projector.weight": "distilbert.embeddings.word_embeddings.weight"}
    _tied_weights_keys = ["vocab_projector.weight"]
    _output_embeddings = "vocab_projector"

    def __init__(self, config):
        super().__init__(config)
        self.activation = Activation(config.activation)
        self.distilbert = DistilBertModel(config)
        self.vocab_transform = nn.Linear(config.dim, config.dim)
        self.vocab_layer_norm = nn.LayerNorm(config.dim, eps=1e-12)
        self.vocab_projector = nn.Linear(config.dim, config.vocab_size)
        self.post_init()

    @task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
    def forward(self, out, labels=None, **kwargs):
        x = self.vocab_layer_norm(self.activation(self.vocab_transform(out.last_hidden_state)))
        logits = self.vocab_projector(x)  # (B, T, V)
        return MaskedLMOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class DistilBertForSequenceClassification(DistilBertPreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""

    loss_type = "ForSequenceClassification"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.distilbert = DistilBertModel(config)
        self.pre_classifier = nn.Linear(config.dim, config.dim)
        self.classifier = nn.Linear(config.dim, config.num_labels)
        self.dropout = nn.Dropout(config.seq_classif_dropout)
        self.post_init()

    @task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
    def forward(self, out, labels=None, **kwargs):
        pooled = torch.relu(self.pre_classifier(out.last_hidden_state[:, 0]))  # (B, C)
        logits = self.classifier(self.dropout(pooled))
        return SequenceClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class DistilBertForQuestionAnswering(DistilBertPreTrainedModel):
    """First and last token of the answer within the input."""

    loss_type = "ForQuestionAnswering"

    def __init__(self, config):
        super().__init__(config)
        if config.num_labels != 2:
            raise ValueError(
                f"question answering needs num_labels=2 (start and end), got {config.num_labels}"
            )
        self.distilbert = DistilBertModel(config)
        self.qa_outputs = nn.Linear(config.dim, config.num_labels)
        self.dropout = nn.Dropout(config.qa_dropout)
        self.post_init()

    @task_forward(*_INPUTS, "start_positions", "end_positions", *OUTPUT_FLAGS)
    def forward(self, out, start_positions=None, end_positions=None, **kwargs):
        start, end = span_logits(self.qa_outputs(self.dropout(out.last_hidden_state)))
        loss = self.compute_loss((start, end), span_labels(start_positions, end_positions), **kwargs)
        return QuestionAnsweringModelOutput(loss=loss, start_logits=start, end_logits=end)


class DistilBertForTokenClassification(DistilBertPreTrainedModel):
    """A class for every token."""

    loss_type = "ForTokenClassification"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.distilbert = DistilBertModel(config)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    @task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
    def forward(self, out, labels=None, **kwargs):
        logits = self.classifier(self.dropout(out.last_hidden_state))
        return TokenClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class DistilBertForMultipleChoice(DistilBertPreTrainedModel):
    """Chooses among continuations: inputs are (B, choices, T)."""

    loss_type = "ForMultipleChoice"

    def __init__(self, config):
        super().__init__(config)
        self.distilbert = DistilBertModel(config)
        self.pre_classifier = nn.Linear(config.dim, config.dim)
        self.classifier = nn.Linear(config.dim, 1)
        self.dropout = nn.Dropout(config.seq_classif_dropout)
        self.post_init()

    @task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
    def forward(self, out, choices, labels=None, **kwargs):
        pooled = torch.relu(self.pre_classifier(out.last_hidden_state[:, 0]))
        logits = self.classifier(self.dropout(pooled)).reshape(-1, choices)  # (B, choices)
        return MultipleChoiceModelOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


__all__ = [
    "DistilBertForMaskedLM",
    "DistilBertForMultipleChoice",
    "DistilBertForQuestionAnswering",
    "DistilBertForSequenceClassification",
    "DistilBertForTokenClassification",
    "DistilBertModel",
    "DistilBertPreTrainedModel",
]
