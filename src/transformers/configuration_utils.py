"""`PretrainedConfig`: a model's configuration as typed fields, read from and written to `config.json`.

The data half is `ConfigCore`; what is added here touches files, the hub or other configurations, and is
imported when it is called.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from . import __version__
from .configuration_core import ConfigCore
from .utils import logging
from .utils.typed_fields import TypedFields

logger = logging.get_logger(__name__)


class PretrainedConfig(ConfigCore, kw_only=True):
    """Base of all configurations.

    Two styles of subclass are equal citizens: fields listed in the class body (the library's own), and a
    class with an `__init__` that sets attributes and passes `**kwargs` on to `super().__init__`.

    Example:
        config = PretrainedConfig.from_pretrained("folder")
        config.save_pretrained("other")
    """

    _library_version: ClassVar[str] = __version__.partition("+")[0]
    _auto_class: ClassVar[str | None] = None

    @classmethod
    def _nested(cls, kinds: list[type[TypedFields]], value: dict[str, Any]) -> Any:
        if kinds[0] is not PretrainedConfig:
            return super()._nested(kinds, value)
        from .models.auto.configuration_auto import AutoConfig

        return AutoConfig.for_model(**value)

    # Reading

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str | os.PathLike[str],
        cache_dir: str | os.PathLike[str] | None = None,
        force_download: bool = False,
        local_files_only: bool = False,
        token: str | bool | None = None,
        revision: str = "main",
        **kwargs: Any,
    ) -> Self:
        """Read a configuration.

        Args:
            pretrained_model_name_or_path: a folder, a JSON file, or an id on the hub.
            cache_dir: where downloads are kept; the environment decides if None.
            force_download: fetch again even if it is cached.
            local_files_only: never touch the network.
            token: the hub's access token; None takes the stored one.
            revision: branch, tag or commit on the hub.
            kwargs: `subfolder`, `return_unused_kwargs` (return the pair of config and the keywords left), and
                values that override those of the file.

        Raises:
            OSError: there is no such file, or it is not JSON.
            TypeError, ValueError: the file holds a value of a wrong type, or an impossible one.
        """
        place = {
            "cache_dir": cache_dir,
            "force_download": force_download,
            "local_files_only": local_files_only,
            "token": token,
            "revision": revision,
        }
        from .loading.config_files import own_part

        data, kwargs = cls.get_config_dict(pretrained_model_name_or_path, **place, **kwargs)
        data = own_part(cls, data)
        found = data.get("model_type", cls.model_type)
        if cls.model_type and found != cls.model_type:
            logger.warning(
                f"{pretrained_model_name_or_path} holds a model of type {found!r}, read here as "
                f"{cls.model_type!r}: fields that the two do not share keep their defaults."
            )
        try:
            return cls.from_dict(data, **kwargs)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{pretrained_model_name_or_path}: {error}") from error

    @classmethod
    def get_config_dict(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], **kwargs: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The contents of a configuration file, and the keywords that are not about finding it."""
        from .loading.config_files import find_config

        return find_config(pretrained_model_name_or_path, **kwargs)

    @classmethod
    def from_dict(cls, config_dict: Mapping[str, Any], **kwargs: Any) -> Self:
        """Make a configuration of plain data; `kwargs` override it where the configuration has such an
        attribute.

        With `return_unused_kwargs=True` the pair of configuration and remaining keywords is returned.
        """
        from .loading.config_files import without_callers_choices

        return_unused = kwargs.pop("return_unused_kwargs", False)
        for name in ("_from_auto", "_from_pipeline"):
            kwargs.pop(name, None)
        data = without_callers_choices(config_dict)
        for name in ("attn_implementation", "_attn_implementation", "_commit_hash", "num_labels"):
            if name in kwargs:
                data[name] = kwargs.pop(name)
        if "num_labels" in data and "id2label" in data and len(data["id2label"] or {}) != data["num_labels"]:
            del data["id2label"]
            data.pop("label2id", None)
        config = cls(**data)
        config._heads_to_prune()  # a file is checked wholly when it is read
        unused = {name: value for name, value in kwargs.items() if not config._override(name, value)}
        if len(unused) < len(kwargs):
            config._check()
        return (config, unused) if return_unused else config  # type: ignore[return-value]

    @classmethod
    def from_json_file(cls, json_file: str | os.PathLike[str]) -> Self:
        """Make a configuration of one JSON file."""
        from .loading.config_files import read_json

        return cls.from_dict(read_json(json_file))

    def _override(self, name: str, value: Any) -> bool:
        """Set an existing attribute, checked; False if there is none of that name."""
        if not hasattr(self, name):
            return False
        name = self.attribute_map.get(name, name)
        current = getattr(self, name)
        if isinstance(current, PretrainedConfig) and isinstance(value, dict):
            value = type(current).from_dict({**current.to_dict(), **value})
        elif name in self._fields:
            value = self._checked(name, value)
        self._set_unknown(name, value)
        return True

    # Writing

    def save_pretrained(
        self, save_directory: str | os.PathLike[str], push_to_hub: bool = False, **kwargs: Any
    ) -> list[str] | None:
        """Write `config.json` into a folder, made if need be; the file is complete or untouched, never half
        written.

        Args:
            save_directory: the folder.
            push_to_hub: upload it too, to `repo_id` (the folder's name if not given).
            kwargs: passed on to `push_to_hub`.

        Raises:
            NotADirectoryError: `save_directory` is a file.
        """
        from .loading.config_files import write_config

        path = write_config(self, save_directory)
        if push_to_hub:
            repo_id = kwargs.pop("repo_id", None) or os.path.basename(os.path.normpath(save_directory))
            self.push_to_hub(repo_id, **kwargs)
        return [path] if push_to_hub else None

    def push_to_hub(self, repo_id: str, **kwargs: Any) -> Any:
        """Upload the configuration to `repo_id`; keywords as in `PushToHubMixin.push_to_hub`."""
        from .loading.hub import push_object

        return push_object(self, repo_id, **kwargs)

    def to_diff_dict(self) -> dict[str, Any]:
        """What differs from the defaults common to all models, and every field of the model itself."""
        common = PretrainedConfig().to_dict()
        own = {} if self.has_no_defaults_at_init else _defaults_of(type(self))
        output = {}
        for name, value in self.to_dict().items():
            part = getattr(self, name, None)
            if name == "_name_or_path":
                continue
            if isinstance(part, PretrainedConfig):
                output[name] = _nested_diff(part, common)
            elif (
                name not in common
                or name == "transformers_version"
                or value != common[name]
                or value != own.get(name, value)
            ):
                output[name] = value
        return output

    def to_json_string(self, use_diff: bool = True) -> str:
        """The text of `config.json`; `use_diff=False` writes every field."""
        data = self.to_diff_dict() if use_diff else self.to_dict()
        return json.dumps(data, indent=2, sort_keys=True, default=str) + "\n"

    def to_json_file(self, json_file_path: str | os.PathLike[str], use_diff: bool = True) -> None:
        """Write `to_json_string` to a file, complete or not at all."""
        from .loading.config_files import write_text

        write_text(json_file_path, self.to_json_string(use_diff))

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.to_json_string()}"

    # Changing

    def update(self, config_dict: Mapping[str, Any]) -> None:
        """Set several attributes at once; those that are fields are checked."""
        for name, value in config_dict.items():
            if not self._override(name, value):
                self._set_unknown(name, value)

    def update_from_string(self, update_str: str) -> None:
        """Set existing attributes from text such as `"hidden_size=32,use_cache=false"`.

        Raises:
            ValueError: an unknown name, or text that is not a value of the attribute's type.
            TypeError: the attribute is neither int, float, bool nor str.
        """
        from .loading.config_files import read_assignments

        for name, value in read_assignments(self, update_str):
            self._override(name, value)

    def key_windows(self) -> tuple[int | None, ...]:
        """Per layer the number of keys that a query sees, itself counted, None for all; (): all everywhere.

        What keeps keys and values may forget those that no query will see again.
        """
        return ()

    def get_text_config(self, decoder: bool = False, encoder: bool = False) -> PretrainedConfig:
        """The part that describes the text model: a sub-configuration of a composite model, else this one.

        Raises:
            ValueError: several parts could be meant.
        """
        names = [] if encoder and not decoder else ["decoder", "generator", "text_config"]
        names += [] if decoder and not encoder else ["text_encoder"]
        found = [name for name in names if isinstance(getattr(self, name, None), PretrainedConfig)]
        if len(found) > 1:
            raise ValueError(
                f"several text parts ({', '.join(found)}): take the one you mean as an attribute"
            )
        return getattr(self, found[0]) if found else self

    @classmethod
    def register_for_auto_class(cls, auto_class: str = "AutoConfig") -> None:
        """Note that saved files of this class, defined outside the library, are opened by `auto_class`.

        Raises:
            ValueError: no class of that name is known to the auto module.
        """
        from .models.auto import configuration_auto

        name = auto_class if isinstance(auto_class, str) else auto_class.__name__
        if not hasattr(configuration_auto, name):
            raise ValueError(f"auto_class must be 'AutoConfig', got {name!r}")
        cls._auto_class = name

    def _get_non_default_generation_parameters(self) -> dict[str, Any]:
        """Generation settings of this configuration that are neither the common nor the class's defaults."""
        common, own = PretrainedConfig(), _defaults_of(type(self))
        names = [*self._fields]
        names = names[names.index("max_length") : names.index("diversity_penalty") + 1]
        own = {name: getattr(common, name) for name in names} | own
        return {n: v for n in names if (v := getattr(self, n)) not in (getattr(common, n), own[n])}


def _defaults_of(cls: type[ConfigCore]) -> dict[str, Any]:
    """The class's own defaults; nothing for a class that cannot be made without arguments."""
    try:
        return cls().to_dict()
    except (TypeError, ValueError):
        return {}


def _nested_diff(part: PretrainedConfig, common: dict[str, Any]) -> dict[str, Any]:
    """A sub-configuration as a composite one writes it: its fields, and common ones unlike its class's."""
    usual = {**common, **_defaults_of(type(part))}
    data = {k: v for k, v in part.to_dict().items() if k not in common or v != usual[k]}
    for name in ("transformers_version", "_name_or_path"):
        data.pop(name, None)
    return {**data, "model_type": part.model_type}


__all__ = ["PretrainedConfig"]
