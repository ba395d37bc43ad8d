"""T5's task models (arXiv:1910.10683) but for their names.

A model's class is one of these and the model's base, which tells by `_parts` the classes to build with:
`{"trunk": T5Model, "encoder": T5EncoderModel, "stack": T5Stack, "head": T5ClassificationHead ...}`.  The
task models that generate and that point at spans have no prefix: what the trunk holds, they hold themselves.
"""

from __future__ import annotations

from torch import nn

from ..modeling_outputs import (
    Seq2SeqLMOutput,
    Seq2SeqQuestionAnsweringModelOutput,
    Seq2SeqSequenceClassifierOutput,
    TokenClassifierOutput,
)
from .heads import span_labels, span_logits
from .seq2seq import SEQ2SEQ_EMBEDS, SEQ2SEQ_INPUTS, EndHead, encode_and_decode, last_end
from .t5_block import BucketAttention, GatedFeed, PlainFeed, ScaleNorm, draw
from .t5_stack import TABLES, Stacks
from .task import OUTPUT_FLAGS, task_forward

PREFIXED = {f"transformer.{alias}": f"transformer.{source}" for alias, source in TABLES.items()}


def run_own(model, **inputs):
    """The pass of a task model without a prefix, through its own encoder and decoder."""
    return encode_and_decode(model, **{**inputs, **model.decoder_defaults(inputs)})


def from_labels(model, inputs, own):
    """Decoder inputs made from the labels, unless there are others."""
    labels, given = own.get("labels"), (inputs.get("decoder_input_ids"), inputs.get("decoder_inputs_embeds"))
    if labels is None or given != (None, None):
        return {}
    return {"decoder_input_ids": model._shift_right(labels)}


def from_input(model, inputs, own):
    """Decoder inputs made from the encoder's, unless there are others; no cache in training."""
    training = own.get("labels") is not None or own.get("start_positions") is not None
    found = {"use_cache": False} if training else {}
    ids, embeds = inputs.get("decoder_input_ids"), inputs.get("decoder_inputs_embeds")
    if ids is not None or embeds is not None:
        return found
    if inputs.get("input_ids") is None:
        raise ValueError("decoder inputs are made from input_ids: give input_ids or decoder_input_ids")
    return {**found, "decoder_input_ids": model._shift_right(inputs["input_ids"])}


_TASK_INPUTS = (*SEQ2SEQ_INPUTS, *SEQ2SEQ_EMBEDS)


class BucketGenerator(Stacks):
    """Writes text: the projection to the vocabulary on the decoder, tied to the embeddings or not."""

    _generates = True
    loss_type = "ForMaskedLM"
    _ties = {**TABLES, "lm_head.weight": "shared.weight"}
    _tied_weights_keys = list(_ties)
    _output_embeddings = "lm_head"
    _optional_modules = ("lm_head",)

    def __init__(self, config):
        super().__init__(config)
        self.model_dim = config.d_model
        self.add_stacks(config)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.post_init()

    def prepare_decoder_input_ids_from_labels(self, labels):
        """Decoder inputs (B, T) for labels (B, T)."""
        return self._shift_right(labels)

    @task_forward(
        *SEQ2SEQ_INPUTS,
        "past_key_values",
        *SEQ2SEQ_EMBEDS,
        "labels",
        "use_cache",
        *OUTPUT_FLAGS,
        "cache_position",
        trunk=run_own,
        before=from_labels,
    )
    def forward(self, out, labels=None, **kwargs):
        x = out.last_hidden_state  # (B, T, C)
        if self.config.tie_word_embeddings:
            x = x * self.model_dim**-0.5
        logits = self.lm_head(x)
        return Seq2SeqLMOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class BucketSequenceClassifier(Stacks):
    """Classes of, or with one label a number for, the whole input, read off its last end-of-text token."""

    loss_type = "ForSequenceClassification"
    _ties = PREFIXED
    _tied_weights_keys = list(TABLES)

    def __init__(self, config):
        super().__init__(config)
        parts = self._parts()
        self.num_labels = config.num_labels
        self.transformer = parts["trunk"](config)
        trunk = self.transformer._ties.items()
        self._ties = {f"transformer.{alias}": f"transformer.{source}" for alias, source in trunk}
        self.classification_head = parts["head"](config)
        self.post_init()

    @task_forward(*_TASK_INPUTS, "labels", "use_cache", *OUTPUT_FLAGS, before=from_input)
    def forward(self, out, inputs, labels=None, **kwargs):
        config = self.config
        x = last_end(out.last_hidden_state, inputs.get("input_ids"), config.eos_token_id, config.pad_token_id)
        logits = self.classification_head(x)  # (B, labels)
        return Seq2SeqSequenceClassifierOutput(
            loss=self.compute_loss(logits, labels, **kwargs), logits=logits
        )


class BucketTokenClassifier(Stacks):
    """A class for every token, read off the encoder."""

    loss_type = "ForTokenClassification"
    _ties = {alias: source for alias, source in PREFIXED.items() if ".encoder." in alias}
    _tied_weights_keys = list(_ties)
    _ignored_keys = (r"^(transformer\.)?decoder\.",)

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.transformer = self._parts()["encoder"](config)
        self.dropout = nn.Dropout(config.classifier_dropout)
        self.classifier = nn.Linear(config.d_model, config.num_labels)
        self.post_init()

    @task_forward("input_ids", "attention_mask", "head_mask", "inputs_embeds", "labels", *OUTPUT_FLAGS)
    def forward(self, out, labels=None, **kwargs):
        logits = self.classifier(self.dropout(out.last_hidden_state))
        return TokenClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class BucketSpanFinder(Stacks):
    """First and last token of the answer within the input."""

    loss_type = "ForQuestionAnswering"
    _ties = TABLES
    _tied_weights_keys = list(TABLES)
    _optional_modules = ("qa_outputs",)

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.add_stacks(config)
        self.qa_outputs = nn.Linear(config.d_model, config.num_labels)
        self.post_init()

    @task_forward(
        *SEQ2SEQ_INPUTS,
        "start_positions",
        "end_positions",
        *SEQ2SEQ_EMBEDS,
        "use_cache",
        *OUTPUT_FLAGS,
        trunk=run_own,
        before=from_input,
    )
    def forward(self, out, start_positions=None, end_positions=None, **kwargs):
        start, end = span_logits(self.qa_outputs(out.last_hidden_state))
        loss = self.compute_loss((start, end), span_labels(start_positions, end_positions), **kwargs)
        return Seq2SeqQuestionAnsweringModelOutput(loss=loss, start_logits=start, end_logits=end)


def init_bucket(module, config):
    """T5's initialisation: each projection as its own fan asks, everything else N(0, initializer_factor)."""
    factor = config.initializer_factor
    if isinstance(module, ScaleNorm | PlainFeed | GatedFeed | BucketAttention):
        module.initialise(config)
    elif isinstance(module, EndHead):
        draw(module.dense, config, config.d_model)
        draw(module.out_proj, config, config.d_model)
    elif isinstance(module, BucketSpanFinder):
        draw(module.qa_outputs, config, config.d_model)
    elif isinstance(module, nn.Linear):
        draw(module, config, 1)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, mean=0.0, std=factor)


__all__ = [
    "BucketGenerator",
    "BucketSequenceClassifier",
    "BucketSpanFinder",
    "BucketTokenClassifier",
    "init_bucket",
]
