"""Tokenizer of ELECTRA (arXiv:2003.10555): BERT's."""

from __future__ import annotations

from ..bert.tokenization_bert import BertTokenizer


class ElectraTokenizer(BertTokenizer):
    """`BertTokenizer` under ELECTRA's name; `ElectraTokenizerFast` is the same class."""


ElectraTokenizerFast = ElectraTokenizer

__all__ = ["ElectraTokenizer", "ElectraTokenizerFast"]
