"""Tokenizer of ELECTRA (arXiv:2003.10555): BERT's."""

from __future__ import annotations

from ...tokenization.published import whitespace_tokenize as whitespace_tokenize
from ...tokenization.wordpiece import BasicTokenizer as BasicTokenizer
from ...tokenization.wordpiece import WordpieceTokenizer as WordpieceTokenizer
from ...tokenization.wordpiece import load_vocab as load_vocab
from ..bert.tokenization_bert import BertTokenizer


class ElectraTokenizer(BertTokenizer):
    """`BertTokenizer` under ELECTRA's name; `ElectraTokenizerFast` is the same class."""


ElectraTokenizerFast = ElectraTokenizer
VOCAB_FILES_NAMES = ElectraTokenizer.vocab_files_names

__all__ = ["ElectraTokenizer", "ElectraTokenizerFast"]
