"""BERT's two steps in plain Python, each usable alone: text into words, words into pieces."""

from __future__ import annotations

import os
import unicodedata
from collections import OrderedDict
from collections.abc import Container, Iterable

from .normal_form import normal_form

# Blocks of Chinese characters, as (first, last) code points.
_CHINESE = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)


def load_vocab(vocab_file: str | os.PathLike[str]) -> OrderedDict[str, int]:
    """Tokens of a vocab.txt, one a line, with their line numbers from 0.

    Raises:
        ValueError: the file is no UTF-8 text.
    """
    try:
        with open(vocab_file, encoding="utf-8") as lines:
            return OrderedDict((line.rstrip("\n"), number) for number, line in enumerate(lines))
    except UnicodeDecodeError as error:
        raise ValueError(f"{os.fspath(vocab_file)} is not UTF-8 text: {error}") from error


def _is_space(char: str) -> bool:
    return char in " \t\n\r" or unicodedata.category(char) == "Zs"


def _is_control(char: str) -> bool:
    return char not in "\t\n\r" and unicodedata.category(char)[0] == "C"


def _is_punctuation(char: str) -> bool:
    ascii_mark = "!" <= char <= "~" and not char.isalnum()
    return ascii_mark or unicodedata.category(char)[0] == "P"


def is_chinese(char: str) -> bool:
    code = ord(char)
    return code >= 0x3400 and any(first <= code <= last for first, last in _CHINESE)


class BasicTokenizer:
    """Splits text into words and punctuation.

    Args:
        do_lower_case: whether to lower-case.
        never_split: words that stay as they are.
        tokenize_chinese_chars: whether each Chinese character is a word.
        strip_accents: whether to drop accents; None: when lower-casing.
        do_split_on_punc: whether punctuation marks are words of their own.
    """

    def __init__(
        self,
        do_lower_case: bool = True,
        never_split: Iterable[str] | None = None,
        tokenize_chinese_chars: bool = True,
        strip_accents: bool | None = None,
        do_split_on_punc: bool = True,
    ) -> None:
        self.do_lower_case = do_lower_case
        self.never_split = set(never_split or ())
        self.tokenize_chinese_chars = tokenize_chinese_chars
        self.strip_accents = strip_accents
        self.do_split_on_punc = do_split_on_punc

    def tokenize(self, text: str, never_split: Iterable[str] | None = None) -> list[str]:
        """Words and marks of `text`; `never_split` names further words to leave alone."""
        whole = self.never_split | set(never_split or ())
        # Composed forms: two spellings of one character give one word.
        spaced = normal_form("NFC", "".join(map(self._spaced, text)))
        words: list[str] = []
        for word in spaced.split():
            words.extend([word] if word in whole else self._cut(self._fold(word)))
        return words

    def _spaced(self, char: str) -> str:
        if char in ("\0", "\ufffd") or _is_control(char):
            return ""
        if _is_space(char):
            return " "
        return f" {char} " if self.tokenize_chinese_chars and is_chinese(char) else char

    def _fold(self, word: str) -> str:
        lowered = word.lower() if self.do_lower_case else word
        strip = self.do_lower_case if self.strip_accents is None else self.strip_accents
        if not strip:
            return lowered
        return "".join(c for c in normal_form("NFD", lowered) if unicodedata.category(c) != "Mn")

    def _cut(self, word: str) -> list[str]:
        if not self.do_split_on_punc:
            return word.split()
        return "".join(f" {char} " if _is_punctuation(char) else char for char in word).split()


class WordpieceTokenizer:
    """Cuts words into the longest pieces of a vocabulary, from the left; later pieces are marked `##`.

    Args:
        vocab: the pieces.
        unk_token: for a word that cannot be cut.
        max_input_chars_per_word: longer words are unknown.
    """

    def __init__(self, vocab: Container[str], unk_token: str, max_input_chars_per_word: int = 100) -> None:
        self.vocab = vocab
        self.unk_token = unk_token
        self.max_input_chars_per_word = max_input_chars_per_word
        pieces = vocab if isinstance(vocab, Iterable) else None
        self._longest = None if pieces is None else max(map(len, pieces), default=0)

    def tokenize(self, text: str) -> list[str]:
        """Pieces of the words of `text`, which are separated by white space."""
        return [piece for word in text.split() for piece in self._pieces(word)]

    def _pieces(self, word: str) -> list[str]:
        if len(word) > self.max_input_chars_per_word:
            return [self.unk_token]
        found: list[str] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            last = len(word) if self._longest is None else min(len(word), start + self._longest)
            ends = range(last, start, -1)
            end = next((end for end in ends if mark + word[start:end] in self.vocab), None)
            if end is None:
                return [self.unk_token]
            found.append(mark + word[start:end])
            start = end
        return found


__all__ = ["BasicTokenizer", "WordpieceTokenizer", "load_vocab"]
