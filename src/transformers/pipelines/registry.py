"""The published way to look up and add tasks: `SUPPORTED_TASKS`, `PIPELINE_REGISTRY` and their functions."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, MutableMapping
from typing import Any

from ..utils import logging
from ..utils.optional import is_available
from .tasks import ALIASES, TASKS, Task, languages, normalise

logger = logging.get_logger(__name__)

Description = dict[str, Any]
_PACKAGE = __package__.partition(".")[0]
PARTS = ("tokenizer", "feature_extractor", "image_processor", "processor")


class TaskTable(MutableMapping[str, Description]):
    """The tasks as published descriptions: {"impl", "pt", "tf", "default", "type"} by name.

    A description is made when it is asked for, so that the table loads no framework; entries can be set and
    deleted.
    """

    def __getitem__(self, name: str) -> Description:
        entry = TASKS[name]
        found: Description = {
            "impl": pipeline_class(entry),
            "tf": _classes(entry.tf_classes or entry.auto_classes, "TF", "tensorflow"),
            "pt": _classes(entry.auto_classes, "", "torch"),
        }
        if entry.default is not None:
            found["default"] = {"model": _places(entry, entry.default)}
        if entry.defaults_by_pair is not None:
            by_pair = entry.defaults_by_pair.items()
            found["default"] = {pair: {"model": _places(entry, places)} for pair, places in by_pair}
        return {**found, "type": entry.type}

    def __setitem__(self, name: str, description: Description) -> None:
        default = description.get("default")
        TASKS[name] = Task(
            description["impl"],
            _tuple(description.get("pt")),
            PARTS,
            default.get("model", default) if default else None,
            None,
            description.get("type") or "text",
            _tuple(description.get("tf")),
        )

    def __delitem__(self, name: str) -> None:
        del TASKS[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TASKS)

    def __len__(self) -> int:
        return len(TASKS)


def _places(entry: Task, places: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """The default models by framework, for the published ones of the library's own tasks."""
    if not isinstance(entry.pipeline, str):
        return places
    return {key: places.get(key, places["pt"]) for key in ("pt", "tf")}


def pipeline_class(entry: Task) -> Any:
    """The class that runs a task."""
    if not isinstance(entry.pipeline, str):
        return entry.pipeline
    module, _, name = entry.pipeline.partition(":")
    return getattr(importlib.import_module(f".{module}", __package__), name)


def _tuple(models: Any) -> tuple[Any, ...]:
    if models is None:
        return ()
    return tuple(models) if isinstance(models, tuple | list) else (models,)


def _classes(entries: tuple[Any, ...], prefix: str, package: str) -> tuple[Any, ...]:
    """Auto classes by name; none where their framework is not installed."""
    if not is_available(package):
        return ()
    front = importlib.import_module(_PACKAGE)
    found = [getattr(front, prefix + e, None) if isinstance(e, str) else e for e in entries]
    return tuple(cls for cls in found if cls is not None)


class PipelineRegistry:
    """Looks up and adds tasks."""

    def __init__(
        self,
        supported_tasks: MutableMapping[str, Description] | None = None,
        task_aliases: dict[str, str] | None = None,
    ) -> None:
        self.supported_tasks = TaskTable() if supported_tasks is None else supported_tasks
        self.task_aliases = ALIASES if task_aliases is None else task_aliases

    def get_supported_tasks(self) -> list[str]:
        """Names of tasks and aliases."""
        return sorted({*self.supported_tasks, *self.task_aliases})

    def check_task(self, task: str) -> tuple[str, Description, Any]:
        """(name, description, options in the name) of a task.

        Raises:
            KeyError: there is no such task; the message lists those there are.
        """
        name = self.task_aliases.get(task, task)
        if name not in self.supported_tasks:
            name = normalise(name)
        return name, self.supported_tasks[name], languages(task)

    def register_pipeline(
        self,
        task: str,
        pipeline_class: Any,
        pt_model: Any = None,
        tf_model: Any = None,
        default: dict[str, Any] | None = None,
        type: str | None = None,
    ) -> None:
        """Add a task with a class of one's own.

        Args:
            task: its name; one that is known is replaced.
            pipeline_class: a subclass of `Pipeline`.
            pt_model, tf_model: the auto or model class, or several, that load the task's models.
            default: (name, revision) of the default model, as {"pt": ...} or {"model": {"pt": ...}}.
            type: "text", "image", "audio", "video" or "multimodal".
        """
        if task in self.supported_tasks:
            logger.warning(f"{task} is a task already: its pipeline is replaced by {pipeline_class.__name__}")
        made: Description = {"impl": pipeline_class, "pt": _tuple(pt_model), "tf": _tuple(tf_model)}
        if default is not None:
            made["default"] = default if "model" in default else {"model": default}
        if type is not None:
            made["type"] = type
        self.supported_tasks[task] = made
        pipeline_class._registered_impl = {task: made}

    def to_dict(self) -> MutableMapping[str, Description]:
        """The descriptions by name."""
        return self.supported_tasks


SUPPORTED_TASKS = TaskTable()
TASK_ALIASES = ALIASES
PIPELINE_REGISTRY = PipelineRegistry(SUPPORTED_TASKS, TASK_ALIASES)


def get_supported_tasks() -> list[str]:
    """Names of tasks and aliases."""
    return PIPELINE_REGISTRY.get_supported_tasks()


def check_task(task: str) -> tuple[str, Description, Any]:
    """(name, description, options in the name) of a task; KeyError where there is none."""
    return PIPELINE_REGISTRY.check_task(task)


def get_default_model_and_revision(
    targeted_task: Description, framework: str | None, task_options: Any = None
) -> tuple[str, str]:
    """(name, revision) of a task's default model.

    Args:
        targeted_task: its description.
        framework: "pt" or "tf"; None takes the one that is installed, PyTorch first.
        task_options: for a task with several defaults, which of them.

    Raises:
        ValueError: the task has no default for these options.
    """
    default = targeted_task.get("default", {})
    if task_options:
        if task_options not in default:
            raise ValueError(f"there is no default model for the options {task_options!r}")
        default = default[task_options]
    places = default.get("model")
    if not places:
        raise ValueError("the task has no default model: name one")
    key = framework or ("pt" if is_available("torch") or not is_available("tensorflow") else "tf")
    name, revision = places.get(key) or places["pt"]
    return name, revision


__all__ = [
    "PARTS",
    "PIPELINE_REGISTRY",
    "SUPPORTED_TASKS",
    "TASK_ALIASES",
    "PipelineRegistry",
    "TaskTable",
    "check_task",
    "get_default_model_and_revision",
    "get_supported_tasks",
    "pipeline_class",
]
