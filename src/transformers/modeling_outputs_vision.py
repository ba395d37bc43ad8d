"""What vision models return; served by `modeling_outputs` with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .model_output import ModelOutput


@dataclass
class BaseModelOutputWithNoAttention(ModelOutput):
    """A convolutional trunk's features.

    last_hidden_state: (B, C, H, W).
    hidden_states: the features after each stage, when asked for.
    """

    last_hidden_state: Any = None
    hidden_states: tuple[Any, ...] | None = None


@dataclass
class BaseModelOutputWithPoolingAndNoAttention(ModelOutput):
    """A convolutional trunk's features with `pooler_output`, their mean over the image."""

    last_hidden_state: Any = None
    pooler_output: Any = None
    hidden_states: tuple[Any, ...] | None = None


@dataclass
class ImageClassifierOutput(ModelOutput):
    """`logits` (B, labels) of an image, or (B, 1) for regression."""

    loss: Any = None
    logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class ImageClassifierOutputWithNoAttention(ModelOutput):
    """`ImageClassifierOutput` of a convolutional model."""

    loss: Any = None
    logits: Any = None
    hidden_states: tuple[Any, ...] | None = None


@dataclass
class SemanticSegmenterOutput(ModelOutput):
    """`logits` (B, labels, h, w) of every pixel, at the resolution of the features, not of the image."""

    loss: Any = None
    logits: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


__all__ = [
    "BaseModelOutputWithNoAttention",
    "BaseModelOutputWithPoolingAndNoAttention",
    "ImageClassifierOutput",
    "ImageClassifierOutputWithNoAttention",
    "SemanticSegmenterOutput",
]
