"""`from_pretrained` of tokenizers: find the files, read them as data, call the class."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import AddedToken

from . import files as names
from .files import added_tokens_from_json, read_declared_tokens, read_object, token_from_json
from .notices import other_class

if TYPE_CHECKING:
    from .base import PreTrainedTokenizerBase

# Where and how to look; everything else goes to the class.
_HUB = ("revision", "subfolder", "token", "cache_dir", "local_files_only", "force_download")
_LARGEST_TEMPLATE = 2**20
_CLASS_KEYS = ("tokenizer_class", "auto_map", "fast_tokenizer_files", "config_tokenizer_class")
_VERSIONED = re.compile(r"tokenizer\.(\d+(?:\.\d+)*)\.json")


class Source:
    """A place that holds the files of a tokenizer: a folder, or a repository of the hub.

    Args:
        where: folder or repository name.
        options: those of `_HUB`; what is not set is left to the hub client.
    """

    def __init__(self, where: str | os.PathLike[str], options: dict[str, Any]) -> None:
        self.where = os.fspath(where)
        self.options = options
        self.folder = Path(self.where).expanduser()
        self.is_folder = self.folder.is_dir()

    def file(self, name: str) -> Path | None:
        """The local path of a file, or None when the place has none of that name."""
        if Path(name).name != name:
            raise ValueError(f"{name!r} is not a plain file name")
        subfolder = self.options.get("subfolder") or ""
        if self.is_folder:
            from ..loading.folder_update import current

            path = current(self.folder / subfolder, name)
            return path if path.is_file() else None
        if self.folder.exists() or self.folder.is_absolute() or self.where.count("/") > 1 or not self.where:
            return None  # a file, or a path that is not there; no repository is called so
        from ..loading.hub import cached_file

        return cached_file(self.where, name, **{**self.options, "subfolder": subfolder, "required": False})

    def byte_file(self) -> Path | None:
        """A tekken.json, else the file of a folder whose name ends in .tiktoken, if it is the only one."""
        if (tekken := self.file(names.TEKKEN_FILE)) is not None:
            return tekken
        found = list((self.folder / (self.options.get("subfolder") or "")).glob("*.tiktoken"))
        return found[0] if self.is_folder and len(found) == 1 else None

    def templates(self) -> dict[str, str]:
        """Chat templates by name that a folder keeps beside the default one."""
        folder = self.folder / (self.options.get("subfolder") or "") / names.TEMPLATE_FOLDER
        if not self.is_folder or not folder.is_dir():
            return {}
        return {path.stem: _read_template(path) for path in sorted(folder.glob("*.jinja"))}


def split_options(kwargs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keyword arguments of `from_pretrained` as (where to look, what goes to the class).

    Raises:
        ValueError: something is asked for that no tokenizer supports.
    """
    rest = dict(kwargs)
    rest.pop("trust_remote_code", None)
    for name in (
        "_from_auto",
        "_commit_hash",
        "use_fast",
        "resume_download",
        "proxies",
        "config",
        "code_revision",
    ):
        rest.pop(name, None)
    if older := rest.pop("use_auth_token", None):
        rest.setdefault("token", older)
    rest.pop("gguf_file", None)
    return {name: rest.pop(name) for name in _HUB if name in rest}, rest


def read_config(source: Source) -> dict[str, Any]:
    """The tokenizer_config.json of a place, or {} when it has none."""
    path = source.file(names.CONFIG_FILE)
    return {} if path is None else read_object(path)


def load_tokenizer(
    cls: type[PreTrainedTokenizerBase],
    where: str | os.PathLike[str],
    init_inputs: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> PreTrainedTokenizerBase:
    """Load a tokenizer of class `cls`; see `PreTrainedTokenizerBase.from_pretrained`."""
    from .gguf import find_gguf, load_gguf_tokenizer

    hub, given = split_options(kwargs)
    if (gguf := find_gguf(where, kwargs.get("gguf_file"), **hub)) is not None:
        return load_gguf_tokenizer(gguf, given)
    if Path(where).is_file():
        return _from_file(cls, Path(where), init_inputs, given)
    source = Source(where, hub)
    config_path = source.file(names.CONFIG_FILE)
    config = read_object(config_path) if config_path is not None else {}
    other_class(cls, config.get("tokenizer_class"))
    found = {key: source.file(name) for key, name in cls.vocab_files_names.items()}
    if "tokenizer_file" in cls.vocab_files_names:
        versioned = _versioned_file(config.get("fast_tokenizer_files"))
        found["tokenizer_file"] = source.file(versioned) if versioned else found["tokenizer_file"]
    if not any(found.values()) and cls.vocab_files_names.get("vocab_file", "").endswith(".model"):
        found["vocab_file"] = source.byte_file()
    if cls.vocab_files_names and not any(found.values()) and not any(given.get(key) for key in found):
        raise OSError(
            f"Can't load tokenizer for {os.fspath(where)!r}: it must be a folder or a repository with "
            f"{' or '.join(cls.vocab_files_names.values())} for a {cls.__name__}"
        )
    options = {key: value for key, value in config.items() if key not in _CLASS_KEYS}
    options.update(_templates(source))
    options = added_tokens_from_json({**options, **given})
    _declare(options, config, config_path, source, given)
    for key, path in found.items():
        if options.get(key) is None or key not in given:
            options[key] = None if path is None else str(path)
    options["name_or_path"] = os.fspath(where)
    return cls(*init_inputs, **options)


def _from_file(
    cls: type[PreTrainedTokenizerBase], path: Path, init_inputs: tuple[Any, ...], given: dict[str, Any]
) -> PreTrainedTokenizerBase:
    others = [key for key in cls.vocab_files_names if key != "tokenizer_file"]
    if path.name.endswith(names.TEKKEN_FILE) and "vocab_file" in others:
        key = "vocab_file"
    elif path.suffix == ".json" and "tokenizer_file" in cls.vocab_files_names:
        key = "tokenizer_file"
    elif len(others) == 1:
        key = others[0]
    else:
        raise ValueError(
            f"{cls.__name__} needs {list(cls.vocab_files_names.values())}: give their folder, not {path}"
        )
    return cls(*init_inputs, **{**given, key: str(path)})


def _versioned_file(listed: Any) -> str | None:
    """The newest tokenizer.<version>.json that this release may read, out of a file's list."""
    from packaging.version import Version

    from .. import __version__

    if not isinstance(listed, list):
        return None
    matches = [match for name in listed if isinstance(name, str) and (match := _VERSIONED.fullmatch(name))]
    fit = [match for match in matches if Version(match[1]) <= Version(__version__)]
    return max(fit, key=lambda match: Version(match[1]))[0] if fit else None


def _read_template(path: Path) -> str:
    """The text of a template.

    Raises:
        ValueError: not a regular file, or too large to be one.
    """
    if not path.is_file():
        raise ValueError(f"{path} must be a regular file")
    if (size := path.stat().st_size) > _LARGEST_TEMPLATE:
        raise ValueError(f"{path} has {size} bytes; a template has at most {_LARGEST_TEMPLATE}")
    return path.read_text(encoding="utf-8")


def _templates(source: Source) -> dict[str, Any]:
    path = source.file(names.TEMPLATE_FILE)
    default = None if path is None else _read_template(path)
    others = source.templates()
    if others:
        return {"chat_template": {**({} if default is None else {"default": default}), **others}}
    return {} if default is None else {"chat_template": default}


def _declare(
    options: dict[str, Any],
    config: dict[str, Any],
    config_path: Path | None,
    source: Source,
    given: dict[str, Any],
) -> None:
    """Put the tokens that files declare into `options`, as `added_tokens_decoder` and as special tokens."""
    declared: dict[int, AddedToken] = {}
    if "added_tokens_decoder" in config and config_path is not None:
        declared = read_declared_tokens(config["added_tokens_decoder"], config_path)
    else:
        _read_special_tokens(options, source, given)
        path = source.file(names.ADDED_TOKENS_FILE)
        if path is not None and source.file(names.FULL_FILE) is None:
            declared = _older_tokens(read_object(path), path, options)
    # Only a token with flags of its own (strips, normalises) needs more than its text.
    by_text = {token.content: token for token in declared.values() if _has_flags(token)}
    for key, value in options.items():
        if key.endswith("_token") and isinstance(value, str) and value in by_text:
            options[key] = by_text[value]
    options["added_tokens_decoder"] = declared


def _has_flags(token: AddedToken) -> bool:
    return bool(token.lstrip or token.rstrip or token.single_word or token.normalized)


def _read_special_tokens(options: dict[str, Any], source: Source, given: dict[str, Any]) -> None:
    path = source.file(names.SPECIAL_TOKENS_FILE)
    for key, value in (read_object(path) if path is not None else {}).items():
        where = f"{path}: {key}"
        if given.get(key) is not None:
            continue
        if isinstance(value, dict):
            options[key] = token_from_json({**value, "special": True}, where)
        elif isinstance(value, list):
            tokens = [
                token_from_json({**t, "special": True}, where) if isinstance(t, dict) else t for t in value
            ]
            present = list(options.get(key) or [])
            texts = {str(token) for token in present}
            options[key] = present + [token for token in tokens if str(token) not in texts]
        else:
            options[key] = value


def _older_tokens(encoder: dict[str, Any], path: Path, options: dict[str, Any]) -> dict[int, AddedToken]:
    """Tokens of an added_tokens.json, which knows texts and ids only."""
    special = {str(token) for token in _special_values(options)}
    declared: dict[int, AddedToken] = {}
    for text, index in encoder.items():
        if not isinstance(index, int) or isinstance(index, bool):
            raise ValueError(f"{path} must map tokens to ids, not {text!r} to {index!r}")
        declared[index] = AddedToken(text, normalized=text not in special, special=text in special)
    return declared


def _special_values(options: dict[str, Any]) -> Iterable[Any]:
    for key, value in options.items():
        if key.endswith("_token") and value is not None:
            yield value
        elif key == "additional_special_tokens":
            yield from value or ()


__all__ = ["Source", "load_tokenizer", "read_config", "split_options"]
