"""Pipelines: from raw inputs to plain results in one call."""

from .base import Pipeline, PipelineException
from .factory import pipeline
from .feature_extraction import FeatureExtractionPipeline
from .tasks import PIPELINE_REGISTRY
from .text_classification import ClassificationFunction, TextClassificationPipeline

__all__ = [
    "PIPELINE_REGISTRY",
    "ClassificationFunction",
    "FeatureExtractionPipeline",
    "Pipeline",
    "PipelineException",
    "TextClassificationPipeline",
    "pipeline",
]
