"""Pipelines whose class a model's folder brings along: noted in its config, run by the caller's word."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..loading.config_files import read_json
from ..loading.hub import cached_file
from .tasks import Task, normalise

_PACKAGE = __package__.partition(".")[0]


def clean_custom_task(task_info: dict[str, Any]) -> tuple[dict[str, Any], None]:
    """The description of a task as a config holds it, with names of model classes made classes.

    Args:
        task_info: {"impl": "module.Class", "pt": name or names, "tf": ..., "default", "type"}.

    Returns:
        (the description with "pt" and "tf" tuples of classes, None).

    Raises:
        RuntimeError: it names no class.
        ValueError: a model class is not one of this library.
    """
    if "impl" not in task_info:
        raise RuntimeError("a custom pipeline must name its class under 'impl'")
    found = dict(task_info)
    for framework in ("pt", "tf"):
        names = found.get(framework) or ()
        names = (names,) if isinstance(names, str) else tuple(names)
        found[framework] = tuple(_model_class(name) for name in names)
    return found, None


def _model_class(name: Any) -> Any:
    front = importlib.import_module(_PACKAGE)
    cls = getattr(front, name, None) if isinstance(name, str) and name.isidentifier() else None
    if not isinstance(cls, type) or not hasattr(cls, "from_pretrained"):
        raise ValueError(f"a custom pipeline names {name!r}, which is no model class of this library")
    return cls


def custom_task(
    task: str | None, source: Any, trust_remote_code: bool | None, place: dict[str, Any]
) -> tuple[str, Task] | None:
    """(name, description) of a task whose class lies in a model's folder; None where there is none.

    The library's own tasks are not replaced unless the caller trusts the code.

    Args:
        task: its name; None takes the only one that the folder has.
        source: folder or name on the hub.
        trust_remote_code: what the caller said.
        place: revision and token.

    Raises:
        ValueError: there is one, and the caller did not say that its code may run.
        RuntimeError: no task was named and the folder has several.
    """
    if not isinstance(source, str | os.PathLike) or os.path.isfile(source):
        return None
    if task is not None and _is_known(task) and not trust_remote_code:
        return None
    path = cached_file(source, "config.json", required=False, **place)
    tasks = read_json(path).get("custom_pipelines") if path is not None else None
    if not isinstance(tasks, dict) or not tasks:
        return None
    if task is None:
        if len(tasks) > 1:
            raise RuntimeError(f"{source} has pipelines for {', '.join(sorted(tasks))}: name the task")
        task = next(iter(tasks))
    if not isinstance(tasks.get(task), dict):
        return None
    return task, _trusted(task, source, tasks[task], trust_remote_code, place)


def _is_known(task: str) -> bool:
    try:
        return bool(normalise(task))
    except KeyError:
        return False


def _trusted(
    task: str, source: Any, entry: dict[str, Any], trust_remote_code: bool | None, place: dict[str, Any]
) -> Task:
    from ..dynamic_module_utils import get_class_from_dynamic_module

    if not trust_remote_code:
        raise ValueError(
            f"the pipeline for {task} is code in {source}, which is not run unless you ask for it. Read it, "
            "and if you trust it pass trust_remote_code=True"
        )
    found, _ = clean_custom_task(entry)
    cls = get_class_from_dynamic_module(found["impl"], source, **place)
    needs = ("tokenizer", "feature_extractor", "image_processor", "processor")
    return Task(cls, found["pt"], needs, tf_classes=found["tf"])


@contextmanager
def described(pipe: Any, folder: Path) -> Iterator[None]:
    """Inside the block the model's config names the tasks of a user's pipeline class, whose code is copied.

    Nothing happens for the library's own classes.
    """
    tasks = vars(type(pipe)).get("_registered_impl")
    if not tasks:
        yield
        return
    from ..dynamic_module_utils import custom_object_save

    noted = {}
    if custom_object_save(pipe, folder):
        reference = f"{type(pipe).__module__.rpartition('.')[2]}.{type(pipe).__name__}"
        noted = {name: _as_names(entry, reference) for name, entry in tasks.items()}
    config = pipe.model.config
    before = vars(config).get("custom_pipelines")
    if noted:
        config.custom_pipelines = {**(before or {}), **noted}
    try:
        yield
    finally:
        if noted and before is None:
            del config.custom_pipelines
        elif noted:
            config.custom_pipelines = before


def _as_names(entry: dict[str, Any], reference: str) -> dict[str, Any]:
    """The description of a task with names in place of classes."""
    found = {**entry, "impl": reference}
    for framework in ("pt", "tf"):
        classes = entry.get(framework) or ()
        found[framework] = [cls if isinstance(cls, str) else cls.__name__ for cls in classes]
    return found


__all__ = ["clean_custom_task", "custom_task", "described"]
