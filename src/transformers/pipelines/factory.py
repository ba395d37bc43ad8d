"""`pipeline()`: a task's pipeline with its model, from names or objects."""

from __future__ import annotations

import importlib
import os
from typing import Any

from ..utils import logging
from ..utils.optional import is_available
from . import arrays
from .base import Pipeline
from .tasks import EMBEDDED, TASKS, Task, normalise

logger = logging.get_logger(__name__)

_PARTS = {
    "tokenizer": "AutoTokenizer",
    "feature_extractor": "AutoFeatureExtractor",
    "image_processor": "AutoImageProcessor",
    "processor": "AutoProcessor",
}


def pipeline(
    task: str | None = None,
    model: Any = None,
    config: Any = None,
    tokenizer: Any = None,
    feature_extractor: Any = None,
    image_processor: Any = None,
    processor: Any = None,
    framework: str | None = None,
    revision: str | None = None,
    use_fast: bool = True,
    token: str | bool | None = None,
    device: Any = None,
    device_map: Any = None,
    dtype: Any = None,
    trust_remote_code: bool | None = None,
    model_kwargs: dict[str, Any] | None = None,
    pipeline_class: Any = None,
    **kwargs: Any,
) -> Pipeline:
    """Make a pipeline.

    Args:
        task: "text-classification" ...; aliases and underscores will do.  None: as the model's card says.
        model: a name on the hub, a folder, or a model object; None takes the task's default.
        config, tokenizer, feature_extractor, image_processor, processor: names or objects; None: the model's.
        framework: "pt", "tf", "jax" or "np"; None takes the model object's, or the first installed of these.
        revision, token: which revision of the model on the hub, and the access token.
        use_fast, trust_remote_code: accepted; there is one tokenizer, and code from the hub is never run.
        device: torch: an index, a name or a device; -1 and None mean the CPU.
        dtype: of the weights; None computes in float32 on a CPU.
        device_map, model_kwargs: keywords for the model's loading.
        pipeline_class: a class to use in place of the task's.
        kwargs: `batch_size`, and the task's options.

    Raises:
        KeyError: the task is unknown.
        ValueError: arguments that do not go together.
        OSError: a model or one of its parts cannot be found.
    """
    if task is None and model is None:
        raise ValueError("pipeline() needs a task, or a model whose card names one")
    if device is not None and device_map is not None:
        raise ValueError("give device or device_map, not both")
    name = normalise(_task_of(model, revision, token) if task is None else task)
    entry, framework = TASKS[name], _framework(framework, model)
    if model is None:
        model, revision = _default(name, entry, framework, revision, token)
    place = {key: value for key, value in (("revision", revision), ("token", token)) if value is not None}
    source = model if isinstance(model, str | os.PathLike) else None
    if source is not None:
        dtype = dtype or kwargs.pop("torch_dtype", None)
        chosen = {"config": config, "device_map": device_map, "dtype": dtype}
        model = _load_model(
            name, entry, source, framework, device, {**(model_kwargs or {}), **place, **chosen}
        )
    given = (tokenizer, feature_extractor, image_processor, processor)
    parts = _parts(given, entry, source, model, config, place)
    cls = pipeline_class or _pipeline_class(entry)
    return cls(model=model, framework=framework, task=task or name, device=device, **parts, **kwargs)  # type: ignore[no-any-return]


def _parts(
    given: tuple[Any, ...], entry: Task, source: Any, model: Any, config: Any, place: dict[str, Any]
) -> dict[str, Any]:
    """Tokenizer and processors by keyword of the pipeline's class."""
    return {
        key: _part(key, value, entry, source, model, config, place)
        for key, value in zip(_PARTS, given, strict=True)
    }


def _framework(given: str | None, model: Any) -> str:
    """The framework to run in.

    Raises:
        ValueError: an unknown name, or not the model object's.
    """
    from ..utils.optional import require

    if given is not None:
        given = {"flax": "jax", "torch": "pt", "numpy": "np"}.get(given, given)
        if given not in arrays.FRAMEWORKS:
            raise ValueError(f"framework must be one of {', '.join(arrays.FRAMEWORKS)}, got {given!r}")
        require(arrays.FRAMEWORKS[given][0], f"framework={given!r}")
    if model is not None and not isinstance(model, str | os.PathLike):
        own = arrays.framework_of(model)
        if given not in (None, own):
            raise ValueError(f"framework={given!r} was asked for, but the model is a {type(model).__name__}")
        return own
    found = given or next(key for key, (package, _) in arrays.FRAMEWORKS.items() if is_available(package))
    if found == "np" and given is None:
        logger.warning("Running on NumPy; for speed install a framework: pip install 'transformers[torch]'")
    return found


def _default(
    name: str, entry: Task, framework: str, revision: str | None, token: Any
) -> tuple[str | os.PathLike[str], str | None]:
    """(name or folder, revision) of the task's default model."""
    if not entry.default and entry.embedded is None:
        raise ValueError(f"{name} has no default model; name one: pipeline({name!r}, model=...)")
    if entry.default:
        place, pinned = entry.default.get(framework) or entry.default["pt"]
        revision = revision or pinned
        if entry.embedded is None or _reachable(place, revision, token):
            logger.warning(f"No model was given; {name} uses {place} (revision {revision}).")
            return place, revision
    logger.warning(f"The hub cannot be reached; {name} uses the small model that comes with this library.")
    return EMBEDDED / str(entry.embedded), None


def _reachable(place: str, revision: str, token: Any) -> bool:
    """Whether a model's files are cached or can be fetched."""
    from ..loading.hub import cached_file
    from ..loading.probe import can_connect

    try:
        if cached_file(place, "config.json", revision=revision, token=token, local_files_only=True):
            return True
    except OSError:
        pass
    if not can_connect():
        return False
    try:
        return cached_file(place, "config.json", revision=revision, token=token) is not None
    except OSError:
        return False


def _task_of(model: Any, revision: str | None, token: Any) -> str:
    """The task that a model's card on the hub names."""
    if not isinstance(model, str):
        raise ValueError("pipeline() needs a task when the model is an object")
    import huggingface_hub

    try:
        info = huggingface_hub.HfApi(token=token).model_info(model, revision=revision)
    except Exception as error:
        raise ValueError(f"cannot tell the task of {model!r} from the hub ({error}): name it") from error
    if not info.pipeline_tag:
        raise ValueError(f"the card of {model!r} names no task: name one")
    return str(info.pipeline_tag)


def _load_model(
    name: str, entry: Task, source: Any, framework: str, device: Any, options: dict[str, Any]
) -> Any:
    """The model, by the first of the task's auto classes that knows its type."""
    prefix = arrays.FRAMEWORKS[framework][1]
    dtype = options.pop("dtype", None)
    options = {key: value for key, value in options.items() if value is not None}
    if dtype is not None and framework == "pt":
        on_cpu = device is None or str(device) in ("cpu", "-1")
        options["dtype"] = "float32" if dtype == "auto" and on_cpu else dtype
    problems = []
    for auto in entry.auto_classes:
        if isinstance(auto, str):
            auto = getattr(importlib.import_module(__package__.partition(".")[0]), prefix + auto)
        try:
            return auto.from_pretrained(source, **options)
        except ValueError as error:
            problems.append(str(error))
    raise ValueError(f"{source} cannot be loaded for {name}: {' / '.join(problems)}")


def _part(
    key: str, given: Any, entry: Task, source: Any, model: Any, config: Any, place: dict[str, Any]
) -> Any:
    """A tokenizer or processor: the object given, or loaded by name, or from beside the model."""
    if given is not None and not isinstance(given, str | os.PathLike | tuple):
        return given
    if given is None and key not in entry.needs:
        return None
    name, options = given if isinstance(given, tuple) else (given, {})
    where = name if name is not None else source
    if where is None:
        where = getattr(model, "name_or_path", "") or (config if isinstance(config, str) else "")
    if not where:
        if isinstance(entry.pipeline, str):
            raise ValueError(f"the model is an object: give its {key} too")
        return None
    try:
        auto = getattr(importlib.import_module(__package__.partition(".")[0]), _PARTS[key])
        return auto.from_pretrained(where, **(place if name is None else {}), **options)
    except (OSError, ValueError, AttributeError):
        if isinstance(entry.pipeline, str) or given is not None:
            raise
        return None  # a user's task takes what there is


def _pipeline_class(entry: Task) -> Any:
    if not isinstance(entry.pipeline, str):
        return entry.pipeline
    module, _, name = entry.pipeline.partition(":")
    return getattr(importlib.import_module(f".{module}", __package__), name)


__all__ = ["pipeline"]
