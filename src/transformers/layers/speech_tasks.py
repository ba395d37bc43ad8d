"""Task models of speech encoders but for their names: letters, classes of inputs and of frames, voices.

A model's task class is one of these and the model's base, which tells by `_parts(config)` the classes to
build with: `{"trunk": Wav2Vec2Model, "tdnn": TDNNLayer, "objective": AMSoftmaxLoss}`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ..modeling_outputs import (
    CausalLMOutput,
    MaskedLMOutput,
    SequenceClassifierOutput,
    TokenClassifierOutput,
    XVectorOutput,
)
from .speech_features import conv_lengths
from .speech_heads import ctc_loss, mean_and_deviation, mean_frames
from .speech_trunk import SpeechFreezing
from .task import OUTPUT_FLAGS, task_forward

INPUTS = ("input_values", "attention_mask")


def layer_inputs(model, inputs, own):
    """For `task_forward`: a head that weighs layers needs their hidden states."""
    return {"output_hidden_states": True} if model.config.use_weighted_layer_sum else {}


class SpeechTask(SpeechFreezing):
    """A trunk under the name that checkpoints give it, and a head, which `add_head` makes."""

    def __init__(self, config):
        self.check_config(config)
        super().__init__(config)
        self.num_labels = config.num_labels
        parts = self._parts(config)
        setattr(self, self.base_model_prefix, parts["trunk"](config))
        self.add_head(config, parts)
        self.post_init()

    def check_config(self, config):
        """Raise ValueError for a config with which the head cannot be built."""


class SpeechLetters(SpeechTask):
    """A projection of frames to a vocabulary of letters."""

    def check_config(self, config):
        if config.vocab_size is None:
            raise ValueError(
                f"{type(self).__name__} needs config.vocab_size, which is None: "
                "give the size of the vocabulary"
            )

    def add_head(self, config, parts):
        self.dropout = nn.Dropout(config.final_dropout)
        width = config.output_hidden_size if config.add_adapter else config.hidden_size
        self.lm_head = nn.Linear(width, config.vocab_size)


class SpeechMaskedLM(SpeechLetters):
    """Letters of frames, without a loss."""

    @task_forward(*INPUTS, *OUTPUT_FLAGS, "labels")
    def forward(self, out, labels=None):
        return MaskedLMOutput(logits=self.lm_head(self.dropout(out.last_hidden_state)))


class SpeechCTC(SpeechLetters):
    """Letters of frames, for speech recognition by connectionist temporal classification.

    target_lang: the language whose adapter `from_pretrained` loads (MMS, arXiv:2305.13516).
    """

    _language_head = "lm_head"

    def __init__(self, config, target_lang=None):
        if target_lang is not None and config.adapter_attn_dim is None:
            raise ValueError(f"target_lang {target_lang!r} needs config.adapter_attn_dim, which is None")
        super().__init__(config)
        self.target_lang = target_lang

    @task_forward(*INPUTS, *OUTPUT_FLAGS, "labels")
    def forward(self, out, inputs, labels=None):
        logits = self.lm_head(self.dropout(out.last_hidden_state))
        loss = None
        if labels is not None:
            mask = inputs.get("attention_mask")
            mask = torch.ones_like(inputs["input_values"], dtype=torch.long) if mask is None else mask
            samples = mask.to(torch.long).sum(dim=-1)
            lengths = self._get_feat_extract_output_lengths(samples)
            loss = ctc_loss(logits, labels, lengths, self.config)
        return CausalLMOutput(loss=loss, logits=logits)


class SpeechLayers(SpeechTask):
    """A head that may read a learned mean of all layers, where the config says `use_weighted_layer_sum`."""

    def add_head(self, config, parts):
        if config.use_weighted_layer_sum:
            count = config.num_hidden_layers + 1
            self.layer_weights = nn.Parameter(torch.ones(count) / count)

    def reset_parameters(self):
        if self.config.use_weighted_layer_sum:
            nn.init.constant_(self.layer_weights, 1 / (self.config.num_hidden_layers + 1))

    def read_layers(self, out):
        """(B, frames, C)"""
        if not self.config.use_weighted_layer_sum:
            return out.last_hidden_state
        weights = F.softmax(self.layer_weights, dim=-1)
        return (torch.stack(out.hidden_states, dim=1) * weights[None, :, None, None]).sum(dim=1)


class SpeechFrames(SpeechLayers):
    """A head that needs every frame."""

    def check_config(self, config):
        if config.add_adapter:
            raise ValueError(
                f"{type(self).__name__} needs every frame, and an adapter takes most away: "
                "config.add_adapter must be False"
            )


class SpeechSequenceClassification(SpeechFrames):
    """Classes of the whole input, by the mean over its frames.

    Unlike the published release, whose loss is cross entropy whatever the config says, the loss is that of
    `config.problem_type`, as in every classifier; without it one label is a number.
    """

    loss_type = "ForSequenceClassification"

    def add_head(self, config, parts):
        super().add_head(config, parts)
        self.projector = nn.Linear(config.hidden_size, config.classifier_proj_size)
        self.classifier = nn.Linear(config.classifier_proj_size, config.num_labels)

    @task_forward(*INPUTS, *OUTPUT_FLAGS, "labels", before=layer_inputs)
    def forward(self, out, inputs, labels=None, **kwargs):
        hidden_states = self.projector(self.read_layers(out))
        visible = inputs.get("attention_mask")
        if visible is not None:
            visible = self._get_feature_vector_attention_mask(hidden_states.shape[1], visible)
        logits = self.classifier(mean_frames(hidden_states, visible))
        return SequenceClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class SpeechFrameClassification(SpeechFrames):
    """Classes of every frame; labels are one-hot, (B, frames, classes).

    Unlike the published release a tuple begins with the loss, as every classifier's does.
    """

    loss_type = "ForTokenClassification"

    def add_head(self, config, parts):
        super().add_head(config, parts)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    @task_forward(*INPUTS, "labels", *OUTPUT_FLAGS, before=layer_inputs)
    def forward(self, out, labels=None, **kwargs):
        logits = self.classifier(self.read_layers(out))
        labels = None if labels is None else labels.argmax(dim=-1)
        return TokenClassifierOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


class SpeechXVector(SpeechLayers):
    """A vector of the speaker's voice, from mean and deviation over frames."""

    def add_head(self, config, parts):
        super().add_head(config, parts)
        self.projector = nn.Linear(config.hidden_size, config.tdnn_dim[0])
        self.tdnn = nn.ModuleList([parts["tdnn"](config, index) for index in range(len(config.tdnn_dim))])
        self.feature_extractor = nn.Linear(config.tdnn_dim[-1] * 2, config.xvector_output_dim)
        self.classifier = nn.Linear(config.xvector_output_dim, config.xvector_output_dim)
        self.objective = parts["objective"](config.xvector_output_dim, config.num_labels)

    def _get_tdnn_output_lengths(self, input_lengths):
        """Frames left of so many; as published, without regard to dilation."""
        kernels = self.config.tdnn_kernel
        return conv_lengths(input_lengths, kernels, [1] * len(kernels))

    @task_forward(*INPUTS, *OUTPUT_FLAGS, "labels", before=layer_inputs)
    def forward(self, out, inputs, labels=None):
        hidden_states = self.projector(self.read_layers(out))
        for layer in self.tdnn:
            hidden_states = layer(hidden_states)
        lengths, mask = None, inputs.get("attention_mask")
        if mask is not None:
            frames = self._get_feat_extract_output_lengths(mask.to(torch.long).sum(dim=1))
            lengths = self._get_tdnn_output_lengths(frames)
        embeddings = self.feature_extractor(mean_and_deviation(hidden_states, lengths))
        logits = self.classifier(embeddings)
        loss = None if labels is None else self.objective(logits, labels)
        return XVectorOutput(loss=loss, logits=logits, embeddings=embeddings)


__all__ = [
    "INPUTS",
    "SpeechCTC",
    "SpeechFrameClassification",
    "SpeechMaskedLM",
    "SpeechSequenceClassification",
    "SpeechTask",
    "SpeechXVector",
]
