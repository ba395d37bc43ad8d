"""XLNet (arXiv:1906.08237): learns to predict words in every order of a text.

Checkpoints: xlnet/xlnet-base-cased, xlnet/xlnet-large-cased.
Unlike BERT: distances in place of positions; hidden states of earlier segments (`mems`) are attended to;
with `target_mapping` a second stream, which knows places but not words, predicts.  States are batch-first
inside; mems keep the published order (tokens, B, C).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from ...layers.base import can_return_tuple
from ...layers.beam_span import PoolerAnswerClass, PoolerEndLogits, PoolerStartLogits, beam_loss, best_spans
from ...layers.heads import chosen, head_mask_per_layer, span_labels, span_logits
from ...layers.initialization import init_normal
from ...layers.packing import PACKING
from ...layers.roberta_heads import TaskModel
from ...layers.stack import run_layers
from ...layers.summary import SequenceSummary
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...layers.trunk import prepare
from ...layers.two_stream import (
    TwoStreamAttention,
    TwoStreamFeed,
    distance_waves,
    formed_masks,
    one_mask,
    remembered,
    segment_changes,
)
from ...modeling_outputs import ModelOutput
from ...modeling_utils import PreTrainedModel
from .configuration_xlnet import XLNetConfig


class XLNetRelativeAttention(TwoStreamAttention):
    pass


class XLNetFeedForward(TwoStreamFeed):
    pass


class XLNetLayer(nn.Module):
    """Attention, then the feed-forward network, of a pair of streams, the second of which may be None."""

    def __init__(self, config):
        super().__init__()
        self.rel_attn = XLNetRelativeAttention(config)
        self.ff = XLNetFeedForward(config)

    def forward(self, streams, *args, **kwargs):
        (h, g), probabilities = self.rel_attn(streams, *args, **kwargs)
        return (self.ff(h), None if g is None else self.ff(g)), probabilities


class XLNetPoolerStartLogits(PoolerStartLogits):
    pass


class XLNetPoolerEndLogits(PoolerEndLogits):
    pass


class XLNetPoolerAnswerClass(PoolerAnswerClass):
    pass


class XLNetSequenceSummary(SequenceSummary):
    def __init__(self, config):
        outputs = config.num_labels if config.summary_proj_to_labels else config.hidden_size
        super().__init__(
            config.hidden_size,
            outputs if config.summary_use_proj else None,
            kind=config.summary_type,
            activation=config.summary_activation,
            first_dropout=config.summary_first_dropout,
            last_dropout=config.summary_last_dropout,
        )


def seen_tokens(inputs):
    """The mask (..., T) of what is no padding, from either of the two that the model takes, or None."""
    return inputs.get("attention_mask") if (hidden := inputs.get("input_mask")) is None else 1 - hidden


class XLNetPreTrainedModel(PreTrainedModel):
    """Base of all XLNet models."""

    config_class = XLNetConfig
    base_model_prefix = "transformer"
    supports_gradient_checkpointing = True
    _input_embeddings = "word_embedding"
    _head_modules = (
        "answer_class", "classifier", "end_logits", "lm_loss", "logits_proj", "qa_outputs",
        "sequence_summary", "start_logits",
    )  # fmt: skip

    @staticmethod
    def _parts():
        return {"trunk": without_pooler}

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)
        if isinstance(module, XLNetRelativeAttention):
            module.initialise(self.config.initializer_range)
        elif isinstance(module, XLNetModel):
            nn.init.normal_(module.mask_emb, mean=0.0, std=self.config.initializer_range)


def without_pooler(config, **options):
    """The trunk, whatever a head wants of a pooler."""
    return XLNetModel(config)


@dataclass
class XLNetModelOutput(ModelOutput):
    """`last_hidden_state` (B, T or targets, C), and `mems` to give with the next segment."""

    last_hidden_state: Any = None
    mems: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


class XLNetModel(XLNetPreTrainedModel):
    """The trunk: hidden states of all tokens, or with `target_mapping` of the targets, and mems."""

    def __init__(self, config):
        super().__init__(config)
        self.mask_emb = nn.Parameter(torch.zeros(1, 1, config.d_model))
        self.word_embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.layer = nn.ModuleList([XLNetLayer(config) for _ in range(config.n_layer)])
        self.dropout = nn.Dropout(config.dropout)
        self.gradient_checkpointing = False
        self.post_init()

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        mems=None,
        perm_mask=None,
        target_mapping=None,
        token_type_ids=None,
        input_mask=None,
        head_mask=None,
        inputs_embeds=None,
        use_mems=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
        **kwargs,
    ):
        config = self.config
        use_mems = chosen(use_mems, kwargs.pop("use_cache", None))  # its older name
        if unknown := kwargs.keys() - {*PACKING}:
            raise TypeError(f"XLNetModel.forward() got an unexpected keyword argument {min(unknown)!r}")
        use_mems = chosen(use_mems, config.use_mems_train if self.training else config.use_mems_eval)
        attention_mask = one_mask(attention_mask, input_mask)
        prepare(input_ids, inputs_embeds, attention_mask)
        h = self.word_embedding(input_ids) if inputs_embeds is None else inputs_embeds  # (B, T, C)
        B, T, _ = h.shape
        past = None if mems is None else mems[0].shape[0]
        waves = distance_waves(config, T, T if past is None else past + T, B, h.device)
        g = None
        if target_mapping is not None:
            target_mapping = target_mapping.to(h.dtype)
            g = self.dropout(self.mask_emb * torch.ones_like(target_mapping[..., :1]))  # (B, targets, C)
        out = run_layers(
            self.layer,
            (self.dropout(h), g),
            formed_masks(config, attention_mask, perm_mask, kwargs, h, past, g is not None),
            self.dropout(waves),
            segment_changes(token_type_ids, past),
            per_layer={"mems": mems, "head_mask": head_mask_per_layer(head_mask, config.n_layer)},
            target_mapping=target_mapping,
            checkpointing=self.gradient_checkpointing and self.training,
            collect_hidden=True,
            collect_attentions=chosen(output_attentions, config.output_attentions),
        )
        last, states = out.hidden_states, out.all_hidden_states
        wanted = chosen(output_hidden_states, config.output_hidden_states)
        return XLNetModelOutput(
            last_hidden_state=self.dropout(last[0] if g is None else last[1]),
            mems=remembered(config, states[:-1], mems) if use_mems else None,
            hidden_states=tuple(x for pair in states for x in pair if x is not None) if wanted else None,
            attentions=out.attentions,
        )


@dataclass
class XLNetLMHeadModelOutput(ModelOutput):
    """`logits` for each target, and `mems`."""

    loss: Any = None
    logits: Any = None
    mems: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class XLNetForSequenceClassificationOutput(XLNetLMHeadModelOutput):
    """`logits` (B, labels), and `mems`."""


@dataclass
class XLNetForTokenClassificationOutput(XLNetLMHeadModelOutput):
    """`logits` (B, T, labels), and `mems`."""


@dataclass
class XLNetForMultipleChoiceOutput(XLNetLMHeadModelOutput):
    """`logits` (B, choices), and `mems`."""


@dataclass
class XLNetForQuestionAnsweringSimpleOutput(ModelOutput):
    """`start_logits` and `end_logits` (B, T), and `mems`."""

    loss: Any = None
    start_logits: Any = None
    end_logits: Any = None
    mems: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class XLNetForQuestionAnsweringOutput(ModelOutput):
    """The loss, or the best spans as `layers.beam_span.best_spans` gives them; and `mems`."""

    loss: Any = None
    start_top_log_probs: Any = None
    start_top_index: Any = None
    end_top_log_probs: Any = None
    end_top_index: Any = None
    cls_logits: Any = None
    mems: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


_MASKS = ("mems", "perm_mask", "target_mapping", "token_type_ids", "input_mask")
_INPUTS = ("input_ids", "attention_mask", *_MASKS, "head_mask", "inputs_embeds")
_CHOICE_INPUTS = ("input_ids", "token_type_ids", "input_mask", "attention_mask", *_MASKS[:3], *_INPUTS[-2:])
_SPAN = ("start_positions", "end_positions")
_FLAGS = ("use_mems", *OUTPUT_FLAGS)
_OLD = {"unlisted": ("use_cache", *PACKING)}  # an older name of use_mems; what tells packed sequences


class XLNetLMHeadModel(TaskModel, XLNetPreTrainedModel):
    """Predicts the words at the targets; labels (B, targets), without a shift."""

    _generates = True
    loss_type = "ForMaskedLM"
    _ties = {"lm_loss.weight": "transformer.word_embedding.weight"}
    _tied_weights_keys = ["lm_loss.weight"]
    _output_embeddings = "lm_loss"

    def add_head(self, config, parts):
        self.lm_loss = nn.Linear(config.d_model, config.vocab_size)

    def prepare_inputs_for_generation(self, input_ids, past_key_values=None, use_mems=None, **kwargs):
        """Inputs that predict one word after input_ids: a dummy takes its place, which no token sees.

        past_key_values: mems.  As published the last two words are computed again, and not remembered.
        """
        inputs = {"use_mems": use_mems}
        if past_key_values:
            input_ids = input_ids[:, -2:]
            inputs["mems"] = tuple(layer[:-2] for layer in past_key_values)
        input_ids = F.pad(input_ids, (0, 1), value=0)
        last = F.pad(torch.zeros_like(input_ids[:, :-1], dtype=torch.float32), (0, 1), value=1.0)[:, None]
        T = input_ids.shape[1]
        return {
            "input_ids": input_ids,
            "perm_mask": last.expand(-1, T, T),
            "target_mapping": last,
            **inputs,
        }

    @staticmethod
    def _reorder_cache(mems, beam_idx):
        return [layer.index_select(1, beam_idx) for layer in mems]

    @task_forward(*_INPUTS, "labels", *_FLAGS, **_OLD)
    def forward(self, out, labels=None, **kwargs):
        logits = self.lm_loss(out.last_hidden_state)
        return XLNetLMHeadModelOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class XLNetForSequenceClassification(TaskModel, XLNetPreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""

    loss_type = "ForSequenceClassification"

    def add_head(self, config, parts):
        self.sequence_summary = XLNetSequenceSummary(config)
        self.logits_proj = nn.Linear(config.d_model, config.num_labels)

    @task_forward(*_INPUTS, "labels", *_FLAGS, **_OLD)
    def forward(self, out, inputs, labels=None, **kwargs):
        x = self.sequence_summary(out.last_hidden_state, attention_mask=seen_tokens(inputs))
        logits = self.logits_proj(x)  # (B, labels)
        loss = self.compute_loss(logits, labels, **kwargs)
        return XLNetForSequenceClassificationOutput(loss=loss, logits=logits)


class XLNetForTokenClassification(TaskModel, XLNetPreTrainedModel):
    """A class for every token."""

    loss_type = "ForTokenClassification"

    def add_head(self, config, parts):
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    @task_forward(*_INPUTS, "labels", *_FLAGS, **_OLD)
    def forward(self, out, labels=None, **kwargs):
        logits = self.classifier(out.last_hidden_state)
        loss = self.compute_loss(logits, labels, **kwargs)
        return XLNetForTokenClassificationOutput(loss=loss, logits=logits)


class XLNetForMultipleChoice(TaskModel, XLNetPreTrainedModel):
    """Chooses among continuations: inputs are (B, choices, T); mems and the masks of streams come folded."""

    loss_type = "ForMultipleChoice"

    def add_head(self, config, parts):
        self.sequence_summary = XLNetSequenceSummary(config)
        self.logits_proj = nn.Linear(config.d_model, 1)

    @task_forward(*_CHOICE_INPUTS, "labels", *_FLAGS, **_OLD)
    def forward(self, out, choices, inputs, labels=None, **kwargs):
        x = self.sequence_summary(out.last_hidden_state, attention_mask=seen_tokens(inputs))
        logits = self.logits_proj(x).reshape(-1, choices)
        return XLNetForMultipleChoiceOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class XLNetForQuestionAnsweringSimple(TaskModel, XLNetPreTrainedModel):
    """First and last token of the answer within the input."""

    loss_type = "ForQuestionAnswering"

    def add_head(self, config, parts):
        self.qa_outputs = nn.Linear(config.hidden_size, config.num_labels)

    @task_forward(*_INPUTS, *_SPAN, *_FLAGS, **_OLD)
    def forward(self, out, start_positions=None, end_positions=None, **kwargs):
        start, end = span_logits(self.qa_outputs(out.last_hidden_state))
        loss = self.compute_loss((start, end), span_labels(start_positions, end_positions), **kwargs)
        return XLNetForQuestionAnsweringSimpleOutput(loss=loss, start_logits=start, end_logits=end)


class XLNetForQuestionAnswering(TaskModel, XLNetPreTrainedModel):
    """The best answers by beams, or the loss where both positions are given."""

    def add_head(self, config, parts):
        self.start_n_top, self.end_n_top = config.start_n_top, config.end_n_top
        self.start_logits = XLNetPoolerStartLogits(config)
        self.end_logits = XLNetPoolerEndLogits(config)
        self.answer_class = XLNetPoolerAnswerClass(config)

    @task_forward(*_INPUTS, *_SPAN, "is_impossible", "cls_index", "p_mask", *_FLAGS, **_OLD)
    def forward(
        self, out, start_positions=None, end_positions=None, is_impossible=None, cls_index=None, p_mask=None
    ):
        x = out.last_hidden_state
        if start_positions is not None and end_positions is not None:
            loss = beam_loss(self, x, start_positions, end_positions, cls_index, is_impossible, p_mask)
            return XLNetForQuestionAnsweringOutput(loss=loss)
        best = best_spans(self, x, self.start_n_top, self.end_n_top, cls_index, p_mask)
        return XLNetForQuestionAnsweringOutput(None, *best)


def load_tf_weights_in_xlnet(model, config, tf_path):
    """`model`, filled from a TensorFlow 1 checkpoint of zihangdai/xlnet."""
    return model.load_tf1_weights("xlnet", tf_path)


__all__ = [
    "XLNetForMultipleChoice",
    "XLNetForQuestionAnswering",
    "XLNetForQuestionAnsweringSimple",
    "XLNetForSequenceClassification",
    "XLNetForTokenClassification",
    "XLNetLMHeadModel",
    "XLNetModel",
    "XLNetPreTrainedModel",
    "load_tf_weights_in_xlnet",
]
