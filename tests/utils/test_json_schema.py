"""Functions as tools of a chat; the expected schemas are those of the published release."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from transformers.utils import DocstringParsingException, TypeHintParsingException, get_json_schema
from transformers.utils.chat_template_utils import get_json_schema as published


def area(width: float, sides: tuple[str, int, float] | None = None):  # type: ignore[no-untyped-def]
    """
    Multiplies
    two numbers.

    Args:
        width: The first number
          to multiply
        sides: A tuple. (choices: ["a", "b"])
    """


def mixed(
    a: int,
    b: int | str,
    c: list[str | int | None],
    d: dict[str, float] = {},  # noqa: B006
    e: Any = None,
) -> list[int]:
    """Does it.

    Args:
        a (int): one
        b: two
        c: three
        d: four
        e: five

    Returns:
        A list: of numbers
    """
    return []


def weather(
    unit: Literal["celsius", "fahrenheit"], days: Literal[1, 2] = 1, mode: Literal["a", None] = None
) -> None:
    """Temperature.

    Args:
        unit: unit
        days: n
        mode: m
    """


def nothing() -> bool:
    """No arguments."""
    return True


SCHEMAS = {
    area: {
        "name": "area",
        "description": "Multiplies\ntwo numbers.",
        "parameters": {
            "type": "object",
            "properties": {
                "width": {"type": "number", "description": "The first number to multiply"},
                "sides": {
                    "type": "array",
                    "prefixItems": [{"type": "string"}, {"type": "integer"}, {"type": "number"}],
                    "nullable": True,
                    "enum": ["a", "b"],
                    "description": "A tuple.",
                },
            },
            "required": ["width"],
        },
    },
    mixed: {
        "name": "mixed",
        "description": "Does it.",
        "parameters": {
            "type": "object",
            "properties": {
                "a": {"type": "integer", "description": "one"},
                "b": {"type": ["integer", "string"], "description": "two"},
                "c": {
                    "type": "array",
                    "items": {"type": ["integer", "string"], "nullable": True},
                    "description": "three",
                },
                "d": {"type": "object", "additionalProperties": {"type": "number"}, "description": "four"},
                "e": {"description": "five"},
            },
            "required": ["a", "b", "c"],
        },
        "return": {"type": "array", "items": {"type": "integer"}, "description": "A list: of numbers"},
    },
    weather: {
        "name": "weather",
        "description": "Temperature.",
        "parameters": {
            "type": "object",
            "properties": {
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "description": "unit"},
                "days": {"type": "integer", "enum": [1, 2], "description": "n"},
                "mode": {
                    "type": ["string", "null"],
                    "enum": ["a", None],
                    "nullable": True,
                    "description": "m",
                },
            },
            "required": ["unit"],
        },
        "return": {"type": "null"},
    },
    nothing: {
        "name": "nothing",
        "description": "No arguments.",
        "parameters": {"type": "object", "properties": {}},
        "return": {"type": "boolean"},
    },
}


@pytest.mark.parametrize("function", SCHEMAS, ids=lambda function: function.__name__)
def test_schema_of_a_function(function: Any) -> None:
    assert published is get_json_schema
    assert get_json_schema(function) == {"type": "function", "function": SCHEMAS[function]}


def bare(x: int) -> None:
    pass


def untold(x: int) -> None:
    """Docs."""


def unhinted(x):  # type: ignore[no-untyped-def]
    """Docs.

    Args:
        x: a
    """


def endless(x: tuple[int, ...]) -> None:
    """Docs.

    Args:
        x: a
    """


def single(x: tuple[int]) -> None:
    """Docs.

    Args:
        x: a
    """


def sets(x: set[int]) -> None:
    """Docs.

    Args:
        x: a
    """


def raw(x: Literal[b"a"]) -> None:
    """Docs.

    Args:
        x: a
    """


def choosy(x: int) -> None:
    """Docs.

    Args:
        x: a (choices: [1, y])
    """


@pytest.mark.parametrize(
    ("function", "error", "said"),
    [
        (bare, DocstringParsingException, "bare needs a docstring"),
        (untold, DocstringParsingException, "does not describe the argument 'x'"),
        (choosy, DocstringParsingException, "choices in choosy must be a JSON list"),
        (unhinted, TypeHintParsingException, "argument x of unhinted has no type hint"),
        (endless, TypeHintParsingException, "is of any length"),
        (single, TypeHintParsingException, "has a single item"),
        (sets, TypeHintParsingException, "there is no JSON schema for the type hint"),
        (raw, TypeHintParsingException, "a Literal may hold"),
    ],
)
def test_functions_that_cannot_be_tools(function: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        get_json_schema(function)


def test_functions_and_documents_reach_the_template() -> None:
    from transformers.tokenization.chat import apply_template

    class Holder:
        chat_template = "{{ tools[0].function.name }}|{{ tools[1].name }}|{{ documents[0].title }}"
        special_tokens_map: dict[str, str] = {}

    chat = [{"role": "user", "content": "hi"}]
    tools, documents = [area, {"name": "other"}], [{"title": "A", "text": "b"}]
    found = apply_template(Holder(), chat, tools=tools, documents=documents, tokenize=False)  # type: ignore[arg-type]
    assert found == "area|other|A"
    with pytest.raises(TypeError, match="a tool must be a function"):
        apply_template(Holder(), chat, tools=[3], tokenize=False)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a document must be a mapping"):
        apply_template(Holder(), chat, documents=["text"], tokenize=False)  # type: ignore[list-item, arg-type]
