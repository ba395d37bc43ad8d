"""The JSON schema of a Python function, from its type hints and docstring: how a model is told of a tool."""

from __future__ import annotations

import inspect
import json
import re
import types
from collections.abc import Callable
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_BASIC = {int: "integer", float: "number", str: "string", bool: "boolean", type(None): "null"}
_SECTION = re.compile(
    r"^[ \t]*(Args|Arguments|Returns|Raises|Yields|Example|Examples|Note):[ \t]*$", re.MULTILINE
)
_ARGUMENT = re.compile(r"^(\s*)(\w+)\s*(?:\([^)]*\))?:\s*(.*)$")
_CHOICES = re.compile(r"\(choices:\s*(.*?)\)\s*$", re.IGNORECASE | re.DOTALL)


class TypeHintParsingException(Exception):
    """A type hint is missing, or has no counterpart in JSON schema."""


class DocstringParsingException(Exception):
    """The docstring is missing, or does not describe an argument."""


def get_json_schema(func: Callable[..., Any]) -> dict[str, Any]:
    """The schema of a function as a tool of a chat.

    Args:
        func: a function whose arguments have type hints and are described under `Args:` in a Google
            docstring; `(choices: ["a", "b"])` at the end of a description lists what is allowed.

    Returns:
        {"type": "function", "function": {"name", "description", "parameters"[, "return"]}}.

    Raises:
        DocstringParsingException: there is no docstring, it misses an argument, or choices are no JSON.
        TypeHintParsingException: a hint is missing or has no counterpart.
    """
    text = inspect.getdoc(func)
    if not text:
        raise DocstringParsingException(f"{func.__name__} needs a docstring to become a tool")
    description, arguments, result = _sections(text)
    hints = get_type_hints(func)
    signature = inspect.signature(func)
    properties: dict[str, Any] = {}
    required = []
    for name, parameter in signature.parameters.items():
        if name not in hints:
            raise TypeHintParsingException(f"argument {name} of {func.__name__} has no type hint")
        properties[name] = _schema(hints[name])
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
    for name, found in properties.items():
        if name not in arguments:
            raise DocstringParsingException(
                f"the docstring of {func.__name__} does not describe the argument {name!r} under Args:"
            )
        found.update(_described(arguments[name], func.__name__))
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    function = {"name": func.__name__, "description": description, "parameters": schema}
    if "return" in hints:
        function["return"] = {
            **_schema(hints["return"]),
            **({} if result is None else {"description": result}),
        }
    return {"type": "function", "function": function}


def _described(text: str, function: str) -> dict[str, Any]:
    """Description of an argument, and its choices."""
    found = _CHOICES.search(text)
    if found is None:
        return {"description": text}
    try:
        choices = json.loads(found[1])
    except json.JSONDecodeError as error:
        raise DocstringParsingException(
            f"choices in {function} must be a JSON list, got {found[1]}"
        ) from error
    return {
        "enum": [choice.strip() if isinstance(choice, str) else choice for choice in choices],
        "description": text[: found.start()].strip(),
    }


def _sections(text: str) -> tuple[str, dict[str, str], str | None]:
    """(description, argument -> description, description of the result) of a docstring."""
    marks = list(_SECTION.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    bodies = {mark[1]: text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)} if marks else {}
    description = text[: marks[0].start()] if marks else text
    result = bodies.get("Returns")
    arguments = bodies.get("Args", bodies.get("Arguments", ""))
    return description.strip(), _arguments(arguments), None if result is None else _one_line(result)


def _arguments(body: str) -> dict[str, str]:
    """Argument -> description; lines that are indented deeper go on with the one before."""
    found: dict[str, list[str]] = {}
    depth, name = None, ""
    for line in body.splitlines():
        start = _ARGUMENT.match(line)
        if start is not None and (depth is None or len(start[1]) <= depth):
            depth, name = len(start[1]), start[2]
            found[name] = [start[3]]
        elif name and line.strip():
            found[name].append(line)
    return {name: _one_line("\n".join(lines)) for name, lines in found.items()}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _schema(hint: Any) -> dict[str, Any]:
    """The schema of a type hint."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is None:
        return {} if hint is Any else {"type": _BASIC.get(hint, "object")}
    if origin is Union or origin is types.UnionType:
        return _union(args)
    if origin is Literal:
        return _literal(args)
    if origin is list:
        return {"type": "array", "items": _schema(args[0])}
    if origin is tuple:
        return _tuple(hint, args)
    if origin is dict:
        values = _schema(args[1])
        return {"type": "object", **({"additionalProperties": values} if values else {})}
    raise TypeHintParsingException(f"there is no JSON schema for the type hint {hint}")


def _union(args: tuple[Any, ...]) -> dict[str, Any]:
    inner = [_schema(arg) for arg in args if arg is not type(None)]
    if len(inner) == 1:
        found = inner[0]
    elif all(isinstance(part.get("type"), str) for part in inner):
        found = {"type": sorted(part["type"] for part in inner)}
    else:
        found = {"anyOf": inner}
    return {**found, "nullable": True} if type(None) in args else found


def _literal(args: tuple[Any, ...]) -> dict[str, Any]:
    if strange := [value for value in args if type(value) not in _BASIC]:
        raise TypeHintParsingException(
            f"a Literal may hold texts, numbers, bools and None, not {strange[0]!r}"
        )
    names = list(dict.fromkeys(_BASIC[type(value)] for value in args))
    found: dict[str, Any] = {"type": names[0] if len(names) == 1 else names, "enum": list(args)}
    return {**found, "nullable": True} if None in args else found


def _tuple(hint: Any, args: tuple[Any, ...]) -> dict[str, Any]:
    if len(args) == 1:
        raise TypeHintParsingException(f"{hint} has a single item: write its type, or list[...] for several")
    if ... in args:
        raise TypeHintParsingException(f"{hint} is of any length: write list[...]")
    return {"type": "array", "prefixItems": [_schema(arg) for arg in args]}


__all__ = ["DocstringParsingException", "TypeHintParsingException", "get_json_schema"]
