"""MobileNetV2 (arXiv:1801.04381): inverted residuals, thin at their ends and wide in their depthwise middle.

Checkpoints: google/mobilenet_v2_*, and with a DeepLabV3+ head google/deeplabv3_mobilenet_v2_*.  Unlike most
encoders: no attention, batch norms with running statistics, and padding that depends on the image's size
(`tf_padding`).  A smaller `output_stride` keeps the features large: later blocks dilate where they would
stride.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ...layers.activations import ACT2FN
from ...layers.base import can_return_tuple
from ...layers.heads import chosen
from ...layers.initialization import init_normal
from ...layers.stack import run_blocks
from ...layers.task import task_forward, with_hidden_states
from ...modeling_outputs import (
    BaseModelOutputWithPoolingAndNoAttention,
    ImageClassifierOutputWithNoAttention,
    SemanticSegmenterOutput,
)
from ...modeling_utils import PreTrainedModel
from .configuration_mobilenet_v2 import MobileNetV2Config

# Channels of the stem's two ends and of each block's output, and the blocks' strides (table 2 of the paper).
_CHANNELS = (32, 16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320)
_STRIDES = (2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1)
_OUTPUT = 1280


def make_divisible(value, divisor=8, min_value=None):
    """`value` rounded to a multiple of `divisor`, at least `min_value`, and not more than a tenth below."""
    rounded = max(chosen(min_value, divisor), int(value + divisor / 2) // divisor * divisor)
    return int(rounded + divisor if rounded < 0.9 * value else rounded)


def scaled(config, channels, factor):
    """`channels` times `factor`, rounded as the config says."""
    return make_divisible(round(channels * factor), config.depth_divisible_by, config.min_depth)


def apply_depth_multiplier(config, channels):
    """The number of channels at the config's `depth_multiplier`."""
    return scaled(config, channels, config.depth_multiplier)


def same_padding(features, kernel_size, stride, dilation):
    """(B, C, H, W) with zeros around, so that a convolution gives ceil(size / stride) of each axis.

    As in TensorFlow the smaller half of what is missing comes before.  What comes behind fills up to a number
    that does not depend on the size: zeros that no window reaches, but sizes stay simple where they are free.
    """
    around = []
    for size in (features.shape[3], features.shape[2]):  # F.pad begins with the last axis
        before = (kernel_size - stride + (-size) % stride) // 2 * dilation
        around += [before, (kernel_size - 1) * dilation - before]
    return F.pad(features, around)


class MobileNetV2ConvLayer(nn.Module):
    """A convolution, and if wanted a batch norm and an activation after it."""

    def __init__(
        self,
        config,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        groups=1,
        bias=False,
        dilation=1,
        use_normalization=True,
        use_activation=True,
        layer_norm_eps=None,
    ):
        super().__init__()
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"channels ({in_channels} in, {out_channels} out) must be multiples of {groups} groups"
            )
        self.same_padding = (kernel_size, stride, dilation) if config.tf_padding and kernel_size > 1 else None
        self.convolution = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            padding=0 if config.tf_padding else (kernel_size - 1) // 2 * dilation,
            dilation=dilation,
            groups=groups,
            bias=bias,
        )
        self.normalization = None
        if use_normalization:
            eps = chosen(layer_norm_eps, config.layer_norm_eps)
            # 0.997 as published: in PyTorch's sense the share of the new batch, not of the past.
            self.normalization = nn.BatchNorm2d(out_channels, eps=eps, momentum=0.997)
        name = use_activation if isinstance(use_activation, str) else config.hidden_act
        self.activation = ACT2FN[name] if use_activation else None

    def forward(self, features):
        if self.same_padding is not None:
            features = same_padding(features, *self.same_padding)
        features = self.convolution(features)  # (B, C out, H / stride, W / stride)
        if self.normalization is not None:
            features = self.normalization(features)
        return features if self.activation is None else self.activation(features)


class MobileNetV2InvertedResidual(nn.Module):
    """Widen, filter each channel for itself, narrow without activation; add the input where sizes allow."""

    def __init__(self, config, in_channels, out_channels, stride, dilation=1):
        super().__init__()
        if stride not in (1, 2):
            raise ValueError(f"stride must be 1 or 2, got {stride}")
        wide = scaled(config, in_channels, config.expand_ratio)
        self.use_residual = stride == 1 and in_channels == out_channels
        self.expand_1x1 = MobileNetV2ConvLayer(config, in_channels, wide, 1)
        self.conv_3x3 = MobileNetV2ConvLayer(
            config, wide, wide, 3, stride=stride, groups=wide, dilation=dilation
        )
        self.reduce_1x1 = MobileNetV2ConvLayer(config, wide, out_channels, 1, use_activation=False)

    def forward(self, features):
        found = self.reduce_1x1(self.conv_3x3(self.expand_1x1(features)))
        return features + found if self.use_residual else found


class MobileNetV2Stem(nn.Module):
    """The first convolution and the first block, whose expansion is that convolution or one of its own."""

    def __init__(self, config, in_channels, expanded_channels, out_channels):
        super().__init__()
        self.first_conv = MobileNetV2ConvLayer(config, in_channels, expanded_channels, 3, stride=2)
        self.expand_1x1 = None
        if not config.first_layer_is_expansion:
            self.expand_1x1 = MobileNetV2ConvLayer(config, expanded_channels, expanded_channels, 1)
        self.conv_3x3 = MobileNetV2ConvLayer(
            config, expanded_channels, expanded_channels, 3, groups=expanded_channels
        )
        self.reduce_1x1 = MobileNetV2ConvLayer(
            config, expanded_channels, out_channels, 1, use_activation=False
        )

    def forward(self, features):
        features = self.first_conv(features)
        if self.expand_1x1 is not None:
            features = self.expand_1x1(features)
        return self.reduce_1x1(self.conv_3x3(features))


class MobileNetV2PreTrainedModel(PreTrainedModel):
    """Base of all MobileNetV2 models."""

    config_class = MobileNetV2Config
    base_model_prefix = "mobilenet_v2"
    main_input_name = "pixel_values"
    supports_gradient_checkpointing = False
    _no_split_modules = []
    _head_modules = ("classifier", "segmentation_head")

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


def block_places(config):
    """(stride, dilation) of each block.

    Once the features are `output_stride` times smaller than the image nothing strides any more; what a
    stride would have skipped, the blocks after it skip by dilation.
    """
    places, reached, dilation = [], 2, 1  # the stem strides by 2
    for stride in _STRIDES:
        if reached == config.output_stride:
            places.append((1, dilation))
            dilation = dilation * stride
        else:
            places.append((stride, 1))
            reached = reached * stride
    return places


class MobileNetV2Model(MobileNetV2PreTrainedModel):
    """The trunk: features (B, C, h, w) and, with `add_pooling_layer`, their mean over the image."""

    def __init__(self, config, add_pooling_layer=True):
        super().__init__(config)
        channels = [apply_depth_multiplier(config, count) for count in _CHANNELS]
        self.conv_stem = MobileNetV2Stem(config, config.num_channels, channels[0], channels[1])
        self.layer = nn.ModuleList(
            MobileNetV2InvertedResidual(config, channels[i + 1], channels[i + 2], stride, dilation)
            for i, (stride, dilation) in enumerate(block_places(config))
        )
        fixed = config.finegrained_output and config.depth_multiplier < 1.0
        last = _OUTPUT if fixed else apply_depth_multiplier(config, _OUTPUT)
        self.conv_1x1 = MobileNetV2ConvLayer(config, channels[-1], last, 1)
        self.pooler = nn.AdaptiveAvgPool2d((1, 1)) if add_pooling_layer else None
        self.post_init()

    @can_return_tuple
    def forward(self, pixel_values=None, output_hidden_states=None, return_dict=None):
        if pixel_values is None:
            raise ValueError("give pixel_values, shape (batch, channels, height, width)")
        features, states = run_blocks(
            self.layer,
            self.conv_stem(pixel_values),
            collect=chosen(output_hidden_states, self.config.output_hidden_states),
        )
        features = self.conv_1x1(features)
        return BaseModelOutputWithPoolingAndNoAttention(
            last_hidden_state=features,
            pooler_output=None if self.pooler is None else torch.flatten(self.pooler(features), 1),  # (B, C)
            hidden_states=states,
        )


class MobileNetV2ForImageClassification(MobileNetV2PreTrainedModel):
    """Classes of, or with one label a number for, the whole image."""

    loss_type = "ForImageClassification"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.mobilenet_v2 = MobileNetV2Model(config)
        width = self.mobilenet_v2.conv_1x1.convolution.out_channels
        self.dropout = nn.Dropout(config.classifier_dropout_prob)
        self.classifier = nn.Linear(width, config.num_labels) if config.num_labels > 0 else nn.Identity()
        self.post_init()

    @task_forward("pixel_values", "output_hidden_states", "labels", "return_dict")
    def forward(self, out, labels=None, **kwargs):
        logits = self.classifier(self.dropout(out.pooler_output))
        return ImageClassifierOutputWithNoAttention(
            loss=self.compute_loss(logits, labels, **kwargs), logits=logits
        )


class MobileNetV2DeepLabV3Plus(nn.Module):
    """The head of DeepLabV3+ (arXiv:1802.02611) as used on small devices: one local and one global branch."""

    def __init__(self, config):
        super().__init__()

        def conv(before, after):
            return MobileNetV2ConvLayer(config, before, after, 1, use_activation="relu", layer_norm_eps=1e-5)

        width = apply_depth_multiplier(config, _CHANNELS[-1])
        self.avg_pool = nn.AdaptiveAvgPool2d(output_size=1)
        self.conv_pool = conv(width, 256)
        self.conv_aspp = conv(width, 256)
        self.conv_projection = conv(512, 256)
        self.dropout = nn.Dropout2d(config.classifier_dropout_prob)
        self.classifier = MobileNetV2ConvLayer(
            config, 256, config.num_labels, 1, use_normalization=False, use_activation=False, bias=True
        )

    def forward(self, features):
        local = self.conv_aspp(features)  # (B, 256, h, w)
        whole = self.conv_pool(self.avg_pool(features)).expand_as(local)
        mixed = self.conv_projection(torch.cat([whole, local], dim=1))
        return self.classifier(self.dropout(mixed))  # (B, labels, h, w)


class MobileNetV2ForSemanticSegmentation(MobileNetV2PreTrainedModel):
    """A class for every pixel, at the resolution of the features; the loss compares at the labels'."""

    loss_type = "ForSemanticSegmentation"

    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.mobilenet_v2 = MobileNetV2Model(config, add_pooling_layer=False)
        self.segmentation_head = MobileNetV2DeepLabV3Plus(config)
        self.post_init()

    @task_forward("pixel_values", "labels", "output_hidden_states", "return_dict", before=with_hidden_states)
    def forward(self, out, labels=None, output_hidden_states=None, **kwargs):
        logits = self.segmentation_head(out.hidden_states[-1])
        if not chosen(output_hidden_states, self.config.output_hidden_states):
            out.hidden_states = None
        return SemanticSegmenterOutput(loss=self.compute_loss(logits, labels, **kwargs), logits=logits)


def load_tf_weights_in_mobilenet_v2(model, config, tf_checkpoint_path):
    """`model`, filled from a TensorFlow 1 checkpoint of slim."""
    return model.load_tf1_weights("mobilenet_v2", tf_checkpoint_path)


__all__ = [
    "MobileNetV2ForImageClassification",
    "MobileNetV2ForSemanticSegmentation",
    "MobileNetV2Model",
    "MobileNetV2PreTrainedModel",
    "load_tf_weights_in_mobilenet_v2",
]
