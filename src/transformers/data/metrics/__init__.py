"""Measures of GLUE and XNLI, in percent of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def simple_accuracy(preds: Any, labels: Any) -> float:
    """The share of predictions that are right."""
    import numpy as np

    return float((np.asarray(preds) == np.asarray(labels)).mean())


def _f1(preds: Any, labels: Any) -> float:
    """Harmonic mean of precision and recall of the class 1; 0 where nothing is right."""
    import numpy as np

    right = int(((np.asarray(preds) == 1) & (np.asarray(labels) == 1)).sum())
    named = int((np.asarray(preds) == 1).sum()) + int((np.asarray(labels) == 1).sum())
    return 2 * right / named if named else 0.0


def _pearson(preds: Any, labels: Any) -> float:
    import numpy as np

    return float(np.corrcoef(np.asarray(preds, float), np.asarray(labels, float))[0, 1])


def _ranks(values: Any) -> Any:
    """Places in the order of size; equal values share the mean of theirs."""
    import numpy as np

    values = np.asarray(values)
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


def _matthews(preds: Any, labels: Any) -> float:
    """Correlation of classes (doi:10.1016/j.compbiolchem.2004.09.006); 0 where one side is constant."""
    import numpy as np

    names = np.unique(np.concatenate([np.asarray(preds), np.asarray(labels)]))
    one, other = (np.asarray(part)[:, None] == names for part in (preds, labels))
    one, other = one - one.mean(0), other - other.mean(0)
    spread = float((one * one).sum() * (other * other).sum())
    return float((one * other).sum() / spread**0.5) if spread else 0.0


def acc_and_f1(preds: Any, labels: Any) -> dict[str, float]:
    """Accuracy, F1 of the class 1, and their mean."""
    accuracy, f1 = simple_accuracy(preds, labels), _f1(preds, labels)
    return {"acc": accuracy, "f1": f1, "acc_and_f1": (accuracy + f1) / 2}


def pearson_and_spearman(preds: Any, labels: Any) -> dict[str, float]:
    """Correlation of values, of their ranks, and the mean of both."""
    values, ranks = _pearson(preds, labels), _pearson(_ranks(preds), _ranks(labels))
    return {"pearson": values, "spearmanr": ranks, "corr": (values + ranks) / 2}


def _accuracy_as(name: str) -> Callable[[Any, Any], dict[str, float]]:
    return lambda preds, labels: {name: simple_accuracy(preds, labels)}


_MEASURES: dict[str, Callable[[Any, Any], dict[str, float]]] = {
    "cola": lambda preds, labels: {"mcc": _matthews(preds, labels)},
    "sst-2": _accuracy_as("acc"),
    "mrpc": acc_and_f1,
    "sts-b": pearson_and_spearman,
    "qqp": acc_and_f1,
    "mnli": _accuracy_as("mnli/acc"),
    "mnli-mm": _accuracy_as("mnli-mm/acc"),
    "qnli": _accuracy_as("acc"),
    "rte": _accuracy_as("acc"),
    "wnli": _accuracy_as("acc"),
    "hans": _accuracy_as("acc"),
}


def _measured(
    measures: dict[str, Callable[[Any, Any], dict[str, float]]], task: str, preds: Any, labels: Any
) -> dict[str, float]:
    if task not in measures:
        raise KeyError(f"task must be one of {', '.join(measures)}, got {task!r}")
    if len(preds) != len(labels):
        raise ValueError(f"there are {len(preds)} predictions and {len(labels)} labels")
    return measures[task](preds, labels)


def glue_compute_metrics(task_name: str, preds: Any, labels: Any) -> dict[str, float]:
    """The measures of one of GLUE's tasks.

    Raises:
        KeyError: there is no such task.
        ValueError: predictions and labels differ in number.
    """
    return _measured(_MEASURES, task_name, preds, labels)


def xnli_compute_metrics(task_name: str, preds: Any, labels: Any) -> dict[str, float]:
    """The measure of XNLI; raises as `glue_compute_metrics` does."""
    return _measured({"xnli": _accuracy_as("acc")}, task_name, preds, labels)


__all__ = [
    "acc_and_f1",
    "glue_compute_metrics",
    "pearson_and_spearman",
    "simple_accuracy",
    "xnli_compute_metrics",
]
