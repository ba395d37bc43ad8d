"""From a waveform to feature vectors: the convolutions of Wav2Vec2 (arXiv:2006.11477) and what follows them.

Shared by the speech encoders of its family.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from .activations import Activation


def conv_lengths(lengths, kernels, strides):
    """Lengths (an int or a tensor of them) after convolutions without padding."""
    for kernel, stride in zip(kernels, strides, strict=True):
        lengths = (lengths - kernel) // stride + 1
    return lengths


def frame_mask(lengths, frames, device=None):
    """(B, frames) bool: True at the first `lengths` (B,) frames of each row."""
    return torch.arange(frames, device=device)[None, :] < lengths[:, None]


class SpeechConvLayer(nn.Module):
    """Convolution and activation without a norm: (B, C, samples) -> (B, C', frames)."""

    def __init__(self, config, layer_id=0):
        super().__init__()
        self.in_conv_dim = config.conv_dim[layer_id - 1] if layer_id > 0 else 1
        self.out_conv_dim = config.conv_dim[layer_id]
        self.conv = nn.Conv1d(
            self.in_conv_dim,
            self.out_conv_dim,
            config.conv_kernel[layer_id],
            stride=config.conv_stride[layer_id],
            bias=config.conv_bias,
        )
        self.activation = Activation(config.feat_extract_activation)

    def forward(self, hidden_states):
        return self.activation(self.conv(hidden_states))


class SpeechLayerNormConvLayer(nn.Module):
    """Convolution, layer norm over channels, activation."""

    def __init__(self, config, layer_id=0):
        super().__init__()
        bare = SpeechConvLayer(config, layer_id)
        self.in_conv_dim, self.out_conv_dim = bare.in_conv_dim, bare.out_conv_dim
        self.conv = bare.conv
        self.layer_norm = nn.LayerNorm(self.out_conv_dim)
        self.activation = bare.activation

    def forward(self, hidden_states):
        x = self.layer_norm(self.conv(hidden_states).transpose(1, 2))  # (B, frames, C')
        return self.activation(x.transpose(1, 2))  # (B, C', frames)


class SpeechGroupNormConvLayer(nn.Module):
    """Convolution, a norm of every channel over time, activation."""

    def __init__(self, config, layer_id=0):
        super().__init__()
        bare = SpeechConvLayer(config, layer_id)
        self.in_conv_dim, self.out_conv_dim = bare.in_conv_dim, bare.out_conv_dim
        self.conv = bare.conv
        self.activation = bare.activation
        self.layer_norm = nn.GroupNorm(self.out_conv_dim, self.out_conv_dim)

    def forward(self, hidden_states):
        return self.activation(self.layer_norm(self.conv(hidden_states)))


class SpeechFeatureEncoder(nn.Module):
    """The stack of convolutions: (B, samples) -> (B, C', frames).

    bare, normed, grouped: classes of layers without a norm, with a layer norm, with a group norm.
    """

    def __init__(
        self,
        config,
        *,
        bare=SpeechConvLayer,
        normed=SpeechLayerNormConvLayer,
        grouped=SpeechGroupNormConvLayer,
    ):
        super().__init__()
        first, rest = (grouped, bare) if config.feat_extract_norm == "group" else (normed, normed)
        self.conv_layers = nn.ModuleList(
            [
                (rest if index else first)(config, layer_id=index)
                for index in range(config.num_feat_extract_layers)
            ]
        )
        self._requires_grad = True

    def _freeze_parameters(self):
        """Keep the convolutions as they are in training."""
        for parameter in self.parameters():
            parameter.requires_grad = False
        self._requires_grad = False

    def forward(self, input_values):
        if input_values.dim() != 2:
            raise ValueError(f"input_values must be (batch, samples), got shape {tuple(input_values.shape)}")
        hidden_states = input_values[:, None, :]  # (B, 1, samples)
        for layer in self.conv_layers:
            hidden_states = layer(hidden_states)
        return hidden_states


class SpeechFeatureProjection(nn.Module):
    """Norm and projection of features (B, frames, C') to the encoder's width.

    Returns ((B, frames, C), the normed features).
    """

    def __init__(self, config):
        super().__init__()
        self.layer_norm = nn.LayerNorm(config.conv_dim[-1], eps=config.layer_norm_eps)
        self.projection = nn.Linear(config.conv_dim[-1], config.hidden_size)
        self.dropout = nn.Dropout(config.feat_proj_dropout)

    def reset_parameters(self):
        bound = math.sqrt(1 / self.projection.in_features)
        nn.init.uniform_(self.projection.weight, -bound, bound)
        nn.init.uniform_(self.projection.bias, -bound, bound)

    def forward(self, hidden_states):
        normed = self.layer_norm(hidden_states)
        return self.dropout(self.projection(normed)), normed


class SpeechAdapterLayer(nn.Module):
    """Strided convolution with a gate: (B, C, frames) -> (B, C, about frames / stride)."""

    def __init__(self, config):
        super().__init__()
        width = config.output_hidden_size
        self.conv = nn.Conv1d(
            width, 2 * width, config.adapter_kernel_size, stride=config.adapter_stride, padding=1
        )

    def forward(self, hidden_states):
        return nn.functional.glu(self.conv(hidden_states), dim=1)


class SpeechAdapter(nn.Module):
    """Shortens the encoder's output for a text decoder: (B, frames, C) -> (B, fewer, output_hidden_size)."""

    def __init__(self, config, *, layer=SpeechAdapterLayer):
        super().__init__()
        self.proj = self.proj_layer_norm = None
        if config.output_hidden_size != config.hidden_size:
            self.proj = nn.Linear(config.hidden_size, config.output_hidden_size)
            self.proj_layer_norm = nn.LayerNorm(config.output_hidden_size)
        self.layers = nn.ModuleList([layer(config) for _ in range(config.num_adapter_layers)])
        self.layerdrop = config.layerdrop  # not used: a layer left out would change the length

    def forward(self, hidden_states):
        if self.proj is not None:
            hidden_states = self.proj_layer_norm(self.proj(hidden_states))
        hidden_states = hidden_states.transpose(1, 2)  # (B, C, frames)
        for layer in self.layers:
            hidden_states = layer(hidden_states)
        return hidden_states.transpose(1, 2)  # (B, fewer, C)


__all__ = [
    "SpeechAdapter",
    "SpeechAdapterLayer",
    "SpeechConvLayer",
    "SpeechFeatureEncoder",
    "SpeechFeatureProjection",
    "SpeechGroupNormConvLayer",
    "SpeechLayerNormConvLayer",
    "conv_lengths",
    "frame_mask",
]
