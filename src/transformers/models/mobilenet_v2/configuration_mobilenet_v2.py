"""Configuration of MobileNetV2."""

from __future__ import annotations

from ...configuration_utils import PretrainedConfig


class MobileNetV2Config(PretrainedConfig):
    """MobileNetV2's sizes and rates; the defaults are those of mobilenet_v2_1.0_224 (arXiv:1801.04381)."""

    model_type = "mobilenet_v2"

    num_channels: int = 3
    image_size: int = 224
    depth_multiplier: float = 1.0  # scales the number of channels everywhere; above 0
    depth_divisible_by: int = 8  # numbers of channels are rounded to a multiple of this
    min_depth: int = 8  # and never fewer than this
    expand_ratio: float = 6.0  # width of a block's middle over its input
    output_stride: int = 32  # image size over feature size: blocks beyond it dilate in place of striding
    first_layer_is_expansion: bool = True  # the first block's expansion is the first convolution
    finegrained_output: bool = True  # with a multiplier below 1 the last convolution keeps 1280 channels
    hidden_act: str = "relu6"
    tf_padding: bool = True  # pad as TensorFlow's SAME does: one more behind than before
    classifier_dropout_prob: float = 0.8
    initializer_range: float = 0.02
    layer_norm_eps: float = 0.001
    semantic_loss_ignore_index: int = 255

    def _check(self) -> None:
        if self.depth_multiplier <= 0:
            raise ValueError(f"depth_multiplier must be greater than zero, got {self.depth_multiplier}")
        for name in ("depth_divisible_by", "min_depth", "output_stride"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")


__all__ = ["MobileNetV2Config"]
