"""RoBERTa (arXiv:1907.11692): BERT trained for longer, on masked words alone.

Checkpoints: facebookresearch/fairseq (examples/roberta), and the published `roberta-*` ones.
Unlike BERT: positions start at pad_token_id + 1 and count tokens only; the language head is `lm_head`; a
classifier reads the first token through a dense layer of its own, not through the pooler.
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
from .configuration_roberta import RobertaConfig


class RobertaEmbeddings(CountedEmbeddings):
    pass


class RobertaSelfAttention(PostNormSelfAttention):
    pass


class RobertaSdpaSelfAttention(RobertaSelfAttention):
    pass


class RobertaSelfOutput(PostNormSelfOutput):
    pass


class RobertaAttention(PostNormAttention):
    def __init__(self, config, position_embedding_type=None, layer_idx=None):
        super().__init__(
            config,
            position_embedding_type,
            layer_idx,
            attention=RobertaSelfAttention,
            output=RobertaSelfOutput,
        )


class RobertaIntermediate(PostNormIntermediate):
    pass


class RobertaOutput(PostNormOutput):
    pass


class RobertaLayer(PostNormLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(
            config,
            layer_idx,
            attention=RobertaAttention,
            intermediate=RobertaIntermediate,
            output=RobertaOutput,
        )


class RobertaEncoder(PostNormEncoder):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer=RobertaLayer)


class RobertaPooler(PostNormPooler):
    pass


class RobertaLMHead(DenseNormLMHead):
    pass


class RobertaClassificationHead(FirstTokenHead):
    pass


class RobertaPreTrainedModel(PreTrainedModel):
    """Base of all RoBERTa models."""

    config_class = RobertaConfig
    base_model_prefix = "roberta"
    supports_gradient_checkpointing = True
    _input_embeddings = "embeddings.word_embeddings"
    _no_split_modules = ["RobertaEmbeddings", "RobertaSelfAttention", "RobertaSdpaSelfAttention"]
    _optional_modules = ("pooler",)
    _head_modules = ("lm_head", "classifier", "qa_outputs")
    _ignored_keys = (r"(^|\.)embeddings\.(position_ids|token_type_ids)$",)
    _renames = ((r"LayerNorm\.gamma$", "LayerNorm.weight"), (r"LayerNorm\.beta$", "LayerNorm.bias"))

    @staticmethod
    def _parts():
        return {"trunk": RobertaModel, "lm_head": RobertaLMHead, "classifier": RobertaClassificationHead}

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class RobertaModel(CountedTrunk, RobertaPreTrainedModel):
    """The trunk: hidden states and, with `add_pooling_layer`, one pooled vector per input."""

    _no_split_modules = ["RobertaEmbeddings", "RobertaLayer"]

    def __init__(self, config, add_pooling_layer=True):
        super().__init__(config)
        self.embeddings = RobertaEmbeddings(config)
        self.encoder = RobertaEncoder(config)
        self.pooler = None if not add_pooling_layer else RobertaPooler(config)
        self.post_init()


class RobertaForCausalLM(CausalLM, RobertaPreTrainedModel):
    """A decoder that predicts the next token."""


class RobertaForMaskedLM(MaskedLM, RobertaPreTrainedModel):
    """Predicts the masked tokens."""


class RobertaForSequenceClassification(SequenceClassification, RobertaPreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""


class RobertaForMultipleChoice(MultipleChoice, RobertaPreTrainedModel):
    """Chooses among continuations: inputs are (B, choices, T)."""


class RobertaForTokenClassification(TokenClassification, RobertaPreTrainedModel):
    """A class for every token."""


class RobertaForQuestionAnswering(QuestionAnswering, RobertaPreTrainedModel):
    """First and last token of the answer within the input."""


__all__ = [
    "RobertaForCausalLM",
    "RobertaForMaskedLM",
    "RobertaForMultipleChoice",
    "RobertaForQuestionAnswering",
    "RobertaForSequenceClassification",
    "RobertaForTokenClassification",
    "RobertaModel",
    "RobertaPreTrainedModel",
]
