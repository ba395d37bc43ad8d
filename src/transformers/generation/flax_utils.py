"""The writing half of a JAX model by its published name."""

from __future__ import annotations

from .face_utils import FaceGenerationMixin


class FlaxGenerationMixin(FaceGenerationMixin):
    """`generate` of every JAX model that predicts tokens."""


__all__ = ["FlaxGenerationMixin"]
