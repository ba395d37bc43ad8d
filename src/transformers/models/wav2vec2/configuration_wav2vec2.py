"""Configuration of Wav2Vec2."""

from __future__ import annotations

import math
from typing import Any

from ...configuration_utils import PretrainedConfig


class Wav2Vec2Config(PretrainedConfig):
    """Wav2Vec2's sizes and rates; the defaults are those of wav2vec2-base-960h (arXiv:2006.11477)."""

    model_type = "wav2vec2"

    vocab_size: int | None = 32
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout: float = 0.1
    activation_dropout: float = 0.1
    attention_dropout: float = 0.1
    feat_proj_dropout: float = 0.0
    feat_quantizer_dropout: float = 0.0
    final_dropout: float = 0.1
    layerdrop: float = 0.1
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-5
    feat_extract_norm: str = "group"  # of the first convolution, over time; "layer": of all, over channels
    feat_extract_activation: str = "gelu"
    conv_dim: list[int] = [512, 512, 512, 512, 512, 512, 512]
    conv_stride: list[int] = [5, 2, 2, 2, 2, 2, 2]
    conv_kernel: list[int] = [10, 3, 3, 3, 3, 2, 2]
    conv_bias: bool = False
    num_conv_pos_embeddings: int = 128
    num_conv_pos_embedding_groups: int = 16
    do_stable_layer_norm: bool = False  # layers norm before their parts
    apply_spec_augment: bool = True  # False: nothing is masked, neither by chance nor by mask_time_indices
    mask_time_prob: float = 0.05
    mask_time_length: int = 10
    mask_time_min_masks: int = 2
    mask_feature_prob: float = 0.0
    mask_feature_length: int = 10
    mask_feature_min_masks: int = 0
    num_codevectors_per_group: int = 320
    num_codevector_groups: int = 2
    contrastive_logits_temperature: float = 0.1
    num_negatives: int = 100
    codevector_dim: int = 256
    proj_codevector_dim: int = 256
    diversity_loss_weight: float = 0.1
    ctc_loss_reduction: str = "sum"
    ctc_zero_infinity: bool = False
    use_weighted_layer_sum: bool = False
    classifier_proj_size: int = 256
    tdnn_dim: list[int] = [512, 512, 512, 512, 1500]
    tdnn_kernel: list[int] = [5, 3, 3, 1, 1]
    tdnn_dilation: list[int] = [1, 2, 3, 1, 1]
    xvector_output_dim: int = 512
    pad_token_id: int | None = 0
    bos_token_id: int | None = 1
    eos_token_id: int | list[int] | None = 2
    add_adapter: bool = False  # convolutions that shorten the output
    adapter_kernel_size: int = 3
    adapter_stride: int = 2
    num_adapter_layers: int = 3
    output_hidden_size: int | None = None  # None: hidden_size
    adapter_attn_dim: int | None = None  # width of a language's adapter in every layer (MMS)

    @property
    def inputs_to_logits_ratio(self) -> int:
        """Samples of the waveform to one frame of the output."""
        return math.prod(self.conv_stride)

    def _finish(self, rest: dict[str, Any]) -> None:
        rest.pop("num_feat_extract_layers", None)  # counted, whatever a file says
        vars(self)["num_feat_extract_layers"] = len(self.conv_dim)
        super()._finish(rest)

    def _check(self) -> None:
        if self.output_hidden_size is None:
            self.output_hidden_size = self.hidden_size
        lengths = [len(self.conv_dim), len(self.conv_stride), len(self.conv_kernel)]
        if len(set(lengths)) != 1:
            raise ValueError(f"conv_dim, conv_stride and conv_kernel must be equally long, got {lengths}")
        if self.feat_extract_norm not in ("group", "layer"):
            raise ValueError(f"feat_extract_norm must be 'group' or 'layer', got {self.feat_extract_norm!r}")

    def _check_model(self) -> None:
        if self.num_attention_heads < 1 or self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"hidden_size ({self.hidden_size}) must be a multiple of "
                f"num_attention_heads ({self.num_attention_heads})"
            )
        groups = self.num_conv_pos_embedding_groups
        if groups < 1 or self.hidden_size % groups:
            raise ValueError(
                f"hidden_size ({self.hidden_size}) must be a multiple of "
                f"num_conv_pos_embedding_groups ({groups})"
            )


__all__ = ["Wav2Vec2Config"]
