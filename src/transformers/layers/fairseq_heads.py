"""The task models of BART (arXiv:1910.13461) and its family, but for their names.

A model's class is one of these and the model's base, which tells by `_parts` the classes to build with:
`{"trunk": BartModel, "wrapper": BartDecoderWrapper, "head": BartClassificationHead ...}`.
"""

from __future__ import annotations

import copy

import torch
from torch import nn

from ..modeling_outputs import (
    CausalLMOutputWithCrossAttentions,
    Seq2SeqLMOutput,
    Seq2SeqQuestionAnsweringModelOutput,
    Seq2SeqSequenceClassifierOutput,
)
from .fairseq_stack import TABLES
from .heads import span_labels, span_logits
from .seq2seq import SEQ2SEQ_EMBEDS, SEQ2SEQ_INPUTS, last_end
from .task import OUTPUT_FLAGS, task_forward

_TOKENS = ("input_ids", "attention_mask")
_HEAD_MASKS = ("head_mask", "cross_attn_head_mask")
PREFIXED = {f"model.{alias}": f"model.{source}" for alias, source in TABLES.items()}


class BothStacks:
    """A task model over encoder and decoder."""

    _ties = PREFIXED
    _tied_weights_keys = list(PREFIXED)

    def get_encoder(self):
        """The stack that reads the input."""
        return self.model.get_encoder()

    def get_decoder(self):
        """The stack that writes the output."""
        return self.model.get_decoder()


def from_labels(model, inputs, own):
    """Decoder inputs made from the labels, unless there are others; most models then keep no cache."""
    if own.get("labels") is None:
        return {}
    ids, embeds = inputs.get("decoder_input_ids"), inputs.get("decoder_inputs_embeds")
    cache = {} if model._caches_in_training else {"use_cache": False}
    if ids is not None or embeds is not None:
        return cache
    return {**cache, "decoder_input_ids": model._shift_right(own["labels"])}


def uncached(model, inputs, own):
    """No cache in training."""
    training = own.get("labels") is not None or own.get("start_positions") is not None
    return {"use_cache": False} if training else {}


class FairseqGenerator(BothStacks):
    """Writes text: the projection to the vocabulary on the decoder, with a bias that is not trained."""

    _generates = True
    loss_type = "ForMaskedLM"
    _ties = {**PREFIXED, "lm_head.weight": "model.shared.weight"}
    _tied_weights_keys = list(_ties)
    _output_embeddings = "lm_head"
    _vocabulary_buffers = ("final_logits_bias",)
    _caches_in_training = False

    def __init__(self, config):
        super().__init__(config)
        self.model = self._parts()["trunk"](config)
        if not self._one_table(config):
            self._ties = {"lm_head.weight": "model.decoder.embed_tokens.weight"}
        rows = self._decoder_rows(config)
        if self._vocabulary_buffers:
            self.register_buffer("final_logits_bias", torch.zeros((1, rows)))
        self.lm_head = nn.Linear(config.d_model, rows, bias=False)
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
        before=from_labels,
    )
    def forward(self, out, labels=None, **kwargs):
        logits = self.lm_head(out.last_hidden_state)  # (B, T, V)
        if self._vocabulary_buffers:
            logits = logits + self.final_logits_bias.detach().to(logits.dtype)
        return Seq2SeqLMOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class FairseqSequenceClassifier(BothStacks):
    """Classes of, or with one label a number for, the whole input, read off its last end-of-text token."""

    loss_type = "ForSequenceClassification"

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        parts = self._parts()
        self.num_labels = config.num_labels
        self.model = parts["trunk"](config)
        self.classification_head = parts["head"](
            config.d_model, config.d_model, config.num_labels, config.classifier_dropout
        )
        self.post_init()

    @task_forward(
        *SEQ2SEQ_INPUTS,
        *SEQ2SEQ_EMBEDS,
        "labels",
        "use_cache",
        *OUTPUT_FLAGS,
        "cache_position",
        before=uncached,
    )
    def forward(self, out, inputs, labels=None, **kwargs):
        config = self.config
        x = last_end(out.last_hidden_state, inputs.get("input_ids"), config.eos_token_id, config.pad_token_id)
        logits = self.classification_head(x)  # (B, labels)
        return Seq2SeqSequenceClassifierOutput(
            loss=self.compute_loss(logits, labels, **kwargs), logits=logits
        )


class FairseqSpanFinder(BothStacks):
    """First and last token of the answer within the input."""

    loss_type = "ForQuestionAnswering"

    def __init__(self, config):
        super().__init__(config)
        config.num_labels = 2  # a start and an end, whatever the file says
        self.num_labels = config.num_labels
        self.model = self._parts()["trunk"](config)
        self.qa_outputs = nn.Linear(config.d_model, config.num_labels)
        self.post_init()

    @task_forward(
        *SEQ2SEQ_INPUTS,
        "start_positions",
        "end_positions",
        *SEQ2SEQ_EMBEDS,
        "use_cache",
        *OUTPUT_FLAGS,
        "cache_position",
        before=uncached,
    )
    def forward(self, out, start_positions=None, end_positions=None, **kwargs):
        start, end = span_logits(self.qa_outputs(out.last_hidden_state))
        loss = self.compute_loss((start, end), span_labels(start_positions, end_positions), **kwargs)
        return Seq2SeqQuestionAnsweringModelOutput(loss=loss, start_logits=start, end_logits=end)


class DecoderAlone:
    """The decoder under the name it has in a pair, so that a pair's files fit."""

    _input_embeddings = "decoder.embed_tokens"
    _embedding_copies = ()

    def __init__(self, config):
        super().__init__(config)
        self.decoder = self._parts()["decoder"](config)

    def forward(self, *args, **kwargs):
        return self.decoder(*args, **kwargs)


class FairseqCausalLM:
    """The decoder alone, as a language model; with `encoder_hidden_states` it attends to an encoder.

    As published the loss compares each label with the logits at its own place: the caller shifts them.
    """

    _generates = True
    loss_type = "ForMaskedLM"
    _ties = {"lm_head.weight": "model.decoder.embed_tokens.weight"}
    _tied_weights_keys = list(_ties)
    _output_embeddings = "lm_head"
    _ignored_keys = (r"^(model\.)?(encoder|shared)\.", r"^final_logits_bias$", r"coder\.version$")
    _file_aliases = {"model.shared.weight": "model.decoder.embed_tokens.weight"}

    def __init__(self, config):
        config = copy.deepcopy(config)
        config.is_decoder, config.is_encoder_decoder = True, False
        super().__init__(config)
        self.model = self._parts()["wrapper"](config)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.post_init()

    def get_decoder(self):
        """The stack."""
        return self.model.decoder

    def set_decoder(self, decoder):
        """Put another stack in its place."""
        self.model.decoder = decoder

    @task_forward(
        *_TOKENS,
        *(f"encoder_{name}" for name in ("hidden_states", "attention_mask")),
        *_HEAD_MASKS,
        "past_key_values",
        "inputs_embeds",
        "labels",
        "use_cache",
        *OUTPUT_FLAGS,
        "cache_position",
    )
    def forward(self, out, labels=None, **kwargs):
        logits = self.lm_head(out.last_hidden_state)  # (B, T, V)
        return CausalLMOutputWithCrossAttentions(
            loss=self.compute_loss(logits, labels, **kwargs), logits=logits
        )


__all__ = [
    "DecoderAlone",
    "FairseqCausalLM",
    "FairseqGenerator",
    "FairseqSequenceClassifier",
    "FairseqSpanFinder",
]
