"""Pipelines: from raw inputs to plain results in one call."""

from .base import ChunkPipeline, Pipeline, PipelineException
from .conversational import Conversation, ConversationalPipeline
from .custom import clean_custom_task
from .data_format import (
    CsvPipelineDataFormat,
    JsonPipelineDataFormat,
    PipedPipelineDataFormat,
    PipelineDataFormat,
)
from .factory import get_task, pipeline
from .feature_extraction import FeatureExtractionPipeline
from .fill_mask import FillMaskPipeline
from .model_loading import get_framework, infer_framework_load_model
from .protocol import ArgumentHandler
from .question_answering import QuestionAnsweringPipeline
from .registry import (
    PIPELINE_REGISTRY,
    SUPPORTED_TASKS,
    TASK_ALIASES,
    PipelineRegistry,
    check_task,
    get_default_model_and_revision,
    get_supported_tasks,
)
from .squad import QuestionAnsweringArgumentHandler
from .text2text_generation import SummarizationPipeline, Text2TextGenerationPipeline, TranslationPipeline
from .text_classification import ClassificationFunction, TextClassificationPipeline
from .text_generation import TextGenerationPipeline
from .token_classification import (
    AggregationStrategy,
    NerPipeline,
    TokenClassificationArgumentHandler,
    TokenClassificationPipeline,
)
from .zero_shot_classification import (
    ZeroShotClassificationArgumentHandler,
    ZeroShotClassificationPipeline,
)

__all__ = [
    "PIPELINE_REGISTRY",
    "SUPPORTED_TASKS",
    "TASK_ALIASES",
    "AggregationStrategy",
    "ArgumentHandler",
    "ChunkPipeline",
    "ClassificationFunction",
    "Conversation",
    "ConversationalPipeline",
    "CsvPipelineDataFormat",
    "FeatureExtractionPipeline",
    "FillMaskPipeline",
    "JsonPipelineDataFormat",
    "NerPipeline",
    "PipedPipelineDataFormat",
    "Pipeline",
    "PipelineDataFormat",
    "PipelineException",
    "PipelineRegistry",
    "QuestionAnsweringArgumentHandler",
    "QuestionAnsweringPipeline",
    "SummarizationPipeline",
    "Text2TextGenerationPipeline",
    "TextClassificationPipeline",
    "TextGenerationPipeline",
    "TokenClassificationArgumentHandler",
    "TokenClassificationPipeline",
    "TranslationPipeline",
    "ZeroShotClassificationArgumentHandler",
    "ZeroShotClassificationPipeline",
    "check_task",
    "clean_custom_task",
    "get_default_model_and_revision",
    "get_framework",
    "get_supported_tasks",
    "get_task",
    "infer_framework_load_model",
    "pipeline",
]
