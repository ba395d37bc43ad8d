"""Tokenizer of DistilBERT (arXiv:1910.01108). Unlike BERT: the model takes no token types."""

from __future__ import annotations

from ..bert.tokenization_bert import BertTokenizer


class DistilBertTokenizer(BertTokenizer):
    """`BertTokenizer` that returns no token types; `DistilBertTokenizerFast` is the same class."""

    model_input_names = ["input_ids", "attention_mask"]


DistilBertTokenizerFast = DistilBertTokenizer

__all__ = ["DistilBertTokenizer", "DistilBertTokenizerFast"]
