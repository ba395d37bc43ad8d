"""The trunk of Wav2Vec2 (arXiv:2006.11477) and of models of its shape, and what their bases share."""

from __future__ import annotations

import torch
from torch import nn

from ..modeling_outputs import Wav2Vec2BaseModelOutput
from .base import can_return_tuple
from .heads import chosen
from .initialization import init_normal
from .speech_features import conv_lengths, frame_mask
from .speech_masking import masked_hidden_states

# The spelling of PyTorch's older weight norm, in files.
POSITION_RENAMES = (
    (r"pos_conv_embed\.conv\.weight_g$", "pos_conv_embed.conv.parametrizations.weight.original0"),
    (r"pos_conv_embed\.conv\.weight_v$", "pos_conv_embed.conv.parametrizations.weight.original1"),
)


class SpeechBase:
    """Lengths, masks and initial weights, for a model's base class."""

    main_input_name = "input_values"
    supports_gradient_checkpointing = True
    _no_split_modules = []
    _optional_modules = ("adapter", "masked_spec_embed")
    _renames = POSITION_RENAMES

    def _init_weights(self, module):
        if isinstance(module, nn.Conv1d):
            nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                bound = (module.groups / (module.in_channels * module.kernel_size[0])) ** 0.5
                nn.init.uniform_(module.bias, -bound, bound)
        elif isinstance(module, SpeechTrunk):
            if module.masked_spec_embed is not None:
                nn.init.uniform_(module.masked_spec_embed)
        else:
            init_normal(module, self.config.initializer_range)

    def _get_adapters(self):
        """The weights of one language by name: every layer's adapter, and the projection to its letters.

        Raises:
            ValueError: the model has no adapters.
        """
        if self.config.adapter_attn_dim is None:
            raise ValueError(f"{type(self).__name__} has no adapters: config.adapter_attn_dim is None")
        head = None if self._language_head is None else f"{self._language_head}."
        return {
            name: parameter
            for name, parameter in self.named_parameters()
            if ".adapter_layer." in name or (head is not None and name.startswith(head))
        }

    def init_adapter_layers(self):
        """Give the weights of `_get_adapters` first values again, to train them for a new language."""
        for name in {name.rpartition(".")[0] for name in self._get_adapters()}:
            self._init_weights(self.get_submodule(name))

    def _get_feat_extract_output_lengths(self, input_lengths, add_adapter=None):
        """Frames that so many samples give; an int or a tensor of them."""
        config = self.config
        lengths = conv_lengths(input_lengths, config.conv_kernel, config.conv_stride)
        if chosen(add_adapter, config.add_adapter):
            layers = config.num_adapter_layers
            lengths = conv_lengths(lengths, [1] * layers, [config.adapter_stride] * layers)
        return lengths

    def _get_feature_vector_attention_mask(self, feature_vector_length, attention_mask, add_adapter=None):
        """(B, frames) bool of a mask (B, samples), which counts samples from the left."""
        samples = attention_mask.to(torch.long).sum(dim=-1)
        lengths = self._get_feat_extract_output_lengths(samples, add_adapter)
        return frame_mask(lengths, feature_vector_length, attention_mask.device)


class SpeechFreezing:
    """Methods that keep parts of a model as they are in training."""

    def freeze_feature_encoder(self):
        """Keep the convolutions of the waveform as they are in training."""
        self.base_model.feature_extractor._freeze_parameters()

    def freeze_feature_extractor(self):
        """The older name of `freeze_feature_encoder`."""
        self.freeze_feature_encoder()

    def freeze_base_model(self):
        """Keep all but the head as it is in training."""
        for parameter in self.base_model.parameters():
            parameter.requires_grad = False


class SpeechTrunk(SpeechFreezing):
    """Hidden states of frames, and the features that the convolutions gave.

    Built by `_parts()`: feature_extractor, feature_projection, encoder, adapter.
    """

    def __init__(self, config):
        super().__init__(config)
        parts = self._parts(config)
        if config.mask_time_prob > 0 or config.mask_feature_prob > 0:
            self.masked_spec_embed = nn.Parameter(torch.empty(config.hidden_size))
        else:
            self.masked_spec_embed = None
        self.feature_extractor = parts["feature_extractor"](config)
        self.feature_projection = parts["feature_projection"](config)
        self.encoder = parts["encoder"](config)
        self.adapter = parts["adapter"](config) if config.add_adapter else None
        self.post_init()

    @can_return_tuple
    def forward(
        self,
        input_values=None,
        attention_mask=None,
        mask_time_indices=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
    ):
        if input_values is None:
            raise ValueError("give input_values, the waveform (batch, samples)")
        features = self.feature_extractor(input_values).transpose(1, 2)  # (B, frames, C')
        visible = None
        if attention_mask is not None:
            visible = self._get_feature_vector_attention_mask(features.shape[1], attention_mask, False)
        hidden_states, features = self.feature_projection(features)
        hidden_states = masked_hidden_states(
            hidden_states,
            self.masked_spec_embed,
            self.config,
            chosen=mask_time_indices,
            visible=visible,
            training=self.training,
        )
        out = self.encoder(
            hidden_states,
            visible,
            collect_hidden=chosen(output_hidden_states, self.config.output_hidden_states),
            collect_attentions=chosen(output_attentions, self.config.output_attentions),
        )
        return Wav2Vec2BaseModelOutput(
            last_hidden_state=out.hidden_states if self.adapter is None else self.adapter(out.hidden_states),
            extract_features=features,
            hidden_states=out.all_hidden_states,
            attentions=out.attentions,
        )


__all__ = ["POSITION_RENAMES", "SpeechBase", "SpeechFreezing", "SpeechTrunk"]
