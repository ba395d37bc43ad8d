"""XLM-RoBERTa (arXiv:1911.02116): RoBERTa trained on a hundred languages.

Checkpoints: facebookresearch/fairseq (examples/xlmr), and the published `xlm-roberta-*` and `xlm-v-*` ones.
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
from .configuration_xlm_roberta import XLMRobertaConfig


class XLMRobertaEmbeddings(CountedEmbeddings):
    pass


class XLMRobertaSelfAttention(PostNormSelfAttention):
    pass


class XLMRobertaSdpaSelfAttention(XLMRobertaSelfAttention):
    pass


class XLMRobertaSelfOutput(PostNormSelfOutput):
    pass


class XLMRobertaAttention(PostNormAttention):
    def __init__(self, config, position_embedding_type=None, layer_idx=None):
        super().__init__(
            config,
            position_embedding_type,
            layer_idx,
            attention=XLMRobertaSelfAttention,
            output=XLMRobertaSelfOutput,
        )


class XLMRobertaIntermediate(PostNormIntermediate):
    pass


class XLMRobertaOutput(PostNormOutput):
    pass


class XLMRobertaLayer(PostNormLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(
            config,
            layer_idx,
            attention=XLMRobertaAttention,
            intermediate=XLMRobertaIntermediate,
            output=XLMRobertaOutput,
        )


class XLMRobertaEncoder(PostNormEncoder):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer=XLMRobertaLayer)


class XLMRobertaPooler(PostNormPooler):
    pass


class XLMRobertaLMHead(DenseNormLMHead):
    pass


class XLMRobertaClassificationHead(FirstTokenHead):
    pass


class XLMRobertaPreTrainedModel(PreTrainedModel):
    """Base of all XLM-RoBERTa models."""

    config_class = XLMRobertaConfig
    base_model_prefix = "roberta"
    supports_gradient_checkpointing = True
    _input_embeddings = "embeddings.word_embeddings"
    _no_split_modules = ["XLMRobertaEmbeddings", "XLMRobertaSelfAttention", "XLMRobertaSdpaSelfAttention"]
    _optional_modules = ("pooler",)
    _head_modules = ("lm_head", "classifier", "qa_outputs")
    _ignored_keys = (r"(^|\.)embeddings\.(position_ids|token_type_ids)$",)
    _renames = ((r"LayerNorm\.gamma$", "LayerNorm.weight"), (r"LayerNorm\.beta$", "LayerNorm.bias"))

    @staticmethod
    def _parts():
        return {
            "trunk": XLMRobertaModel,
            "lm_head": XLMRobertaLMHead,
            "classifier": XLMRobertaClassificationHead,
        }

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class XLMRobertaModel(CountedTrunk, XLMRobertaPreTrainedModel):
    """The trunk: hidden states and, with `add_pooling_layer`, one pooled vector per input."""

    _no_split_modules = ["XLMRobertaEmbeddings", "XLMRobertaLayer"]

    def __init__(self, config, add_pooling_layer=True):
        super().__init__(config)
        self.embeddings = XLMRobertaEmbeddings(config)
        self.encoder = XLMRobertaEncoder(config)
        self.pooler = None if not add_pooling_layer else XLMRobertaPooler(config)
        self.post_init()


class XLMRobertaForCausalLM(CausalLM, XLMRobertaPreTrainedModel):
    """A decoder that predicts the next token."""


class XLMRobertaForMaskedLM(MaskedLM, XLMRobertaPreTrainedModel):
    """Predicts the masked tokens."""


class XLMRobertaForSequenceClassification(SequenceClassification, XLMRobertaPreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""


class XLMRobertaForMultipleChoice(MultipleChoice, XLMRobertaPreTrainedModel):
    """Chooses among continuations: inputs are (B, choices, T)."""


class XLMRobertaForTokenClassification(TokenClassification, XLMRobertaPreTrainedModel):
    """A class for every token."""


class XLMRobertaForQuestionAnswering(QuestionAnswering, XLMRobertaPreTrainedModel):
    """First and last token of the answer within the input."""


__all__ = [
    "XLMRobertaForCausalLM",
    "XLMRobertaForMaskedLM",
    "XLMRobertaForMultipleChoice",
    "XLMRobertaForQuestionAnswering",
    "XLMRobertaForSequenceClassification",
    "XLMRobertaForTokenClassification",
    "XLMRobertaModel",
    "XLMRobertaPreTrainedModel",
]
