"""Tokenizer of Qwen2 (arXiv:2407.10671): byte-level BPE over Unicode's composed form; digits are words."""

from __future__ import annotations

from ...tokenization.byte_bpe import VOCAB_FILES_NAMES as VOCAB_FILES_NAMES
from ...tokenization.byte_bpe import bytes_to_unicode as bytes_to_unicode
from ...tokenization.end_of_text import EndOfTextTokenizer
from ...tokenization.published import get_pairs as get_pairs

# English endings, letters with a sign before them, one digit; then other signs, line breaks, space.
LETTERS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
WORDS = LETTERS + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


class Qwen2Tokenizer(EndOfTextTokenizer):
    """Tokenizer of Qwen2, with `EndOfTextTokenizer`'s arguments; `Qwen2TokenizerFast` is the same class."""

    words = WORDS


Qwen2TokenizerFast = Qwen2Tokenizer

__all__ = ["Qwen2Tokenizer", "Qwen2TokenizerFast"]
