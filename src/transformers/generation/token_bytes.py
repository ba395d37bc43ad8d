"""What each token adds to a text, in UTF-8 bytes: asked once per token and tokenizer, then remembered."""

from __future__ import annotations

import re
import weakref
from typing import Any

_ANCHOR = "a"  # a token between others of which decoding takes nothing away
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_LOST = "\ufffd"  # what decoding shows for bytes that are no character by themselves


class TokenBytes:
    """The bytes of a tokenizer's tokens, each as it reads in the middle of a text.

    A space between words belongs to the token that brings it. Part of a character gives just its bytes, so
    joining the bytes of successive tokens gives the text exactly. Ids without a token add nothing.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = weakref.ref(tokenizer)
        self._known: dict[int, bytes] = {}
        continued = f"{_ANCHOR}@@"  # fastBPE marks what goes on
        joins = self._text(continued, _ANCHOR) == 2 * _ANCHOR
        self._before = continued if joins else _ANCHOR
        self._apart = not joins and self._text(_ANCHOR, _ANCHOR) != 2 * _ANCHOR
        self._alphabet = self._byte_alphabet()

    def __getitem__(self, index: int) -> bytes:
        if (found := self._known.get(index)) is None:
            found = self._known[index] = self._read(index)
        return found

    def _text(self, *tokens: str) -> str | None:
        """Text of a row of tokens; None where the tokenizer does not know one."""
        try:
            return str(self._tokenizer().convert_tokens_to_string(list(tokens)))  # type: ignore[union-attr]
        except (KeyError, ValueError):
            return None

    def _byte_alphabet(self) -> dict[str, int]:
        """Characters that stand for a byte each; none where tokens are text."""
        if self._text("\u00c3", "\u00a9") == "\u00e9" and self._text("\u0120") is None:
            return {chr(byte): byte for byte in range(256)}
        if self._text(_ANCHOR, "\u0120") == f"{_ANCHOR} ":
            from ..tokenization.byte_bpe import bytes_to_unicode

            return {char: byte for byte, char in bytes_to_unicode().items()}
        return {}

    def _read(self, index: int) -> bytes:
        tokenizer: Any = self._tokenizer()
        try:
            token = tokenizer.convert_ids_to_tokens(index)
        except (IndexError, KeyError, OverflowError, TypeError, ValueError):
            return b""  # models may have more logits than the tokenizer has tokens
        if not token:
            return b""
        text = self._between(token)
        if token in tokenizer.get_added_vocab() or token in tokenizer.all_special_tokens:
            return (text or token).encode("utf-8", "surrogatepass")
        if self._alphabet and all(char in self._alphabet for char in token):
            return bytes(self._alphabet[char] for char in token)
        if (byte := _BYTE.fullmatch(token)) and token not in text:
            return bytes([int(byte[1], 16)])
        return (token if _LOST in text else text).encode("utf-8", "surrogatepass")

    def _between(self, token: str) -> str:
        """Text of `token` behind an anchor, and before one where tokens are not set apart by spaces."""
        row = [self._before, token] if self._apart else [self._before, token, _ANCHOR]
        text = self._text(*row) or ""
        if not text.startswith(_ANCHOR):
            return ""  # a special token may start a new text
        text = text.removeprefix(_ANCHOR)
        return text if self._apart else text.removesuffix(_ANCHOR)


_tables: weakref.WeakKeyDictionary[Any, TokenBytes] = weakref.WeakKeyDictionary()


def token_bytes(tokenizer: Any) -> TokenBytes:
    """The table of a tokenizer, one for its lifetime."""
    if (table := _tables.get(tokenizer)) is None:
        table = _tables[tokenizer] = TokenBytes(tokenizer)
    return table


__all__ = ["TokenBytes", "token_bytes"]
