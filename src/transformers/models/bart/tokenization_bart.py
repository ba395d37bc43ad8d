"""Tokenizer of BART (arXiv:1910.13461), which is RoBERTa's."""

from __future__ import annotations

from ..roberta.tokenization_roberta import RobertaTokenizer


class BartTokenizer(RobertaTokenizer):
    """Tokenizer of BART; `BartTokenizerFast` is the same class. Arguments are `RobertaTokenizer`'s."""

    _normalizes_mask = True


BartTokenizerFast = BartTokenizer

__all__ = ["BartTokenizer", "BartTokenizerFast"]
