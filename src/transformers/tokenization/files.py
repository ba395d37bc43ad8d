"""The JSON files of a tokenizer: read as data, written in the published form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import AddedToken

CONFIG_FILE = "tokenizer_config.json"
SPECIAL_TOKENS_FILE = "special_tokens_map.json"
ADDED_TOKENS_FILE = "added_tokens.json"
FULL_FILE = "tokenizer.json"
TEKKEN_FILE = "tekken.json"
TEMPLATE_FILE = "chat_template.jinja"
TEMPLATE_FOLDER = "additional_chat_templates"
_FLAGS = ("content", "lstrip", "normalized", "rstrip", "single_word")


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        ValueError: the file is no JSON, or its top level is no object; the message names it.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path} must hold a JSON object, not {type(value).__name__}")
    return value


def write_object(path: Path, value: dict[str, Any]) -> str:
    """Write a JSON object, keys sorted; the path."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")
    return str(path)


def token_to_json(token: AddedToken, special: bool = True) -> dict[str, Any]:
    """The fields of a token; `special` tells whether to include that flag."""
    fields: dict[str, Any] = {name: getattr(token, name) for name in _FLAGS}
    return {**fields, "special": token.special} if special else fields


def token_from_json(fields: dict[str, Any], where: str) -> AddedToken:
    """A token from its fields.

    Raises:
        ValueError: `content` is missing or no text.
    """
    content = fields.get("content")
    if not isinstance(content, str):
        raise ValueError(f"{where}: an added token needs a text as content, not {content!r}")
    flags = {name: bool(fields[name]) for name in ("special", *_FLAGS[1:]) if name in fields}
    return AddedToken(content, **flags)


def added_tokens_to_json(value: Any, typed: bool = True) -> Any:
    """`value` with tokens replaced by mappings, marked by `__type` when `typed`."""
    if isinstance(value, AddedToken):
        fields = token_to_json(value)
        return {"__type": "AddedToken", **fields} if typed else fields
    if isinstance(value, (list, tuple)):
        return [added_tokens_to_json(item, typed) for item in value]
    if isinstance(value, dict):
        return {key: added_tokens_to_json(item, typed) for key, item in value.items()}
    return value


def added_tokens_from_json(value: Any) -> Any:
    """`value` with mappings marked `"__type": "AddedToken"` replaced by tokens."""
    if isinstance(value, dict):
        if value.get("__type") == "AddedToken":
            return token_from_json(value, "a token")
        return {key: added_tokens_from_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [added_tokens_from_json(item) for item in value]
    return value


def read_declared_tokens(decoder: Any, path: Path) -> dict[int, AddedToken]:
    """`added_tokens_decoder` of a tokenizer_config.json.

    Raises:
        ValueError: it is no mapping from ids to tokens; the message names the file.
    """
    if not isinstance(decoder, dict):
        raise ValueError(f"{path}: added_tokens_decoder must be an object, not {type(decoder).__name__}")
    tokens: dict[int, AddedToken] = {}
    for key, fields in decoder.items():
        if not str(key).isdecimal() or not isinstance(fields, (dict, AddedToken)):
            raise ValueError(f"{path}: added_tokens_decoder maps ids to tokens, not {key!r} to {fields!r}")
        where = f"{path}: added_tokens_decoder[{key}]"
        tokens[int(key)] = fields if isinstance(fields, AddedToken) else token_from_json(fields, where)
    return tokens


__all__ = [
    "ADDED_TOKENS_FILE",
    "CONFIG_FILE",
    "FULL_FILE",
    "SPECIAL_TOKENS_FILE",
    "TEKKEN_FILE",
    "TEMPLATE_FILE",
    "TEMPLATE_FOLDER",
    "added_tokens_from_json",
    "added_tokens_to_json",
    "read_declared_tokens",
    "read_object",
    "token_from_json",
    "token_to_json",
    "write_object",
]
