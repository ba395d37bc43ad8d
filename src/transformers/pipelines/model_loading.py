"""A pipeline's model in the framework that its name or object leads to, under the published names."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from ..utils.optional import is_available
from . import arrays

_PACKAGE = __package__.partition(".")[0]


def infer_framework_load_model(
    model: Any,
    config: Any,
    model_classes: Mapping[str, tuple[type, ...]] | None = None,
    task: str | None = None,
    framework: str | None = None,
    **model_kwargs: Any,
) -> tuple[str, Any]:
    """(framework, model) of a name or an object.

    Args:
        model: a name on the hub, a folder, or a model object, which is taken as it is.
        config: its configuration; `architectures` is tried after `model_classes`.
        model_classes: classes to try in turn by framework, "pt" or "tf".
        task: accepted; what it says reaches a hub's counters nowhere.
        framework: "pt" or "tf"; None tries PyTorch first.
        model_kwargs: keywords of `from_pretrained`.

    Raises:
        RuntimeError: no framework is installed.
        ValueError: none of the classes can load it; the message has their reasons.
    """
    if not isinstance(model, str):
        return framework or arrays.framework_of(model), model
    packages = {"pt": ("torch", ""), "tf": ("tensorflow", "TF")}
    usable = {key: prefix for key, (package, prefix) in packages.items() if is_available(package)}
    if not usable:
        raise RuntimeError("a model named by its place needs PyTorch or TensorFlow: pip install torch")
    front = importlib.import_module(_PACKAGE)
    model_kwargs = {"_from_pipeline": task, **model_kwargs}
    problems = []
    for key, prefix in usable.items():
        if framework not in (None, key):
            continue
        named = [getattr(front, prefix + name, None) for name in config.architectures or ()]
        classes = [*(model_classes or {}).get(key, ()), *(cls for cls in named if cls is not None)]
        for cls in dict.fromkeys(classes or [getattr(front, f"{prefix}AutoModel")]):
            try:
                found = cls.from_pretrained(model, config=config, **model_kwargs)
            except (OSError, TypeError, ValueError) as error:
                problems.append(f"{cls.__name__}: {error}")
                continue
            return key, found[0] if isinstance(found, tuple) else found
    raise ValueError(f"{model} cannot be loaded: {' / '.join(problems) or 'there is no class to try'}")


def infer_framework_from_model(
    model: Any,
    model_classes: Mapping[str, tuple[type, ...]] | None = None,
    task: str | None = None,
    framework: str | None = None,
    **model_kwargs: Any,
) -> tuple[str, Any]:
    """(framework, model) as `infer_framework_load_model` gives, with the config of the model itself."""
    if not isinstance(model, str):
        return infer_framework_load_model(model, model.config, model_classes, task, framework)
    config = importlib.import_module(_PACKAGE).AutoConfig.from_pretrained(model, **model_kwargs)
    return infer_framework_load_model(model, config, model_classes, task, framework, **model_kwargs)


def get_framework(model: Any, revision: str | None = None) -> str:
    """The framework of a model object, or of the classes that can load a name: "pt" or "tf"."""
    if not isinstance(model, str):
        return arrays.framework_of(model)
    return infer_framework_from_model(model, revision=revision)[0]


__all__ = ["get_framework", "infer_framework_from_model", "infer_framework_load_model"]
