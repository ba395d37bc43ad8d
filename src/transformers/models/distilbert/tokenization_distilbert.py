"""Tokenizer of DistilBERT (arXiv:1910.01108). Unlike BERT: the model takes no token types."""

from __future__ import annotations

from ...tokenization.published import whitespace_tokenize as whitespace_tokenize
from ...tokenization.wordpiece import BasicTokenizer as BasicTokenizer
from ...tokenization.wordpiece import WordpieceTokenizer as WordpieceTokenizer
from ...tokenization.wordpiece import load_vocab as load_vocab
from ..bert.tokenization_bert import BertTokenizer


class DistilBertTokenizer(BertTokenizer):
    """`BertTokenizer` that returns no token types; `DistilBertTokenizerFast` is the same class."""

    model_input_names = ["input_ids", "attention_mask"]


DistilBertTokenizerFast = DistilBertTokenizer
VOCAB_FILES_NAMES = DistilBertTokenizer.vocab_files_names

__all__ = ["DistilBertTokenizer", "DistilBertTokenizerFast"]
