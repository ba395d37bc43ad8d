"""`save_pretrained` of tokenizers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import AddedToken

from .._exports import EXPORTS
from ..loading.folder_update import replacing
from . import files as names
from .fast import PreTrainedTokenizerFast
from .files import added_tokens_to_json, token_to_json, write_object

if TYPE_CHECKING:
    from .base import PreTrainedTokenizerBase

# Facts of one machine or one call, not of the tokenizer.
_LEAVE_OUT = (
    "name_or_path",
    "special_tokens_map_file",
    "tokenizer_file",
    "tokenizer_object",
    "device_map",
    "added_tokens_decoder",
)


def file_name(name: str, prefix: str | None) -> str:
    """`name`, with `prefix-` in front when there is one.

    Raises:
        ValueError: the prefix would lead into another folder.
    """
    if prefix and (set(prefix) & set("/\\\0:") or prefix in (".", "..")):
        raise ValueError(f"filename_prefix must be a plain beginning of file names, got {prefix!r}")
    return f"{prefix}-{name}" if prefix else name


def save_tokenizer(
    tokenizer: PreTrainedTokenizerBase,
    directory: str | os.PathLike[str],
    legacy_format: bool | None,
    prefix: str | None,
    save_jinja_files: bool = True,
) -> tuple[str, ...]:
    """Write every file of a tokenizer; see `save_pretrained`.

    Raises:
        ValueError: `directory` is a file, or the asked format does not exist for this tokenizer.
    """
    folder = Path(directory)
    if folder.is_file():
        raise ValueError(f"save_directory ({folder}) is a file; give a folder")
    fast = tokenizer if isinstance(tokenizer, PreTrainedTokenizerFast) else None
    older = fast is None or fast.can_save_slow_tokenizer
    if legacy_format is True and not older:
        raise ValueError(f"{type(tokenizer).__name__} has no older format: save with legacy_format=False")
    with replacing(folder) as place:
        written = _write(tokenizer, place, legacy_format, prefix, save_jinja_files)
    return tuple(str(folder / Path(path).relative_to(place)) for path in written)


def _write(
    tokenizer: PreTrainedTokenizerBase,
    folder: Path,
    legacy_format: bool | None,
    prefix: str | None,
    save_jinja_files: bool,
) -> list[str]:
    """Write the files of a tokenizer into an empty folder; their paths."""
    fast = tokenizer if isinstance(tokenizer, PreTrainedTokenizerFast) else None
    older = fast is None or fast.can_save_slow_tokenizer
    config = config_of(tokenizer)
    written: list[str] = []
    if tokenizer._auto_class is not None:
        from ..dynamic_module_utils import custom_object_save

        written = custom_object_save(tokenizer, folder)
    if save_jinja_files:
        written += _save_templates(tokenizer, folder, prefix)
    elif tokenizer.chat_template:
        config["chat_template"] = _template_list(tokenizer.chat_template)
    path = folder / file_name(names.CONFIG_FILE, prefix)
    special = {name: _special(value) for name, value in tokenizer.special_tokens_map_extended.items()}
    written = [
        write_object(path, config),
        write_object(folder / file_name(names.SPECIAL_TOKENS_FILE, prefix), special),
        *written,
    ]
    if older and legacy_format is not False:
        written.extend(tokenizer.save_vocabulary(str(folder), filename_prefix=prefix))
        added = {t: i for t, i in tokenizer.added_tokens_encoder.items() if i >= tokenizer.vocab_size}
        if added:
            written.append(write_object(folder / file_name(names.ADDED_TOKENS_FILE, prefix), added))
    if fast is not None and legacy_format is not True:
        path = folder / file_name(names.FULL_FILE, prefix)
        path.write_text(fast.backend_json(), encoding="utf-8")
        written.append(str(path))
    return written


def config_of(tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    """What tokenizer_config.json says: the options of the tokenizer as they are now."""
    given = tokenizer.init_kwargs
    left_out = {*_LEAVE_OUT, *tokenizer.vocab_files_names, "chat_template"}
    config = {name: getattr(tokenizer, name, value) for name, value in given.items() if name not in left_out}
    for name in ("model_max_length", "clean_up_tokenization_spaces"):
        config[name] = getattr(tokenizer, name)
    for name in ("padding_side", "truncation_side", "split_special_tokens"):
        if getattr(tokenizer, name) != getattr(type(tokenizer), name, False):
            config[name] = getattr(tokenizer, name)
    config["extra_special_tokens"] = {name: getattr(tokenizer, name) for name in tokenizer._extra_roles}
    config.update(tokenizer.special_tokens_map)
    config["added_tokens_decoder"] = {
        str(index): token_to_json(token) for index, token in tokenizer.added_tokens_decoder.items()
    }
    config["tokenizer_class"] = _class_name(tokenizer)
    if tokenizer._processor_class is not None:
        config["processor_class"] = tokenizer._processor_class
    if tokenizer._auto_class is not None:
        module = type(tokenizer).__module__.rpartition(".")[2]
        reference = f"{module}.{type(tokenizer).__name__}"
        fast = isinstance(tokenizer, PreTrainedTokenizerFast)
        config["auto_map"] = {"AutoTokenizer": [None, reference] if fast else [reference, None]}
    return added_tokens_to_json(config)  # type: ignore[no-any-return]


def _class_name(tokenizer: PreTrainedTokenizerBase) -> str:
    """The name that files give to a class: without "Fast" where the older vocabulary files can be written."""
    name = type(tokenizer).__name__
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        return name
    if tokenizer.can_save_slow_tokenizer:
        return name.removesuffix("Fast")
    return f"{name}Fast" if f"{name}Fast" in EXPORTS else name


def _special(value: Any) -> Any:
    if isinstance(value, list):
        return [_special(token) for token in value]
    return token_to_json(value, special=False) if isinstance(value, AddedToken) else value


def _template_list(templates: str | dict[str, str]) -> Any:
    if isinstance(templates, str):
        return templates
    return [{"name": name, "template": text} for name, text in templates.items()]


def _save_templates(tokenizer: PreTrainedTokenizerBase, folder: Path, prefix: str | None) -> list[str]:
    templates = tokenizer.chat_template
    if not templates:
        return []
    by_name = {"default": templates} if isinstance(templates, str) else templates
    written = []
    for name, text in by_name.items():
        path = folder / file_name(names.TEMPLATE_FILE, prefix)
        if name != "default":
            if Path(name).name != name:
                raise ValueError(f"the chat template {name!r} cannot be a file name: rename it")
            (folder / names.TEMPLATE_FOLDER).mkdir(exist_ok=True)
            path = folder / names.TEMPLATE_FOLDER / f"{name}.jinja"
        path.write_text(text, encoding="utf-8")
        written.append(str(path))
    return written


__all__ = ["config_of", "file_name", "save_tokenizer"]
