"""What tokenizers of the XLM line offer of Moses, through the optional package sacremoses."""

from __future__ import annotations

import importlib
import re
import unicodedata
from typing import Any

from .python_bpe import END, merge

# Full-width and typographic signs -> plain ones.
_PLAIN = str.maketrans(
    dict(zip("\u2019\u201c\u201d\u2236\u2501", '\'"":-', strict=True))
    | dict(zip("\u3001\u3008\u3009\u300a\u300b\u300c\u300d\u3010\u3011", ',<>""""[]', strict=True))
    | {chr(0xFEE0 + ord(sign)): sign for sign in "!%(),:;?~0123456789"}
    | {"\u2026": "..."}
)
_STOPS = re.compile(r"[\u3002\uff0e]\s*")


def replace_unicode_punct(text: str) -> str:
    """The text with plain signs for full-width and typographic ones; a space follows a full stop."""
    return _STOPS.sub(". ", text).translate(_PLAIN)


def remove_non_printing_char(text: str) -> str:
    """The text without control, format, private and unassigned characters."""
    return "".join(char for char in text if not unicodedata.category(char).startswith("C"))


class MosesMixin:
    """Helpers of a tokenizer; `sm` and what uses it needs the package sacremoses."""

    lang_with_custom_tokenizer = frozenset({"ja", "th", "zh"})

    @property
    def sm(self) -> Any:
        """The package sacremoses.

        Raises:
            ImportError: it is not installed.
        """
        try:
            return importlib.import_module("sacremoses")
        except ImportError as error:
            raise ImportError(
                f"{type(self).__name__}'s Moses helpers need sacremoses: pip install sacremoses"
            ) from error

    def moses_punct_norm(self, text: str, lang: str) -> str:
        """The text with its punctuation in one form, by the rules of a language ("pl", "en" ...)."""
        return self.sm.MosesPunctNormalizer(lang=lang).normalize(text)  # type: ignore[no-any-return]

    def moses_tokenize(self, text: str, lang: str) -> list[str]:
        """Words and signs of a text, by the rules of a language."""
        return self.sm.MosesTokenizer(lang=lang).tokenize(text, return_str=False, escape=False)  # type: ignore[no-any-return]

    def moses_pipeline(self, text: str, lang: str) -> str:
        """The text with plain signs, punctuation in one form, and nothing that is not printed."""
        return remove_non_printing_char(self.moses_punct_norm(replace_unicode_punct(text), lang))

    @property
    def bpe_ranks(self) -> dict[tuple[str, ...], int]:
        """Pairs of pieces, with the order in which they are joined."""
        raise NotImplementedError(f"{type(self).__name__} must define bpe_ranks")

    def bpe(self, token: str) -> str:
        """Pieces of a word, separated by spaces; the last one ends in `</w>`."""
        return " ".join(merge([*token[:-1], token[-1:] + END], self.bpe_ranks))


__all__ = ["MosesMixin", "remove_non_printing_char", "replace_unicode_punct"]
