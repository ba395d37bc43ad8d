"""Tokenizer of BART (arXiv:1910.13461), which is RoBERTa's."""

from __future__ import annotations

from ..roberta.tokenization_roberta import RobertaTokenizer

BartTokenizer = RobertaTokenizer
BartTokenizerFast = RobertaTokenizer

__all__ = ["BartTokenizer", "BartTokenizerFast"]
