"""CamemBERT (arXiv:1911.03894): RoBERTa trained on French.

Checkpoints: the published `camembert-*` ones.
Unlike RoBERTa: nothing but the vocabulary; parameters have RoBERTa's names (`roberta.encoder...`).
"""

from __future__ import annotations

from torch import nn

from ...layers.initialization import init_normal
from ...layers.post_norm import (
    PostNormAttention,
    PostNormEncoder,
    PostNormIntermediate,
    PostNormLayer,
    PostNormOutput,
    PostNormPooler,
    PostNormSelfAttention,
    PostNormSelfOutput,
)
from ...layers.roberta_heads import (
    LM_HEAD_TIES,
    DenseNormLMHead,
    FirstTokenHead,
    causal_lm_forward,
    choice_forward,
    classifier_dropout,
    masked_lm_forward,
    question_forward,
    sequence_forward,
    token_forward,
)
from ...layers.roberta_trunk import (
    CountedEmbeddings,
    create_position_ids_from_input_ids,  # noqa: F401  (published here)
    prune_encoder_heads,
    trunk_forward,
)
from ...modeling_utils import PreTrainedModel
from .configuration_camembert import CamembertConfig


class CamembertEmbeddings(CountedEmbeddings):
    pass


class CamembertSelfAttention(PostNormSelfAttention):
    pass


class CamembertSdpaSelfAttention(CamembertSelfAttention):
    pass


class CamembertSelfOutput(PostNormSelfOutput):
    pass


class CamembertAttention(PostNormAttention):
    def __init__(self, config, position_embedding_type=None, layer_idx=None):
        super().__init__(
            config,
            position_embedding_type,
            layer_idx,
            attention=CamembertSelfAttention,
            output=CamembertSelfOutput,
        )


class CamembertIntermediate(PostNormIntermediate):
    pass


class CamembertOutput(PostNormOutput):
    pass


class CamembertLayer(PostNormLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(
            config,
            layer_idx,
            attention=CamembertAttention,
            intermediate=CamembertIntermediate,
            output=CamembertOutput,
        )


class CamembertEncoder(PostNormEncoder):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer=CamembertLayer)


class CamembertPooler(PostNormPooler):
    pass


class CamembertLMHead(DenseNormLMHead):
    pass


class CamembertClassificationHead(FirstTokenHead):
    pass


class CamembertPreTrainedModel(PreTrainedModel):
    """Base of all CamemBERT models."""

    config_class = CamembertConfig
    base_model_prefix = "roberta"
    supports_gradient_checkpointing = True
    _input_embeddings = "embeddings.word_embeddings"
    _optional_modules = ("pooler",)
    _head_modules = ("lm_head", "classifier", "qa_outputs")
    _ignored_keys = (r"(^|\.)embeddings\.(position_ids|token_type_ids)$",)
    _renames = ((r"LayerNorm\.gamma$", "LayerNorm.weight"), (r"LayerNorm\.beta$", "LayerNorm.bias"))

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class CamembertModel(CamembertPreTrainedModel):
    """The trunk: hidden states and, with `add_pooling_layer`, one pooled vector per input."""

    _no_split_modules = []

    def __init__(self, config, add_pooling_layer=True):
        super().__init__(config)
        self.embeddings = CamembertEmbeddings(config)
        self.encoder = CamembertEncoder(config)
        self.pooler = None if not add_pooling_layer else CamembertPooler(config)
        self.post_init()

    _prune_heads = prune_encoder_heads
    forward = trunk_forward


class CamembertForCausalLM(CamembertPreTrainedModel):
    """A decoder that predicts the next token."""

    loss_type = "ForCausalLM"
    _ties = LM_HEAD_TIES
    _tied_weights_keys = list(LM_HEAD_TIES)
    _output_embeddings = "lm_head.decoder"

    def __init__(self, config):
        super().__init__(config)
        self.roberta = CamembertModel(config, add_pooling_layer=False)
        self.lm_head = CamembertLMHead(config)
        self.post_init()

    forward = causal_lm_forward


class CamembertForMaskedLM(CamembertPreTrainedModel):
    """Predicts the masked tokens."""

    loss_type = "ForMaskedLM"
    _ties = LM_HEAD_TIES
    _tied_weights_keys = list(LM_HEAD_TIES)
    _output_embeddings = "lm_head.decoder"

    def __init__(self, config):
        super().__init__(config)
        self.roberta = CamembertModel(config, add_pooling_layer=False)
        self.lm_head = CamembertLMHead(config)
        self.post_init()

    forward = masked_lm_forward


class CamembertForSequenceClassification(CamembertPreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""

    loss_type = "ForSequenceClassification"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.roberta = CamembertModel(config, add_pooling_layer=False)
        self.classifier = CamembertClassificationHead(config)
        self.post_init()

    forward = sequence_forward


class CamembertForMultipleChoice(CamembertPreTrainedModel):
    """Chooses among continuations: inputs are (B, choices, T)."""

    loss_type = "ForMultipleChoice"

    def __init__(self, config):
        super().__init__(config)
        self.roberta = CamembertModel(config)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, 1)
        self.post_init()

    forward = choice_forward


class CamembertForTokenClassification(CamembertPreTrainedModel):
    """A class for every token."""

    loss_type = "ForTokenClassification"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.roberta = CamembertModel(config, add_pooling_layer=False)
        self.dropout = classifier_dropout(config)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    forward = token_forward


class CamembertForQuestionAnswering(CamembertPreTrainedModel):
    """First and last token of the answer within the input."""

    loss_type = "ForQuestionAnswering"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.roberta = CamembertModel(config, add_pooling_layer=False)
        self.qa_outputs = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    forward = question_forward


__all__ = [
    "CamembertForCausalLM",
    "CamembertForMaskedLM",
    "CamembertForMultipleChoice",
    "CamembertForQuestionAnswering",
    "CamembertForSequenceClassification",
    "CamembertForTokenClassification",
    "CamembertModel",
    "CamembertPreTrainedModel",
]
