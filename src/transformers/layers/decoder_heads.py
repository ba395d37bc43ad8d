"""Heads of decoder-only models, whole but for the trunk.

Each is a mixin to stand before the model's `PreTrainedModel`, and takes the trunk's class,
`super().__init__(config, GPTJModel)`, or finds it in the class attribute `_trunk`.  The trunk's attribute is
the class's `base_model_prefix`; `width` is that of its output where it is not `hidden_size`.  A model whose
forward has other parameters makes its own out of the functions here:
`forward = task_forward("input_ids", ..., "labels")(last_token_output)`.
"""

from __future__ import annotations

from torch import nn

from ..modeling_outputs import (
    CausalLMOutputWithPast,
    QuestionAnsweringModelOutput,
    SequenceClassifierOutputWithPast,
    TokenClassifierOutput,
)
from .heads import chosen, span_labels, span_logits
from .last_token import kept_tokens, last_token_index, take_tokens
from .task import task_forward

_STEP = ("input_ids", "attention_mask", "position_ids", "past_key_values", "inputs_embeds")
_FLAGS = ("output_attentions", "output_hidden_states", "cache_position")


def next_token_output(self, out, labels=None, logits_to_keep=None, **kwargs):
    """What a model that predicts the next token makes of its trunk's output."""
    logits = self.lm_head(kept_tokens(out.last_hidden_state, logits_to_keep))  # (B, T, V)
    return CausalLMOutputWithPast(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


def last_token_output(self, out, inputs, labels=None, **kwargs):
    """What a classifier of whole inputs makes of its trunk's output: the scores of each row's last token."""
    x, pad = out.last_hidden_state, self.config.pad_token_id
    last = last_token_index(x, inputs.get("input_ids"), inputs.get("attention_mask"), pad)
    logits = self.score(take_tokens(x, last))  # (B, labels)
    return SequenceClassifierOutputWithPast(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


def token_output(self, out, labels=None, **kwargs):
    """What a classifier of tokens makes of its trunk's output; as published it keeps no cache."""
    out.past_key_values = None
    logits = self.token_scores(self.dropout(out.last_hidden_state))  # (B, T, labels)
    return TokenClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


def span_output(self, out, start_positions=None, end_positions=None, **kwargs):
    """What a model that points at the ends of an answer makes of its trunk's output; it keeps no cache."""
    out.past_key_values = None
    start, end = span_logits(self.qa_outputs(out.last_hidden_state))
    loss = self.compute_loss((start, end), span_labels(start_positions, end_positions), **kwargs)
    return QuestionAnsweringModelOutput(loss=loss, start_logits=start, end_logits=end)


class CausalLM:
    """Predicts the next token."""

    _generates = True
    loss_type = "ForCausalLM"
    _ties = {"lm_head.weight": "model.embed_tokens.weight"}
    _tied_weights_keys = ["lm_head.weight"]
    _tp_plan = {"lm_head": "colwise_rep"}
    _pp_plan = {"lm_head": (["hidden_states"], ["logits"])}
    _output_embeddings = "lm_head"

    def __init__(self, config, trunk=None, *, bias=False, width=None):
        super().__init__(config)
        setattr(self, self.base_model_prefix, (trunk or self._trunk)(config))
        self.vocab_size = config.vocab_size
        self.lm_head = nn.Linear(chosen(width, config.hidden_size), config.vocab_size, bias=bias)
        self.post_init()

    forward = task_forward(
        *_STEP, "labels", "use_cache", "cache_position", "logits_to_keep", unlisted=_FLAGS[:2]
    )(next_token_output)


class SequenceClassification:
    """Classes of, or with one label a number for, the whole input, read off its last token.

    Raises ValueError for several rows with neither `config.pad_token_id` nor a mask to find their ends.
    """

    loss_type = "ForSequenceClassification"

    def __init__(self, config, trunk=None, *, width=None):
        super().__init__(config)
        self.num_labels = config.num_labels
        setattr(self, self.base_model_prefix, (trunk or self._trunk)(config))
        self.score = nn.Linear(chosen(width, config.hidden_size), config.num_labels, bias=False)
        self.post_init()

    forward = task_forward(*_STEP, "labels", "use_cache", unlisted=_FLAGS)(last_token_output)


class TokenClassification:
    """A class for every token.

    head: the attribute of its projection.  rate: of the dropout before it, None: `classifier_dropout`, or
    `hidden_dropout`, or 0.1.
    """

    loss_type = "ForTokenClassification"

    def __init__(self, config, trunk=None, *, head="score", rate=None):
        super().__init__(config)
        self.num_labels = config.num_labels
        setattr(self, self.base_model_prefix, (trunk or self._trunk)(config))
        if rate is None:
            rate = chosen(config.classifier_dropout, chosen(config.hidden_dropout, 0.1))
        self.dropout = nn.Dropout(rate)
        self.head = head
        setattr(self, head, nn.Linear(config.hidden_size, config.num_labels))
        self.post_init()

    def token_scores(self, x):
        """(B, T, C) -> (B, T, labels)"""
        return getattr(self, self.head)(x)

    forward = task_forward(*_STEP, "labels", "use_cache", unlisted=_FLAGS)(token_output)


class QuestionAnswering:
    """First and last token of the answer within the input."""

    loss_type = "ForQuestionAnswering"

    def __init__(self, config, trunk=None, *, labels=2, width=None):
        super().__init__(config)
        self.num_labels = config.num_labels
        setattr(self, self.base_model_prefix, (trunk or self._trunk)(config))
        self.qa_outputs = nn.Linear(chosen(width, config.hidden_size), labels)
        self.post_init()

    forward = task_forward(*_STEP, "start_positions", "end_positions", unlisted=("use_cache", *_FLAGS))(
        span_output
    )


__all__ = [
    "CausalLM",
    "QuestionAnswering",
    "SequenceClassification",
    "TokenClassification",
    "last_token_output",
    "next_token_output",
    "span_output",
    "token_output",
]
