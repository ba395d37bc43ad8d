"""Checks of what a user gives to a tokenizer, and the tidying of what it gives back."""

from __future__ import annotations

import re
from typing import Any

# What a text may be: itself, its words, its ids; and pairs of these.
TextInput = str
PreTokenizedInput = list[str]
EncodedInput = list[int]
TextInputPair = tuple[str, str]
PreTokenizedInputPair = tuple[list[str], list[str]]
EncodedInputPair = tuple[list[int], list[int]]


def valid_text(value: Any, name: str, split: bool) -> None:
    """Raise ValueError unless `value` is a text, a list of texts, or a list of lists of words."""
    first = value
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if isinstance(value, str) and not split:
        return
    if isinstance(value, (list, tuple)) and (isinstance(first, str) or first in ([], ())):
        return
    if split and isinstance(value, str):
        return
    raise ValueError(
        f"{name} must be of type `str` (one text), `list[str]` (a batch of texts, or the words of one) or "
        f"`list[list[str]]` (a batch of lists of words), not {_describe(value)}"
    )


def _describe(value: Any) -> str:
    if isinstance(value, (list, tuple)) and value:
        return f"a {type(value).__name__} of {type(value[0]).__name__}"
    return type(value).__name__


def is_batch(value: Any, split: bool) -> bool:
    """Whether `value` holds several texts."""
    if split:
        return isinstance(value, (list, tuple)) and bool(value) and isinstance(value[0], (list, tuple))
    return isinstance(value, (list, tuple))


def same_length(text: Any, text_pair: Any) -> None:
    """Check the second texts of a batch.

    Raises:
        TypeError: one text for a batch.
        ValueError: the two lists differ in length.
    """
    if isinstance(text_pair, str):
        raise TypeError("`text` is a batch, so `text_pair` must be one too, and as long; it is one text")
    if len(text) != len(text_pair):
        raise ValueError(
            f"`text` has {len(text)} rows and `text_pair` {len(text_pair)}: give as many of both"
        )


def paired(item: Any, split: bool) -> bool:
    """Whether one item of a batch is a pair of texts."""
    if not isinstance(item, (list, tuple)) or not item:
        return False
    return isinstance(item[0], (list, tuple)) if split else True


def listed_ids(tokenizer: Any, items: list[Any]) -> list[int]:
    """Ids of a list of tokens or of ids.

    Raises:
        ValueError: it holds something else, or a token that has no id.
    """
    if items and all(isinstance(item, int) for item in items):
        return items
    if not all(isinstance(item, str) for item in items):
        raise ValueError(f"Input is not valid: expected a str, a list of str or a list of int, not {items!r}")
    ids: list[int] = tokenizer.convert_tokens_to_ids(items)
    for item, index in zip(items, ids, strict=True):
        if index is None:
            raise ValueError(
                f"{item!r} is no token of this {type(tokenizer).__name__}, and it has no id for others: "
                "a list is one of tokens; words take is_split_into_words=True"
            )
    return ids


# Spaces that vanish: before these marks, around an apostrophe, inside English contractions.
_TIDY = [
    *((f" {mark}", mark) for mark in (".", "?", "!", ",")),
    (" ' ", "'"),
    *((f" {ending}", ending) for ending in ("n't", "'m", "'s", "'ve", "'re")),
]
_MAYBE = re.compile(r" (?:[.?!,']|n't)")


def clean_spaces(text: str) -> str:
    """English text without the spaces that tokens leave before punctuation and contractions."""
    if _MAYBE.search(text) is None:
        return text
    for spaced, tight in _TIDY:
        text = text.replace(spaced, tight)
    return text


__all__ = [
    "EncodedInput",
    "EncodedInputPair",
    "PreTokenizedInput",
    "PreTokenizedInputPair",
    "TextInput",
    "TextInputPair",
    "clean_spaces",
    "is_batch",
    "listed_ids",
    "paired",
    "same_length",
    "valid_text",
]
