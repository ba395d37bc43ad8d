"""BERT (arXiv:1810.04805): a bidirectional encoder with learned absolute positions and post-norm layers.

Checkpoints: google-research/bert, and the published `bert-*` ones.  With `is_decoder` it attends causally,
keeps a cache, and with `add_cross_attention` attends to an encoder.  `position_embedding_type`
"relative_key" and "relative_key_query" add learned distances to the scores instead (arXiv:1803.02155,
arXiv:2009.13658).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from ...layers.bert_heads import (
    LM_TIES,
    LMPredictionHead,
    OnlyMLMHead,
    OnlyNSPHead,
    PredictionHeadTransform,
    PreTrainingHeads,
)
from ...layers.encoder_trunk import EncoderTrunk
from ...layers.heads import chosen, span_labels, span_logits
from ...layers.initialization import init_normal
from ...layers.losses import class_loss, token_loss
from ...layers.post_norm import (
    PostNormAttention,
    PostNormEmbeddings,
    PostNormEncoder,
    PostNormIntermediate,
    PostNormLayer,
    PostNormOutput,
    PostNormPooler,
    PostNormSelfAttention,
    PostNormSelfOutput,
)
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...modeling_outputs import (
    CausalLMOutputWithCrossAttentions,
    MaskedLMOutput,
    ModelOutput,
    MultipleChoiceModelOutput,
    NextSentencePredictorOutput,
    QuestionAnsweringModelOutput,
    SequenceClassifierOutput,
    TokenClassifierOutput,
)
from ...modeling_utils import PreTrainedModel
from .configuration_bert import BertConfig


class BertEmbeddings(PostNormEmbeddings):
    pass


class BertSelfAttention(PostNormSelfAttention):
    pass


class BertSdpaSelfAttention(BertSelfAttention):
    pass


class BertSelfOutput(PostNormSelfOutput):
    pass


class BertAttention(PostNormAttention):
    def __init__(self, config, position_embedding_type=None, layer_idx=None):
        super().__init__(
            config, position_embedding_type, layer_idx, attention=BertSelfAttention, output=BertSelfOutput
        )


class BertIntermediate(PostNormIntermediate):
    pass


class BertOutput(PostNormOutput):
    pass


class BertLayer(PostNormLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(
            config, layer_idx, attention=BertAttention, intermediate=BertIntermediate, output=BertOutput
        )


class BertEncoder(PostNormEncoder):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer=BertLayer)


class BertPooler(PostNormPooler):
    pass


class BertPredictionHeadTransform(PredictionHeadTransform):
    pass


class BertLMPredictionHead(LMPredictionHead):
    pass


class BertOnlyMLMHead(OnlyMLMHead):
    pass


class BertOnlyNSPHead(OnlyNSPHead):
    pass


class BertPreTrainingHeads(PreTrainingHeads):
    pass


class BertPreTrainedModel(PreTrainedModel):
    """Base of all BERT models."""

    config_class = BertConfig
    base_model_prefix = "bert"
    supports_gradient_checkpointing = True
    _input_embeddings = "embeddings.word_embeddings"
    _no_split_modules = ["BertEmbeddings", "BertLayer"]
    _optional_modules = ("pooler",)
    _head_modules = ("cls", "classifier", "qa_outputs")
    _ignored_keys = (r"(^|\.)embeddings\.(position_ids|token_type_ids)$",)
    _renames = ((r"LayerNorm\.gamma$", "LayerNorm.weight"), (r"LayerNorm\.beta$", "LayerNorm.bias"))

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


@dataclass
class BertForPreTrainingOutput(ModelOutput):
    """`prediction_logits` (B, T, V) and `seq_relationship_logits` (B, 2); `loss` the sum of both losses."""

    loss: Any = None
    prediction_logits: Any = None
    seq_relationship_logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


class BertModel(EncoderTrunk, BertPreTrainedModel):
    """The trunk: hidden states and, with `add_pooling_layer`, one pooled vector per input."""

    def __init__(self, config, add_pooling_layer=True):
        super().__init__(config)
        self.embeddings = BertEmbeddings(config)
        self.encoder = BertEncoder(config)
        self.pooler = BertPooler(config) if add_pooling_layer else None
        self.post_init()


_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids", "head_mask", "inputs_embeds")
_ENCODER = ("encoder_hidden_states", "encoder_attention_mask")


class BertForPreTraining(BertPreTrainedModel):
    """Masked-language and next-sentence heads together, as in pretraining."""

    _ties = LM_TIES
    _tied_weights_keys = list(LM_TIES)
    _output_embeddings = "cls.predictions.decoder"

    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config)
        self.cls = BertPreTrainingHeads(config)
        self.post_init()

    @task_forward(*_INPUTS, "labels", "next_sentence_label", *OUTPUT_FLAGS)
    def forward(self, out, labels=None, next_sentence_label=None):
        words, follows = self.cls(out.last_hidden_state, out.pooler_output)
        loss = None
        if labels is not None and next_sentence_label is not None:
            loss = token_loss(words, labels, self.config) + class_loss(
                follows, next_sentence_label, self.config
            )
        return BertForPreTrainingOutput(loss=loss, prediction_logits=words, seq_relationship_logits=follows)


class BertLMHeadModel(BertPreTrainedModel):
    """A decoder that predicts the next token."""

    _generates = True
    loss_type = "ForCausalLM"
    _ties = LM_TIES
    _tied_weights_keys = list(LM_TIES)
    _output_embeddings = "cls.predictions.decoder"

    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.cls = BertOnlyMLMHead(config)
        self.post_init()

    @task_forward(
        *_INPUTS, *_ENCODER, "labels", "past_key_values", "use_cache", *OUTPUT_FLAGS, "cache_position"
    )
    def forward(self, out, labels=None, **kwargs):
        logits = self.cls(out.last_hidden_state)
        if labels is not None:
            out.past_key_values = None  # as published: training keeps no cache
        return CausalLMOutputWithCrossAttentions(
            loss=self.compute_loss(logits, labels, **kwargs), logits=logits
        )


class BertForMaskedLM(BertPreTrainedModel):
    """Predicts the masked tokens."""

    loss_type = "ForMaskedLM"
    _ties = LM_TIES
    _tied_weights_keys = list(LM_TIES)
    _output_embeddings = "cls.predictions.decoder"

    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.cls = BertOnlyMLMHead(config)
        self.post_init()

    @task_forward(*_INPUTS, *_ENCODER, "labels", *OUTPUT_FLAGS)
    def forward(self, out, labels=None, **kwargs):
        logits = self.cls(out.last_hidden_state)
        return MaskedLMOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class BertForNextSentencePrediction(BertPreTrainedModel):
    """Tells whether the second segment follows the first (label 0) or not (1)."""

    loss_type = "ForNextSentencePrediction"

    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config)
        self.cls = BertOnlyNSPHead(config)
        self.post_init()

    @task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
    def forward(self, out, labels=None, next_sentence_label=None, **kwargs):
        labels = chosen(labels, next_sentence_label)  # the name of older releases
        logits = self.cls(out.pooler_output)
        return NextSentencePredictorOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class BertForSequenceClassification(BertPreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""

    loss_type = "ForSequenceClassification"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.bert = BertModel(config)
        self.dropout = nn.Dropout(chosen(config.classifier_dropout, config.hidden_dropout_prob))
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    @task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
    def forward(self, out, labels=None, **kwargs):
        logits = self.classifier(self.dropout(out.pooler_output))
        return SequenceClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class BertForMultipleChoice(BertPreTrainedModel):
    """Chooses among continuations: inputs are (B, choices, T)."""

    loss_type = "ForMultipleChoice"

    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config)
        self.dropout = nn.Dropout(chosen(config.classifier_dropout, config.hidden_dropout_prob))
        self.classifier = nn.Linear(config.hidden_size, 1)
        self.post_init()

    @task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
    def forward(self, out, choices, labels=None, **kwargs):
        logits = self.classifier(self.dropout(out.pooler_output)).reshape(-1, choices)  # (B, choices)
        return MultipleChoiceModelOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class BertForTokenClassification(BertPreTrainedModel):
    """A class for every token."""

    loss_type = "ForTokenClassification"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(chosen(config.classifier_dropout, config.hidden_dropout_prob))
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    @task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
    def forward(self, out, labels=None, **kwargs):
        logits = self.classifier(self.dropout(out.last_hidden_state))
        return TokenClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class BertForQuestionAnswering(BertPreTrainedModel):
    """First and last token of the answer within the input."""

    loss_type = "ForQuestionAnswering"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.bert = BertModel(config, add_pooling_layer=False)
        self.qa_outputs = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    @task_forward(*_INPUTS, "start_positions", "end_positions", *OUTPUT_FLAGS)
    def forward(self, out, start_positions=None, end_positions=None, **kwargs):
        start, end = span_logits(self.qa_outputs(out.last_hidden_state))
        loss = self.compute_loss((start, end), span_labels(start_positions, end_positions), **kwargs)
        return QuestionAnsweringModelOutput(loss=loss, start_logits=start, end_logits=end)


def load_tf_weights_in_bert(model, config, tf_checkpoint_path):
    """`model`, filled from a TensorFlow 1 checkpoint of google-research/bert."""
    return model.load_tf1_weights("bert", tf_checkpoint_path)


__all__ = [
    "BertForMaskedLM",
    "BertForMultipleChoice",
    "BertForNextSentencePrediction",
    "BertForPreTraining",
    "BertForPreTrainingOutput",
    "BertForQuestionAnswering",
    "BertForSequenceClassification",
    "BertForTokenClassification",
    "BertLMHeadModel",
    "BertLayer",
    "BertModel",
    "BertPreTrainedModel",
    "load_tf_weights_in_bert",
]
