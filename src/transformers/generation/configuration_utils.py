"""`GenerationConfig`: how a model writes, as typed settings kept in `generation_config.json`."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from ..utils.constants import GENERATION_CONFIG_NAME
from ..utils.typed_fields import dtype_name
from .compile_config import CompileConfig
from .config_checks import DYNAMIC_CACHES, STATIC_CACHES, GenerationMode
from .settings import VERSION, GenerationSettings
from .watermarking_config import BaseWatermarkingConfig, SynthIDTextWatermarkingConfig, WatermarkingConfig

# What `cache_implementation` may be, by the names that clients read.
STATIC_CACHE_IMPLEMENTATIONS, DEPRECATED_STATIC_CACHE_IMPLEMENTATIONS = STATIC_CACHES[:2], STATIC_CACHES[2:]
ALL_STATIC_CACHE_IMPLEMENTATIONS, DYNAMIC_CACHE_IMPLEMENTATIONS = STATIC_CACHES, DYNAMIC_CACHES
ALL_CACHE_IMPLEMENTATIONS = (*STATIC_CACHES, *DYNAMIC_CACHES)
# Where a config came from rather than what it says.
METADATA = ("_from_model_config", "_commit_hash", "_original_object_hash", "transformers_version")
_NOT_WRITTEN = ("_commit_hash", "_original_object_hash", "compile_config")


class GenerationConfig(GenerationSettings, kw_only=True):
    """Settings of `generate`. All have a default, all are given by keyword; unknown names become attributes.

    Lengths count tokens. `max_length` counts the prompt too, `max_new_tokens` does not and goes before it;
    so do `min_length` and `min_new_tokens`. Settings without effect are named in one warning, settings that
    contradict each other are errors.

    Raises:
        TypeError: a value has the wrong type; the message names the setting.
        ValueError: a value is impossible, or contradicts another one.

    Example:
        GenerationConfig(max_new_tokens=40, do_sample=True, top_p=0.9).save_pretrained("folder")
    """

    # Reading

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name: str | os.PathLike[str],
        config_file_name: str | os.PathLike[str] | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        force_download: bool = False,
        local_files_only: bool = False,
        token: str | bool | None = None,
        revision: str = "main",
        **kwargs: Any,
    ) -> Self:
        """Read the settings beside a model.

        Args:
            pretrained_model_name: a folder, a JSON file, or an id on the hub.
            config_file_name: name of the file; generation_config.json if None.
            cache_dir: where downloads are kept; the environment decides if None.
            force_download: fetch again even if it is cached.
            local_files_only: never touch the network.
            token: the hub's access token; None takes the stored one.
            revision: branch, tag or commit on the hub.
            kwargs: `subfolder`, `return_unused_kwargs`, and settings that override those of the file.

        Raises:
            OSError: there is no such file, or it is not JSON.
            TypeError, ValueError: the file holds a value of a wrong type, or an impossible one.
        """
        from ..loading.config_files import find_config

        data, kwargs = find_config(
            pretrained_model_name,
            _configuration_file=os.fspath(config_file_name or GENERATION_CONFIG_NAME),
            cache_dir=cache_dir,
            force_download=force_download,
            local_files_only=local_files_only,
            token=token,
            revision=revision,
            **kwargs,
        )
        try:
            return cls.from_dict(data, **kwargs)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{pretrained_model_name}: {error}") from error

    @classmethod
    def from_dict(cls, config_dict: Mapping[str, Any], **kwargs: Any) -> Self:
        """Make settings of plain data, overridden by `kwargs`.

        With `return_unused_kwargs=True` a pair is returned; its second half is empty, since unknown names
        become attributes.
        """
        return_unused = kwargs.pop("return_unused_kwargs", False)
        for name in ("_from_auto", "_from_pipeline"):
            kwargs.pop(name, None)
        config = cls(**copy.deepcopy({**config_dict, **kwargs}))
        config._original_object_hash = hash(config)
        return (config, {}) if return_unused else config  # type: ignore[return-value]

    @classmethod
    def from_model_config(cls, model_config: Any) -> Self:
        """Settings that an older file keeps in the model's own configuration.

        The decoder's part of a composite configuration speaks where the whole says nothing.
        """
        own = cls()
        names = [*cls._fields, "forced_decoder_ids"]
        found = _named(model_config.to_dict(), names)
        decoder = model_config.get_text_config(decoder=True)
        if decoder is not model_config:
            for name, value in _named(decoder.to_dict(), names).items():
                default = getattr(own, name)
                if found.get(name, default) == default:
                    found[name] = value
        if not found.get("return_dict_in_generate") and any(map(found.get, cls.extra_output_flags)):
            found["return_dict_in_generate"] = True
        config = cls(**copy.deepcopy(found), _from_model_config=True)
        config._original_object_hash = hash(config)
        return config

    # Writing

    def to_dict(self) -> dict[str, Any]:
        """All settings and unknown names as plain data."""
        output = {name: value for name, value in vars(self).items() if name not in _NOT_WRITTEN}
        if (watermark := output.get("watermarking_config")) is not None:
            output["watermarking_config"] = watermark.to_dict()
        output = copy.deepcopy(output)
        self.dict_dtype_to_str(output)
        output["transformers_version"] = VERSION
        return output

    def to_diff_dict(self) -> dict[str, Any]:
        """What differs from the defaults."""
        default = GenerationConfig().to_dict()
        missing = object()
        return {
            name: value
            for name, value in self.to_dict().items()
            if name == "transformers_version" or value != default.get(name, missing)
        }

    def dict_dtype_to_str(self, d: dict[str, Any]) -> None:
        """Write number types in `d`, at any depth, by their plain names."""
        for name, value in d.items():
            if isinstance(value, dict):
                self.dict_dtype_to_str(value)
            elif name in ("dtype", "torch_dtype") and value is not None and not isinstance(value, str):
                d[name] = dtype_name(value)

    def to_json_string(self, use_diff: bool = True, ignore_metadata: bool = False) -> str:
        """The text of `generation_config.json`.

        Args:
            use_diff: only what differs from the defaults.
            ignore_metadata: leave out where the settings came from.

        Raises:
            TypeError: a value has no JSON form; the message names it.
        """
        data = self.to_diff_dict() if use_diff else self.to_dict()
        if ignore_metadata:
            data = {name: value for name, value in data.items() if name not in METADATA}
        try:
            return json.dumps(_text_keys(data), indent=2, sort_keys=True) + "\n"
        except TypeError as error:
            raise TypeError(f"{_unwritable(data)} cannot be written to JSON: {error}") from error

    def to_json_file(self, json_file_path: str | os.PathLike[str], use_diff: bool = True) -> None:
        """Write `to_json_string` to a file, complete or not at all."""
        from ..loading.config_files import write_text

        write_text(json_file_path, self.to_json_string(use_diff))

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        config_file_name: str | os.PathLike[str] | None = None,
        push_to_hub: bool = False,
        **kwargs: Any,
    ) -> None:
        """Write `generation_config.json` into a folder, made if need be.

        Args:
            save_directory: the folder.
            config_file_name: another name for the file.
            push_to_hub: upload it too, to `repo_id` (the folder's name if not given).
            kwargs: passed on to `push_to_hub`.

        Raises:
            ValueError: settings contradict each other or have no effect.
            NotADirectoryError: `save_directory` is a file.
        """
        folder = Path(save_directory)
        try:
            self.validate(strict=True)
        except ValueError as error:
            raise ValueError(f"{error}. Nothing was saved: set or unset what is named") from error
        if folder.is_file():
            raise NotADirectoryError(f"save_pretrained needs a folder, got the file {folder}")
        folder.mkdir(parents=True, exist_ok=True)
        self.to_json_file(folder / (config_file_name or GENERATION_CONFIG_NAME))
        if push_to_hub:
            self.push_to_hub(kwargs.pop("repo_id", None) or os.path.basename(folder.absolute()), **kwargs)

    def push_to_hub(self, repo_id: str, **kwargs: Any) -> Any:
        """Upload the settings to `repo_id`; keywords as in `PushToHubMixin.push_to_hub`."""
        from ..loading.hub import push_object

        return push_object(self, repo_id, **kwargs)

    # Comparing

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GenerationConfig):
            return False
        mine, theirs = self.to_dict(), other.to_dict()
        for name in METADATA:
            mine.pop(name, None)
            theirs.pop(name, None)
        return mine == theirs

    def __hash__(self) -> int:
        return hash(self.to_json_string(ignore_metadata=True))

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.to_json_string(ignore_metadata=True)}"


def _named(data: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The part of `data` under `names` that says something."""
    return {name: value for name in names if (value := data.get(name)) is not None}


def _text_keys(value: Any) -> Any:
    """A copy of `value` whose mappings have text keys, as JSON wants them."""
    if isinstance(value, dict):
        return {str(key): _text_keys(part) for key, part in value.items()}
    return [_text_keys(part) for part in value] if isinstance(value, list | tuple) else value


def _unwritable(data: dict[str, Any]) -> str:
    """The first name in `data` whose value has no JSON form."""
    for name, value in data.items():
        try:
            json.dumps(_text_keys(value))
        except TypeError:
            return name
    return "a value"


__all__ = [
    "BaseWatermarkingConfig",
    "CompileConfig",
    "GenerationConfig",
    "GenerationMode",
    "SynthIDTextWatermarkingConfig",
    "WatermarkingConfig",
]
