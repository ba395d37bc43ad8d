"""`AutoConfig`: the configuration class of a model type, found by name and imported when it is needed."""

from __future__ import annotations

import ast
import importlib
import os
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from pathlib import Path
from typing import Any

from ...configuration_utils import PretrainedConfig
from ...utils.errors import did_you_mean
from ._tables import CONFIGS, HEADS, ROOMS

CONFIG_MAPPING_NAMES: dict[str, str] = CONFIGS
MODEL_NAMES_MAPPING: dict[str, str]  # made on first use
_PACKAGE = __name__.rpartition(".auto.")[0]


class LazyConfigMapping(Mapping[str, type[PretrainedConfig]]):
    """Model type -> configuration class; a class is imported when it is looked up."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._extra_content: dict[str, type[PretrainedConfig]] = {}

    def __getitem__(self, model_type: str) -> type[PretrainedConfig]:
        if model_type in self._extra_content:
            return self._extra_content[model_type]
        if model_type not in self._names:
            raise KeyError(unknown_type(model_type))
        room = ROOMS[model_type]
        module = importlib.import_module(f"{_PACKAGE}.{room}.configuration_{room}")
        found: type[PretrainedConfig] = getattr(module, self._names[model_type])
        return found

    def __contains__(self, model_type: object) -> bool:
        return model_type in self._extra_content or model_type in self._names

    def __iter__(self) -> Iterator[str]:
        yield from self._names
        yield from (name for name in self._extra_content if name not in self._names)

    def __len__(self) -> int:
        return len({*self._names, *self._extra_content})

    def keys(self) -> KeysView[str]:
        """All known model types."""
        return super().keys()

    def values(self) -> ValuesView[type[PretrainedConfig]]:
        """All configuration classes; imports every one of them."""
        return super().values()

    def items(self) -> ItemsView[str, type[PretrainedConfig]]:
        """All pairs; imports every class."""
        return super().items()

    def register(self, key: str, value: type[PretrainedConfig], exist_ok: bool = False) -> None:
        """Add a model type.

        Raises:
            ValueError: it is known already and `exist_ok` is not set.
        """
        if key in self and not exist_ok:
            raise ValueError(f"model type {key!r} is {self[key].__name__} already; exist_ok=True replaces it")
        self._extra_content[key] = value

    def types_of(self, config_class: type) -> list[str]:
        """The model types that a configuration class serves; a class of the library is found by its name
        first."""
        own = [name for name, found in self._extra_content.items() if found is config_class]
        listed = [name for name, title in self._names.items() if title == config_class.__name__]
        return own + [name for name in listed if name not in own and self[name] is config_class]


CONFIG_MAPPING = LazyConfigMapping(CONFIGS)


def unknown_type(model_type: str) -> str:
    """The message for a model type that is not known."""
    known = sorted(CONFIG_MAPPING)
    return f"unknown model type {model_type!r}.{did_you_mean(model_type, known)} Known: {', '.join(known)}"


def _guess_type(data: Mapping[str, Any], place: object) -> str | None:
    """The model type of a file from before files named it: by its class names, then by the model's name."""
    for title in data.get("architectures") or ():
        for rows in HEADS.values():
            for model_type, names in rows.items():
                if title in names:
                    return model_type
    name = Path(str(place)).name.lower()
    return next((known for known in sorted(CONFIG_MAPPING, key=len, reverse=True) if known in name), None)


class AutoConfig:
    """Makes the configuration that a model type names.

    Example:
        config = AutoConfig.from_pretrained("folder")
        config = AutoConfig.for_model("bert", hidden_size=24)
    """

    def __init__(self) -> None:
        raise OSError(
            "AutoConfig is not made itself: call AutoConfig.from_pretrained or AutoConfig.for_model"
        )

    @classmethod
    def for_model(cls, model_type: str, *args: Any, **kwargs: Any) -> PretrainedConfig:
        """The default configuration of a model type, with values of your own.

        Raises:
            ValueError: unknown model type; the message lists the known ones.
        """
        if model_type not in CONFIG_MAPPING:
            raise ValueError(unknown_type(model_type))
        return CONFIG_MAPPING[model_type](*args, **kwargs)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str], **kwargs: Any) -> Any:
        """Read a configuration, of the class that its `model_type` names.

        Args:
            pretrained_model_name_or_path: a folder, a JSON file, or an id on the hub.
            kwargs: as for `PretrainedConfig.from_pretrained`; `trust_remote_code=True` lets code of the
                repository run, `code_revision` says which.

        Returns:
            The configuration; with `return_unused_kwargs=True` a pair with the keywords it has no attribute
            for.

        Raises:
            OSError: nothing found there.
            ValueError: unknown model type, or one that needs code from the repository without the caller's
                trust.
        """
        from .custom_code import PLACE, trusted_class

        trust = bool(kwargs.pop("trust_remote_code", False))
        where = {"code_revision": kwargs.pop("code_revision", None)}
        where |= {name: kwargs[name] for name in PLACE if name in kwargs}
        asked = dict(kwargs)
        data, rest = PretrainedConfig.get_config_dict(pretrained_model_name_or_path, **kwargs)
        model_type = data.get("model_type")
        ours = isinstance(model_type, str) and model_type in CONFIG_MAPPING
        own = trusted_class(
            data.get("auto_map"), "AutoConfig", pretrained_model_name_or_path, trust, ours, where
        )
        if own is not None:
            made = own.from_pretrained(pretrained_model_name_or_path, **asked)
            (made[0] if isinstance(made, tuple) else made).name_or_path = os.fspath(
                pretrained_model_name_or_path
            )
            return made
        if model_type is None:
            model_type = _guess_type(data, pretrained_model_name_or_path)
        if not isinstance(model_type, str) or model_type not in CONFIG_MAPPING:
            if model_type is None:
                known = ", ".join(sorted(CONFIG_MAPPING))
                raise ValueError(
                    f"{pretrained_model_name_or_path} does not say what it is: "
                    f"config.json needs a model_type, one of {known}"
                )
            raise ValueError(f"{pretrained_model_name_or_path}: {unknown_type(str(model_type))}")
        try:
            rest.setdefault("name_or_path", os.fspath(pretrained_model_name_or_path))
            return CONFIG_MAPPING[model_type].from_dict(data, **rest)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{pretrained_model_name_or_path}: {error}") from error

    @staticmethod
    def register(model_type: str, config: type[PretrainedConfig], exist_ok: bool = False) -> None:
        """Make a configuration class known under its model type.

        Raises:
            ValueError: the class names another type, or the type is known already and `exist_ok` is not set.
        """
        if issubclass(config, PretrainedConfig) and config.model_type != model_type:
            raise ValueError(
                f"{config.__name__}.model_type is {config.model_type!r}, registered as {model_type!r}: "
                "make them equal"
            )
        CONFIG_MAPPING.register(model_type, config, exist_ok=exist_ok)


def _titles() -> dict[str, str]:
    """Model type -> the name people use, from the manifests."""
    titles = {}
    for model_type, room in ROOMS.items():
        tree = ast.parse((Path(__file__).parent.parent / room / "manifest.py").read_text(encoding="utf-8"))
        manifest = next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign))
        titles[model_type] = manifest["docs"]["title"]
    return titles


def __getattr__(name: str) -> Any:
    if name == "MODEL_NAMES_MAPPING":
        value = globals()[name] = _titles()
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["CONFIG_MAPPING", "CONFIG_MAPPING_NAMES", "MODEL_NAMES_MAPPING", "AutoConfig"]
