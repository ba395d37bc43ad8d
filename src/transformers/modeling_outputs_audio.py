"""What audio models return; served by `modeling_outputs` with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .model_output import ModelOutput


@dataclass
class Wav2Vec2BaseModelOutput(ModelOutput):
    """A speech trunk's output: `extract_features` (B, frames, C') is what its convolutions gave."""

    last_hidden_state: Any = None
    extract_features: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


@dataclass
class XVectorOutput(ModelOutput):
    """`embeddings` (B, D) of the speakers' voices, and `logits` (B, D) by which they were trained."""

    loss: Any = None
    logits: Any = None
    embeddings: Any = None
    hidden_states: tuple[Any, ...] | None = None
    attentions: tuple[Any, ...] | None = None


__all__ = ["Wav2Vec2BaseModelOutput", "XVectorOutput"]
