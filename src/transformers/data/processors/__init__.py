"""Files of data sets as examples, and examples as inputs of models."""

from __future__ import annotations

from .glue import (
    OutputMode,
    glue_convert_examples_to_features,
    glue_features_as_dataset,
    glue_output_modes,
    glue_processors,
    glue_tasks_num_labels,
)
from .squad import (
    SquadExample,
    SquadFeatures,
    SquadProcessor,
    SquadResult,
    SquadV1Processor,
    SquadV2Processor,
    squad_convert_example_to_features,
    squad_convert_examples_to_features,
)
from .utils import DataProcessor, InputExample, InputFeatures, SingleSentenceClassificationProcessor
from .xnli import XnliProcessor, xnli_output_modes, xnli_processors, xnli_tasks_num_labels

__all__ = [
    "DataProcessor",
    "InputExample",
    "InputFeatures",
    "OutputMode",
    "SingleSentenceClassificationProcessor",
    "SquadExample",
    "SquadFeatures",
    "SquadProcessor",
    "SquadResult",
    "SquadV1Processor",
    "SquadV2Processor",
    "XnliProcessor",
    "glue_convert_examples_to_features",
    "glue_features_as_dataset",
    "glue_output_modes",
    "glue_processors",
    "glue_tasks_num_labels",
    "squad_convert_example_to_features",
    "squad_convert_examples_to_features",
    "xnli_output_modes",
    "xnli_processors",
    "xnli_tasks_num_labels",
]
