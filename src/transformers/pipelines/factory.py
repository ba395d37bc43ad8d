"""`pipeline()`: a task's pipeline with its model, from names or objects."""

from __future__ import annotations

import importlib
import os
import warnings
from typing import Any

from ..utils import logging
from ..utils.optional import is_available
from . import arrays
from .base import Pipeline
from .custom import custom_task
from .registry import pipeline_class as class_of
from .tasks import EMBEDDED, TASKS, Task, languages, normalise

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
        use_fast: accepted.  trust_remote_code: True lets code beside the model run; no file can allow that.
        device: torch: an index, a name or a device, -1 for the CPU; None takes the first accelerator for a
            model that is loaded, and leaves a model object where it is.
        dtype: of the weights; None and "auto" take the files', but float32 on a CPU.
        device_map, model_kwargs: keywords for the model's loading.
        pipeline_class: a class in place of the task's.  kwargs: `batch_size`, and the task's options.

    Raises:
        KeyError: the task is unknown.
        ValueError: arguments that do not go together.
        OSError: a model or one of its parts cannot be found.
    """
    if device is not None and device_map is not None:
        raise ValueError("give device or device_map, not both")
    place: dict[str, Any] = {"revision": revision, "token": token}
    task, name, entry = _chosen_task(task, model, trust_remote_code, place)
    framework = _framework(framework, model)
    if model is None:
        model, place["revision"] = _default(task, entry, framework, revision, token)
    place = {key: value for key, value in place.items() if value is not None}
    place |= {"trust_remote_code": True} if trust_remote_code else {}
    source = model if isinstance(model, str | os.PathLike) else None
    if source is not None:
        if framework == "pt" and device is None and device_map is None:
            device = arrays.default_device()
        dtype = dtype or kwargs.pop("torch_dtype", None)
        chosen = {"config": config, "device_map": device_map, **place}
        model = _load_model(name, entry, source, framework, device, dtype, chosen, model_kwargs)
    given = (tokenizer, feature_extractor, image_processor, processor)
    cls, task = pipeline_class or class_of(entry), _with_languages(task, model)
    parts = _parts(given, entry, cls, source, model, config, place)
    return cls(model=model, framework=framework, task=task, device=device, **parts, **kwargs)  # type: ignore[no-any-return]


def _chosen_task(
    task: str | None, model: Any, trust_remote_code: bool | None, place: dict[str, Any]
) -> tuple[str, str, Task]:
    """(the task as it is called, its name, its description), those of a model's own code among them."""
    if (custom := custom_task(task, model, trust_remote_code, place)) is not None:
        return custom[0], *custom
    task = task or _task_of(model, place["revision"], place["token"])
    name = normalise(task)
    return task, name, TASKS[name]


def _with_languages(task: str, model: Any) -> str:
    """The name of the task; of "translation" the first with languages that the model has parameters for."""
    if task != "translation":
        return task
    named = model.config.task_specific_params or {}
    chosen = next((name for name in named if languages(name) is not None), None)
    if chosen is None:
        return task
    warnings.warn(
        f"translation names no languages: this model's first task, {chosen}, is taken",
        UserWarning,
        stacklevel=3,
    )
    return str(chosen)


def _parts(
    given: tuple[Any, ...], entry: Task, cls: Any, source: Any, model: Any, config: Any, place: dict[str, Any]
) -> dict[str, Any]:
    """Tokenizer and processors by keyword of the pipeline's class.

    A user's class says by `_load_tokenizer` and the like what it must have (True), takes where there is one
    (None) and never has (False).
    """
    parts = {}
    for key, value in zip(_PARTS, given, strict=True):
        wish = getattr(cls, f"_load_{key}", None)
        needed = key in entry.needs and (isinstance(entry.pipeline, str) or wish is True)
        wanted = needed or (key in entry.needs and wish is not False)
        parts[key] = _part(key, value, wanted, needed, source, model, config, place)
    return parts


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
    default = entry.default
    if entry.defaults_by_pair is not None:
        default = entry.defaults_by_pair.get(languages(name) or ("", ""))
        if default is None:
            pairs = ", ".join(f"translation_{a}_to_{b}" for a, b in entry.defaults_by_pair)
            raise ValueError(f"{name} has no default model: name one, or choose one of {pairs}")
    if not default and entry.embedded is None:
        raise ValueError(f"{name} has no default model; name one: pipeline({name!r}, model=...)")
    if default:
        place, pinned = default.get(framework) or default["pt"]
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
    if model is None:
        raise RuntimeError("pipeline() needs a task, or a model whose card names one")
    if not isinstance(model, str):
        raise RuntimeError("pipeline() needs a task when the model is an object")
    return get_task(model, token, revision)


def get_task(model: str, token: str | bool | None = None, revision: str | None = None) -> str:
    """The task that a model's card on the hub names.

    Raises:
        RuntimeError: the hub cannot be asked, or the card names none.
    """
    import huggingface_hub

    try:
        info = huggingface_hub.HfApi(token=token).model_info(model, revision=revision)
    except Exception as error:
        raise RuntimeError(f"cannot tell the task of {model!r} from the hub ({error}): name it") from error
    if not info.pipeline_tag:
        raise RuntimeError(f"the card of {model!r} names no task: name one")
    return str(info.pipeline_tag)


def _load_model(
    name: str,
    entry: Task,
    source: Any,
    framework: str,
    device: Any,
    dtype: Any,
    chosen: dict[str, Any],
    model_kwargs: dict[str, Any] | None,
) -> Any:
    """The model, by the first of the task's auto classes that knows its type."""
    options = {**(model_kwargs or {}), **{key: value for key, value in chosen.items() if value is not None}}
    own = [options.pop(key, None) for key in ("dtype", "torch_dtype")]
    dtype = next((one for one in (dtype, *own) if one is not None), "auto")
    if framework == "pt":
        on_cpu = "device_map" not in options and arrays.torch_device(device).type == "cpu"
        options["dtype"] = "float32" if dtype == "auto" and on_cpu else dtype
    problems = []
    for auto in _auto_classes(entry, framework):
        try:
            return auto.from_pretrained(source, **options)
        except ValueError as error:
            problems.append(str(error))
    raise ValueError(f"{source} cannot be loaded for {name}: {' / '.join(problems)}")


def _auto_classes(entry: Task, framework: str) -> list[Any]:
    """The classes that load a task's models in a framework."""
    front = importlib.import_module(__package__.partition(".")[0])
    prefix = arrays.FRAMEWORKS[framework][1]
    if framework == "tf" and entry.tf_classes:
        return list(entry.tf_classes)
    names = [auto if isinstance(auto, str) else auto.__name__ for auto in entry.auto_classes]
    faces = [getattr(front, prefix + name, None) for name in names]
    own = [auto if framework == "pt" and not isinstance(auto, str) else None for auto in entry.auto_classes]
    return [cls for mine, face in zip(own, faces, strict=True) if (cls := mine or face) is not None]


def _part(
    key: str,
    given: Any,
    wanted: bool,
    needed: bool,
    source: Any,
    model: Any,
    config: Any,
    place: dict[str, Any],
) -> Any:
    """A tokenizer or processor: the object given, or loaded by name, or from beside the model."""
    if given is not None and not isinstance(given, str | os.PathLike | tuple):
        return given
    if given is None and not wanted:
        return None
    name, options = given if isinstance(given, tuple) else (given, {})
    where = name if name is not None else source
    if where is None:
        where = getattr(model, "name_or_path", "") or (config if isinstance(config, str) else "")
    if not where:
        if needed:
            raise ValueError(f"the model is an object: give its {key} too")
        return None
    try:
        auto = getattr(importlib.import_module(__package__.partition(".")[0]), _PARTS[key])
        return auto.from_pretrained(where, **(place if name is None else {}), **options)
    except (OSError, ValueError, AttributeError):
        if needed or given is not None:
            raise
        return None  # a user's task takes what there is


__all__ = ["get_task", "pipeline"]
