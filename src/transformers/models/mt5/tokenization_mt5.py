"""Tokenizer of mT5 (arXiv:2010.11934), which is T5's."""

from __future__ import annotations

from ..t5.tokenization_t5 import T5Tokenizer

MT5Tokenizer = T5Tokenizer
MT5TokenizerFast = T5Tokenizer

__all__ = ["MT5Tokenizer", "MT5TokenizerFast"]
