"""The machinery of `AutoModel...`: one table of tasks, from which each framework's classes and mappings are
made."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ...configuration_utils import PretrainedConfig
from ...utils.collecting import without_collections
from ...utils.errors import did_you_mean
from ...utils.optional import require
from ._tables import HEADS, ROOMS
from .configuration_auto import CONFIG_MAPPING, AutoConfig
from .custom_code import PLACE, trusted_class
from .tasks import EXTRA_MAPPINGS, TASKS

_PACKAGE = __name__.rpartition(".auto.")[0]
_HUB_KEYWORDS = (
    "gguf_file",
    "cache_dir",
    "force_download",
    "local_files_only",
    "token",
    "revision",
    "subfolder",
)
# Keywords about the model's making; the configuration has attributes of these names but must not swallow
# them.
_MODEL_KEYWORDS = ("dtype", "torch_dtype", "attn_implementation", "quantization_config", "name_or_path")


@dataclass(frozen=True)
class Face:
    """One framework's side: what its classes, modules and mappings are called, and the package it needs."""

    prefix: str
    module: str
    constant: str
    package: str | None


FACES = {
    "pt": Face("", "", "", "torch"),
    "tf": Face("TF", "tf_", "TF_", "tensorflow"),
    "flax": Face("Flax", "flax_", "FLAX_", "jax"),
    "np": Face("Np", "np_", "NP_", None),
}


class LazyModelMapping(Mapping[type[PretrainedConfig], Any]):
    """Configuration class -> model class (or a tuple of them) for one task in one framework, imported on
    look-up."""

    def __init__(self, task: str, face: Face) -> None:
        self._task, self._face = task, face
        self._names = HEADS.get(task, {})
        self._extra_content: dict[type[PretrainedConfig], Any] = {}

    def names(self) -> dict[str, Any]:
        """Model type -> name of the class, or a tuple of names."""
        faced = {kind: tuple(self._face.prefix + name for name in row) for kind, row in self._names.items()}
        return {kind: row[0] if len(row) == 1 else row for kind, row in faced.items()}

    def _load(self, model_type: str) -> Any:
        if self._face.package is not None:
            require(self._face.package, self._face.prefix + self._task)
        room = ROOMS[model_type]
        module = importlib.import_module(f"{_PACKAGE}.{room}.modeling_{self._face.module}{room}")
        classes = tuple(getattr(module, self._face.prefix + name) for name in self._names[model_type])
        return classes[0] if len(classes) == 1 else classes

    def _types(self, config_class: type) -> list[str]:
        return [name for name in CONFIG_MAPPING.types_of(config_class) if name in self._names]

    def __getitem__(self, config_class: type[PretrainedConfig]) -> Any:
        if config_class in self._extra_content:
            return self._extra_content[config_class]
        if types := self._types(config_class):
            return self._load(types[0])
        raise KeyError(config_class)

    def for_config(self, config: PretrainedConfig) -> Any:
        """The class, or tuple of classes, for one configuration: its own model type counts before its class's
        first."""
        kind = type(config)
        if kind not in self._extra_content and config.model_type in self._types(kind):
            return self._load(config.model_type)
        return self[kind]

    def __contains__(self, config_class: object) -> bool:
        known = isinstance(config_class, type) and bool(self._types(config_class))
        return known or config_class in self._extra_content

    def __iter__(self) -> Iterator[type[PretrainedConfig]]:
        listed = dict.fromkeys(CONFIG_MAPPING[name] for name in self._names)
        yield from dict.fromkeys((*listed, *self._extra_content))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def register(self, key: type[PretrainedConfig], value: Any, exist_ok: bool = False) -> None:
        """Add a model class for a configuration class.

        Raises:
            ValueError: there is one already and `exist_ok` is not set.
        """
        if key in self and not exist_ok:
            raise ValueError(f"{key.__name__} has a {self._task} class already; exist_ok=True replaces it")
        self._extra_content[key] = value


class BaseAutoModel:
    """Makes the model class that goes with a configuration, for one task in one framework."""

    _model_mapping: ClassVar[LazyModelMapping]
    _task: ClassVar[str]
    _face: ClassVar[Face]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        name = type(self).__name__
        raise OSError(f"{name} is not made itself: call {name}.from_pretrained or {name}.from_config")

    @classmethod
    def from_config(cls, config: PretrainedConfig, **kwargs: Any) -> Any:
        """A model with fresh weights.

        Args:
            config: chooses the class.
            kwargs: `dtype`, `attn_implementation`, ...; with `trust_remote_code=True` the class may be code
                of the repository that the configuration came from.

        Raises:
            ValueError: there is no such class for this configuration; the message lists those there are.
        """
        trust = bool(kwargs.pop("trust_remote_code", False))
        where = {"code_revision": kwargs.pop("code_revision", None), "revision": config._commit_hash}
        return cls._class_for(config, config.name_or_path, trust, where)._from_config(config, **kwargs)

    @classmethod
    @without_collections()
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], *model_args: Any, **kwargs: Any
    ) -> Any:
        """A model with the weights of a folder or hub id.

        Args:
            pretrained_model_name_or_path: a folder, or an id on the hub.
            model_args: passed to the model class.
            kwargs: `config` (else it is read), values that override the configuration's, and what the model
                class's `from_pretrained` takes.

        Raises:
            OSError: nothing found there.
            ValueError: unknown model type, or one without a class for this task.
        """
        trust = bool(kwargs.pop("trust_remote_code", False))
        where = {"code_revision": kwargs.pop("code_revision", None)}
        if "use_auth_token" in kwargs:
            kwargs.setdefault("token", kwargs.pop("use_auth_token"))
        config = kwargs.pop("config", None)
        if config is None or not isinstance(config, PretrainedConfig):
            place = {name: kwargs[name] for name in _HUB_KEYWORDS if name in kwargs}
            own = {name: kwargs.pop(name) for name in (*_HUB_KEYWORDS, *_MODEL_KEYWORDS) if name in kwargs}
            config, kwargs = AutoConfig.from_pretrained(
                pretrained_model_name_or_path if config is None else config,
                return_unused_kwargs=True,
                trust_remote_code=trust,
                **where,
                **place,
                **kwargs,
            )
            kwargs |= own
        where |= {name: kwargs[name] for name in PLACE if name in kwargs}
        model_class = cls._class_for(config, pretrained_model_name_or_path, trust, where)
        return model_class.from_pretrained(
            pretrained_model_name_or_path, *model_args, config=config, **kwargs
        )

    @classmethod
    def register(cls, config_class: type[PretrainedConfig], model_class: Any, exist_ok: bool = False) -> None:
        """Make a model class known for a configuration class.

        Raises:
            ValueError: the model class names another `config_class`, or there is a class already.
        """
        named = getattr(model_class, "config_class", None)
        if named is not None and named.__name__ != config_class.__name__:
            raise ValueError(
                f"{model_class.__name__}.config_class is {named.__name__}, registered for "
                f"{config_class.__name__}: make them equal"
            )
        cls._model_mapping.register(config_class, model_class, exist_ok=exist_ok)

    @classmethod
    def _class_for(
        cls, config: PretrainedConfig, place: object, trust: bool, where: Mapping[str, Any]
    ) -> Any:
        known = type(config) in cls._model_mapping
        auto_map = getattr(config, "auto_map", None)
        own = trusted_class(auto_map, cls.__name__, place, trust, known, where)
        if own is not None:
            return own
        if not known:
            raise ValueError(cls._no_class(config))
        found = cls._model_mapping.for_config(config)
        if not isinstance(found, list | tuple):
            return found
        wanted = [cls._face.prefix + name for name in config.architectures or ()]
        return next((entry for name in wanted for entry in found if entry.__name__ == name), found[0])

    @classmethod
    def _no_class(cls, config: PretrainedConfig) -> str:
        kind, types = type(config), CONFIG_MAPPING.types_of(type(config))
        heads = [
            cls._face.prefix + task for task, rows in HEADS.items() if any(name in rows for name in types)
        ]
        if not heads:
            known = sorted({CONFIG_MAPPING[name].__name__ for name in CONFIG_MAPPING})
            hint = did_you_mean(kind.__name__, known)
            return f"{cls.__name__} does not know {kind.__name__}.{hint} Known: {', '.join(known)}"
        return f"{kind.__name__} has no {cls.__name__} class; it has {', '.join(heads)}"


def make(name: str, module: str, face_name: str) -> Any:
    """The class or mapping called `name` of a face's module.

    Args:
        name: such as "TFAutoModelForMaskedLM", "MODEL_MAPPING" or "MODEL_MAPPING_NAMES".
        module: where it is to live.
        face_name: key of `FACES`.

    Raises:
        AttributeError: there is no such name.
    """
    face = FACES[face_name]
    constant = name.removesuffix("_NAMES")
    for task, stem in (TASKS | EXTRA_MAPPINGS).items():
        if constant == f"{face.constant}{stem}_MAPPING":
            mapping = _mapping(task, face_name)
            return mapping.names() if name.endswith("_NAMES") else mapping
    task = name.removeprefix(face.prefix)
    if task not in TASKS or name != face.prefix + task:
        options = [face.prefix + known for known in TASKS]
        raise AttributeError(f"module {module!r} has no attribute {name!r}.{did_you_mean(name, options)}")
    doc = f"Chooses the {face.prefix + task.removeprefix('Auto')} class that goes with a configuration."
    members = {
        "__module__": module,
        "__doc__": doc,
        "_model_mapping": _mapping(task, face_name),
        "_task": task,
        "_face": face,
    }
    return type(name, (BaseAutoModel,), members)


_made: dict[tuple[str, str], LazyModelMapping] = {}


def _mapping(task: str, face_name: str) -> LazyModelMapping:
    """The one mapping of a task in a framework."""
    return _made.setdefault((task, face_name), LazyModelMapping(task, FACES[face_name]))


def names_of(face_name: str) -> list[str]:
    """All public names of a face's module."""
    face = FACES[face_name]
    stems = [f"{face.constant}{stem}_MAPPING" for stem in (TASKS | EXTRA_MAPPINGS).values()]
    return sorted([*(face.prefix + task for task in TASKS), *stems, *(f"{stem}_NAMES" for stem in stems)])


def get_values(model_mapping: Mapping[Any, Any]) -> list[Any]:
    """The values of a mapping in their order, with those of its lists and tuples one by one."""
    found: list[Any] = []
    for value in model_mapping.values():
        found.extend(value if isinstance(value, (list, tuple)) else [value])
    return found


__all__ = ["BaseAutoModel", "FACES", "Face", "LazyModelMapping", "get_values", "make", "names_of"]
