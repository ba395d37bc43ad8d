"""CamemBERT (arXiv:1911.03894): RoBERTa trained on French.

Checkpoints: the published `camembert-*` ones.
Unlike RoBERTa: nothing but the vocabulary; parameters have RoBERTa's names (`roberta.encoder...`).
"""

from __future__ import annotations

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
    CausalLM,
    DenseNormLMHead,
    FirstTokenHead,
    MaskedLM,
    MultipleChoice,
    QuestionAnswering,
    SequenceClassification,
    TokenClassification,
)
from ...layers.roberta_trunk import (
    CountedEmbeddings,
    CountedTrunk,
    create_position_ids_from_input_ids,  # noqa: F401  (published here)
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

    @staticmethod
    def _parts():
        return {
            "trunk": CamembertModel,
            "lm_head": CamembertLMHead,
            "classifier": CamembertClassificationHead,
        }

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class CamembertModel(CountedTrunk, CamembertPreTrainedModel):
    """The trunk: hidden states and, with `add_pooling_layer`, one pooled vector per input."""

    _no_split_modules = []

    def __init__(self, config, add_pooling_layer=True):
        super().__init__(config)
        self.embeddings = CamembertEmbeddings(config)
        self.encoder = CamembertEncoder(config)
        self.pooler = None if not add_pooling_layer else CamembertPooler(config)
        self.post_init()


class CamembertForCausalLM(CausalLM, CamembertPreTrainedModel):
    """A decoder that predicts the next token."""


class CamembertForMaskedLM(MaskedLM, CamembertPreTrainedModel):
    """Predicts the masked tokens."""


class CamembertForSequenceClassification(SequenceClassification, CamembertPreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""


class CamembertForMultipleChoice(MultipleChoice, CamembertPreTrainedModel):
    """Chooses among continuations: inputs are (B, choices, T)."""


class CamembertForTokenClassification(TokenClassification, CamembertPreTrainedModel):
    """A class for every token."""


class CamembertForQuestionAnswering(QuestionAnswering, CamembertPreTrainedModel):
    """First and last token of the answer within the input."""


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
