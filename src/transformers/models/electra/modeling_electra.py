"""ELECTRA (arXiv:2003.10555): an encoder trained to find the words that a small generator replaced.

Checkpoints: google-research/electra, and the published `electra-*` ones, generators and discriminators.
Unlike BERT: embeddings may be narrower than the layers (`embeddings_project`); no pooler.  Unlike the
published release: positions of a left-padded row start at its first token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch.nn.functional as F
from torch import nn

from ...layers.activations import Activation
from ...layers.base import can_return_tuple
from ...layers.encoder_trunk import EncoderTrunk, run_encoder
from ...layers.initialization import init_normal
from ...layers.post_norm import (
    PostNormAttention,
    PostNormEmbeddings,
    PostNormEncoder,
    PostNormIntermediate,
    PostNormLayer,
    PostNormOutput,
    PostNormSelfAttention,
    PostNormSelfOutput,
)
from ...layers.roberta_heads import (
    CausalLM,
    FirstTokenHead,
    MaskedLM,
    MultipleChoice,
    QuestionAnswering,
    SequenceClassification,
    TokenClassification,
    masked_lm_output,
)
from ...layers.summary import SequenceSummary
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...modeling_outputs import (
    BaseModelOutputWithPastAndCrossAttentions,
    ModelOutput,
    MultipleChoiceModelOutput,
)
from ...modeling_utils import PreTrainedModel
from .configuration_electra import ElectraConfig


class ElectraEmbeddings(PostNormEmbeddings):
    def __init__(self, config):
        super().__init__(config, width=config.embedding_size)


class ElectraSelfAttention(PostNormSelfAttention):
    pass


class ElectraSelfOutput(PostNormSelfOutput):
    pass


class ElectraAttention(PostNormAttention):
    def __init__(self, config, position_embedding_type=None, layer_idx=None):
        super().__init__(
            config,
            position_embedding_type,
            layer_idx,
            attention=ElectraSelfAttention,
            output=ElectraSelfOutput,
        )


class ElectraIntermediate(PostNormIntermediate):
    pass


class ElectraOutput(PostNormOutput):
    pass


class ElectraLayer(PostNormLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(
            config,
            layer_idx,
            attention=ElectraAttention,
            intermediate=ElectraIntermediate,
            output=ElectraOutput,
        )


class ElectraEncoder(PostNormEncoder):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer=ElectraLayer)


class ElectraDiscriminatorPredictions(nn.Module):
    """One score per token, above 0 where it was replaced: (B, T, C) -> (B, T)."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.activation = Activation(config.hidden_act)
        self.dense_prediction = nn.Linear(config.hidden_size, 1)

    def forward(self, discriminator_hidden_states):
        return self.dense_prediction(self.activation(self.dense(discriminator_hidden_states))).squeeze(-1)


class ElectraGeneratorPredictions(nn.Module):
    """Back to the width of the embeddings: (B, T, C) -> (B, T, E)."""

    def __init__(self, config):
        super().__init__()
        self.LayerNorm = nn.LayerNorm(config.embedding_size, eps=config.layer_norm_eps)
        self.dense = nn.Linear(config.hidden_size, config.embedding_size)

    def forward(self, generator_hidden_states):
        return self.LayerNorm(F.gelu(self.dense(generator_hidden_states)))


class ElectraClassificationHead(FirstTokenHead):
    activation = staticmethod(F.gelu)


class ElectraSequenceSummary(SequenceSummary):
    def __init__(self, config):
        labels = config.num_labels if config.summary_proj_to_labels else config.hidden_size
        super().__init__(
            config.hidden_size,
            labels if config.summary_use_proj else None,
            kind=config.summary_type,
            activation=config.summary_activation,
            first_dropout=config.summary_first_dropout,
            last_dropout=config.summary_last_dropout,
        )


class ElectraPreTrainedModel(PreTrainedModel):
    """Base of all ELECTRA models."""

    config_class = ElectraConfig
    base_model_prefix = "electra"
    supports_gradient_checkpointing = True
    _input_embeddings = "embeddings.word_embeddings"
    _head_modules = (
        "classifier",
        "discriminator_predictions",
        "generator_lm_head",
        "generator_predictions",
        "qa_outputs",
        "sequence_summary",
    )
    _ignored_keys = (r"(^|\.)embeddings\.(position_ids|token_type_ids)$",)

    @staticmethod
    def _parts():
        return {"trunk": without_pooler, "classifier": ElectraClassificationHead}

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


def without_pooler(config, **options):
    """The trunk, whatever a head wants of a pooler."""
    return ElectraModel(config)


class ElectraModel(EncoderTrunk, ElectraPreTrainedModel):
    """The trunk: hidden states."""

    def __init__(self, config):
        super().__init__(config)
        self.embeddings = ElectraEmbeddings(config)
        self.narrow = config.embedding_size != config.hidden_size
        if self.narrow:
            self.embeddings_project = nn.Linear(config.embedding_size, config.hidden_size)
        self.encoder = ElectraEncoder(config)
        self.post_init()

    def embed(self, input_ids, token_type_ids, position_ids, inputs_embeds):
        x = self.embeddings(input_ids, token_type_ids, position_ids, inputs_embeds)  # (B, T, E)
        return self.embeddings_project(x) if self.narrow else x

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        token_type_ids=None,
        position_ids=None,
        head_mask=None,
        inputs_embeds=None,
        encoder_hidden_states=None,
        encoder_attention_mask=None,
        past_key_values=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
        **cached,  # cache_position, which the published signature lacks
    ):
        out, cache = run_encoder(
            self,
            input_ids,
            attention_mask,
            token_type_ids,
            position_ids,
            head_mask,
            inputs_embeds,
            encoder_hidden_states,
            encoder_attention_mask,
            past_key_values,
            bool(use_cache),  # as published: the config's is not asked
            output_attentions,
            output_hidden_states,
            **cached,
        )
        return BaseModelOutputWithPastAndCrossAttentions(
            last_hidden_state=out.hidden_states,
            past_key_values=cache,
            hidden_states=out.all_hidden_states,
            attentions=out.attentions,
            cross_attentions=out.cross_attentions,
        )


@dataclass
class ElectraForPreTrainingOutput(ModelOutput):
    """`logits` (B, T), above 0 where a token seems replaced."""

    loss: Any = None
    logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids", "head_mask", "inputs_embeds")


class ElectraForPreTraining(ElectraPreTrainedModel):
    """The discriminator: tells for every token whether it was replaced; labels are 0 and 1, (B, T)."""

    def __init__(self, config):
        super().__init__(config)
        self.electra = ElectraModel(config)
        self.discriminator_predictions = ElectraDiscriminatorPredictions(config)
        self.post_init()

    @task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
    def forward(self, out, inputs, labels=None):
        logits, loss = self.discriminator_predictions(out.last_hidden_state), None
        if labels is not None:
            losses = F.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype), reduction="none")
            mask = inputs.get("attention_mask")
            if mask is None:
                loss = losses.mean()
            else:
                mask = (mask == 1).to(losses.dtype)
                loss = (losses * mask).sum() / mask.sum()
        return ElectraForPreTrainingOutput(loss=loss, logits=logits)


class GeneratorHead:
    """The language head of a generator, through the width of the embeddings."""

    _ties = {"generator_lm_head.weight": "electra.embeddings.word_embeddings.weight"}
    _tied_weights_keys = ["generator_lm_head.weight"]
    _output_embeddings = "generator_lm_head"

    def add_head(self, config, parts):
        self.generator_predictions = ElectraGeneratorPredictions(config)
        self.generator_lm_head = nn.Linear(config.embedding_size, config.vocab_size)

    def lm_head(self, hidden_states):
        """(B, T, C) -> (B, T, V)"""
        return self.generator_lm_head(self.generator_predictions(hidden_states))


class ElectraForMaskedLM(GeneratorHead, MaskedLM, ElectraPreTrainedModel):
    """The generator: predicts the masked tokens."""

    forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(masked_lm_output)


class ElectraForCausalLM(GeneratorHead, CausalLM, ElectraPreTrainedModel):
    """A decoder that predicts the next token."""


class ElectraForSequenceClassification(SequenceClassification, ElectraPreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""


class ElectraForTokenClassification(TokenClassification, ElectraPreTrainedModel):
    """A class for every token."""


class ElectraForQuestionAnswering(QuestionAnswering, ElectraPreTrainedModel):
    """First and last token of the answer within the input."""


class ElectraForMultipleChoice(MultipleChoice, ElectraPreTrainedModel):
    """Chooses among continuations: inputs are (B, choices, T)."""

    def add_head(self, config, parts):
        self.sequence_summary = ElectraSequenceSummary(config)
        self.classifier = nn.Linear(config.hidden_size, 1)

    @task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)
    def forward(self, out, choices, inputs, labels=None, **kwargs):
        x = self.sequence_summary(out.last_hidden_state, attention_mask=inputs.get("attention_mask"))
        logits = self.classifier(x).reshape(-1, choices)
        return MultipleChoiceModelOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


def load_tf_weights_in_electra(model, config, tf_checkpoint_path, discriminator_or_generator="discriminator"):
    """`model`, filled from one of the two models of a TensorFlow 1 checkpoint of google-research/electra."""
    family = "electra" if discriminator_or_generator == "discriminator" else "electra_generator"
    return model.load_tf1_weights(family, tf_checkpoint_path)


__all__ = [
    "ElectraForCausalLM",
    "ElectraForMaskedLM",
    "ElectraForMultipleChoice",
    "ElectraForPreTraining",
    "ElectraForQuestionAnswering",
    "ElectraForSequenceClassification",
    "ElectraForTokenClassification",
    "ElectraModel",
    "ElectraPreTrainedModel",
    "load_tf_weights_in_electra",
]
