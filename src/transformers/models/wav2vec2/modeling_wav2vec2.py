"""Wav2Vec2 (arXiv:2006.11477): convolutions over the waveform, then a transformer encoder over the frames.

Checkpoints: fairseq's, and the published `wav2vec2-*`, XLS-R (arXiv:2111.09296) and MMS (arXiv:2305.13516)
ones.  Unlike text encoders: positions come from a grouped convolution with a normed weight; an attention mask
counts samples, and is turned into one of frames; models whose first convolution has a group norm were trained
without a mask, on zeros for padding.  MMS adds a small adapter to every layer, one set for each language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from ...layers.eager import eager_with_heads as eager_attention_forward  # noqa: F401  (published here)
from ...layers.speech_encoder import (
    SpeechAttention,
    SpeechAttnAdapter,
    SpeechEncoder,
    SpeechFeedForward,
    SpeechLayer,
    SpeechPositions,
    SpeechSamePad,
    SpeechStableLayer,
)
from ...layers.speech_features import (
    SpeechAdapter,
    SpeechAdapterLayer,
    SpeechConvLayer,
    SpeechFeatureEncoder,
    SpeechFeatureProjection,
    SpeechGroupNormConvLayer,
    SpeechLayerNormConvLayer,
)
from ...layers.speech_heads import AMSoftmax, SpeechTDNN
from ...layers.speech_quantizer import (
    GumbelQuantizer,
    contrastive_logits,
    contrastive_loss,
    diversity_loss,
)
from ...layers.speech_tasks import (
    INPUTS,
    SpeechCTC,
    SpeechFrameClassification,
    SpeechMaskedLM,
    SpeechSequenceClassification,
    SpeechTask,
    SpeechXVector,
)
from ...layers.speech_trunk import SpeechBase, SpeechTrunk
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...modeling_outputs import ModelOutput
from ...modeling_utils import PreTrainedModel
from ...utils.speech_masking import compute_mask_indices as _compute_mask_indices  # noqa: F401 (published)
from ...utils.speech_masking import sample_negative_indices as _sample_negative_indices  # noqa: F401
from .configuration_wav2vec2 import Wav2Vec2Config

WAV2VEC2_ADAPTER_PT_FILE = "adapter.{}.bin"
WAV2VEC2_ADAPTER_SAFE_FILE = "adapter.{}.safetensors"


class Wav2Vec2NoLayerNormConvLayer(SpeechConvLayer):
    pass


class Wav2Vec2LayerNormConvLayer(SpeechLayerNormConvLayer):
    pass


class Wav2Vec2GroupNormConvLayer(SpeechGroupNormConvLayer):
    pass


class Wav2Vec2SamePadLayer(SpeechSamePad):
    pass


class Wav2Vec2PositionalConvEmbedding(SpeechPositions):
    def __init__(self, config):
        super().__init__(config, pad=Wav2Vec2SamePadLayer)


class Wav2Vec2FeatureEncoder(SpeechFeatureEncoder):
    def __init__(self, config):
        super().__init__(
            config,
            bare=Wav2Vec2NoLayerNormConvLayer,
            normed=Wav2Vec2LayerNormConvLayer,
            grouped=Wav2Vec2GroupNormConvLayer,
        )


class Wav2Vec2FeatureExtractor(Wav2Vec2FeatureEncoder):
    pass


class Wav2Vec2FeatureProjection(SpeechFeatureProjection):
    pass


class Wav2Vec2Attention(SpeechAttention):
    pass


class Wav2Vec2FeedForward(SpeechFeedForward):
    pass


class Wav2Vec2AttnAdapterLayer(SpeechAttnAdapter):
    pass


class Wav2Vec2EncoderLayer(SpeechLayer):
    def __init__(self, config):
        super().__init__(config, attention=Wav2Vec2Attention, feed_forward=Wav2Vec2FeedForward)


class Wav2Vec2EncoderLayerStableLayerNorm(SpeechStableLayer):
    def __init__(self, config):
        super().__init__(
            config,
            attention=Wav2Vec2Attention,
            feed_forward=Wav2Vec2FeedForward,
            adapter=Wav2Vec2AttnAdapterLayer,
        )


class Wav2Vec2Encoder(SpeechEncoder):
    def __init__(self, config):
        super().__init__(config, positions=Wav2Vec2PositionalConvEmbedding, layer=Wav2Vec2EncoderLayer)


class Wav2Vec2EncoderStableLayerNorm(SpeechEncoder):
    def __init__(self, config):
        super().__init__(
            config,
            positions=Wav2Vec2PositionalConvEmbedding,
            layer=Wav2Vec2EncoderLayerStableLayerNorm,
            stable=True,
        )


class Wav2Vec2GumbelVectorQuantizer(GumbelQuantizer):
    pass


class Wav2Vec2AdapterLayer(SpeechAdapterLayer):
    pass


class Wav2Vec2Adapter(SpeechAdapter):
    def __init__(self, config):
        super().__init__(config, layer=Wav2Vec2AdapterLayer)


class AMSoftmaxLoss(AMSoftmax):
    pass


class TDNNLayer(SpeechTDNN):
    pass


class Wav2Vec2PreTrainedModel(SpeechBase, PreTrainedModel):
    """Base of all Wav2Vec2 models."""

    config_class = Wav2Vec2Config
    base_model_prefix = "wav2vec2"
    _head_modules = (
        "classifier",
        "layer_weights",
        "lm_head",
        "objective",
        "project_hid",
        "project_q",
        "projector",
        "quantizer",
        "tdnn",
    )
    _ignored_keys = (r"^feature_extractor\.(weight|bias)$",)  # the x-vector head's, a name of the trunk's too

    @staticmethod
    def _parts(config):
        stable = config.do_stable_layer_norm
        return {
            "trunk": Wav2Vec2Model,
            "feature_extractor": Wav2Vec2FeatureEncoder,
            "feature_projection": Wav2Vec2FeatureProjection,
            "encoder": Wav2Vec2EncoderStableLayerNorm if stable else Wav2Vec2Encoder,
            "adapter": Wav2Vec2Adapter,
            "tdnn": TDNNLayer,
            "objective": AMSoftmaxLoss,
        }


@dataclass
class Wav2Vec2ForPreTrainingOutput(ModelOutput):
    """`projected_states` and `projected_quantized_states` (B, frames, D), and the losses.

    codevector_perplexity: number of codes in use.  loss: `contrastive_loss` and the weighted
    `diversity_loss` together, sums over masked frames.
    """

    loss: Any = None
    projected_states: Any = None
    projected_quantized_states: Any = None
    codevector_perplexity: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None
    contrastive_loss: Any = None
    diversity_loss: Any = None


class Wav2Vec2Model(SpeechTrunk, Wav2Vec2PreTrainedModel):
    """The trunk: hidden states of frames, and the features that the convolutions gave."""


class Wav2Vec2ForPreTraining(SpeechTask, Wav2Vec2PreTrainedModel):
    """Tells the code vectors of masked frames from those of other frames, as in pretraining."""

    def add_head(self, config, parts):
        self.dropout_features = nn.Dropout(config.feat_quantizer_dropout)
        self.quantizer = Wav2Vec2GumbelVectorQuantizer(config)
        self.project_hid = nn.Linear(config.hidden_size, config.proj_codevector_dim)
        self.project_q = nn.Linear(config.codevector_dim, config.proj_codevector_dim)

    def reset_parameters(self):
        self.project_hid.reset_parameters()
        self.project_q.reset_parameters()

    def set_gumbel_temperature(self, temperature):
        """Set how soft the choice of code vectors is in training."""
        self.quantizer.temperature = temperature

    @staticmethod
    def compute_contrastive_logits(target_features, negative_features, predicted_features, temperature=0.1):
        """Cosines (1 + K, B, frames) of predictions with targets (1, ...) and K distractors (K, ...)."""
        return contrastive_logits(target_features, negative_features, predicted_features, temperature)

    @task_forward(*INPUTS, "mask_time_indices", "sampled_negative_indices", *OUTPUT_FLAGS)
    def forward(self, out, inputs, sampled_negative_indices=None):
        config, masked = self.config, inputs.get("mask_time_indices")
        states = self.project_hid(out.last_hidden_state)
        vectors, perplexity = self.quantizer(self.dropout_features(out.extract_features), masked)
        targets = self.project_q(vectors.to(self.project_q.weight.dtype))
        loss = contrastive = diversity = None
        if sampled_negative_indices is not None:
            if masked is None:
                raise ValueError("sampled_negative_indices need mask_time_indices: give both or neither")
            contrastive = contrastive_loss(
                states, targets, sampled_negative_indices, masked, config.contrastive_logits_temperature
            )
            codes = config.num_codevectors_per_group * config.num_codevector_groups
            diversity = diversity_loss(perplexity, codes, masked)
            loss = contrastive + config.diversity_loss_weight * diversity
        return Wav2Vec2ForPreTrainingOutput(
            loss=loss,
            projected_states=states,
            projected_quantized_states=targets,
            codevector_perplexity=perplexity,
            contrastive_loss=contrastive,
            diversity_loss=diversity,
        )


class Wav2Vec2ForMaskedLM(SpeechMaskedLM, Wav2Vec2PreTrainedModel):
    """Letters of frames, without a loss."""


class Wav2Vec2ForCTC(SpeechCTC, Wav2Vec2PreTrainedModel):
    """Letters of frames, for speech recognition by connectionist temporal classification."""


class Wav2Vec2ForSequenceClassification(SpeechSequenceClassification, Wav2Vec2PreTrainedModel):
    """Classes of the whole input, by the mean over its frames."""


class Wav2Vec2ForAudioFrameClassification(SpeechFrameClassification, Wav2Vec2PreTrainedModel):
    """Classes of every frame; labels are one-hot, (B, frames, classes)."""


class Wav2Vec2ForXVector(SpeechXVector, Wav2Vec2PreTrainedModel):
    """A vector of the speaker's voice (x-vectors over Wav2Vec2, arXiv:2105.01051)."""


__all__ = [
    "Wav2Vec2ForAudioFrameClassification",
    "Wav2Vec2ForCTC",
    "Wav2Vec2ForMaskedLM",
    "Wav2Vec2ForPreTraining",
    "Wav2Vec2ForPreTrainingOutput",
    "Wav2Vec2ForSequenceClassification",
    "Wav2Vec2ForXVector",
    "Wav2Vec2Model",
    "Wav2Vec2PreTrainedModel",
]
