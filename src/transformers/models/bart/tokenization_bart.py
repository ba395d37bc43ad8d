"""Tokenizer of BART (arXiv:1910.13461), which is RoBERTa's."""

from __future__ import annotations

from ...tokenization.byte_bpe import bytes_to_unicode as bytes_to_unicode
from ...tokenization.published import get_pairs as get_pairs
from ..roberta.tokenization_roberta import RobertaTokenizer


class BartTokenizer(RobertaTokenizer):
    """Tokenizer of BART; `BartTokenizerFast` is the same class. Arguments are `RobertaTokenizer`'s."""

    _normalizes_mask = True


BartTokenizerFast = BartTokenizer
VOCAB_FILES_NAMES = BartTokenizer.vocab_files_names

__all__ = ["BartTokenizer", "BartTokenizerFast"]
