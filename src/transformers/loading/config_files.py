"""Finding, reading and writing `config.json` and other small JSON files.

What such a file says is data: it is parsed, bounded in size and checked, and never chooses code to run.
"""

from __future__ import annotations

import copy
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..utils.constants import CONFIG_NAME

if TYPE_CHECKING:
    from ..configuration_utils import PretrainedConfig

# A file may not choose which kernel runs or claim which commit it came from.
_CALLER_ONLY = frozenset(
    {
        "_attn_implementation",
        "attn_implementation",
        "_attn_implementation_internal",
        "_attn_implementation_autoset",
    }
)
_TRUE, _FALSE = frozenset(("true", "1", "y", "yes")), frozenset(("false", "0", "n", "no"))
LARGEST_JSON = 16 * 2**20
DEEPEST_JSON = 64
_PLACE = ("cache_dir", "force_download", "local_files_only", "token", "revision", "subfolder")
# Accepted for old callers' sake and without effect here.
_IGNORED = (
    "resume_download",
    "proxies",
    "user_agent",
    "trust_remote_code",
    "_from_auto",
    "_from_pipeline",
    "use_auth_token",
)


def _refuse_nan(text: str) -> float:
    if text == "NaN":
        raise ValueError("NaN is not allowed")
    return float(text)


def read_json(path: str | os.PathLike[str], limit: int = LARGEST_JSON) -> dict[str, Any]:
    """The object in a JSON file.

    Args:
        path: a regular file.
        limit: largest size in bytes.

    Raises:
        OSError: not a regular file, too large, not UTF-8, not JSON, or not an object.
    """
    path = Path(path)
    info = path.stat()
    if not stat.S_ISREG(info.st_mode):
        raise OSError(f"{path} must be a regular file")
    if info.st_size > limit:
        raise OSError(f"{path} has {info.st_size} bytes; a JSON file of this kind has at most {limit}")
    try:
        data = json.loads(path.read_bytes().decode("utf-8"), parse_constant=_refuse_nan)
    except (ValueError, RecursionError) as error:
        raise OSError(f"{path} is not valid JSON: {error}") from error
    if _depth(data) > DEEPEST_JSON:
        raise OSError(f"{path} is nested more than {DEEPEST_JSON} levels deep")
    if not isinstance(data, dict):
        raise OSError(f"{path} must hold a JSON object, got a {type(data).__name__}")
    return data


def _depth(data: Any) -> int:
    """How deep the containers of parsed JSON are nested."""
    level, depth = [data], 0
    while level := [part for part in level if isinstance(part, dict | list)]:
        depth += 1
        level = [inner for part in level for inner in (part.values() if isinstance(part, dict) else part)]
    return depth


def find_config(name: str | os.PathLike[str], /, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Contents of the configuration of a folder, file or hub id, and the keywords that remain.

    Raises:
        OSError: nothing found there; the message names the place and the cure.
    """
    from .hub import cached_file, extract_commit_hash

    if kwargs.get("token") is None and isinstance(kwargs.get("use_auth_token"), str | bool):
        kwargs["token"] = kwargs["use_auth_token"]
    place = {key: kwargs.pop(key) for key in _PLACE if key in kwargs}
    filename = kwargs.pop("_configuration_file", CONFIG_NAME)
    rest = {key: value for key, value in kwargs.items() if key not in _IGNORED}
    if (gguf := rest.pop("gguf_file", None)) is not None:
        filename = gguf
    path = cached_file(name, filename, **place)
    if gguf is not None or (path is not None and path.suffix == ".gguf"):
        from .gguf_file import GGUFFile
        from .gguf_models import config_of

        return config_of(GGUFFile(cast(Path, path))), rest
    data = read_json(cast(Path, path))  # required by default: a missing file raises
    data.pop("_commit_hash", None)
    if commit := extract_commit_hash(path):
        data["_commit_hash"] = commit
    return data, rest


def without_callers_choices(data: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy of file contents without the keys that only a caller may give, at any depth."""

    def clean(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: clean(part) for key, part in value.items() if key not in _CALLER_ONLY}
        return [clean(part) for part in value] if isinstance(value, list) else copy.copy(value)

    cleaned: dict[str, Any] = clean(data)
    return cleaned


def own_part(cls: type[PretrainedConfig], data: dict[str, Any]) -> dict[str, Any]:
    """The part of a composite model's file that `cls` describes; all of it if there is none."""
    if cls.base_config_key and isinstance(data.get(cls.base_config_key), dict):
        inner: dict[str, Any] = data[cls.base_config_key]
        return inner
    if cls.model_type and data.get("model_type", cls.model_type) != cls.model_type:
        for part in data.values():
            if isinstance(part, dict) and part.get("model_type") == cls.model_type:
                return part
    return data


def read_assignments(config: PretrainedConfig, text: str) -> Iterator[tuple[str, Any]]:
    """The pairs of `"hidden_size=32,use_cache=false"`, each value of the type its attribute has now.

    Raises:
        ValueError: an unknown name, or text that is not a value of that type.
        TypeError: the attribute is neither int, float, bool nor str.
    """
    for entry in text.split(","):
        name, sign, value = entry.partition("=")
        if not sign or not hasattr(config, name):
            raise ValueError(f"{entry!r} must read name=value, with a name that {type(config).__name__} has")
        current = getattr(config, name)
        if type(current) not in (int, float, bool, str):
            raise TypeError(f"{name} is {current!r}: only int, float, bool and str are set from a string")
        if not isinstance(current, bool):
            yield name, type(current)(value)
        elif value.lower() in _TRUE | _FALSE:
            yield name, value.lower() in _TRUE
        else:
            raise ValueError(f"{name} must be true or false, got {value!r}")


def new_file(folder: Path, name: str) -> Path:
    """A name in `folder`, not taken yet, to write the next contents of `name` under."""
    return folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Replace a text file in one step: readers see the old contents or the new."""
    path = Path(path)
    temporary = new_file(path.parent, path.name)
    try:
        with open(temporary, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_config(config: PretrainedConfig, folder: str | os.PathLike[str]) -> str:
    """Write a configuration as `config.json` into `folder`; returns the file's path.

    Raises:
        NotADirectoryError: `folder` is a file.
    """
    folder = Path(folder)
    if folder.is_file():
        raise NotADirectoryError(f"save_pretrained needs a folder, got the file {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CONFIG_NAME
    if config._auto_class is not None:
        from ..dynamic_module_utils import custom_object_save

        custom_object_save(config, folder, config)
    write_text(path, config.to_json_string())
    return str(path)


__all__ = [
    "LARGEST_JSON",
    "find_config",
    "new_file",
    "own_part",
    "read_assignments",
    "read_json",
    "without_callers_choices",
    "write_config",
    "write_text",
]
