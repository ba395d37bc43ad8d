"""Tokens with a role that a vocabulary file may lack: they get the ids behind its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tokenizers import AddedToken, Tokenizer

# The order in which those that are missing get their ids.
ROLES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")


def add_missing(engine: Tokenizer, options: Mapping[str, Any], wanted: Iterable[str]) -> None:
    """Put tokens behind the vocabulary that it lacks, and with them those of the roles before theirs.

    Args:
        engine: of the vocabulary.
        options: the keyword arguments of the tokenizer, among them tokens by role.
        wanted: texts of tokens; one that has no role is left out.
    """
    tokens = [options[role] for role in ROLES if options.get(role) is not None]
    missing = {text for text in wanted if engine.token_to_id(text) is None}
    last = max((place for place, token in enumerate(tokens) if str(token) in missing), default=-1)
    fresh = [token for token in tokens[: last + 1] if engine.token_to_id(str(token)) is None]
    engine.add_special_tokens(
        [t if isinstance(t, AddedToken) else AddedToken(t, special=True, normalized=False) for t in fresh]
    )


def role_ids(engine: Tokenizer, options: Mapping[str, Any], *roles: str) -> list[tuple[str, int]]:
    """(text, id) of the tokens that have these roles, added where the vocabulary lacks them."""
    texts = [str(options[role]) for role in roles]
    add_missing(engine, options, texts)
    return [(text, index) for text in texts if (index := engine.token_to_id(text)) is not None]


__all__ = ["ROLES", "add_missing", "role_ids"]
