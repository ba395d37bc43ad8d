"""The tasks there are: pipeline class, auto classes, what they need and their default models. Data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..utils.errors import did_you_mean

EMBEDDED = Path(__file__).parent / "embedded"


@dataclass(frozen=True)
class Task:
    """One task.

    pipeline: "module:class" below this package, or a class.
    auto_classes: names of torch auto classes; the other frameworks' have a prefix.
    needs: which of "tokenizer", "feature_extractor", "image_processor", "processor" it takes.
    default: (name on the hub, revision) by framework; "pt" stands for those not listed.
    embedded: folder below `embedded/` with a small model for when the hub cannot be reached.
    """

    pipeline: Any
    auto_classes: tuple[Any, ...] = ()
    needs: tuple[str, ...] = ("tokenizer",)
    default: dict[str, tuple[str, str]] | None = None
    embedded: str | None = None
    type: str = "text"


TASKS: dict[str, Task] = {
    "feature-extraction": Task(
        "feature_extraction:FeatureExtractionPipeline",
        ("AutoModel",),
        default={"pt": ("distilbert/distilbert-base-cased", "6ea8117")},
        type="multimodal",
    ),
    "text-classification": Task(
        "text_classification:TextClassificationPipeline",
        ("AutoModelForSequenceClassification",),
        default={"pt": ("distilbert/distilbert-base-uncased-finetuned-sst-2-english", "714eb0f")},
        embedded="sentiment",
    ),
}

ALIASES = {"sentiment-analysis": "text-classification"}


def normalise(task: str) -> str:
    """The name in `TASKS` of a task, an alias, or either with underscores.

    Raises:
        KeyError: there is no such task; the message lists those there are.
    """
    name = ALIASES.get(task.replace("_", "-"), task.replace("_", "-"))
    if task in TASKS:
        return task
    if name not in TASKS:
        known = sorted({*TASKS, *ALIASES})
        raise KeyError(f"unknown task {task!r}.{did_you_mean(name, known)} Tasks: {', '.join(known)}")
    return name


class PipelineRegistry:
    """The published way to look up and add tasks."""

    def get_supported_tasks(self) -> list[str]:
        """Names of tasks and aliases."""
        return sorted({*TASKS, *ALIASES})

    def check_task(self, task: str) -> tuple[str, dict[str, Any], None]:
        """(name, description, None) of a task."""
        name = normalise(task)
        entry = TASKS[name]
        return name, {"impl": entry.pipeline, "default": {"model": entry.default}, "type": entry.type}, None

    def register_pipeline(
        self,
        task: str,
        pipeline_class: Callable[..., Any],
        pt_model: Any = None,
        tf_model: Any = None,
        default: dict[str, Any] | None = None,
        type: str | None = None,
    ) -> None:
        """Add a task with a class of one's own.

        pt_model: an auto or model class, or several, that load the task's models.
        default: {"pt": (name, revision)} or {"model": {"pt": ...}}.
        """
        models = pt_model if isinstance(pt_model, tuple) else (pt_model,) if pt_model is not None else ()
        needs = ("tokenizer", "feature_extractor", "image_processor", "processor")
        places = (default or {}).get("model", default)
        TASKS[task] = Task(pipeline_class, models, needs, places, None, type or "text")


PIPELINE_REGISTRY = PipelineRegistry()

__all__ = ["ALIASES", "EMBEDDED", "PIPELINE_REGISTRY", "TASKS", "PipelineRegistry", "Task", "normalise"]
